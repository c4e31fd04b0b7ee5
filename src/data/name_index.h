// Names, found by the values of a column.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

inline constexpr std::int32_t missing_code = -1, unknown_code = -2;

// Finds the index of a value among names. Numbers are found by value as well, so that a file in
// which a column of "1", "2", "x" happens to hold numbers only is read alike. Numbers that were
// rounded, or are beyond double's range, are found by their text alone.
class NameIndex {
 public:
  explicit NameIndex(const std::vector<std::string>& names);

  std::int32_t of(double value) const;
  std::int32_t of(const std::string& text) const;
  std::vector<std::int32_t> of(const Column& column) const;  // [rows]

 private:
  static std::optional<double> exact_number(const std::string& text);

  std::unordered_map<std::string, std::int32_t> by_text_;
  std::unordered_map<double, std::int32_t> by_value_;
};

}  // namespace chainrule::data
