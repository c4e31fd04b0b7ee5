#include "train/signs/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "train/loop/statistics.h"

namespace chainrule {
namespace {

constexpr double normal_95 = 1.6448536269514722;  // the normal distribution's 95th percentile

}  // namespace

Confusion added(const Confusion& one, const Confusion& other) {
  if (one.empty()) return other;
  Confusion sum = one;
  for (std::size_t a = 0; a < other.size(); ++a)
    for (std::size_t p = 0; p < other.size(); ++p) sum[a][p] += other[a][p];
  return sum;
}

std::array<double, 2> wilson_interval(std::int64_t count, std::int64_t of) {
  Scores scores;
  scores.rows = of;
  scores.accuracy = static_cast<double>(count) / static_cast<double>(of);
  return accuracy_interval(scores);
}

Agreement agreement(const Confusion& confusion) {
  const std::size_t classes = confusion.size();
  std::vector<double> actual(classes), predicted(classes);
  double right = 0, rows = 0;
  for (std::size_t a = 0; a < classes; ++a)
    for (std::size_t p = 0; p < classes; ++p) {
      const auto count = static_cast<double>(confusion[a][p]);
      actual[a] += count;
      predicted[p] += count;
      rows += count;
      if (a == p) right += count;
    }
  Agreement found{.rows = static_cast<std::int64_t>(rows)};
  if (rows == 0) return found;
  found.accuracy = right / rows;
  found.expected =
      std::inner_product(actual.begin(), actual.end(), predicted.begin(), 0.0) / (rows * rows);
  const double room = 1 - found.expected;
  if (room <= 0) return found;  // one class, predicted as that: nothing to tell
  found.kappa = (found.accuracy - found.expected) / room;
  const double error = std::sqrt(found.expected / (rows * room));  // of kappa, were it 0
  found.z = error > 0 ? found.kappa / error : 0;
  found.is_telling = error > 0 && 0.5 >= (normal_975 + normal_95) * error;
  return found;
}

bool ranks_better_than_chance(const Scores& scores) {
  if (!std::isfinite(scores.auc)) return false;
  const auto rows = static_cast<double>(scores.rows);
  const std::size_t classes = scores.confusion.size();
  double errors = 0, counted = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    const std::vector<std::int64_t>& row = scores.confusion[k];
    const auto own = static_cast<double>(std::accumulate(row.begin(), row.end(), std::int64_t{0}));
    if (own == 0 || own == rows) continue;
    errors += std::sqrt((rows + 1) / (12 * own * (rows - own)));
    ++counted;
  }
  return counted > 0 && scores.auc > 0.5 + normal_975 * errors / counted;
}

bool explains_more_than_chance(double r2, std::int64_t rows) {
  return r2 * static_cast<double>(rows) > normal_975 * normal_975;
}

bool is_larger_share(double share, std::int64_t of, double other, std::int64_t of_other) {
  const auto n = static_cast<double>(of), m = static_cast<double>(of_other);
  const double both = (share * n + other * m) / (n + m);
  const double error = std::sqrt(both * (1 - both) * (1 / n + 1 / m));
  return error > 0 && share - other > normal_975 * error;
}

bool are_above(const std::vector<double>& numbers, const std::vector<double>& others) {
  const auto m = static_cast<double>(numbers.size()), n = static_cast<double>(others.size());
  double above = 0;  // of all pairs
  for (const double number : numbers)
    for (const double other : others) above += number > other ? 1 : number == other ? 0.5 : 0;
  const double deviation = std::sqrt(m * n * (m + n + 1) / 12);
  return above - m * n / 2 - 0.5 > normal_975 * deviation;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

}  // namespace chainrule
