#include "data/csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "base/suggest.h"
#include "data/csv_reader.h"
#include "data/dialect.h"
#include "data/encoding.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Where a field of some sort was first seen; line 0 means never.
struct Sighting {
  std::int64_t line = 0;
  std::string field;
};

// More columns take more memory for their names and counts than most machines have for the data.
constexpr std::size_t most_columns = 100'000;

// What the first pass learns about a column: every number, and where the first other field stood.
struct Tally {
  bool keeps = true;            // the numbers; not if it is text
  std::vector<double> numbers;  // NaN where missing
  std::int64_t number_count = 0, text_count = 0, marked_count = 0;  // see has_other_mark
  Sighting text, infinity, rounded;

  void keep(double number) {
    if (keeps) numbers.push_back(number);
  }
  void keep_nothing() {
    keeps = false;
    numbers = {};
  }
};

struct Hash {
  using is_transparent = void;  // NOLINT: the name is the standard's
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
using CodeOf = std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>>;

// A number but for its decimal mark: "1,5" or "1,234.5" in a file with points, "1.5" in one with
// commas.
bool has_other_mark(std::string_view field, char decimal) {
  const char other = decimal == '.' ? ',' : '.';
  if (field.find(other) == std::string_view::npos) return false;
  std::string digits(field);
  std::erase(digits, other);
  return parse_number(digits, decimal).has_value();
}

// Names and categories go into JSON, which must be UTF-8; a NUL byte is UTF-8 but no text.
[[noreturn]] void refuse_other_than_text(std::string_view text, std::size_t at,
                                         const std::string& name) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  throw DataError({name, line}, text[at] == '\0'
                                    ? "holds a NUL byte, so this is no text (a binary file?); save "
                                      "it as CSV in UTF-8"
                                    : "is not UTF-8 (damaged, or in an encoding that is not known "
                                      "here?); save it as CSV in UTF-8");
}

std::vector<std::string> first_record(CsvReader& reader, const std::string& name) {
  std::vector<std::string> fields;
  for (bool last = false; !last;) {
    if (fields.size() == most_columns)
      throw DataError({name, reader.record_line(), most_columns + 1},
                      fmt::format("this row has more than {} fields; give such wide data as .npy "
                                  "arrays",
                                  most_columns));
    fields.emplace_back(reader.field(last, static_cast<std::int64_t>(fields.size()) + 1));
  }
  return fields;
}

class CsvParser {
 public:
  CsvParser(std::string_view text, const std::string& name, const CsvOptions& options)
      : text_(text),
        options_(options),
        asked_(options.categorical.begin(), options.categorical.end()) {
    table_.file = name;
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);  // the UTF-8 mark
    make_utf8();
    table_.dialect = find_dialect(text_, options);
  }

  Table parse() {
    CsvReader reader = make_reader();
    if (!reader.next_record())
      throw DataError({table_.file}, "is empty; give a file with a header and at least one row");
    header_line_ = reader.record_line();
    first_ = first_record(reader, table_.file);
    width_ = first_.size();
    const bool header = options_.header == Header::present ||
                        (options_.header == Header::detect && may_be_header());
    read_as(header);
    if (header && options_.header == Header::detect && !looks_like_a_header()) read_as(false);
    return std::move(table_);
  }

 private:
  void make_utf8() {
    if (const std::string_view what = other_kind_of_file(text_); !what.empty())
      throw DataError({table_.file}, std::string(what));
    const std::size_t valid = valid_text_length(text_);
    if (valid == text_.size()) return;
    std::optional<Decoded> other = decoded(text_);
    if (!other) refuse_other_than_text(text_, valid, table_.file);
    decoded_ = std::move(other->text);
    text_ = decoded_;
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
    table_.encoding = other->encoding;
  }

  CsvReader make_reader() const { return {text_, table_.dialect, table_.file}; }
  std::optional<double> number(std::string_view field) const {
    return parse_number(field, table_.dialect.decimal);
  }

  void read_as(bool header) {
    header_ = table_.dialect.header = header;
    name_columns();
    read_numbers();
    decide_kinds();
    read_texts();
  }

  bool is_word(std::string_view field) const { return !number(field) && !is_missing(field); }

  // 0, 1, 2, ...: a table whose columns nobody has named.
  bool counts_from_0() const {
    for (std::size_t c = 0; c < width_; ++c)
      if (first_[c] != fmt::format("{}", c)) return false;
    return width_ > 1;
  }

  // Names may be numbers, as years are; but numbers that come twice are data.
  bool may_be_header() const {
    if (counts_from_0()) return true;
    if (std::ranges::none_of(first_, [&](const auto& field) { return is_word(field); }))
      return false;
    if (std::ranges::none_of(first_, [&](const auto& field) { return number(field).has_value(); }))
      return true;
    return std::set<std::string_view>(first_.begin(), first_.end()).size() == width_;
  }

  // A word above numbers is a name; in a file of text only, a name does not come again as a value.
  bool looks_like_a_header() const {
    if (counts_from_0()) return true;
    bool all_text = true;
    for (std::size_t c = 0; c < width_; ++c) {
      const Column& column = table_.columns[c];
      if (column.kind != ColumnKind::numeric) continue;
      all_text = false;
      if (is_word(first_[c])) return true;
    }
    if (!all_text) return false;
    for (std::size_t c = 0; c < width_; ++c) {
      const auto& known = table_.columns[c].categories;
      if (std::find(known.begin(), known.end(), first_[c]) != known.end()) return false;
    }
    return true;
  }

  void name_columns() {
    table_.columns.assign(width_, {});
    std::unordered_map<std::string, std::size_t> place;
    for (std::size_t c = 0; c < width_; ++c) {
      std::string& name = table_.columns[c].name;
      name = header_ ? first_[c] : "";
      if (name.empty()) name = fmt::format("column{}", c + 1);
      const auto before = place.find(name);
      if (before != place.end() && !is_used(name)) name += fmt::format(" ({})", c + 1);
      if (!place.emplace(name, c).second)
        throw DataError({table_.file, header_line_, static_cast<std::int64_t>(c) + 1},
                        fmt::format("the column name {} stands here and in field {}; rename one",
                                    quote(name), place.at(name) + 1));
    }
    const std::vector<std::string> names = table_.names();
    for (const std::string& wanted : options_.categorical)
      if (!place.contains(wanted))
        throw UsageError(fmt::format("categorical: {} has no column {}; {}", table_.file,
                                     quote(wanted), suggestion(wanted, names)));
  }

  // Pass 1: all numbers, and the line of every row.
  void read_numbers() {
    tallies_.assign(width_, {});
    table_.lines = {};
    // A row takes a line, and at least as many bytes as fields.
    const auto lines = static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n')) + 1;
    const std::size_t most_rows = std::min(lines, text_.size() / width_ + 1);
    for (std::size_t c = 0; c < width_; ++c)
      if (asked_.contains(table_.columns[c].name))
        tallies_[c].keep_nothing();
      else
        tallies_[c].numbers.reserve(most_rows);
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    while (reader.next_record()) {
      table_.lines.push_back(reader.record_line());
      std::size_t c = 0;
      for (bool last = false; !last; ++c) {
        double value;
        if (c < width_ && reader.short_number(value, last)) {
          tallies_[c].keep(value);
          ++tallies_[c].number_count;
          continue;
        }
        const std::string_view field = reader.field(last, static_cast<std::int64_t>(c) + 1);
        if (c < width_) tally(tallies_[c], field);
      }
      if (c != width_) refuse_ragged(c);
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

  void tally(Tally& column, std::string_view field) {
    double value = missing;
    if (const std::optional<double> known = number(field)) {
      value = *known;
      ++column.number_count;
      if (std::isinf(value)) note(column.infinity, field);
      if (is_rounded(field, value)) note(column.rounded, field);
    } else if (!is_missing_number(field)) {
      if (is_infinity_word(field)) {
        ++column.number_count;
        note(column.infinity, field);
      } else {
        // One other text settles that these are no numbers; then nobody need look.
        if (column.marked_count == column.text_count &&
            has_other_mark(field, table_.dialect.decimal))
          ++column.marked_count;
        ++column.text_count;
        note(column.text, field);
        column.keep_nothing();
      }
    }
    column.keep(value);
  }

  void note(Sighting& first, std::string_view field) const {
    if (first.line == 0) first = {last_line(), std::string(field)};
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
    for (std::size_t c = 0; c < width_; ++c) {
      Column& column = table_.columns[c];
      Tally& tally = tallies_[c];
      const bool asked = asked_.contains(column.name);
      const std::optional<DataError> mistake =
          asked ? std::nullopt : mistake_in(column, tally, static_cast<std::int64_t>(c) + 1);
      if (mistake && is_used(column.name)) throw DataError(*mistake);
      const bool is_text = asked || tally.text_count > 0 || mistake;
      column.kind = is_text ? ColumnKind::categorical : ColumnKind::numeric;
      if (column.kind == ColumnKind::categorical) continue;
      column.numbers = std::move(tally.numbers);
      if (tally.rounded.line > 0) column.rounded = {tally.rounded.line, tally.rounded.field};
    }
  }

  bool is_used(std::string_view column) const {
    return options_.uses == nullptr || options_.uses(column);
  }

  std::optional<DataError> mistake_in(const Column& column, const Tally& tally,
                                      std::int64_t field) const {
    const std::int64_t present = tally.number_count + tally.text_count;
    if (tally.text_count > 0 && tally.marked_count == tally.text_count)
      return DataError({table_.file, tally.text.line, field},
                       fmt::format("column {}: {} is a number with a {}, and the decimal mark of "
                                   "this file is a {}; write all numbers as 1234.5, or train with "
                                   "the column as text: --categorical {}",
                                   quote(column.name), quote(tally.text.field),
                                   table_.dialect.decimal == '.' ? "comma" : "point",
                                   table_.dialect.decimal == '.' ? "point" : "comma", column.name));
    // A word among few numbers is a mistake as well; of fewer than five nobody can tell.
    const bool mostly_numbers = present >= 20
                                    ? 10 * tally.number_count >= 9 * present
                                    : present >= 5 && 5 * tally.number_count >= 4 * present;
    const bool numeric = tally.text_count == 0 || mostly_numbers;
    if (numeric && tally.infinity.line > 0)
      return DataError(
          {table_.file, tally.infinity.line, field},
          fmt::format("column {}: {} is not a finite number (at most 1.8e308); mend it, or "
                      "leave the field empty if it is missing",
                      quote(column.name), quote(tally.infinity.field)));
    if (tally.text_count > 0 && mostly_numbers)
      return DataError(
          {table_.file, tally.text.line, field},
          fmt::format("column {}: {} is not a number, as {} of the {} values here are; mend "
                      "the file, or train with the column as text: --categorical {}",
                      quote(column.name), quote(tally.text.field), tally.number_count, present,
                      column.name));
    return std::nullopt;
  }

  // Pass 2, only if there is text: the codes of the categorical columns.
  void read_texts() {
    std::size_t stop = 0;  // no categorical column from here on
    for (std::size_t c = 0; c < width_; ++c)
      if (table_.columns[c].kind == ColumnKind::categorical) stop = c + 1;
    if (stop == 0) return;
    for (Column& column : table_.columns)
      if (column.kind == ColumnKind::categorical)
        column.codes.reserve(static_cast<std::size_t>(table_.rows));
    std::vector<CodeOf> code_of(width_);
    CsvReader reader = make_reader();
    if (header_) skip_header(reader);
    while (reader.next_record()) {
      std::size_t c = 0;
      for (bool last = false; !last; ++c) {
        const std::string_view field = reader.field(last, static_cast<std::int64_t>(c) + 1);
        Column& column = table_.columns[c];
        if (column.kind == ColumnKind::categorical) column.codes.push_back(code(code_of[c], field));
      }
    }
    for (std::size_t c = 0; c < width_; ++c)
      if (table_.columns[c].kind == ColumnKind::categorical)
        sort_categories(table_.columns[c], std::move(code_of[c]));
  }

  static std::int32_t code(CodeOf& code_of, std::string_view field) {
    if (is_missing(field)) return -1;
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

  std::string_view text_;
  std::string decoded_;  // what text_ is a view of, if the file is not in UTF-8
  const CsvOptions& options_;
  std::unordered_set<std::string> asked_;  // columns that are text even if all of it are numbers
  bool header_ = false;
  std::int64_t header_line_ = 1;
  std::vector<std::string> first_;
  std::size_t width_ = 0;
  std::vector<Tally> tallies_;
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
