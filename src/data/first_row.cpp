#include "data/first_row.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/csv_reader.h"
#include "data/date_form.h"
#include "data/number_form.h"
#include "data/words.h"

namespace chainrule::data {

MissingWords::MissingWords(const std::vector<std::string>& words)
    : named_(words.begin(), words.end()) {
  for (const std::string& word : words)
    if (const auto value = parse_number(word)) numbers_.push_back(*value);
}

bool MissingWords::hold(std::string_view field) const {
  return is_missing(field) || hold_text(field);
}

bool MissingWords::hold_number(double value) const {
  return !numbers_.empty() && std::ranges::find(numbers_, value) != numbers_.end();
}

FirstRow::FirstRow(const FoundTable& file, const std::string& name, const CsvOptions& options,
                   const MissingWords& missing)
    : options_(options), missing_(missing), decimal_(file.dialect.decimal) {
  CsvReader reader(file.text, file.dialect, name, file.lines);
  if (!reader.next_record())
    throw DataError({name}, "is empty; give a file with a header and at least one row");
  line_ = reader.record_line();
  const bool is_quoted = *reader.position() == '"';
  const char* const begin = reader.position();
  fields_ = read_record(reader, name);
  text_ = file.text.substr(static_cast<std::size_t>(begin - file.text.data()));
  text_ = text_.substr(0, text_.find_first_of("\r\n"));
  if (std::ranges::count(text_, '"') % 2 != 0) text_ = "";
  if (!reader.next_record()) return;
  const bool are_quoted = is_quoted && *reader.position() == '"';
  second_ = read_record(reader, name);
  lacks_name_ = lacks_name(are_quoted);
  if (lacks_name_) name_rows();
  std::vector<std::vector<std::string>> records{second_};
  constexpr std::size_t records_looked_at = 40;
  try {
    while (records.size() < records_looked_at && reader.next_record())
      records.push_back(read_record(reader, name));
  } catch (const DataError&) {
    return;  // told when the row is read
  }
  join_second_row(records);
  if (rows_of_units_ == 0 && !are_surely_names(records)) text_ = "";
  if (rows_of_units_ == 0) find_units(records);
}

// "region,2022,,2023," above ",sales,profit,sales,profit": cells of spreadsheets that are joined
// hold their text in the first one. The names are then "region", "2022 sales", "2022 profit", ...
void FirstRow::join_second_row(const std::vector<std::vector<std::string>>& records) {
  constexpr std::size_t fewest_below = 2;
  if (options_.header == Header::absent || options_.header == Header::unlikely ||
      second_.size() != width() || records.size() < 1 + fewest_below || !fields_.back().empty())
    return;
  std::vector<std::string> names;
  std::string group;
  std::size_t measured = 0;
  bool has_group = false;
  for (std::size_t c = 0; c < width(); ++c) {
    const std::string &above = fields_[c], &below = second_[c];
    if (above.empty() && below.empty()) return;
    if (!below.empty() && (number(below) || missing_.hold(below) || is_measured(below))) return;
    if (!above.empty()) group = above;
    has_group = has_group || (above.empty() && !group.empty());
    std::string name = below.empty() || group.empty() ? "" : group + " ";
    names.push_back(name.append(below.empty() ? above : below));
    for (std::size_t row = 1; row <= fewest_below; ++row)
      measured += records[row].size() == width() && !records[row][c].empty() &&
                  is_measured(records[row][c]);
  }
  if (!has_group || measured == 0) return;
  fields_ = std::move(names);
  rows_of_units_ = 1;
  text_ = "";
}

bool FirstRow::is_measured(const std::string& field) const {
  if (number(field) || written_number(field, decimal_)) return true;
  return std::ranges::any_of(date_orders,
                             [&](DateOrder order) { return read_date(field, order).has_value(); });
}

// Words, one of them above nothing but numbers and dates.
bool FirstRow::are_surely_names(const std::vector<std::vector<std::string>>& records) const {
  if (!std::ranges::all_of(fields_, [&](const auto& field) { return is_word(field); }))
    return false;
  for (std::size_t c = 0; c < width(); ++c) {
    std::size_t measured = 0, others = 0;
    for (const std::vector<std::string>& record : records)
      if (record.size() == width() && record != fields_ && !missing_.hold(record[c]))
        ++(is_measured(record[c]) ? measured : others);
    if (measured > others + 1 && !is_measured(fields_[c])) return true;
  }
  return false;
}

// Words where all rows below hold numbers or dates, in two columns or more: in one it may be a
// mistake.
void FirstRow::find_units(const std::vector<std::vector<std::string>>& records) {
  const std::size_t fewest = options_.expected ? 1 : 3;
  if (!std::ranges::all_of(fields_, [&](const auto& field) { return is_word(field); })) return;
  for (std::size_t rows = 1; rows <= 2 && records.size() >= rows + fewest; ++rows) {
    std::size_t measured = 0;
    bool are_words = true;
    for (std::size_t c = 0; c < width() && are_words; ++c) {
      bool holds_any = false, holds_only = true;
      for (std::size_t row = rows; row < records.size() && holds_only; ++row) {
        if (records[row].size() != width()) return;
        const std::string& field = records[row][c];
        if (missing_.hold(field)) continue;
        holds_any = true;
        holds_only = is_measured(field);
      }
      if (!holds_any || !holds_only) continue;
      ++measured;
      for (std::size_t row = 0; row < rows; ++row)
        are_words = are_words && records[row].size() == width() && is_word(records[row][c]) &&
                    !is_measured(records[row][c]);
    }
    if (measured < 2 || !are_words) continue;
    rows_of_units_ = rows;
    for (std::size_t row = 0; row < rows; ++row)
      units_ +=
          (units_.empty() ? "" : ", ") + quote(fmt::format("{}", fmt::join(records[row], " ")));
    return;
  }
}

// R writes the rows' names, in quotes, without a name of their own above them.
bool FirstRow::lacks_name(bool are_quoted) const {
  return are_quoted && options_.header != Header::absent && options_.header != Header::unlikely &&
         width() > 1 && second_.size() == width() + 1 && !second_.back().empty() &&
         std::ranges::all_of(fields_, [&](const auto& field) { return is_word(field); });
}

void FirstRow::name_rows() {
  const bool is_taken = std::ranges::find(fields_, "row") != fields_.end();
  fields_.insert(fields_.begin(), is_taken ? "" : "row");
}

std::optional<double> FirstRow::number(std::string_view field) const {
  return parse_number(field, decimal_);
}

// 0, 1, 2, ...: a table whose columns nobody has named. Or years, or counts behind a name or a
// blank: 2019, 2020, 2021; where the next row does not count up as well.
bool FirstRow::counts_up() const {
  if (width() < 2) return false;
  const auto steps_of = [&](const std::vector<std::string>& fields) -> std::optional<double> {
    std::optional<double> first, last;
    int count = 0;
    for (const std::string& field : fields) {
      const std::optional<double> value = number(field);
      if (!value) continue;
      if (last && *value != *last + 1) return std::nullopt;
      if (!first) first = value;
      last = value;
      ++count;
    }
    const bool is_year = first && *first >= 1900 && *first <= 2100;
    const int fewest = is_year || fields_[0].empty() || !is_word(fields_[0]) ? 2 : 3;
    return count >= fewest ? first : std::nullopt;
  };
  const std::optional<double> from = steps_of(fields_);
  if (!from || !(*from == 0 || *from == 1 || (*from >= 1900 && *from <= 2100))) return false;
  const bool all_count = std::ranges::all_of(
      fields_, [&](const std::string& field) { return number(field).has_value(); });
  return (all_count && *from == 0) || !steps_of(second_);
}

// Names may be numbers, as years are; but numbers that come twice are data.
bool FirstRow::may_be_names() const {
  if (options_.header == Header::unlikely)
    return std::ranges::all_of(fields_, [&](const auto& field) { return is_word(field); });
  if (options_.header != Header::detect) return options_.header == Header::present;
  if (lacks_name_ || counts_up()) return true;
  // A single row for a model has its names, or is what to predict.
  if (second_.empty() && !options_.names.empty())
    return std::ranges::any_of(fields_, [&](const auto& field) {
      return std::ranges::find(options_.names[0], field) != options_.names[0].end();
    });
  if (std::ranges::none_of(fields_, [&](const auto& field) { return is_word(field); }))
    return false;
  if (std::ranges::none_of(fields_, [&](const auto& field) { return is_measured(field); }))
    return true;
  return std::set<std::string_view>(fields_.begin(), fields_.end()).size() == width();
}

// A word above numbers or dates is a name; in a file of text only, a name does not come again as a
// value.
bool FirstRow::are_names_of(const Table& table,
                            std::span<const ColumnTally::Reading> readings) const {
  if (options_.header == Header::unlikely) return are_words_above_numbers(table, readings);
  if (options_.header != Header::detect || lacks_name_) return true;
  if (counts_up()) return !any_name_is_a_value(table);
  bool all_text = true;
  for (std::size_t c = 0; c < width(); ++c) {
    if (table.columns[c].kind == ColumnKind::categorical) continue;
    all_text = false;
    const auto& form = readings[c].form;
    if (is_word(fields_[c]) && !(form && read_field(fields_[c], *form))) return true;
  }
  return all_text && !any_name_is_a_value(table);
}

bool FirstRow::are_words_above_numbers(const Table& table,
                                       std::span<const ColumnTally::Reading> readings) const {
  std::size_t words = 0, others = 0;
  for (std::size_t c = 0; c < width(); ++c) {
    if (table.columns[c].kind == ColumnKind::categorical) continue;
    const auto& form = readings[c].form;
    ++(form && read_field(fields_[c], *form) ? others : words);
  }
  return words > 0 && others == 0 && !any_name_is_a_value(table);
}

bool FirstRow::any_name_is_a_value(const Table& table) const {
  for (std::size_t c = 0; c < width(); ++c) {
    const std::vector<std::string>& values = table.columns[c].categories;
    if (std::ranges::find(values, fields_[c]) != values.end()) return true;
  }
  return false;
}

void FirstRow::name_columns(Table& table, bool header) const {
  table.columns.assign(width(), {});
  const auto given = std::ranges::find(options_.names, width(), &std::vector<std::string>::size);
  const bool has_given = given != options_.names.end();
  const bool knows_one = has_given && std::ranges::any_of(fields_, [&](const auto& field) {
                           return std::ranges::find(*given, field) != given->end();
                         });
  const bool has_other_names = options_.header == Header::unlikely && !knows_one;
  table.by_position = has_given && (!header || has_other_names);
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t c = 0; c < width(); ++c) {
    std::string& name = table.columns[c].name;
    name = table.by_position ? (*given)[c] : header ? fields_[c] : "";
    if (name.empty()) name = fmt::format("column{}", c + 1);
    const bool is_used = !options_.uses || options_.uses(name);
    if (place.contains(name) && !is_used) name += fmt::format(" ({})", c + 1);
    if (!place.emplace(name, c).second)
      throw DataError({table.file, line_, static_cast<std::int64_t>(c) + 1},
                      fmt::format("the column name {} stands here and in field {}; rename one",
                                  quote(name), place.at(name) + 1));
  }
}

}  // namespace chainrule::data
