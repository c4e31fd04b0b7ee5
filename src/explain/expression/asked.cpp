#include "explain/expression/asked.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "explain/expression/worked_line.h"

namespace chainrule::page {
namespace {

// The symbol of a value that the user named: as pages write it, or as the file does.
std::string value_named(const ExpressionFile& file, const std::string& name,
                        const std::string& asked) {
  if (std::ranges::find(file.symbols, name) != file.symbols.end()) return name;
  throw UsageError(fmt::format("the expression has no value \"{}\"{}; {}", name,
                               name == asked ? "" : fmt::format(", which {} names", asked),
                               suggestion(name, file.symbols)));
}

}  // namespace

AskedOfExpression asked_of(const ExpressionFile& file, const std::string& asked) {
  if (asked.empty()) return {.result = file.result};
  const auto over = asked.find("/d");
  if (asked[0] == 'd' && over != std::string::npos) {
    const std::string of = value_named(file, asked.substr(1, over - 1), asked),
                      by = value_named(file, asked.substr(over + 2), asked);
    const bool is_given = std::ranges::find(file.given, of, &Quantity::symbol) != file.given.end();
    if (is_given)
      throw UsageError(
          fmt::format("{} is given and depends on nothing; ask for the derivative of "
                      "a value that a line makes, such as d{}/d{}",
                      of, file.result, by));
    return {.result = of, .symbol = derivative_symbol(of, by)};
  }
  const std::string value = value_named(file, asked, asked);
  const bool is_given = std::ranges::find(file.given, value, &Quantity::symbol) != file.given.end();
  if (!is_given) return {.result = file.result, .symbol = value};
  return {.result = file.result, .symbol = derivative_symbol(file.result, value), .value = value};
}

}  // namespace chainrule::page
