// A file with [expression]: given values, the lines that are computed from them, and, if it has
// [optimizer], which of the values are trained.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/nn.h"
#include "explain/expression/line_reader.h"

namespace chainrule::page {

struct ExpressionFile {
  std::vector<Quantity> given;
  std::vector<Statement> statements;
  std::vector<std::string> symbols;  // all of the given values' and the lines', in order
  std::string result;                // the symbol whose derivatives are asked for
  std::vector<std::string> trained;  // symbols of given values
  std::optional<Optimizer> optimizer;
  std::int64_t steps = 1;
};

// Whether the text's tables say that it is one; what is no TOML is none.
bool is_expression(std::string_view text);

// Throws DataError with file, line and column.
ExpressionFile parse_expression(std::string_view text, const std::string& name);

}  // namespace chainrule::page
