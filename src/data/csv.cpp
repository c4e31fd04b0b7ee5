#include "data/csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/display.h"
#include "base/file.h"
#include "base/suggest.h"
#include "data/column_tally.h"
#include "data/csv_reader.h"
#include "data/found_table.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

struct Hash {
  using is_transparent = void;  // NOLINT: the name is the standard's
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using CodeOf = std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>>;

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name, const CsvOptions& options)
      : file_(text, name, options),
        options_(options),
        missing_(options.missing.begin(), options.missing.end()) {
    for (const std::string& word : options.missing)
      if (const auto value = parse_number(word)) missing_numbers_.push_back(*value);
    table_.file = name;
    table_.missing = options.missing;
    table_.dialect = file_.dialect;
    table_.encoding = file_.encoding;
    table_.skipped = file_.skipped;
    table_.doubt = file_.doubt;
  }

  Table parse() {
    CsvReader reader = make_reader();
    if (!reader.next_record())
      throw DataError({table_.file}, "is empty; give a file with a header and at least one row");
    header_line_ = reader.record_line();
    const bool is_quoted = *reader.position() == '"';
    first_ = read_record(reader, table_.file);
    width_ = first_.size();
    if (reader.next_record()) {
      const bool next_is_quoted = *reader.position() == '"';
      second_ = read_record(reader, table_.file);
      lacks_name_ = is_quoted && next_is_quoted && lacks_name();
    }
    if (lacks_name_) name_rows();
    const bool is_open = options_.header == Header::detect && !lacks_name_;
    const bool header = is_open ? may_be_header() : options_.header != Header::absent;
    read_as(header);
    if (header && is_open && !looks_like_a_header()) read_as(false);
    if (lacks_name_) require_names_of_rows();
    drop_empty_end();
    return std::move(table_);
  }

 private:
  // R writes the rows' names, in quotes, without a name of their own above them.
  bool lacks_name() const {
    return options_.header != Header::absent && width_ > 1 && second_.size() == width_ + 1 &&
           !second_.back().empty() &&
           std::ranges::all_of(first_, [&](const auto& field) { return is_word(field); });
  }
  // No two rows of R have one name; else a field is cut in two, or a name is missing elsewhere.
  void require_names_of_rows() {
    Column& names = table_.columns[0];
    const bool is_text = names.kind == ColumnKind::categorical;
    const std::size_t distinct =
        is_text ? names.categories.size()
                : std::set<double>(names.numbers.begin(), names.numbers.end()).size();
    if (distinct < static_cast<std::size_t>(table_.rows))
      throw DataError({table_.file, table_.lines.of(0)},
                      fmt::format("this row has {} fields and the first row has {}; mend the row, "
                                  "or give every column a name",
                                  width_, width_ - 1));
    names.doubt =
        "the names are one short, as R writes them, so this column is taken for the "
        "names of the rows";
  }
  void name_rows() {
    const bool is_taken = std::ranges::find(first_, "row") != first_.end();
    first_.insert(first_.begin(), is_taken ? "" : "row");
    width_ = first_.size();
  }

  CsvReader make_reader() const {
    CsvReader::Lines lines = file_.lines;
    lines.has_one_column = width_ == 1;
    return {file_.text, table_.dialect, table_.file, lines};
  }
  std::optional<double> number(std::string_view field) const {
    return parse_number(field, table_.dialect.decimal);
  }

  void read_as(bool header) {
    header_ = table_.dialect.header = header;
    name_columns();
    read_numbers();
    decide_kinds();
    read_others();
  }

  bool is_word(std::string_view field) const { return !number(field) && !is_missing_word(field); }
  bool is_missing_word(std::string_view field) const {
    return is_missing(field) || missing_.contains(field);
  }

  // 0, 1, 2, ...: a table whose columns nobody has named. Or years, or counts behind a name or a
  // blank: 2019, 2020, 2021; where the next row does not count up as well.
  bool counts_up() const {
    const std::vector<std::string>& names = first_;
    if (width_ < 2) return false;
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
      const int fewest = is_year || names[0].empty() || !is_word(names[0]) ? 2 : 3;
      return count >= fewest ? first : std::nullopt;
    };
    const std::optional<double> from = steps_of(names);
    if (!from || !(*from == 0 || *from == 1 || (*from >= 1900 && *from <= 2100))) return false;
    const bool all_count = std::ranges::all_of(
        names, [&](const std::string& field) { return number(field).has_value(); });
    return (all_count && *from == 0) || !steps_of(second_);
  }

  // Names may be numbers, as years are; but numbers that come twice are data.
  bool may_be_header() const {
    if (counts_up()) return true;
    if (std::ranges::none_of(first_, [&](const auto& field) { return is_word(field); }))
      return false;
    if (std::ranges::none_of(first_, [&](const auto& field) { return number(field).has_value(); }))
      return true;
    return std::set<std::string_view>(first_.begin(), first_.end()).size() == width_;
  }

  // A word above numbers or dates is a name; in a file of text only, a name does not come again as
  // a value.
  bool looks_like_a_header() const {
    if (counts_up()) return !any_name_is_a_value();
    bool all_text = true;
    for (std::size_t c = 0; c < width_; ++c) {
      if (table_.columns[c].kind == ColumnKind::categorical) continue;
      all_text = false;
      const auto& form = readings_[c].form;
      if (is_word(first_[c]) && !(form && read_field(first_[c], *form))) return true;
    }
    return all_text && !any_name_is_a_value();
  }

  bool any_name_is_a_value() const {
    for (std::size_t c = 0; c < width_; ++c)
      if (std::ranges::find(table_.columns[c].categories, first_[c]) !=
          table_.columns[c].categories.end())
        return true;
    return false;
  }

  void name_columns() {
    table_.columns.assign(width_, {});
    const auto given = std::ranges::find(options_.names, width_, &std::vector<std::string>::size);
    table_.by_position = !header_ && given != options_.names.end();
    std::unordered_map<std::string, std::size_t> place;
    for (std::size_t c = 0; c < width_; ++c) {
      std::string& name = table_.columns[c].name;
      name = header_ ? first_[c] : table_.by_position ? (*given)[c] : "";
      if (name.empty()) name = fmt::format("column{}", c + 1);
      const auto before = place.find(name);
      if (before != place.end() && !is_used(name)) name += fmt::format(" ({})", c + 1);
      if (!place.emplace(name, c).second)
        throw DataError({table_.file, header_line_, static_cast<std::int64_t>(c) + 1},
                        fmt::format("the column name {} stands here and in field {}; rename one",
                                    quote(name), place.at(name) + 1));
    }
    asked_.assign(width_, Asked::nothing);
    for (const std::string& name : options_.expected_texts)
      if (const auto found = place.find(name); found != place.end())
        asked_[found->second] = Asked::text;
    ask(options_.categorical, "categorical", Asked::text, place);
    ask(options_.numeric, "numeric", Asked::number, place);
    ask(options_.dates, "dates", Asked::date, place);
  }

  void ask(const std::vector<std::string>& wanted, const char* option, Asked how,
           const std::unordered_map<std::string, std::size_t>& place) {
    for (const std::string& name : wanted) {
      const auto found = place.find(name);
      if (found == place.end())
        throw UsageError(fmt::format("{}: {} has no column {}; {}", option, table_.file,
                                     quote(name), suggestion(name, table_.names())));
      asked_[found->second] = how;
    }
  }

  // Delimiters at the end of every line, of the names as well.
  void drop_empty_end() {
    const auto is_empty = [&](const Column& last) {
      return std::ranges::all_of(last.numbers, [](double x) { return std::isnan(x); }) &&
             last.codes.empty();
    };
    for (std::size_t c = width_;
         c-- > 1 && header_ && first_[c].empty() && is_empty(table_.columns.back());)
      table_.columns.pop_back();
  }

  // Pass 1: all numbers, and the line of every row.
  void read_numbers() {
    tallies_.clear();
    table_.lines = {};
    // A row takes a line, and at least as many bytes as fields.
    const std::string_view text = file_.text;
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    const std::size_t most_rows = std::min(lines, text.size() / width_ + 1);
    for (std::size_t c = 0; c < width_; ++c)
      tallies_.emplace_back(asked_[c], table_.dialect.decimal, expected_order(c))
          .reserve(most_rows);
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    while (reader.next_record()) {
      table_.lines.push_back(reader.record_line());
      std::size_t c = 0;
      bool ends_empty = false;  // in a field too much, behind a delimiter at the end
      for (bool last = false; !last; ++c) {
        double value;
        if (c < width_ && reader.short_number(value, last)) {
          if (stands_for_missing(value))
            tallies_[c].add_missing();
          else
            tallies_[c].add_number(value);
          continue;
        }
        const std::string_view field = reader.field(last, static_cast<std::int64_t>(c) + 1);
        ends_empty = last && field.empty();
        if (c >= width_) continue;
        const std::string_view content = trimmed(field);
        if (is_missing_word(content))
          tallies_[c].add_missing();
        else
          tallies_[c].add(content, last_line());
      }
      if (c != width_ && !(c == width_ + 1 && ends_empty)) refuse_ragged(c);
    }
    table_.rows = table_.lines.size();
    if (table_.rows == 0)
      throw DataError({table_.file, header_line_},
                      "holds a header and no rows; add at least one row");
  }

  void skip_header(CsvReader& reader) const {
    reader.next_record();
    for (bool last = false; !last;) reader.field(last, 1);
  }

  std::optional<DateOrder> expected_order(std::size_t c) const {
    const auto found = options_.date_orders.find(table_.columns[c].name);
    return found == options_.date_orders.end() ? std::nullopt : std::optional(found->second);
  }

  bool stands_for_missing(double value) const {
    return !missing_numbers_.empty() &&
           std::ranges::find(missing_numbers_, value) != missing_numbers_.end();
  }

  std::int64_t last_line() const { return table_.lines.of(table_.lines.size() - 1); }

  [[noreturn]] void refuse_ragged(std::size_t fields) const {
    const auto place = static_cast<std::int64_t>(std::min(fields, width_)) + 1;
    throw DataError(
        {table_.file, last_line(), place},
        fmt::format(
            "this row has {} field{} and the first row has {}; mend the row (quote "
            "a field that holds '{}')",
            fields, fields == 1 ? "" : "s", width_,
            table_.dialect.delimiter == '\t' ? "\\t" : std::string(1, table_.dialect.delimiter)));
  }

  void decide_kinds() {
    readings_.clear();
    for (std::size_t c = 0; c < width_; ++c) {
      Column& column = table_.columns[c];
      ColumnTally& tally = tallies_[c];
      const ColumnTally::Reading& reading = readings_.emplace_back(tally.decide());
      column.kind = reading.kind;
      column.doubt = reading.doubt;
      if (reading.either_order)
        column.doubt =
            fmt::format("in every date the day could be the month as well; they are read as {}",
                        *reading.form == FieldForm(DateOrder::day_month_year) ? "day, month, year"
                                                                              : "month, day, year");
      if (column.kind == ColumnKind::categorical) continue;
      if (tally.infinity().line > 0 && is_used(column.name))
        refuse(c, tally.infinity().line, tally.infinity().field,
               "is not a finite number (at most 1.8e308); mend it, or leave the field empty if it "
               "is missing");
      const Sighting& rounded = tally.rounded();
      if (!reading.form) {
        column.numbers = tally.take_numbers();
        const bool may_be_names = rounded.line > 0 || tally.padded().line > 0;
        if (may_be_names && asked_[c] == Asked::nothing && come_again(column.numbers)) {
          column.kind = ColumnKind::categorical;
          column.numbers = {};
          continue;
        }
      } else if (column.kind == ColumnKind::date) {
        column.order = std::get<DateOrder>(*reading.form);
      }
      if (const auto* form = reading.form ? std::get_if<NumberForm>(&*reading.form) : nullptr)
        column.unit = form->before + form->after;
      column.padded = tally.padded().field;
      if (rounded.line > 0) column.rounded = {rounded.line, rounded.field};
    }
  }

  // Whole numbers that double does not hold, or that begin with 0, are names where they stand in
  // several rows.
  static bool come_again(std::vector<double> numbers) {
    std::erase_if(numbers, [](double x) { return std::isnan(x); });
    const std::size_t rows = numbers.size();
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    return 2 * numbers.size() <= rows;
  }

  bool is_used(std::string_view column) const {
    return options_.uses == nullptr || options_.uses(column);
  }

  [[noreturn]] void refuse(std::size_t c, std::int64_t line, std::string_view field,
                           const std::string& why) const {
    throw DataError(
        {table_.file, line, static_cast<std::int64_t>(c) + 1},
        fmt::format("column {}: {} {}", quote(table_.columns[c].name), quote(field), why));
  }

  // Pass 2, only where there is more than plain numbers: codes, and numbers in another form.
  void read_others() {
    const auto is_open = [&](std::size_t c) {
      return table_.columns[c].kind == ColumnKind::categorical || readings_[c].form.has_value();
    };
    std::size_t stop = 0;  // no such column from here on
    for (std::size_t c = 0; c < width_; ++c)
      if (is_open(c)) stop = c + 1;
    if (stop == 0) return;
    const auto rows = static_cast<std::size_t>(table_.rows);
    for (std::size_t c = 0; c < stop; ++c)
      if (table_.columns[c].kind == ColumnKind::categorical)
        table_.columns[c].codes.reserve(rows);
      else if (is_open(c))
        table_.columns[c].numbers.reserve(rows);
    std::vector<CodeOf> code_of(width_);
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    for (std::int64_t row = 0; reader.next_record(); ++row) {
      std::size_t c = 0;
      for (bool last = false; !last; ++c) {
        const std::string_view field = reader.field(last, static_cast<std::int64_t>(c) + 1);
        if (c == width_) continue;
        Column& column = table_.columns[c];
        if (column.kind == ColumnKind::categorical)
          column.codes.push_back(code(code_of[c], field));
        else if (is_open(c))
          column.numbers.push_back(formed_number(c, field, row));
      }
    }
    for (std::size_t c = 0; c < width_; ++c)
      if (table_.columns[c].kind == ColumnKind::categorical)
        sort_categories(table_.columns[c], std::move(code_of[c]));
  }

  double formed_number(std::size_t c, std::string_view given, std::int64_t row) {
    constexpr double missing = std::numeric_limits<double>::quiet_NaN();
    const std::string_view field = trimmed(given);
    if (is_missing_word(field)) return missing;
    Column& column = table_.columns[c];
    const ColumnTally::Reading& reading = readings_[c];
    const char decimal = table_.dialect.decimal, other = decimal == '.' ? ',' : '.';
    const auto* form = std::get_if<NumberForm>(&*reading.form);
    // In a column of "1,5" in a file with points, "1.234" could be either.
    const std::size_t mark = field.find(decimal);
    const bool is_clear = form == nullptr || form->decimal == decimal ||
                          mark == std::string_view::npos || mark != field.rfind(decimal) ||
                          field.find(other) != std::string_view::npos;
    const std::optional<double> value = is_clear ? read_field(field, *reading.form) : std::nullopt;
    if (!value) {
      if (!is_used(column.name)) return missing;
      refuse(c, table_.lines.of(row), field,
             fmt::format("is not a {}, as {} of the {} values here are{}; mend the file, say which "
                         "word means missing: --missing {}, or train with the column as text: "
                         "--categorical {}",
                         form == nullptr ? "date" : "number", reading.read, reading.present,
                         column.written.empty() ? "" : ", such as " + column.written,
                         shell_word(field), shell_word(column.name)));
    }
    if (stands_for_missing(*value)) return missing;
    if (form == nullptr) {
      const std::optional<Moment> moment = read_date(field, std::get<DateOrder>(*reading.form));
      column.has_time = column.has_time || moment->has_time;
      if (column.written.empty())
        column.written = fmt::format("{} is {}", quote(field),
                                     date_text(*value, column.order, moment->has_time));
    } else if (column.written.empty() && !number(field)) {
      column.written = fmt::format("{} is {}", quote(field), number_text(*value));
    }
    return *value;
  }

  std::int32_t code(CodeOf& code_of, std::string_view field) const {
    if (field.empty() || missing_.contains(field)) return -1;
    const auto known = code_of.find(field);
    if (known != code_of.end()) return known->second;
    const auto fresh = static_cast<std::int32_t>(code_of.size());
    code_of.emplace(std::string(field), fresh);
    return fresh;
  }

  // Codes count in the order of first appearance until here; afterwards in the order of names.
  static void sort_categories(Column& column, CodeOf code_of) {
    std::vector<std::string> names(code_of.size());  // by code
    while (!code_of.empty()) {
      auto known = code_of.extract(code_of.begin());
      names[static_cast<std::size_t>(known.mapped())] = std::move(known.key());
    }
    const std::vector<std::size_t> places = sorted_places(names);
    std::vector<std::int32_t> sorted_code(names.size());
    column.categories.reserve(names.size());
    for (const std::size_t code : places) {
      sorted_code[code] = static_cast<std::int32_t>(column.categories.size());
      column.categories.push_back(std::move(names[code]));
    }
    for (std::int32_t& code : column.codes)
      if (code >= 0) code = sorted_code[static_cast<std::size_t>(code)];
  }

  const FoundTable file_;
  const CsvOptions& options_;
  std::unordered_set<std::string_view> missing_;  // words that the options name
  std::vector<double> missing_numbers_;
  std::vector<Asked> asked_;  // by column
  bool header_ = false;
  std::int64_t header_line_ = 1;
  std::vector<std::string> first_, second_;
  bool lacks_name_ = false;  // the first column, as R writes it
  std::size_t width_ = 0;
  std::vector<ColumnTally> tallies_;
  std::vector<ColumnTally::Reading> readings_;
  Table table_;
};

}  // namespace

Table parse_csv(std::string_view text, const std::string& name, const CsvOptions& options) try {
  return CsvParser(text, name, options).parse();
} catch (...) {
  throw_ours();
}

Table read_csv(const std::string& path, const CsvOptions& options) try {
  return parse_csv(read_file(path), path, options);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
