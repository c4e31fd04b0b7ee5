#include "data/column_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

// Names of columns whose numbers are names.
bool is_identifier_name(std::string_view name) {
  const std::string lower = lower_case(name);
  constexpr std::array<std::string_view, 13> names{"id",    "uuid", "guid",       "no",    "nr",
                                                   "index", "idx",  "unnamed: 0", "rowid", "key",
                                                   "번호",  "순번", "아이디"};
  const std::size_t before = name.size() < 3 ? 0 : name.size() - 3;
  const bool has_word = !name.empty() && name[before] >= 'a' && name[before] <= 'z';
  return std::ranges::find(names, lower) != names.end() || lower.ends_with("_id") ||
         lower.ends_with(" id") || (has_word && (name.ends_with("Id") || name.ends_with("ID")));
}

// A year that counts up is still when something was.
bool is_time_name(std::string_view name) {
  constexpr std::array<std::string_view, 16> names{
      "year", "month", "week",  "day",   "hour", "time", "date", "t",
      "jahr", "tag",   "annee", "année", "연도", "년도", "시간", "year_month"};
  return std::ranges::find(names, lower_case(name)) != names.end();
}

}  // namespace

Text identifier(const Column& column) {
  if (column.kind == ColumnKind::date || is_time_name(column.name)) return {};
  const std::vector<double>& x = column.numbers;
  const auto is_whole = [](double number) { return number == std::floor(number); };  // not NaN
  if (x.size() <= identifier_from || !std::ranges::all_of(x, is_whole)) return {};
  const auto [least, most] = std::ranges::minmax(x);
  const auto fewest = static_cast<double>(x.size() - 1);
  const bool counts = most - least == fewest;
  const bool is_named = is_identifier_name(column.name), is_padded = !column.padded.empty();
  if (most - least < fewest || !(counts || is_named || is_padded)) return {};
  std::vector<double> sorted = x;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return {};
  return in_words(counts     ? Phrase::only_counts
                  : is_named ? Phrase::is_identifier_by_name
                             : Phrase::is_identifier_by_zeros);
}

bool looks_distinct(std::size_t distinct, std::size_t rows) {
  return rows > identifier_from && 100 * distinct >= 95 * rows;
}

bool is_free_text(const Column& column) {
  constexpr std::size_t words = 4, bytes = 20;  // on average
  std::size_t spaces = 0, length = 0;
  for (const std::string& text : column.categories) {
    spaces += static_cast<std::size_t>(std::ranges::count(text, ' '));
    length += text.size();
  }
  const std::size_t texts = column.categories.size();
  return texts > identifier_from && spaces >= (words - 1) * texts && length >= bytes * texts;
}

bool are_keys(const Column& column, std::size_t distinct, std::size_t rows) {
  constexpr std::size_t fewest = 10, long_key = 16;
  if (rows < fewest || distinct < rows) return false;
  if (is_identifier_name(column.name)) return true;
  // A word or a name is shorter, a sentence has spaces, and neither has digits in every place.
  return std::ranges::all_of(column.categories, [](const std::string& text) {
    if (text.find(' ') != std::string::npos) return false;
    const std::size_t at = text.find('@');
    const bool is_mail = at != std::string::npos && text.find('.', at) != std::string::npos;
    return is_mail || (text.size() >= long_key && std::ranges::any_of(text, is_digit) &&
                       std::ranges::all_of(text, [](char c) {
                         return is_digit(c) || is_ascii_letter(c) || c == '-' || c == '_';
                       }));
  });
}

std::string measured_in(const Column& column) {
  constexpr std::size_t many = 20;
  if (column.kind != ColumnKind::categorical || column.categories.size() <= many) return "";
  const auto is_written_so = [](const std::string& text) {
    std::string_view rest = trimmed(text);
    while (!rest.empty() && std::string_view("+-('=<>~%$#").find(rest[0]) != std::string_view::npos)
      rest.remove_prefix(1);
    return !rest.empty() && is_digit(rest[0]);
  };
  const auto count =
      static_cast<std::size_t>(std::ranges::count_if(column.categories, is_written_so));
  if (10 * count < 6 * column.categories.size()) return "";
  return quote(*std::ranges::find_if(column.categories, is_written_so));
}

Totals totals_in(const Table& table) {
  constexpr std::array<std::string_view, 19> words{
      "total",     "totals",    "grand total",   "sum",  "summe",  "gesamt", "insgesamt",
      "ensemble",  "합계",      "총계",          "계",   "totale", "합 계",  "subtotal",
      "sub-total", "sub total", "zwischensumme", "소계", "누계"};
  if (table.rows < 3) return {};
  for (const Column& column : table.columns) {
    if (column.kind != ColumnKind::categorical) continue;
    for (std::size_t k = 0; k < column.categories.size(); ++k) {
      std::string word = lower_case(trimmed(column.categories[k]));
      if (word.ends_with(':')) word.pop_back();
      if (std::ranges::find(words, word) == words.end()) continue;
      const auto code = static_cast<std::int32_t>(k);
      const auto rows = static_cast<std::int64_t>(std::ranges::count(column.codes, code));
      if (2 * rows > table.rows) continue;
      return {&column, column.categories[k], rows, rows == 1 && column.codes.back() == code};
    }
  }
  return {};
}

bool looks_merged(const Column& column) {
  constexpr std::size_t fewest_rows = 6;
  const std::vector<std::int32_t>& codes = column.codes;
  const std::size_t texts = column.categories.size();
  if (codes.size() < fewest_rows || codes[0] < 0 || texts < 2 || 2 * texts > codes.size())
    return false;
  const auto present = std::ranges::count_if(codes, [](std::int32_t code) { return code >= 0; });
  return static_cast<std::size_t>(present) == texts;
}

Text twins_in(const Column& column) {
  std::map<std::string, const std::string*> by_lower;
  for (const std::string& name : column.categories)
    if (const auto [other, is_new] = by_lower.emplace(lower_case(trimmed(name)), &name); !is_new)
      return in_words(Phrase::both_of, quote(*other->second), quote(name));
  return {};
}

namespace {

// -999, 88, 99.99: what people choose for "missing" is whole or all nines.
bool may_be_code(double value) {
  const std::string text = number_text(std::abs(value));
  return std::abs(value) >= 9 &&
         (value == std::floor(value) || text.find_first_not_of("9.") == std::string::npos);
}

}  // namespace

std::optional<Sentinel> sentinel_of(const Column& column) {
  if (column.kind == ColumnKind::categorical) return std::nullopt;
  constexpr std::int64_t fewest = 3;
  constexpr std::size_t most_codes = 3, fewest_others = 3;
  const auto count = [&](double value) {
    return std::count(column.numbers.begin(), column.numbers.end(), value);
  };
  for (const bool from_below : {true, false}) {
    // The first few distinct numbers from this end, and the last one.
    std::vector<double> ends;
    double last = from_below ? -INFINITY : INFINITY;
    for (const double x : column.numbers) {
      if (std::isnan(x)) continue;
      last = from_below ? std::max(last, x) : std::min(last, x);
      const auto place =
          std::ranges::find_if(ends, [&](double end) { return from_below ? x <= end : x >= end; });
      if (place != ends.end() && *place == x) continue;
      ends.insert(place, x);
      if (ends.size() > most_codes + fewest_others) ends.pop_back();
    }
    for (std::size_t codes = 1; codes + fewest_others <= ends.size(); ++codes) {
      const double gap = std::abs(ends[codes] - ends[codes - 1]);
      const double rest = std::abs(ends[codes] - last);
      // Several numbers that stand together are more likely to be numbers.
      if (!(rest > 0 && gap > (codes == 1 ? 1 : 3) * rest)) continue;
      const auto first = ends.begin(), stop = first + static_cast<long>(codes);
      if (std::all_of(first, stop, [&](double x) { return may_be_code(x) && count(x) >= fewest; }))
        return Sentinel{ends[0], count(ends[0])};
    }
  }
  return std::nullopt;
}

namespace {

constexpr std::size_t rows_looked_at = 20'000, rows_needed = 15;  // of each half
constexpr std::uint64_t check_stream = 0x6C65616Bull << 32;       // "leak"

// How well a straight line that is fitted to some rows tells the others; 0 for texts.
double told_by_line(const Column& column, const std::vector<double>& y,
                    std::span<const std::int64_t> learn, std::span<const std::int64_t> rest) {
  if (column.kind == ColumnKind::categorical) return 0;
  const auto x_of = [&](std::int64_t row) { return column.numbers[static_cast<std::size_t>(row)]; };
  const auto y_of = [&](std::int64_t row) { return y[static_cast<std::size_t>(row)]; };
  const auto means = [&](std::span<const std::int64_t> rows) {
    std::array<double, 3> sum{};
    for (const std::int64_t row : rows)
      if (!std::isnan(x_of(row))) sum = {sum[0] + x_of(row), sum[1] + y_of(row), sum[2] + 1};
    return std::array{sum[0] / sum[2], sum[1] / sum[2]};
  };
  const auto [mean_x, mean_y] = means(learn);
  double xx = 0, xy = 0;
  for (const std::int64_t row : learn) {
    if (std::isnan(x_of(row))) continue;
    xx += (x_of(row) - mean_x) * (x_of(row) - mean_x);
    xy += (x_of(row) - mean_x) * (y_of(row) - mean_y);
  }
  if (!(xx > 0)) return 0;
  const auto [unused, mean] = means(rest);
  double left = 0, total = 0;
  for (const std::int64_t row : rest) {
    if (std::isnan(x_of(row))) return 0;
    const double error = y_of(row) - mean_y - xy / xx * (x_of(row) - mean_x);
    left += error * error;
    total += (y_of(row) - mean) * (y_of(row) - mean);
  }
  return total > 0 ? 1 - left / total : 0;
}

// Rows with equal, or neighbouring, values are one group.
class Groups {
 public:
  Groups(const Column& column, std::span<const std::int64_t> rows) : column_(column) {
    if (column.kind == ColumnKind::categorical) return;
    std::vector<double> sorted;
    for (const std::int64_t row : rows)
      if (const double x = column.numbers[static_cast<std::size_t>(row)]; !std::isnan(x))
        sorted.push_back(x);
    std::ranges::sort(sorted);
    constexpr std::size_t most_groups = 64;
    for (std::size_t i = 1; i < most_groups && !sorted.empty(); ++i)
      bounds_.push_back(sorted[i * sorted.size() / most_groups]);
    bounds_.erase(std::unique(bounds_.begin(), bounds_.end()), bounds_.end());
  }
  std::int64_t of(std::int64_t row) const {  // -1 where missing
    const auto i = static_cast<std::size_t>(row);
    if (column_.kind == ColumnKind::categorical) return column_.codes[i];
    const double x = column_.numbers[i];
    return std::isnan(x) ? -1 : std::ranges::upper_bound(bounds_, x) - bounds_.begin();
  }

 private:
  const Column& column_;
  std::vector<double> bounds_;
};

double told_class(const Groups& groups, const Target& target, std::span<const std::int64_t> learn,
                  std::span<const std::int64_t> rest) {
  const auto class_of = [&](std::int64_t row) {
    return target.class_of[static_cast<std::size_t>(row)];
  };
  std::map<std::int64_t, std::map<std::int32_t, std::int64_t>> counts;
  std::map<std::int32_t, std::int64_t> all;
  for (const std::int64_t row : learn) ++counts[groups.of(row)][class_of(row)];
  for (const std::int64_t row : rest) ++all[class_of(row)];
  const auto more = [](const auto& a, const auto& b) { return a.second < b.second; };
  double right = 0;
  for (const std::int64_t row : rest)
    if (const auto found = counts.find(groups.of(row)); found != counts.end())
      right += std::ranges::max_element(found->second, more)->first == class_of(row);
  const auto count = static_cast<double>(rest.size());
  const double guessed = static_cast<double>(std::ranges::max_element(all, more)->second);
  const double wrong = count - right;
  return wrong <= 0.01 * count && wrong < 0.1 * (count - guessed) ? right / count : 0;
}

double told_number(const Groups& groups, const Column& column, const std::vector<double>& y,
                   std::span<const std::int64_t> learn, std::span<const std::int64_t> rest) {
  struct Sum {
    double sum = 0, count = 0;
  };
  std::map<std::int64_t, Sum> means;
  Sum all;
  for (const std::int64_t row : learn) {
    Sum& mean = means[groups.of(row)];
    mean.sum += y[static_cast<std::size_t>(row)];
    mean.count += 1;
  }
  for (const std::int64_t row : rest) {
    all.sum += y[static_cast<std::size_t>(row)];
    all.count += 1;
  }
  double left = 0, total = 0;
  for (const std::int64_t row : rest) {
    const double value = y[static_cast<std::size_t>(row)], mean = all.sum / all.count;
    const auto found = means.find(groups.of(row));
    const double guess = found == means.end() ? mean : found->second.sum / found->second.count;
    left += (value - guess) * (value - guess);
    total += (value - mean) * (value - mean);
  }
  const double by_groups = total > 0 ? 1 - left / total : 0;
  const double r2 = std::max(by_groups, told_by_line(column, y, learn, rest));
  return r2 >= 0.995 ? r2 : 0;
}

}  // namespace

double told_alone(const Column& column, const Column& target_column, const Target& target,
                  std::span<const std::int64_t> rows) {
  std::vector<std::int64_t> learn, rest;
  const std::size_t step = rows.size() / rows_looked_at + 1;
  // By chance, since rows may alternate.
  RandomStream random(0, check_stream);
  for (std::size_t i = 0; i < rows.size(); i += step)
    (random.below(2) == 0 ? learn : rest).push_back(rows[i]);
  if (std::min(learn.size(), rest.size()) < rows_needed) return 0;
  const Groups groups(column, learn);
  return target.task == Task::classification
             ? told_class(groups, target, learn, rest)
             : told_number(groups, column, target_column.numbers, learn, rest);
}

}  // namespace chainrule::data
