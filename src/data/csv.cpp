#include "data/csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/display.h"
#include "base/file.h"
#include "base/suggest.h"
#include "data/category_codes.h"
#include "data/column_doubts.h"
#include "data/column_tally.h"
#include "data/csv_reader.h"
#include "data/first_row.h"
#include "data/formed_column.h"
#include "data/found_table.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name, const CsvOptions& options)
      : file_(text, name, options),
        options_(options),
        missing_(options.missing),
        first_(file_, name, options, missing_),
        width_(first_.width()) {
    table_.file = name;
    table_.missing = options.missing;
    table_.dialect = file_.dialect;
    table_.encoding = file_.encoding;
    table_.doubt = file_.doubt;
  }

  Table parse() {
    const bool header = first_.may_be_names();
    read_as(header);
    if (header && !first_.are_names_of(table_, readings_)) read_as(false);
    if (first_.lacks_name()) require_names_of_rows();
    note_zeros();
    drop_empty_end();
    add_seconds();
    return std::move(table_);
  }

 private:
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
    names.doubts = {doubt_of_row_names()};
  }

  CsvReader make_reader() const {
    CsvReader::Lines lines = file_.lines;
    lines.has_one_column = width_ == 1;
    if (header_ && width_ > 1) lines.names = first_.text();
    return {file_.text, table_.dialect, table_.file, lines};
  }
  void read_as(bool header) {
    header_ = table_.dialect.header = header;
    name_columns();
    read_numbers();
    decide_kinds();
    read_others();
  }

  void name_columns() {
    first_.name_columns(table_, header_);
    std::unordered_map<std::string, std::size_t> place;
    for (std::size_t c = 0; c < width_; ++c) place.emplace(table_.columns[c].name, c);
    asked_.assign(width_, Asked::nothing);
    for (const auto& [name, expected] : options_.expected_columns)
      if (expected.kind == ColumnKind::categorical || expected.kind == ColumnKind::text)
        if (const auto found = place.find(name); found != place.end())
          asked_[found->second] = Asked::text;
    ask(options_.categorical, "categorical", Asked::text, place, ColumnKind::categorical);
    ask(options_.texts, "texts", Asked::text, place, ColumnKind::text);
    ask(options_.numeric, "numeric", Asked::number, place);
    ask(options_.dates, "dates", Asked::date, place);
  }

  void ask(const std::vector<std::string>& wanted, const char* option, Asked how,
           const std::unordered_map<std::string, std::size_t>& place,
           std::optional<ColumnKind> kind = {}) {
    for (const std::string& name : wanted) {
      const auto found = place.find(name);
      if (found == place.end())
        throw UsageError(fmt::format("{}: {} has no column {}; {}", option, table_.file,
                                     quote(name), suggestion(name, table_.names())));
      asked_[found->second] = how;
      table_.columns[found->second].asked = kind;
    }
  }

  // Delimiters at the end of every line, of the names as well.
  void drop_empty_end() {
    const auto is_empty = [&](const Column& last) {
      return std::ranges::all_of(last.numbers, [](double x) { return std::isnan(x); }) &&
             last.codes.empty();
    };
    for (std::size_t c = width_;
         c-- > 1 && header_ && first_.is_empty(c) && is_empty(table_.columns.back());)
      table_.columns.pop_back();
  }

  // Whole numbers as 1.0 and 2.0, which is how pandas writes them where one is missing. The first
  // rows tell.
  void note_zeros() {
    constexpr int rows = 200;
    std::vector<int> zeros(width_, -1);
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    for (int row = 0; row < rows && reader.next_record(); ++row)
      for (std::size_t c = 0, last = 0; last == 0; ++c) {
        bool ends = false;
        const std::string_view field = reader.field(ends, static_cast<std::int64_t>(c) + 1);
        last = ends ? 1 : 0;
        if (c >= width_ || zeros[c] == 0 || missing_.hold(field)) continue;
        const int here = zeros_behind_point(field);
        zeros[c] = zeros[c] == -1 || zeros[c] == here ? here : 0;
      }
    for (std::size_t c = 0; c < width_; ++c)
      if (!readings_[c].form && table_.columns[c].kind == ColumnKind::numeric)
        table_.columns[c].zeros = std::max(zeros[c], 0);
  }

  static int zeros_behind_point(std::string_view field) {
    const std::size_t point = field.find('.');
    if (point == std::string_view::npos || field.find_first_not_of('0', point + 1) < field.size())
      return 0;
    return static_cast<int>(field.size() - point - 1);
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
      tallies_.emplace_back(expected_of(c), table_.dialect.decimal).reserve(most_rows);
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    while (reader.next_record()) {
      table_.lines.push_back(reader.record_line());
      std::size_t c = 0;
      bool ends_empty = false;  // in a field too much, behind a delimiter at the end
      for (bool last = false; !last; ++c) {
        double value;
        if (c < width_ && reader.short_number(value, last)) {
          if (missing_.hold_number(value))
            tallies_[c].add_missing();
          else
            tallies_[c].add_number(value);
          continue;
        }
        const std::string_view field = reader.field(last, static_cast<std::int64_t>(c) + 1);
        ends_empty = last && field.empty();
        if (c >= width_) continue;
        const std::string_view content = trimmed(field);
        if (missing_.hold(content))
          tallies_[c].add_missing();
        else
          tallies_[c].add(content, last_line());
      }
      if (c != width_ && !(c == width_ + 1 && ends_empty)) refuse_ragged(c);
    }
    table_.rows = table_.lines.size();
    table_.skipped = file_.skipped;
    const auto add_skipped = [&](const Text& what) {
      table_.skipped += (table_.skipped.empty() ? "" : ", ") + what;
    };
    if (header_ && !first_.units().empty()) add_skipped(first_.units());
    if (const std::int64_t again = reader.repeated_names(); again > 0)
      add_skipped(in_words(Phrase::names_again, again, again == 1 ? "" : "s"));
    if (table_.rows == 0)
      throw DataError({table_.file, first_.line()},
                      "holds a header and no rows; add at least one row");
  }

  void skip_header(CsvReader& reader) const {
    for (std::size_t row = 0; row <= first_.rows_of_units(); ++row) {
      reader.next_record();
      for (bool last = false; !last;) reader.field(last, 1);
    }
  }

  ColumnTally::Expected expected_of(std::size_t c) const {
    const std::string& name = table_.columns[c].name;
    ColumnTally::Expected expected{.asked = asked_[c], .hints = hints_in(name)};
    if (const auto found = options_.expected_columns.find(name);
        found != options_.expected_columns.end())
      expected.column = found->second;
    return expected;
  }

  std::int64_t last_line() const { return table_.lines.of(table_.lines.size() - 1); }

  [[noreturn]] void refuse_ragged(std::size_t fields) const {
    const auto place = static_cast<std::int64_t>(std::min(fields, width_)) + 1;
    throw DataError(
        {table_.file, last_line(), place},
        fmt::format("this row has {} field{} and the first row has {}; mend the row (quote "
                    "a field that holds '{}')",
                    fields, fields == 1 ? "" : "s", width_,
                    table_.dialect.delimiter == '\t'
                        ? "\\t"
                        : std::string(table_.dialect.doubled ? 2 : 1, table_.dialect.delimiter)));
  }

  void decide_kinds() {
    readings_.clear();
    for (std::size_t c = 0; c < width_; ++c) {
      Column& column = table_.columns[c];
      ColumnTally& tally = tallies_[c];
      const ColumnTally::Reading& reading = readings_.emplace_back(tally.decide());
      column.kind = reading.kind;
      const ColumnTally::Expected expected = expected_of(c);
      if (expected.column) column.words = expected.column->words;
      if (expected.is(NumberKind::first)) column.number_kind = NumberKind::first;
      if (column.kind == ColumnKind::categorical) {
        note_reading(column, reading);
        continue;
      }
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
        column.order = std::get<DateForm>(*reading.form).order;
        tally.take_numbers();  // digits, which are read again
      }
      if (reading.form) {
        column.unit = unit_of(*reading.form);
        if (column.number_kind == NumberKind::plain)
          column.number_kind = number_kind(*reading.form);
      }
      column.words.insert(column.words.end(), reading.words.begin(), reading.words.end());
      note_reading(column, reading);
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
    formed_.clear();
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
    std::vector<CategoryCodes> codes(width_);
    for (std::size_t c = 0; c < width_; ++c)
      formed_.emplace_back(table_.columns[c], readings_[c], table_.dialect.decimal, missing_,
                           is_used(table_.columns[c].name));
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    for (std::int64_t row = 0; reader.next_record(); ++row) {
      std::size_t c = 0;
      for (bool last = false; !last; ++c) {
        const std::string_view field = reader.field(last, static_cast<std::int64_t>(c) + 1);
        if (c == width_) continue;
        Column& column = table_.columns[c];
        if (column.kind == ColumnKind::categorical)
          column.codes.push_back(missing_.hold_text(field) ? -1 : codes[c].of(field));
        else if (is_open(c))
          formed_[c].add(field, table_.lines.of(row));
      }
    }
    for (std::size_t c = 0; c < width_; ++c)
      if (table_.columns[c].kind == ColumnKind::categorical) codes[c].sort_into(table_.columns[c]);
    refuse_mistakes();
  }

  // Of the column with the first one.
  void refuse_mistakes() const {
    const FormedColumn* first = nullptr;
    const auto line_in = [](const FormedColumn& column) { return column.mistakes().first[0].line; };
    for (const FormedColumn& column : formed_)
      if (column.mistakes().count > 0 && (first == nullptr || line_in(column) < line_in(*first)))
        first = &column;
    if (first == nullptr) return;
    const auto c = static_cast<std::size_t>(first - formed_.data());
    throw DataError({table_.file, line_in(*first), static_cast<std::int64_t>(c) + 1},
                    refusal_of_mistakes(first->mistakes(), table_.columns[c], readings_[c]));
  }

  // The second numbers of fields that hold two, as columns of their own behind the first ones.
  void add_seconds() {
    std::vector<Column> columns;
    const std::vector<std::string> names = table_.names();
    for (std::size_t c = 0; c < table_.columns.size(); ++c) {
      const Column& first = columns.emplace_back(std::move(table_.columns[c]));
      if (first.number_kind != NumberKind::first) continue;
      Column second{.name = first.name + " (second)"};
      while (std::ranges::find(names, second.name) != names.end()) second.name += "'";
      second.unit = first.unit;
      second.number_kind = NumberKind::second;
      if (c < formed_.size()) second.numbers = formed_[c].take_seconds();
      second.numbers.resize(static_cast<std::size_t>(table_.rows),
                            std::numeric_limits<double>::quiet_NaN());
      columns.push_back(std::move(second));
    }
    table_.columns = std::move(columns);
  }

  const FoundTable file_;
  const CsvOptions& options_;
  const MissingWords missing_;
  const FirstRow first_;
  const std::size_t width_;
  std::vector<Asked> asked_;  // by column
  bool header_ = false;
  std::vector<ColumnTally> tallies_;
  std::vector<ColumnTally::Reading> readings_;
  std::vector<FormedColumn> formed_;  // empty where all are plain numbers
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
