// What a user may ask of an expression.
#pragma once

#include <string>

#include "explain/expression/expression_file.h"

namespace chainrule::page {

// In symbols, as the page has them.
struct AskedOfExpression {
  std::string result;    // whose derivatives are worked
  std::string symbol{};  // of the line that is asked for; empty: all
  std::string value{};   // the given value whose update is asked for, too
};

// "", "q", "df/dx" or a given value's name. Throws UsageError with the nearest name.
AskedOfExpression asked_of(const ExpressionFile& file, const std::string& asked);

}  // namespace chainrule::page
