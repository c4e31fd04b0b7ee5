// What a table holds that the training's had not.
#pragma once

#include <string>

#include "chainrule/data.h"

namespace chainrule::data {

// That the column's numbers are in another unit than this one; "" if they are not.
Text other_unit(const Column& column, const std::string& before);

// In words, with counts: categories never seen, numbers far outside of their range, a column's
// first gaps; "" if there is nothing of the kind.
Text news_of(const ColumnEncoding& how, const Table& table, const Column& column);

}  // namespace chainrule::data
