// How symbols and numbers look in each format.
#pragma once

#include <string>

#include "explain/formula.h"
#include "explain/page.h"

namespace chainrule::page {

// "dE_total/dW5" as ∂E_total/∂W5, "W5+" as W5⁺, "rate" in the language's words.
Piece text_symbol(const std::string& symbol, Language language);
// ... as \frac{\partial E_{\mathrm{total}}}{\partial W_{5}}, W_{5}^{+}.
Piece latex_symbol(const std::string& symbol, Language language);

// Computed numbers with so many decimals, very small and very large ones in scientific notation;
// given ones as short as the user would write them.
Piece number(const Quantity& quantity, int digits, bool latex);

// A pen that writes symbols, or numbers in their place.
Pen symbols(Language language, bool latex);
Pen numbers(int digits, bool latex);

// The parts of a line between its equals signs: symbol, formula, formula with numbers, value; what
// would repeat the part before it is left out.
std::vector<std::string> equation(const Line& line, const ExplainOptions& options, bool latex);

// The sentence in the language, its arguments filled in. `math` wraps what is a formula.
std::string sentence(const Sentence& sentence, const ExplainOptions& options, bool latex,
                     const std::function<std::string(const std::string&)>& math);
// The same where words must not hold the format's own signs: `escape` changes all but the formulas,
// which are LaTeX.
std::string escaped_sentence(const Sentence& sentence, const ExplainOptions& options,
                             const std::function<std::string(const std::string&)>& escape,
                             const std::function<std::string(const std::string&)>& math);

}  // namespace chainrule::page
