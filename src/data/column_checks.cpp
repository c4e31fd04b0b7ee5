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

namespace chainrule::data {
namespace {

// Fewer rows than this may all differ by chance.
constexpr std::size_t identifier_from = 50;

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

}  // namespace

std::string identifier(const Column& column) {
  if (column.kind == ColumnKind::date) return "";
  const std::vector<double>& x = column.numbers;
  const auto is_whole = [](double number) { return number == std::floor(number); };  // not NaN
  if (x.size() <= identifier_from || !std::ranges::all_of(x, is_whole)) return "";
  const auto [least, most] = std::ranges::minmax(x);
  const auto fewest = static_cast<double>(x.size() - 1);
  const bool counts = most - least == fewest;
  const bool is_named = is_identifier_name(column.name), is_padded = !column.padded.empty();
  if (most - least < fewest || !(counts || is_named || is_padded)) return "";
  std::vector<double> sorted = x;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return "";
  if (counts) return "only counts the rows";
  return fmt::format("has another number in every row, and {}",
                     is_named ? "the name of an identifier" : "zeros in front of some");
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

std::string twins_in(const Column& column) {
  std::map<std::string, const std::string*> by_lower;
  for (const std::string& name : column.categories)
    if (const auto [other, is_new] = by_lower.emplace(lower_case(name), &name); !is_new)
      return fmt::format("{} and {}", quote(*other->second), quote(name));
  return "";
}

std::optional<Sentinel> sentinel_of(const Column& column) {
  if (column.kind != ColumnKind::numeric) return std::nullopt;
  constexpr std::int64_t fewest = 3;
  // The two least and the two largest distinct numbers.
  double low = INFINITY, low2 = INFINITY, high = -INFINITY, high2 = -INFINITY;
  for (const double x : column.numbers) {
    if (x < low) low2 = low, low = x;
    if (x > low && x < low2) low2 = x;
    if (x > high) high2 = high, high = x;
    if (x < high && x > high2) high2 = x;
  }
  if (!(low < low2 && low2 < high2 && high2 < high)) return std::nullopt;
  const auto is_apart = [&](double value, double gap, double rest) {
    return value == std::floor(value) && std::abs(value) >= 9 && gap > rest;
  };
  for (const auto& [value, gap, rest] :
       {std::array{low, low2 - low, high - low2}, std::array{high, high - high2, high2 - low}})
    if (is_apart(value, gap, rest))
      if (const std::int64_t rows = std::ranges::count(column.numbers, value); rows >= fewest)
        return Sentinel{value, rows};
  return std::nullopt;
}

namespace {

constexpr std::size_t rows_looked_at = 20'000, rows_needed = 15;  // of each half
constexpr std::uint64_t check_stream = 0x6C65616Bull << 32;       // "leak"

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

double told_number(const Groups& groups, const std::vector<double>& y,
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
  const double r2 = total > 0 ? 1 - left / total : 0;
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
             : told_number(groups, target_column.numbers, learn, rest);
}

}  // namespace chainrule::data
