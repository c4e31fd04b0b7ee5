// How a table is written, worked out from many of its rows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chainrule/data.h"

namespace chainrule::data {

struct TableText {
  std::string_view text;
  bool has_comments = false;  // lines that begin with # are none of the table
  TableText(std::string_view all, bool with_comments = false)  // NOLINT: a text is one
      : text(all), has_comments(with_comments) {}
  TableText(const std::string& all) : text(all) {}  // NOLINT
  TableText(const char* all) : text(all) {}         // NOLINT
};

// What lets the first rows agree best, in how many fields they have and in what the fields are
// (after van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type
// patterns", 2019). What the options say holds; what they expect is taken where the rows leave it
// open. Looks at 300 rows and 256 KiB at most.
Dialect find_dialect(const TableText& text, const CsvOptions& options);

// The same for the decimal mark alone.
char find_decimal(const TableText& text, const Dialect& dialect, const CsvOptions& options);

// The mark that stands twice between the fields of all of the first rows, as in a::b; 0 if there is
// none. A delimiter that the options name is the only one that is looked for.
char doubled_mark(std::string_view text, char delimiter);

// Where semicolons separate and no number has a comma, "8.683" may be eight thousand or eight: what
// to say if all points stand so; "" if one of them stands otherwise.
Text doubted_point(const TableText& text, const Dialect& dialect);

// How many records of one field stand above the table: a title, say. 0 where the rows below do not
// agree on more than one field.
std::size_t lines_above(const TableText& text, const Dialect& dialect);

}  // namespace chainrule::data
