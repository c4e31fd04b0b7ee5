#include "nn/field.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chainrule/error.h"
#include "words/messages.h"

namespace chainrule::nn {
namespace {

bool is_in(const Range& range, double number) {
  return std::isfinite(number) && number >= range.low &&
         (range.has_high ? number <= range.high : number < range.high);
}

// "from 1 to 9", "at least 0 and below 1", "at least 0"; "finite" where there is no end.
Text words_of(const Range& range) {
  if (std::isinf(range.low)) return in_words(Phrase::range_finite);
  if (std::isinf(range.high)) return in_words(Phrase::range_at_least, range.low);
  return in_words(range.has_high ? Phrase::range_from_to : Phrase::range_below, range.low,
                  range.high);
}

}  // namespace

void require_in_range(const Field& field, const FieldValue& value) {
  const auto require = [&](auto number) {
    if (!is_in(field.range, static_cast<double>(number)))
      throw UsageError(
          fmt::format("{} = {}; it must be {}", field.name, number, words_of(field.range).en));
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

Text allowed(const Field& field) {
  switch (field.kind) {
    case FieldKind::truth:
      return in_words(Phrase::allowed_truth);
    case FieldKind::whole:
      return in_words(Phrase::allowed_whole, words_of(field.range));
    case FieldKind::real:
      return in_words(Phrase::allowed_real, words_of(field.range));
    case FieldKind::extents:
      return in_words(Phrase::allowed_extents, words_of(field.range));
    case FieldKind::shape:
      return in_words(Phrase::allowed_shape, words_of(field.range));
    case FieldKind::whole_list:
      return in_words(Phrase::allowed_list, words_of(field.range));
    case FieldKind::word:
      return fmt::format("{}", fmt::join(field.words(), ", "));
    case FieldKind::values:
      return in_words(Phrase::allowed_values);
    case FieldKind::truth_or_values:
      return in_words(Phrase::allowed_truth_or_values);
  }
  return {};
}

}  // namespace chainrule::nn
