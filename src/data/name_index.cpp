#include "data/name_index.h"

#include <algorithm>
#include <cmath>

#include "data/words.h"

namespace chainrule::data {

NameIndex::NameIndex(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    by_text_.emplace(names[i], static_cast<std::int32_t>(i));
    if (const auto value = exact_number(names[i]))
      by_value_.emplace(*value, static_cast<std::int32_t>(i));
  }
}

std::int32_t NameIndex::of(double value) const {
  if (std::isnan(value)) return missing_code;
  const auto found = by_value_.find(value);
  return found == by_value_.end() ? unknown_code : found->second;
}

std::int32_t NameIndex::of(const std::string& text) const {
  const auto found = by_text_.find(text);
  if (found != by_text_.end()) return found->second;
  if (const auto value = exact_number(text)) return of(*value);
  return is_missing(text) ? missing_code : unknown_code;
}

std::vector<std::int32_t> NameIndex::of(const Column& column) const {
  std::vector<std::int32_t> codes;
  codes.reserve(std::max(column.numbers.size(), column.codes.size()));
  if (column.kind != ColumnKind::categorical) {
    // What was rounded is no name that can be told.
    for (const double x : column.numbers)
      codes.push_back(column.rounded && std::abs(x) >= rounded_from ? unknown_code : of(x));
    return codes;
  }
  std::vector<std::int32_t> here;
  for (const std::string& name : column.categories) here.push_back(of(name));
  for (const std::int32_t code : column.codes)
    codes.push_back(code < 0 ? missing_code : here[static_cast<std::size_t>(code)]);
  return codes;
}

std::optional<double> NameIndex::exact_number(const std::string& text) {
  const std::optional<double> value = parse_number(text);
  return value && std::isfinite(*value) && !is_rounded(text, *value) ? value : std::nullopt;
}

}  // namespace chainrule::data
