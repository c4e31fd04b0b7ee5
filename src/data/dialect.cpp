#include "data/dialect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "data/composed_form.h"
#include "data/csv_reader.h"
#include "data/date_form.h"
#include "data/duration_form.h"
#include "data/number_form.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 18, most_records = 300;
constexpr std::size_t most_fields = 1000;  // of a record that are looked at
constexpr std::string_view delimiters = ",;\t|^";
constexpr double benefit_of_expected = 1.25;

using Record = std::vector<std::string>;

struct Sample {
  std::vector<Record> records{};
  bool is_broken = false;  // a quote that is not where one can be
};

Sample read_sample(const TableText& table, const Dialect& dialect) {
  const std::string_view text = table.text;
  const bool is_cut = text.size() > most_bytes;
  static const std::string nameless;
  CsvReader reader(text.substr(0, most_bytes), dialect, nameless,
                   {.has_comments = table.has_comments});
  Sample sample;
  try {
    while (sample.records.size() < most_records && reader.next_record()) {
      Record record;
      for (bool last = false; !last;) {
        const std::string_view field = reader.field(last, 1);
        if (record.size() < most_fields) record.emplace_back(field);
      }
      sample.records.push_back(std::move(record));
    }
    if (is_cut && sample.records.size() < most_records) sample.records.pop_back();
  } catch (const DataError&) {
    sample.is_broken = !is_cut;  // what is cut off may end within quotes
  }
  return sample;
}

// A number or a date, however it is written, or nothing.
bool is_measured(std::string_view field) {
  if (parse_number(field) || is_missing(field)) return true;
  if (std::ranges::none_of(field, is_digit)) return false;
  if (written_number(field, '.') || written_number(field, ',') || read_duration(field)) return true;
  if (written_range(field, '.') || written_pair(field, '.') || written_fraction(field, '.'))
    return true;
  return std::ranges::any_of(date_orders,
                             [&](DateOrder order) { return read_date(field, order).has_value(); });
}

// Else a value such as people write into one field: a word, an amount. What separates fields
// elsewhere is in none of them but in quotes.
bool is_plausible_text(std::string_view field, char delimiter) {
  const bool has_letters = std::ranges::any_of(field, is_letter);
  for (const char other : delimiters) {
    if (other == delimiter) continue;
    const std::size_t at = field.find(other);
    const bool is_prose = has_letters && at + 1 < field.size() && field[at + 1] == ' ';
    if (at != std::string_view::npos && !is_prose) return false;
  }
  if (has_letters) return true;
  // Without letters: a date or an amount, but not numbers side by side.
  const auto space = field.find(' ');
  return space == std::string_view::npos || field.find(':', space) != std::string_view::npos;
}

// How many fields most records have.
std::size_t usual_width(const std::vector<Record>& records) {
  std::size_t best = records.front().size();
  const auto count = [&](std::size_t width) {
    return std::ranges::count(records, width, &Record::size);
  };
  for (const Record& record : records)
    if (count(record.size()) > count(best)) best = record.size();
  return best;
}

// Columns that hold numbers or dates in every record but the first.
std::size_t measured_columns(const std::vector<Record>& records, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t c = 0; c < width && records.size() > 1; ++c)
    columns += std::all_of(records.begin() + 1, records.end(), [&](const Record& record) {
      return record.size() != width || is_measured(record[c]);
    });
  return columns;
}

// 0 where it separates nothing, up to 1 where all rows have the same many plausible fields.
double score(const Sample& sample, char delimiter) {
  const std::vector<Record>& records = sample.records;
  if (records.empty()) return 0;
  const std::size_t width = usual_width(records);
  if (width == 1) return 0;
  double regular = 0, fields = 0, plausible = 0, numbers = 0;
  for (const Record& record : records) {
    if (record.size() != width) continue;
    ++regular;
    for (const std::string& field : record) {
      ++fields;
      const bool measured = is_measured(field);
      numbers += measured;
      plausible += measured || is_plausible_text(field, delimiter);
    }
  }
  const double agreement = regular / static_cast<double>(records.size());
  // Spaces stand in texts as well: it is mostly numbers that are told apart by them.
  if (delimiter == ' ' &&
      (agreement < 0.9 || records[0].size() != width ||
       (numbers < 0.5 * fields && (agreement < 1 || measured_columns(records, width) < 2))))
    return 0;
  const double columns = 1 - 1 / static_cast<double>(width);
  // Names that it does not separate either.
  const double names = records[0].size() == 1 ? 0.7 : 1;
  return agreement * agreement * columns * names * plausible / fields *
         (sample.is_broken ? 0.5 : 1);
}

// Whether it leaves no doubt: every record has as many fields, and each may be one.
bool is_certain(const Sample& sample, char delimiter) {
  const std::vector<Record>& records = sample.records;
  if (records.size() < 2 || sample.is_broken || records[0].size() == 1) return false;
  return std::ranges::all_of(records, [&](const Record& record) {
    return record.size() == records[0].size() &&
           std::ranges::all_of(record, [&](const std::string& field) {
             return is_measured(field) || is_plausible_text(field, delimiter);
           });
  });
}

char find_delimiter(const TableText& text, const CsvOptions& options) {
  char best = options.expected ? options.expected->delimiter : ',';
  double highest = 0;
  bool is_decided = false;
  for (const char candidate : {',', ';', '\t', '|', '^', ' '}) {
    // Spaces stand in dates and texts as well.
    if (candidate == ' ' && is_decided) continue;
    const Sample sample = read_sample(text, {.delimiter = candidate});
    double reached = score(sample, candidate);
    is_decided = is_decided || is_certain(sample, candidate);
    if (options.expected && options.expected->delimiter == candidate)
      reached *= benefit_of_expected;
    if (reached > highest) {
      highest = reached;
      best = candidate;
    }
  }
  return best;
}

// What a mark can be that stands once in a number, or several times.
enum class Mark { none, decimal, thousands, either };

Mark mark_in(std::string_view field, char mark) {
  const auto first = field.find(mark);
  if (first == std::string_view::npos) return Mark::none;
  if (field.find(mark, first + 1) != std::string_view::npos) return Mark::thousands;
  const auto after = field.find_first_not_of("0123456789", first + 1);
  const std::size_t digits = (after == std::string_view::npos ? field.size() : after) - first - 1;
  const auto start = field.find_first_of("0123456789");
  const bool may_be_thousands =
      digits == 3 && start < first && first - start <= 3 && field[start] != '0';
  return may_be_thousands ? Mark::either : Mark::decimal;
}

// With marks between thousands or without, and nothing else.
bool is_bare_number(std::string_view field, char decimal) {
  if (parse_number(field, decimal)) return true;
  const std::optional<WrittenNumber> number = written_number(field, decimal);
  return number && number->form == NumberForm{.decimal = decimal};
}

// A comma if it must be one somewhere, and a point nowhere.
char decimal_in(const Sample& sample, char delimiter, const CsvOptions& options) {
  bool has_comma = false, has_point = false, may_be_comma = false;
  for (const Record& record : sample.records)
    for (const std::string& field : record) {
      if (!is_digit(field.empty() ? ' ' : field.back())) continue;
      const Mark comma = mark_in(field, ','), point = mark_in(field, '.');
      if (comma != Mark::none && is_bare_number(field, ',')) {
        has_comma |= comma == Mark::decimal || point == Mark::thousands ||
                     (point == Mark::either && comma == Mark::either);
        may_be_comma = true;
      } else if (point == Mark::decimal && is_bare_number(field, '.')) {
        has_point = true;
      }
    }
  if (has_comma != has_point) return has_comma ? ',' : '.';
  // Who separates fields by semicolons mostly does so because commas stand in numbers.
  const bool expects_comma = options.expected ? options.expected->decimal == ',' : delimiter == ';';
  return !has_comma && may_be_comma && expects_comma ? ',' : '.';
}

}  // namespace

namespace {

// How often the mark stands in each of the first lines, alone and twice; empty if there are none.
struct MarkCount {
  std::int64_t once = 0, twice = 0;
};
std::vector<MarkCount> count_marks(std::string_view text, char mark) {
  constexpr std::size_t most_lines = 100;
  text = text.substr(0, most_bytes);
  std::vector<MarkCount> lines;
  while (!text.empty() && lines.size() < most_lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trimmed(line).empty() || line.starts_with('#')) continue;
    MarkCount count;
    for (std::size_t at = line.find(mark); at < line.size();) {
      const std::size_t stop = std::min(line.find_first_not_of(mark, at), line.size());
      const auto length = static_cast<std::int64_t>(stop - at);
      count.twice += length / 2;
      count.once += length % 2;
      at = line.find(mark, stop);
    }
    lines.push_back(count);
  }
  return lines;
}

}  // namespace

char doubled_mark(std::string_view text, char delimiter) {
  const auto is_regular = [&](char mark, std::int64_t MarkCount::*times) {
    const std::vector<MarkCount> lines = count_marks(text, mark);
    return !lines.empty() && lines[0].*times > 0 &&
           std::ranges::all_of(
               lines, [&](const MarkCount& line) { return line.*times == lines[0].*times; });
  };
  if (delimiter == 0 && std::ranges::any_of(delimiters, [&](char mark) {
        return is_regular(mark, &MarkCount::once);
      }))
    return 0;
  for (const char mark : std::string_view(":;|~")) {
    if (delimiter != 0 && mark != delimiter) continue;
    if (is_regular(mark, &MarkCount::once)) continue;  // with empty fields in between
    const std::vector<MarkCount> lines = count_marks(text, mark);
    const bool may_be_alone = mark == ':';  // "Star Wars: A New Hope"
    if (is_regular(mark, &MarkCount::twice) &&
        (may_be_alone ||
         std::ranges::all_of(lines, [](const MarkCount& line) { return line.once == 0; })))
      return mark;
  }
  return 0;
}

namespace {

std::ptrdiff_t filled(const Record& record) {
  return std::ranges::count_if(record, [](const std::string& field) { return !field.empty(); });
}

bool is_year(std::string_view field) {
  const std::optional<double> year = field.size() == 4 ? parse_number(field) : std::nullopt;
  return year && *year >= 1900 && *year <= 2100;
}

// Pairs such as "Account:;DE89", with another number of fields than the rows of the table, down to
// its names. One line that is one field short is the names of R, or a mistake.
std::size_t pairs_above(const std::vector<Record>& records, std::size_t width) {
  std::size_t lines = 0;
  while (lines < records.size() && records[lines].size() != width && filled(records[lines]) <= 2)
    ++lines;
  if (width < 4 || lines + 1 >= records.size() || records[lines].size() != width) return 0;
  if (lines == 1 && records[0].size() + 1 == width) return 0;
  const Record& names = records[lines];
  const bool are_names = std::ranges::none_of(names, [](const std::string& field) {
    return !field.empty() && is_measured(field) && !is_year(field);
  });
  const bool has_numbers = std::ranges::any_of(records[lines + 1], [](const std::string& field) {
    return !field.empty() && is_measured(field);
  });
  return are_names && has_numbers && filled(names) > 2 ? lines : 0;
}

}  // namespace

std::size_t lines_above(const TableText& text, const Dialect& dialect) {
  constexpr std::size_t most_lines = 20;
  const Sample sample = read_sample(text, dialect);
  if (sample.is_broken || sample.records.size() < 2) return 0;
  const std::size_t width = usual_width(sample.records);
  const auto regular = std::ranges::count(sample.records, width, &Record::size);
  const auto are_rest_regular = [&](std::size_t lines) {
    return lines <= most_lines && width > 1 &&
           10 * static_cast<std::size_t>(regular) >= 9 * (sample.records.size() - lines);
  };
  // Spreadsheets write as many delimiters in every line: the title is in the first field.
  const auto is_title = [&](const Record& record) {
    if (record.size() > 1) return width > 2 && filled(record) == (record[0].empty() ? 0 : 1);
    return width > 2 || record[0].find(' ') != std::string::npos;
  };
  std::size_t lines = 0;
  while (lines < sample.records.size() && is_title(sample.records[lines])) ++lines;
  if (lines == sample.records.size()) return 0;
  // Below such lines stand names, all of them words; else they are rows with gaps.
  const bool has_wide_lines = std::any_of(
      sample.records.begin(), sample.records.begin() + static_cast<std::ptrdiff_t>(lines),
      [](const Record& record) { return record.size() > 1; });
  const bool are_rows = has_wide_lines && std::ranges::any_of(sample.records[lines], is_measured);
  if (sample.records[lines].size() == width && lines > 0 && !are_rows && are_rest_regular(lines))
    return lines;
  const std::size_t pairs = pairs_above(sample.records, width);
  if (pairs > 0 && are_rest_regular(pairs)) return pairs;
  return !are_rows && are_rest_regular(lines) ? lines : 0;
}

Text doubted_point(const TableText& text, const Dialect& dialect) {
  if (dialect.delimiter != ';' || dialect.decimal != '.') return {};
  std::string doubted;
  for (const Record& record : read_sample(text, dialect).records)
    for (const std::string& field : record) {
      if (field.empty() || !is_digit(field.back()) || !parse_number(field)) continue;
      const Mark point = mark_in(field, '.');
      if (point == Mark::decimal) return {};
      if (point == Mark::either && doubted.empty()) doubted = field;
    }
  return doubted.empty() ? Text() : in_words(Phrase::point_or_thousands, quote(doubted));
}

Dialect find_dialect(const TableText& text, const CsvOptions& options) {
  Dialect dialect;
  dialect.delimiter = options.delimiter != 0 ? options.delimiter : find_delimiter(text, options);
  dialect.decimal = find_decimal(text, dialect, options);
  return dialect;
}

char find_decimal(const TableText& text, const Dialect& dialect, const CsvOptions& options) {
  return options.decimal != 0 ? options.decimal
                              : decimal_in(read_sample(text, dialect), dialect.delimiter, options);
}

}  // namespace chainrule::data
