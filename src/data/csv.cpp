#include "data/csv.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "base/suggest.h"
#include "data/csv_reader.h"
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
  bool keeps = true;                                               // the numbers; not if it is text
  std::vector<double> numbers;                                     // NaN where missing
  std::int64_t number_count = 0, text_count = 0, comma_count = 0;  // comma: text such as "1,5"
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

// "1,5" or "1,234.5": a number but for its commas, whatever they stand for.
bool is_number_with_commas(std::string_view field) {
  if (field.find(',') == std::string_view::npos) return false;
  std::string digits(field);
  std::erase(digits, ',');
  return parse_number(digits).has_value();
}

// Names and categories go into JSON, which must be UTF-8; a NUL byte is UTF-8 but no text.
void refuse_other_than_text(std::string_view text, const std::string& name) {
  const std::size_t at = valid_text_length(text);
  if (at == text.size()) return;
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  throw DataError({name, line}, text[at] == '\0'
                                    ? "holds a NUL byte, so this is no text in UTF-8 (UTF-16 or a "
                                      "binary file?); save it as CSV in UTF-8"
                                    : "is not UTF-8 (Latin-1 perhaps?); save it as CSV in UTF-8");
}

// The most frequent of , ; tab in the first line with text, outside quotes; a comma if there is
// none.
char guess_delimiter(std::string_view text) {
  std::int64_t commas = 0, semicolons = 0, tabs = 0;
  bool in_quotes = false, seen = false;
  for (const char c : text) {
    if (c == '"') in_quotes = !in_quotes;
    if ((c == '\n' || c == '\r') && !in_quotes && seen) break;
    seen = seen || (c != '\n' && c != '\r' && c != ' ');
    if (in_quotes) continue;
    commas += c == ',';
    semicolons += c == ';';
    tabs += c == '\t';
  }
  if (commas >= semicolons && commas >= tabs) return ',';
  return semicolons >= tabs ? ';' : '\t';
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
    refuse_other_than_text(text_, name);
    delimiter_ = options.delimiter ? options.delimiter : guess_delimiter(text_);
  }

  Table parse() {
    CsvReader reader = make_reader();
    if (!reader.next_record())
      throw DataError({table_.file}, "is empty; give a file with a header and at least one row");
    header_line_ = reader.record_line();
    first_ = first_record(reader, table_.file);
    width_ = first_.size();
    const bool words_only = std::none_of(first_.begin(), first_.end(),
                                         [](const auto& f) { return parse_number(f).has_value(); });
    const bool header =
        options_.header == Header::present || (options_.header == Header::detect && words_only);
    read_as(header);
    if (header && options_.header == Header::detect && !looks_like_a_header()) read_as(false);
    return std::move(table_);
  }

 private:
  CsvReader make_reader() const { return {text_, delimiter_, table_.file}; }

  void read_as(bool header) {
    header_ = header;
    name_columns();
    read_numbers();
    decide_kinds();
    read_texts();
  }

  // Text above numbers is a header; in a file of text only, a name does not come again as a value.
  bool looks_like_a_header() const {
    for (const Column& column : table_.columns)
      if (column.kind == ColumnKind::numeric) return true;
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
      const auto [before, fresh] = place.emplace(name, c);
      if (!fresh)
        throw DataError({table_.file, header_line_, static_cast<std::int64_t>(c) + 1},
                        fmt::format("the column name {} stands here and in field {}; rename one",
                                    quote(name), before->second + 1));
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
    if (const std::optional<double> number = parse_number(field)) {
      value = *number;
      ++column.number_count;
      if (std::isinf(value)) note(column.infinity, field);
      if (is_rounded(field, value)) note(column.rounded, field);
    } else if (!is_missing(field)) {
      if (is_infinity_word(field)) {
        ++column.number_count;
        note(column.infinity, field);
      } else {
        // One other text settles that these are no numbers; then nobody need look.
        if (column.comma_count == column.text_count && is_number_with_commas(field))
          ++column.comma_count;
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
        fmt::format("this row has {} field{} and the first row has {}; mend the row (quote "
                    "a field that holds '{}')",
                    fields, fields == 1 ? "" : "s", width_,
                    delimiter_ == '\t' ? "\\t" : std::string(1, delimiter_)));
  }

  void decide_kinds() {
    for (std::size_t c = 0; c < width_; ++c) {
      Column& column = table_.columns[c];
      Tally& tally = tallies_[c];
      const bool asked = asked_.contains(column.name);
      if (!asked) refuse_mistakes(column, tally, static_cast<std::int64_t>(c) + 1);
      column.kind = asked || tally.text_count > 0 ? ColumnKind::categorical : ColumnKind::numeric;
      if (column.kind == ColumnKind::categorical) continue;
      column.numbers = std::move(tally.numbers);
      if (tally.rounded.line > 0) column.rounded = {tally.rounded.line, tally.rounded.field};
    }
  }

  void refuse_mistakes(const Column& column, const Tally& tally, std::int64_t field) const {
    const std::int64_t present = tally.number_count + tally.text_count;
    if (tally.text_count > 0 && tally.comma_count == tally.text_count)
      throw DataError({table_.file, tally.text.line, field},
                      fmt::format("column {}: {} is a number with a comma; write numbers as "
                                  "1234.5, or train with the column as text: --categorical {}",
                                  quote(column.name), quote(tally.text.field), column.name));
    const bool mostly_numbers = present >= 20 && 10 * tally.number_count >= 9 * present;
    const bool numeric = tally.text_count == 0 || mostly_numbers;
    if (numeric && tally.infinity.line > 0)
      throw DataError(
          {table_.file, tally.infinity.line, field},
          fmt::format("column {}: {} is not a finite number (at most 1.8e308); mend it, or "
                      "leave the field empty if it is missing",
                      quote(column.name), quote(tally.infinity.field)));
    if (tally.text_count > 0 && mostly_numbers)
      throw DataError(
          {table_.file, tally.text.line, field},
          fmt::format("column {}: {} is not a number, as {} of the {} values here are; mend "
                      "the file, or train with the column as text: --categorical {}",
                      quote(column.name), quote(tally.text.field), tally.number_count, present,
                      column.name));
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
  const CsvOptions& options_;
  std::unordered_set<std::string> asked_;  // columns that are text even if all of it are numbers
  char delimiter_ = ',';
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
