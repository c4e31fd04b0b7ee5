// One row of a table, from fields as people type them.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "chainrule/data.h"

namespace chainrule::data {

// A column and its field as a file would have it; an empty one is missing.
using TypedField = std::pair<std::string, std::string>;

// The row with these fields, read as those of a file like the encoder's; all other columns are
// missing. Throws UsageError: a column that is none of the model's inputs (with the nearest), or a
// field that is not of its kind.
Table typed_row(const Encoder& encoder, std::span<const TypedField> fields);

}  // namespace chainrule::data
