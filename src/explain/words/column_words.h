// What is said of a table's columns, in the report's language.
#pragma once

#include <string>
#include <string_view>

#include "chainrule/explain.h"

namespace chainrule::page {

// A column's kind, values or treatment, as data::ColumnReport has them. Names and numbers of the
// data stay as they are, and so do words that have no translation.
std::string column_words(std::string_view english, Language language);

}  // namespace chainrule::page
