// From a column's features back to what its user would call them.
#pragma once

#include <span>
#include <string>

#include "chainrule/data.h"

namespace chainrule::data {

// What the network was given of a field: a number, a date, a category; that it was missing; or a
// category that is rare or was never seen, which all look alike to it.
struct ColumnValue {
  enum class Kind { given, missing, other };
  Kind kind = Kind::given;
  std::string text{};  // of a given one
};

// A gap is told where training had some; else the column's median stands in it, and is what is
// told. A number comes as the shortest one with the same features, so as the one that was written
// unless that has more digits than single precision keeps; a date to the day, or to the second. Of
// a text it is told only that there is one: its words' ids do not say which they are.
ColumnValue column_value(const ColumnEncoding& how, std::span<const float> features);

}  // namespace chainrule::data
