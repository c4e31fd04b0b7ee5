// CSV for programs that run what a cell says.
#pragma once

#include <string>
#include <string_view>

namespace chainrule::data {

// The same table with an apostrophe before each cell that a spreadsheet would take for a formula:
// those that begin with = + - @, a tab or the end of a line, or with the wide forms ＝ ＋ － ＠
// (OWASP, "CSV Injection"). A cell that is a plain number, such as -3.5, stays. Text that could
// split where semicolons or tabs separate cells is quoted. `csv` is RFC 4180 with lines ending in
// \n.
std::string spreadsheet_safe(std::string_view csv);

}  // namespace chainrule::data
