#include "data/typed_row.h"

#include <algorithm>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/suggest.h"
#include "data/csv.h"
#include "data/expected_column.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

Column missing_field(const ColumnEncoding& how) {
  const ColumnKind kind = how.is_of_texts() ? ColumnKind::categorical : how.kind;
  Column column{.name = how.name, .kind = kind, .order = how.order, .has_time = how.has_time};
  column.number_kind = how.number_kind;
  column.unit = how.unit;
  if (how.is_of_texts())
    column.codes = {-1};
  else
    column.numbers = {std::numeric_limits<double>::quiet_NaN()};
  return column;
}

std::string csv_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"\n";
}

// Read by the reader of files, so that it understands what that understands.
Column typed_field(const Encoder& encoder, const ColumnEncoding& how, const std::string& text) {
  CsvOptions options{.delimiter = ',', .header = Header::present, .missing = encoder.missing()};
  options.decimal = encoder.dialect().decimal;
  ExpectedColumn expected = expected_like(how);
  // Of two numbers in one field the second one is a column, and an input, of its own.
  const bool is_of_two =
      how.number_kind == NumberKind::first || how.number_kind == NumberKind::second;
  if (is_of_two) expected.number_kind = NumberKind::plain;
  if (how.is_of_texts()) options.categorical = {"field"};
  options.expected_columns["field"] = expected;
  Table table = parse_csv("field\n" + csv_quoted(text), how.name, options);
  Column& column = table.columns.at(0);
  column.name = how.name;
  const bool is_missing = column.kind == ColumnKind::categorical
                              ? column.codes.at(0) < 0
                              : !(column.numbers.at(0) == column.numbers.at(0));
  if (is_missing) return missing_field(how);
  if (!how.is_of_texts() && column.kind != how.kind)
    throw UsageError(fmt::format(
        "{} = {}: the model was trained on {}s there; give one, or nothing for a missing value",
        quote(how.name), quote(text), how.kind == ColumnKind::date ? "date" : "number"));
  return column;
}

}  // namespace

Table typed_row(const Encoder& encoder, std::span<const TypedField> fields) {
  std::vector<std::string> names;
  for (const ColumnEncoding& how : encoder.columns()) names.push_back(how.name);
  for (const auto& [name, text] : fields)
    if (std::ranges::find(names, name) == names.end())
      throw UsageError(
          fmt::format("{} is no input of the model; {}", quote(name), suggestion(name, names)));
  Table table{.rows = 1, .file = "the row that was asked for"};
  for (const ColumnEncoding& how : encoder.columns()) {
    const auto given = std::ranges::find(fields, how.name, &TypedField::first);
    table.columns.push_back(given == fields.end() || given->second.empty()
                                ? missing_field(how)
                                : typed_field(encoder, how, given->second));
  }
  return table;
}

}  // namespace chainrule::data
