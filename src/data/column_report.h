// The table of columns that is told before training, in words.
#pragma once

#include <cstdint>
#include <string>

#include "chainrule/data.h"

namespace chainrule::data {

// What the column holds, without its treatment.
ColumnReport describe(const Table& table, const Column& column);

// What becomes of numbers and dates: "standardised, missing as median 44.5".
Text treatment(const Column& column, const ColumnEncoding& learnt, std::int64_t missing,
               Scaling scaling);

Text scaling_words(Scaling scaling);

// "read with \";\" between fields and decimal commas: ..".
Text read_as(const Dialect& dialect);

// "1 row", "2 rows"
std::string plural(std::int64_t count, const std::string& noun);

}  // namespace chainrule::data
