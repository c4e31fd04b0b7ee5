#include "explain/page/letters.h"

#include <algorithm>
#include <array>

#include "words/messages.h"

namespace chainrule::page {
namespace {

constexpr std::array all_letters{Letter{"eta", "η", "\\eta"},
                                 Letter{"beta", "β", "\\beta"},
                                 Letter{"beta1", "β1", "\\beta_{1}"},
                                 Letter{"beta2", "β2", "\\beta_{2}"},
                                 Letter{"epsilon", "ε", "\\varepsilon"},
                                 Letter{"lambda", "λ", "\\lambda"},
                                 Letter{"mu", "μ", "\\mu"},
                                 Letter{"rho", "ρ", "\\rho"},
                                 Letter{"mhat", "m̂", "\\hat{m}"},
                                 Letter{"vhat", "v̂", "\\hat{v}"},
                                 Letter{"pi", "π", "\\pi"}};

// Others that a notation may use.
constexpr std::array greek{Letter{"alpha", "α", "\\alpha"}, Letter{"gamma", "γ", "\\gamma"},
                           Letter{"delta", "δ", "\\delta"}, Letter{"Delta", "Δ", "\\Delta"},
                           Letter{"theta", "θ", "\\theta"}, Letter{"sigma", "σ", "\\sigma"},
                           Letter{"phi", "φ", "\\phi"}};

// Those that look as they are called.
constexpr std::array<std::string_view, 10> plain_letters{"rate", "t", "T", "u",   "c",
                                                         "g",    "m", "v", "sum", "average"};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

const Letter* letter_named(std::string_view name) {
  for (const std::span<const Letter> list :
       {std::span<const Letter>(all_letters), std::span<const Letter>(greek)})
    if (const auto found = std::ranges::find(list, name, &Letter::name); found != list.end())
      return &*found;
  return nullptr;
}

std::string typed_symbol(std::string_view text) {
  std::string symbol(text);
  if (symbol == "learning_rate") return "rate";
  for (const Language language : {Language::en, Language::ko})
    if (symbol == phrase(Phrase::learning_rate, language)) return "rate";
  replace_all(symbol, "∂", "d");
  replace_all(symbol, "⁺", "+");
  for (const std::span<const Letter> list :
       {std::span<const Letter>(all_letters), std::span<const Letter>(greek)})
    for (const Letter& letter : list) {
      if (!symbol.starts_with(letter.text)) continue;
      const std::string_view rest = std::string_view(symbol).substr(letter.text.size());
      const bool is_whole =
          rest.empty() || std::string_view("_^+").find(rest[0]) != std::string_view::npos;
      if (is_whole) return std::string(letter.name).append(rest);
    }
  return symbol;
}

bool is_letter(std::string_view symbol) {
  if (symbol.ends_with('+')) symbol.remove_suffix(1);
  return std::ranges::find(plain_letters, symbol) != plain_letters.end() ||
         std::ranges::find(all_letters, symbol, &Letter::name) != all_letters.end();
}

}  // namespace chainrule::page
