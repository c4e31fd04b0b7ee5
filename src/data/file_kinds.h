// Files that are no tables as text.
#pragma once

#include <string_view>

namespace chainrule::data {

// What a file is that people take for a table, and the way out: "is an Excel file; ..."; "" if its
// beginning shows nothing of the kind.
std::string_view other_kind_of_file(std::string_view bytes);

}  // namespace chainrule::data
