#include "train/changes/paired.h"

#include <algorithm>
#include <cmath>

#include "base/elementary.h"
#include "base/random.h"

namespace chainrule {
namespace {

RowScores distances(const data::TargetEncoding& target, std::span<const float> predicted,
                    std::span<const float> actual, bool is_squared) {
  const auto width = static_cast<std::size_t>(target.outputs());
  const bool is_one = !target.quantiles.empty();  // number, of which the outputs are quantiles
  const std::size_t first = is_one ? target.main_output() : 0, last = is_one ? first + 1 : width;
  RowScores scores{is_squared ? "rmse" : "mae", is_squared, {}};
  for (std::size_t row = 0; row < predicted.size(); row += width) {
    double sum = 0;
    for (std::size_t k = first; k < last; ++k) {
      const double error = target.predicted(static_cast<double>(predicted[row + k]), k) -
                           target.in_units(static_cast<double>(actual[row + k]), k);
      sum += is_squared ? error * error : std::abs(error);
    }
    scores.values.push_back(sum / static_cast<double>(last - first));
  }
  return scores;
}

}  // namespace

std::vector<RowScores> row_scores(SavedRun& saved, const data::Dataset& data,
                                  std::span<const std::int64_t> rows) {
  const data::TargetEncoding& target = saved.encoder().target();
  const Tensor predicted = saved.model().predict(data, rows);
  const auto width = static_cast<std::size_t>(target.outputs());
  if (target.task == data::Task::regression) {
    std::vector<float> actual(predicted.values.size());
    data.gather(rows, nullptr, actual.data());
    return {distances(target, predicted.values, actual, true),
            distances(target, predicted.values, actual, false)};
  }
  RowScores accuracy{"accuracy", false, {}}, log_loss{"log_loss", false, {}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto actual = static_cast<std::size_t>(data.class_of(rows[i]));
    const std::span<const float> row = std::span(predicted.values).subspan(i * width, width);
    constexpr double least = 1e-15;  // as of the scores
    accuracy.values.push_back(target.decided(row) == actual ? 1 : 0);
    log_loss.values.push_back(-elementary::log(std::max(static_cast<double>(row[actual]), least)));
  }
  return {std::move(accuracy), std::move(log_loss)};
}

std::array<RunComparison::Estimate, 3> bootstrapped(const RowScores& first,
                                                    const RowScores& second) {
  constexpr std::uint64_t stream = 0x70616972ull << 32;  // "pair" in ASCII
  const std::size_t rows = first.values.size();
  const bool is_paired = second.values.size() == rows;
  const auto score = [&](double sum) {
    const double mean = sum / static_cast<double>(rows);
    return first.is_root ? std::sqrt(mean) : mean;
  };
  // Fewer where there are many rows, whose scores vary little.
  const std::size_t samples = std::clamp<std::size_t>(20'000'000 / rows, 200, 1000);
  RandomStream random(0, stream);
  std::array<std::vector<double>, 3> found;
  const auto sample = [&](auto next_row) {
    double one = 0, other = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const std::size_t row = next_row(i);
      one += first.values[row];
      if (is_paired) other += second.values[row];
    }
    return std::array{score(one), score(other), score(other) - score(one)};
  };
  const std::array<double, 3> all = sample([](std::size_t i) { return i; });
  for (std::size_t i = 0; i < samples; ++i) {
    const auto drawn = sample([&](std::size_t) { return random.below(rows); });
    for (std::size_t k = 0; k < 3; ++k) found[k].push_back(drawn[k]);
  }
  std::array<RunComparison::Estimate, 3> estimates;
  for (std::size_t k = 0; k < 3; ++k) {
    std::ranges::sort(found[k]);
    const std::size_t cut = samples / 40;
    estimates[k] = {all[k], found[k][cut], found[k][samples - 1 - cut]};
  }
  return estimates;
}

double mcnemar(std::int64_t first_alone, std::int64_t second_alone) {
  const std::int64_t all = first_alone + second_alone, fewer = std::min(first_alone, second_alone);
  if (2 * fewer == all) return 1;
  const auto n = static_cast<double>(all);
  double p = 0;
  for (std::int64_t k = 0; k <= fewer; ++k) {
    const auto x = static_cast<double>(k);
    p += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) -
                  n * std::log(2.0));
  }
  return std::min(1.0, 2 * p);
}

}  // namespace chainrule
