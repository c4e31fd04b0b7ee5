#include "explain/write/notation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "explain/page/letters.h"
#include "words/particles.h"

namespace chainrule::page {
namespace {

// A symbol in parts: dE_total/dW5 has `of` and `by`, W5+ has `next`, df/dx directly is `direct`.
struct Symbol {
  std::string of, by;
  bool next = false, direct = false;
};

Symbol parsed(const std::string& symbol) {
  const auto over = symbol.find("/d");
  if (over != std::string::npos) {
    // A long name stands apart: dE/d dense1.z[17,4].
    const std::size_t by = symbol[over + 2] == ' ' ? over + 3 : over + 2;
    Symbol parts{symbol.substr(1, over - 1), symbol.substr(by)};
    constexpr std::string_view directly = " directly";
    parts.direct = parts.by.ends_with(directly);
    if (parts.direct) parts.by.resize(parts.by.size() - directly.size());
    return parts;
  }
  if (symbol.ends_with('+')) return {symbol.substr(0, symbol.size() - 1), "", true};
  return {symbol, ""};
}

// "(2)" of h1(2), a number of the batch's second row; empty where there is none.
std::string row_of(const std::string& name) {
  const auto open = name.rfind('(');
  if (!name.ends_with(')') || open == std::string::npos || open + 2 == name.size()) return "";
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string row = name.substr(open);
  return std::all_of(row.begin() + 1, row.end() - 1, is_digit) ? row : "";
}

// h1(2) as h1⁽²⁾.
std::string raised_row(const std::string& name) {
  const std::string row = row_of(name);
  std::string text = name.substr(0, name.size() - row.size());
  constexpr std::array digits{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  for (const char c : row)
    text += c == '(' ? "⁽" : c == ')' ? "⁾" : digits.at(static_cast<std::size_t>(c - '0'));
  return text;
}

// The symbol with such a letter in the place of its name; empty if it has none.
std::string lettered(const std::string& symbol, bool latex);

std::string latex_name(const std::string& name);

// A name with something above it; what has something above already is held together.
std::string scripted(const std::string& name, const std::string& above) {
  const char* pattern = name.find('^') == std::string::npos ? "{}^{{{}}}" : "{{{}}}^{{{}}}";
  return fmt::format(fmt::runtime(pattern), latex_name(name), above);
}

// W5 as W_{5}, E_o1 as E_{o_{1}}, target_o1 as \mathrm{target}_{o_{1}}; dense1.weight[3,5] as
// \mathrm{dense1.weight}_{3,5}.
std::string latex_name(const std::string& name) {
  if (const std::string row = row_of(name); !row.empty())
    return scripted(name.substr(0, name.size() - row.size()), row);
  const auto prime = name.find('\'');
  if (prime != std::string::npos) return latex_name(name.substr(0, prime)) + name.substr(prime);
  if (const auto caret = name.find('^'); caret != std::string::npos) {  // w^2_11
    const auto below = std::min(name.find('_', caret), name.size());
    const std::string base = name.substr(0, caret);
    return fmt::format("{}^{{{}}}", letter_named(base) ? lettered(base, true) : latex_name(base),
                       name.substr(caret + 1, below - caret - 1)) +
           (below < name.size() ? fmt::format("_{{{}}}", name.substr(below + 1)) : "");
  }
  const auto bracket = name.find('[');
  if (bracket != std::string::npos && name.ends_with(']'))
    return fmt::format("{}_{{{}}}", latex_name(name.substr(0, bracket)),
                       name.substr(bracket + 1, name.size() - bracket - 2));
  const auto underscore = name.find('_');
  if (name.find('.') != std::string::npos) {  // the engine's own name, as it stands
    std::string letters;
    for (const char c : name) letters += c == '_' ? "\\_" : std::string(1, c);
    return fmt::format("\\mathrm{{{}}}", letters);
  }
  if (underscore != std::string::npos) {
    const std::string head = name.substr(0, underscore), tail = name.substr(underscore + 1);
    const std::string letter = head.size() == 1 ? head : fmt::format("\\mathrm{{{}}}", head);
    return fmt::format("{}_{{{}}}", letter, latex_name(tail));
  }
  const auto digit = name.find_first_of("0123456789");
  if (digit == 1) return fmt::format("{}_{{{}}}", name.substr(0, 1), name.substr(1));
  return name.size() == 1 ? name : fmt::format("\\mathrm{{{}}}", name);
}

std::string lettered(const std::string& symbol, bool latex) {
  const auto end = symbol.find_first_of("_^");
  const Letter* letter = letter_named(symbol.substr(0, end));
  if (letter == nullptr) return "";
  if (end == std::string::npos) return std::string(latex ? letter->latex : letter->text);
  if (symbol[end] == '^')
    return latex ? latex_name(symbol) : std::string(letter->text) + raised_row(symbol.substr(end));
  if (latex) return fmt::format("{}_{{{}}}", letter->latex, latex_name(symbol.substr(end + 1)));
  return std::string(letter->text) + symbol.substr(end);
}

// What has something above it goes in brackets where a power is to stand there.
int binding_below(const std::string& name) { return name.find('^') == std::string::npos ? 4 : 3; }

// The words that some symbols stand for; empty for all others.
std::string word_of(const std::string& symbol, Language language) {
  constexpr std::pair<std::string_view, Phrase> words[] = {
      {"rate", Phrase::learning_rate},
      {"path", Phrase::path_direct},
      {"proof factors", Phrase::proof_factors},
      {"proof engine", Phrase::proof_engine},
      {"proof difference", Phrase::proof_difference},
      {"stat norm", Phrase::stat_norm},
      {"stat mean", Phrase::stat_mean},
      {"stat deviation", Phrase::stat_deviation},
      {"stat smallest", Phrase::stat_smallest},
      {"stat largest", Phrase::stat_largest}};
  for (const auto& [name, words_for_it] : words)
    if (symbol == name) return std::string(phrase(words_for_it, language));
  // "others 29": the rest of a sum; "path layer_norm1.mean": what acts through it; "way 2": the
  // second path of an expression.
  constexpr std::pair<std::string_view, Phrase> heads[] = {
      {"others ", Phrase::others}, {"path ", Phrase::path_through}, {"way ", Phrase::path_number}};
  for (const auto& [head, words_for_it] : heads)
    if (symbol.starts_with(head)) return said(words_for_it, language, symbol.substr(head.size()));
  return "";
}

std::string scientific(const std::string& text, bool latex) {
  const auto e = text.find('e');
  if (e == std::string::npos || !latex) return text;
  return fmt::format("{} \\times 10^{{{}}}", text.substr(0, e), std::stoi(text.substr(e + 1)));
}

std::string plain_number(double value, int digits) {
  // Below three digits that count, or above nine before the point, decimals say too little.
  const double size = std::abs(value);
  const bool fits = size == 0 || (size >= std::pow(10.0, 3 - digits) && size < 1e9);
  if (std::isnan(value)) return "nan";  // whatever its sign
  if (!std::isfinite(value)) return fmt::format("{}", value);
  if (fits || (digits < 4 && size >= 1e-3 && size < 1e9)) {
    // -0.00000000 would only confuse.
    return fmt::format("{:.{}f}", value == 0 ? 0.0 : value, digits);
  }
  return fmt::format("{:.{}e}", value, std::min(digits, 6));
}

// So many digits from the first one that is not 0 on: 0.05200, 1.234e-07.
std::string significant_number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (value == 0) return "0";
  std::string text = fmt::format("{:#.{}g}", value, digits);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Piece text_symbol(const std::string& symbol, Language language) {
  if (const std::string word = word_of(symbol, language); !word.empty()) return {word, 4};
  if (const std::string letter = lettered(symbol, false); !letter.empty())
    return {letter, binding_below(symbol)};
  const Symbol parts = parsed(symbol);
  if (parts.direct)
    return {fmt::format("(∂{}/∂{} {})", parts.of, parts.by, phrase(Phrase::directly, language)), 4};
  if (!parts.by.empty())
    return {fmt::format("∂{}/∂{}", raised_row(parts.of), raised_row(parts.by)), 2};
  return {raised_row(parts.of) + (parts.next ? "⁺" : ""), binding_below(parts.of)};
}

Piece latex_symbol(const std::string& symbol, Language language) {
  if (const std::string word = word_of(symbol, language); !word.empty())
    return {fmt::format("\\text{{{}}}", word), 4};
  if (const std::string letter = lettered(symbol, true); !letter.empty())
    return {letter, binding_below(symbol)};
  const Symbol parts = parsed(symbol);
  if (!parts.by.empty()) {
    std::string fraction = fmt::format("\\frac{{\\partial {}}}{{\\partial {}}}",
                                       latex_name(parts.of), latex_name(parts.by));
    if (parts.direct)
      fraction += fmt::format("_{{\\text{{{}}}}}", phrase(Phrase::directly, language));
    return {std::move(fraction), 2};
  }
  return {parts.next ? scripted(parts.of, "+") : latex_name(parts.of), binding_below(parts.of)};
}

Piece number(const Quantity& quantity, const ExplainOptions& options, bool latex) {
  if (quantity.blank > 0)
    return {
        latex ? fmt::format("\\boxed{{{}}}", quantity.blank) : fmt::format("□{}", quantity.blank),
        4};
  const std::string text = quantity.given ? fmt::format("{}", quantity.value)
                           : options.significant > 0
                               ? significant_number(quantity.value, options.significant)
                               : plain_number(quantity.value, options.digits);
  return {scientific(text, latex), text[0] == '-' ? 2 : 4};
}

Pen symbols(Language language, bool latex) {
  return {latex, [=](const Quantity& quantity) {
            return latex ? latex_symbol(quantity.symbol, language)
                         : text_symbol(quantity.symbol, language);
          }};
}

Pen numbers(const ExplainOptions& options, bool latex) {
  return {latex, [=](const Quantity& quantity) { return number(quantity, options, latex); }};
}

std::vector<std::string> equation(const Line& line, const ExplainOptions& options, bool latex) {
  std::vector<std::string> parts{symbols(options.language, latex).quantity(line.quantity).text};
  const auto add = [&](std::string part) {
    if (parts.size() == 1 || parts.back() != part) parts.push_back(std::move(part));
  };
  if (line.formula) {
    add(write(*line.formula, symbols(options.language, latex)));
    add(write(*line.formula, numbers(options, latex)));
  }
  add(number(line.quantity, options, latex).text);
  return parts;
}

namespace {

std::string said(const Argument& argument, const ExplainOptions& options, const Hand& hand) {
  const Pen pen = symbols(options.language, hand.latex);
  if (const auto* integer = std::get_if<std::int64_t>(&argument))
    return fmt::format("{}", *integer);
  if (const auto* name = std::get_if<Name>(&argument))
    return hand.own(std::string(human_name(name->text, options.language)));
  if (const auto* given = std::get_if<Given>(&argument)) return hand.given(given->text);
  if (const auto* words = std::get_if<Words>(&argument))
    return hand.own(std::string(words->in(options.language)));
  if (const auto* words = std::get_if<Phrase>(&argument))
    return hand.own(std::string(phrase(*words, options.language)));
  if (const auto* figure = std::get_if<Figure>(&argument))
    return hand.math(scientific(
        figure->value == 0 ? std::string("0") : fmt::format("{:.1e}", figure->value), hand.latex));
  if (const auto* formula = std::get_if<Expression>(&argument))
    return hand.math(write(*formula, pen));
  const auto& quantity = std::get<Quantity>(argument);
  return hand.math(quantity.symbol.empty() ? number(quantity, options, hand.latex).text
                                           : pen.quantity(quantity).text);
}

// As it is read aloud: without a format's marks.
std::string spoken(const Argument& argument, const ExplainOptions& options) {
  const auto same = [](const std::string& text) { return text; };
  return said(argument, options, {false, same, same, same});
}

}  // namespace

std::string sentence(const Sentence& sentence, const ExplainOptions& options, const Hand& hand) {
  // Between its places {0}, {1}, ... the phrase is words.
  std::string_view rest = phrase(sentence.phrase, options.language);
  std::string text, before;
  const auto words = [&](std::string_view own) { text += hand.own(with_particle(before, own)); };
  for (std::size_t place; (place = rest.find('{')) != std::string_view::npos;) {
    words(rest.substr(0, place));
    const Argument& argument =
        sentence.arguments.at(static_cast<std::size_t>(rest.at(place + 1) - '0'));
    text += said(argument, options, hand);
    before = spoken(argument, options);
    rest.remove_prefix(place + 3);
  }
  words(rest);
  return text;
}

}  // namespace chainrule::page
