// What the flags around the library may not take away: NaN and infinity are looked for in many
// places, and sums have one order.
#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__ > 0)
#error "Chainrule needs NaN, infinity and sums in their order: build it without -ffast-math"
#endif

#include "chainrule/error.h"

#include <fmt/format.h>

namespace chainrule {
namespace {

std::string placed(const FilePlace& where, const std::string& what_is_wrong) {
  std::string text = where.file;
  if (where.line > 0) text += fmt::format(":{}", where.line);
  if (where.line > 0 && where.column > 0) text += fmt::format(":{}", where.column);
  return text.empty() ? what_is_wrong : text + ": " + what_is_wrong;
}

}  // namespace

DataError::DataError(FilePlace where, const std::string& what_is_wrong)
    : std::runtime_error(placed(where, what_is_wrong)), where_(std::move(where)) {}

InternalError::InternalError(const std::string& what_is_wrong)
    : std::logic_error("internal fault, please report it: " + what_is_wrong) {}

}  // namespace chainrule
