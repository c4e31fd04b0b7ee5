#include "train/loop/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"

namespace chainrule {
namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double area_under_curve(std::span<const float> probabilities, std::span<const std::int32_t> classes,
                        std::int32_t k) {
  const std::size_t rows = classes.size(),
                    width = probabilities.size() / std::max<std::size_t>(rows, 1);
  struct Row {
    float probability;
    bool is_of_class;
  };
  std::vector<Row> sorted(rows);
  for (std::size_t i = 0; i < rows; ++i)
    sorted[i] = {probabilities[i * width + static_cast<std::size_t>(k)], classes[i] == k};
  std::ranges::sort(sorted, {}, &Row::probability);
  // Mann and Whitney's U: for every row of the class, the others below it and half of its equals.
  double others_below = 0, own = 0, won = 0;
  for (std::size_t begin = 0; begin < rows;) {
    std::size_t end = begin;
    double own_here = 0, others_here = 0;
    for (; end < rows && sorted[end].probability == sorted[begin].probability; ++end)
      (sorted[end].is_of_class ? own_here : others_here) += 1;
    won += own_here * (others_below + others_here / 2);
    own += own_here;
    others_below += others_here;
    begin = end;
  }
  return own > 0 && others_below > 0 ? won / (own * others_below) : undefined;
}

std::array<double, 2> r2_interval(std::span<const double> actual,
                                  std::span<const double> predicted) {
  constexpr std::size_t samples = 1000, least_rows = 10;
  constexpr std::uint64_t stream = 0x626F6F74ull << 32;  // "boot" in ASCII
  const std::size_t rows = actual.size();
  if (rows < least_rows) return {undefined, undefined};
  const double centre = actual[0];  // so that the sum of squares keeps its digits
  RandomStream random(0, stream);
  std::vector<double> found;
  for (std::size_t sample = 0; sample < samples; ++sample) {
    double sum = 0, squares = 0, residual = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const auto row = static_cast<std::size_t>(random.below(rows));
      const double y = actual[row] - centre, error = actual[row] - predicted[row];
      sum += y;
      squares += y * y;
      residual += error * error;
    }
    const double spread = squares - sum * sum / static_cast<double>(rows);
    if (spread > 0) found.push_back(1 - residual / spread);
  }
  if (found.size() < samples / 2) return {undefined, undefined};
  std::ranges::sort(found);
  const std::size_t cut = found.size() / 40;
  return {found[cut], found[found.size() - 1 - cut]};
}

void Calibration::add(double probability, bool is_right) {
  const auto place = static_cast<std::size_t>(probability * static_cast<double>(bins_.size()));
  Bin& bin = bins_[std::min(place, bins_.size() - 1)];
  ++bin.rows;
  bin.probability += probability;
  bin.right += is_right ? 1 : 0;
}

std::vector<std::pair<double, double>> Calibration::points() const {
  std::vector<std::pair<double, double>> points;
  for (const Bin& bin : bins_)
    if (bin.rows > 0) points.emplace_back(bin.probability / bin.rows, bin.right / bin.rows);
  return points;
}

double Calibration::error() const {
  double rows = 0, error = 0;
  for (const Bin& bin : bins_) {
    rows += bin.rows;
    error += std::abs(bin.probability - bin.right);
  }
  return error / rows;
}

}  // namespace chainrule
