#include "explain/page/letters.h"

#include <algorithm>
#include <array>

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

// Those that look as they are called.
constexpr std::array<std::string_view, 10> plain_letters{"rate", "t", "T", "u",   "c",
                                                         "g",    "m", "v", "sum", "average"};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

std::span<const Letter> letters() { return all_letters; }

std::string typed_symbol(std::string_view text) {
  std::string symbol(text);
  for (const char* words : {"learning rate", "learning_rate", "학습률"})
    if (symbol == words) return "rate";
  replace_all(symbol, "∂", "d");
  replace_all(symbol, "⁺", "+");
  for (const Letter& letter : all_letters) {
    if (!symbol.starts_with(letter.text)) continue;
    const std::string_view rest = std::string_view(symbol).substr(letter.text.size());
    if (rest.empty() || rest[0] == '_') return std::string(letter.name).append(rest);
  }
  return symbol;
}

bool is_letter(std::string_view symbol) {
  if (symbol.ends_with('+')) symbol.remove_suffix(1);
  return std::ranges::find(plain_letters, symbol) != plain_letters.end() ||
         std::ranges::find(all_letters, symbol, &Letter::name) != all_letters.end();
}

}  // namespace chainrule::page
