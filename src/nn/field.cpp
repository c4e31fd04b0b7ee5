#include "nn/field.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chainrule/error.h"

namespace chainrule::nn {
namespace {

bool is_in(const Range& range, double number) {
  return std::isfinite(number) && number >= range.low &&
         (range.has_high ? number <= range.high : number < range.high);
}

// "from 1 to 9", "at least 0 and below 1", "at least 0"; "finite" where there is no end.
std::string words_of(const Range& range) {
  if (std::isinf(range.low)) return "finite";
  if (std::isinf(range.high)) return fmt::format("at least {}", range.low);
  if (range.has_high) return fmt::format("from {} to {}", range.low, range.high);
  return fmt::format("at least {} and below {}", range.low, range.high);
}

}  // namespace

void require_in_range(const Field& field, const FieldValue& value) {
  const auto require = [&](auto number) {
    if (!is_in(field.range, static_cast<double>(number)))
      throw UsageError(
          fmt::format("{} = {}; it must be {}", field.name, number, words_of(field.range)));
  };
  if (const auto* whole = std::get_if<std::int64_t>(&value)) require(*whole);
  if (const auto* real = std::get_if<double>(&value)) require(*real);
  if (const auto* extents = std::get_if<Extents>(&value)) {
    require(extents->height);
    require(extents->width);
  }
  if (const auto* shape = std::get_if<Shape>(&value)) std::ranges::for_each(*shape, require);
  if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value))
    std::ranges::for_each(*list, require);
}

std::string text_of(Extents extents) {
  return extents.height == extents.width ? fmt::format("{}", extents.height)
                                         : fmt::format("[{}, {}]", extents.height, extents.width);
}

std::string allowed(const Field& field) {
  switch (field.kind) {
    case FieldKind::truth:
      return "true or false";
    case FieldKind::whole:
      return "a whole number " + words_of(field.range);
    case FieldKind::real:
      return "a number, " + words_of(field.range);
    case FieldKind::extents:
      return fmt::format("a whole number {}, or two, [height, width]", words_of(field.range));
    case FieldKind::shape:
      return "up to three whole numbers " + words_of(field.range);
    case FieldKind::whole_list:
      return "a list of whole numbers " + words_of(field.range);
    case FieldKind::word:
      return fmt::format("{}", fmt::join(field.words(), ", "));
    case FieldKind::values:
      return "the first values";
    case FieldKind::truth_or_values:
      return "true, false, or the first values";
  }
  return "";
}

}  // namespace chainrule::nn
