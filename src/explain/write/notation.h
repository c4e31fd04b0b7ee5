// How symbols and numbers look in each format.
#pragma once

#include <string>

#include "explain/formula/formula.h"
#include "explain/page/page.h"

namespace chainrule::page {

// "dE_total/dW5" as ∂E_total/∂W5, "W5+" as W5⁺, "rate" in the language's words.
Piece text_symbol(const std::string& symbol, Language language);
// ... as \frac{\partial E_{\mathrm{total}}}{\partial W_{5}}, W_{5}^{+}.
Piece latex_symbol(const std::string& symbol, Language language);

// Computed numbers with the options' decimals, very small and very large ones in scientific
// notation, or with their significant digits; given ones as short as the user would write them. Of
// an exercise's blank: its number in a box.
Piece number(const Quantity& quantity, const ExplainOptions& options, bool latex);

// A pen that writes symbols, or numbers in their place.
Pen symbols(Language language, bool latex);
Pen numbers(const ExplainOptions& options, bool latex);

// The parts of a line between its equals signs: symbol, formula, formula with numbers, value; what
// would repeat the part before it is left out.
std::vector<std::string> equation(const Line& line, const ExplainOptions& options, bool latex);

// How a format takes what a sentence is made of.
struct Hand {
  using Write = std::function<std::string(const std::string&)>;
  bool latex = false;  // what formulas are given as
  Write own;           // the page's own words, and the engine's names
  Write given;         // what others have named: the format's escape
  Write math;          // sets a formula among words
};

// The sentence in the language, its arguments filled in.
std::string sentence(const Sentence& sentence, const ExplainOptions& options, const Hand& hand);

}  // namespace chainrule::page
