#include "data/news.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/name_index.h"
#include "data/validate.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

// "4 of 5 rows"
std::string share(std::int64_t some, std::int64_t all) {
  return fmt::format("{} of {} row{}", some, all, all == 1 ? "" : "s");
}

// The first few distinct values among those of some rows.
class FewExamples {
 public:
  void add(const Column& column, std::size_t row) {
    constexpr std::size_t most = 3;
    const std::string value = quote(value_text(column, static_cast<std::int64_t>(row)));
    if (std::ranges::find(values_, value) != values_.end()) return;
    if (values_.size() < most)
      values_.push_back(value);
    else if (values_.size() == most)
      values_.emplace_back("...");
  }
  std::string text() const { return fmt::format("{}", fmt::join(values_, ", ")); }

 private:
  std::vector<std::string> values_;
};

Text unseen_categories(const ColumnEncoding& how, const Column& column,
                       const std::vector<std::int32_t>& codes) {
  if (how.other_feature && how.rare.empty()) return {};  // nobody knows which were seen
  const std::vector<std::int32_t> rare = NameIndex(how.rare).of(column);
  std::int64_t unknown = 0;
  FewExamples examples;
  for (std::size_t row = 0; row < codes.size(); ++row) {
    if (codes[row] != unknown_code || rare[row] != unknown_code) continue;
    ++unknown;
    examples.add(column, row);
  }
  if (unknown == 0) return {};
  const auto rows = static_cast<std::int64_t>(codes.size());
  return in_words(Phrase::unseen_values, unknown, rows, share(unknown, rows),
                  unknown == 1 ? "holds" : "hold", examples.text(),
                  how.other_feature ? in_words(Phrase::taken_as_rare) : Text());
}

Text numbers_outside(const ColumnEncoding& how, const Column& column) {
  if (!how.range) return {};
  const auto [low, high] = *how.range;
  std::int64_t outside = 0;
  double farthest = 0;
  FewExamples examples;
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const double x = column.numbers[row];
    if (!(x < low || x > high)) continue;
    ++outside;
    farthest = std::max(farthest, std::max(low - x, x - high));
    examples.add(column, row);
  }
  // Every new sample has a few values just beyond the old ones.
  constexpr double far = 0.1, many = 0.02;
  const auto rows = static_cast<double>(column.numbers.size());
  if (farthest <= far * (high - low) && static_cast<double>(outside) <= std::max(many * rows, 1.0))
    return {};
  const std::size_t all = column.numbers.size();
  return in_words(Phrase::values_outside, outside, all,
                  share(outside, static_cast<std::int64_t>(all)), outside == 1 ? "lies" : "lie",
                  number_text(column, low), number_text(column, high), examples.text());
}

}  // namespace

Text other_unit(const Column& column, const std::string& before) {
  const bool has_numbers =
      std::ranges::any_of(column.numbers, [](double x) { return !std::isnan(x); });
  if (!has_numbers || column.unit == before) return {};
  const auto words = [](const std::string& unit) {
    return unit.empty() ? in_words(Phrase::no_unit) : Text(unit);
  };
  return in_words(Phrase::other_unit, words(column.unit), words(before));
}

Text news_of(const ColumnEncoding& how, const Table& table, const Column& column) {
  Text news;
  const auto add = [&](const Text& more) { news += (news.empty() ? "" : "; ") + more; };
  std::int64_t missing = 0;
  if (how.kind == ColumnKind::text) {
    for (std::int64_t row = 0; row < table.rows; ++row)
      missing += is_missing(value_text(column, row));
  } else if (how.kind == ColumnKind::categorical) {
    const std::vector<std::int32_t> codes = NameIndex(how.categories).of(column);
    news = unseen_categories(how, column, codes);
    missing = std::ranges::count(codes, missing_code);
  } else {
    news = numbers_outside(how, column);
    if (const Text unit = other_unit(column, how.unit); !unit.empty()) add(unit);
    missing = std::ranges::count_if(column.numbers, [](double x) { return std::isnan(x); });
  }
  if (missing > 0 && !how.missing_feature)
    add(in_words(Phrase::new_gaps, missing, table.rows, share(missing, table.rows),
                 missing == 1 ? "has" : "have"));
  return news.empty() ? Text() : in_words(Phrase::of_column, quote(how.name), news);
}

}  // namespace chainrule::data
