#include "data/spreadsheet.h"

#include <algorithm>
#include <array>

#include "data/words.h"

namespace chainrule::data {
namespace {

bool begins_formula(std::string_view cell) {
  constexpr std::array<std::string_view, 11> beginnings = {"=",  "+",  "-",  "@",  "\t", "\r",
                                                           "\n", "＝", "＋", "－", "＠"};
  return !parse_number(cell) && std::ranges::any_of(beginnings, [&](std::string_view beginning) {
    return cell.starts_with(beginning);
  });
}

// The cell at the beginning of csv, without its quotes; csv is then what follows it.
std::string take_cell(std::string_view& csv) {
  std::string cell;
  bool quoted = csv.starts_with('"');
  if (quoted) csv.remove_prefix(1);
  while (!csv.empty()) {
    if (quoted && csv[0] == '"') {
      csv.remove_prefix(1);
      quoted = csv.starts_with('"');  // two of them are one
      if (!quoted) continue;
    } else if (!quoted && (csv[0] == ',' || csv[0] == '\n')) {
      break;
    }
    cell += csv[0];
    csv.remove_prefix(1);
  }
  return cell;
}

std::string in_quotes(std::string_view cell) {
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

}  // namespace

std::string spreadsheet_safe(std::string_view csv) {
  std::string text;
  while (!csv.empty()) {
    std::string cell = take_cell(csv);
    if (begins_formula(cell)) cell.insert(0, 1, '\'');
    text += cell.find_first_of(",;\t\"\r\n") == std::string::npos ? cell : in_quotes(cell);
    if (csv.empty()) break;
    text += csv[0];
    csv.remove_prefix(1);
  }
  return text;
}

}  // namespace chainrule::data
