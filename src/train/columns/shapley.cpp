#include "train/columns/shapley.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/random.h"
#include "train/columns/mixed_predictions.h"
#include "train/loop/statistics.h"

namespace chainrule {
namespace {

constexpr std::uint64_t order_stream = 0x6F726465ull << 32, row_stream = 0x726F7773ull << 32;

constexpr std::size_t most_exact_columns = 16;

std::vector<double> values_of(const ShapleyTask& task, const data::Dataset& data,
                              std::span<const std::int64_t> rows) {
  std::vector<double> values;
  MixedPredictions predictions(task.model, task.encoder, [&](std::span<const float> outputs) {
    values.push_back(task.outcome(outputs));
  });
  for (const std::int64_t row : rows) {
    predictions.row().start(data, row);
    predictions.ask();
  }
  predictions.finish();
  return values;
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// ---- All sets of columns ------------------------------------------------------------------------

// The mean outcome over training rows that have the asked row's values in these columns, for every
// set of columns; bit c of a set says whether it has column c.
std::vector<double> means_of_sets(const ShapleyTask& task, std::size_t columns) {
  const std::size_t sets = std::size_t{1} << columns;
  std::vector<double> means(sets, 0);
  std::size_t next = 0;
  MixedPredictions predictions(task.model, task.encoder, [&](std::span<const float> outputs) {
    means[next++ % sets] += task.outcome(outputs);
  });
  for (const std::int64_t row : task.train.rows)
    for (std::size_t set = 0; set < sets; ++set) {
      predictions.row().start(*task.train.data, row);
      for (std::size_t c = 0; c < columns; ++c)
        if ((set >> c & 1) != 0) predictions.row().take(c, task.data, task.row);
      predictions.ask();
    }
  predictions.finish();
  for (double& mean : means) mean /= static_cast<double>(task.train.rows.size());
  return means;
}

// Of all orders of n columns, the share in which a column comes right after a given set of s
// others: s! (n - s - 1)! / n!.
std::vector<double> shares_by_size(std::size_t columns) {
  std::vector<double> shares(columns);
  double choose = 1;  // of n - 1 columns, s
  for (std::size_t s = 0; s < columns; ++s) {
    shares[s] = 1 / (choose * static_cast<double>(columns));
    choose = choose * static_cast<double>(columns - 1 - s) / static_cast<double>(s + 1);
  }
  return shares;
}

ShapleyValues exact_values(const ShapleyTask& task, std::size_t columns) {
  const std::vector<double> means = means_of_sets(task, columns), share = shares_by_size(columns);
  ShapleyValues values{.prediction = means.back(),
                       .reference = means.front(),
                       .parts = std::vector<double>(columns, 0),
                       .errors = std::vector<double>(columns, 0),
                       .reference_rows = task.train.size(),
                       .is_exact = true};
  for (std::size_t set = 0; set < means.size(); ++set)
    for (std::size_t c = 0; c < columns; ++c) {
      const std::size_t with = set | std::size_t{1} << c;
      if (with == set) continue;
      values.parts[c] +=
          share[static_cast<std::size_t>(std::popcount(set))] * (means[with] - means[set]);
    }
  return values;
}

// ---- Orders that are drawn ----------------------------------------------------------------------

std::vector<std::size_t> drawn_order(std::size_t columns, std::uint64_t number) {
  std::vector<std::size_t> order(columns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  RandomStream random(0, order_stream ^ number);
  for (std::size_t i = columns; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

// How many orders, in pairs, before how many training rows.
struct OrderPlan {
  std::int64_t rows = 0, pairs = 0;
};
OrderPlan order_plan(const ShapleyTask& task, std::size_t columns) {
  // Two pairs at least: from their difference the error is known.
  constexpr std::int64_t least_rows = 4, least_pairs = 2;
  const auto of_pair = std::max<std::int64_t>(2 * (static_cast<std::int64_t>(columns) - 1), 1);
  const std::int64_t all = task.train.size();
  const std::int64_t rows =
      std::min(all, std::max(task.evaluations / (least_pairs * of_pair), least_rows));
  return {rows, std::max(task.evaluations / (of_pair * rows), least_pairs)};
}

// Means and spreads of one column's changes: within the pairs of a training row, and among rows.
class Estimate {
 public:
  void add(double change) {  // of a pair of orders
    ++pairs_, sum_ += change, squares_ += change * change;
  }
  void end_row() {
    const double mean = sum_ / pairs_;
    within_ +=
        pairs_ > 1 ? std::max(squares_ - pairs_ * mean * mean, 0.0) / (pairs_ - 1) / pairs_ : 0;
    means_.push_back(mean);
    pairs_ = sum_ = squares_ = 0;
  }
  double mean() const { return mean_of(means_); }
  // Of a sample in two stages (Cochran, Sampling Techniques, 1977, section 10.3): rows out of
  // `all`, and orders for each of them.
  double error(std::int64_t all) const {
    const auto rows = static_cast<double>(means_.size());
    const double share = rows / static_cast<double>(all), middle = mean();
    double among = 0;
    for (const double mean : means_) among += (mean - middle) * (mean - middle);
    among = rows > 1 ? among / (rows - 1) : 0;
    return normal_975 * std::sqrt((1 - share) * among / rows + share * within_ / (rows * rows));
  }

 private:
  double pairs_ = 0, sum_ = 0, squares_ = 0;
  double within_ = 0;  // summed over rows: the variance of a row's mean over its pairs
  std::vector<double> means_;
};

class SampledValues {
 public:
  SampledValues(const ShapleyTask& task, std::size_t columns)
      : task_(task),
        plan_(order_plan(task, columns)),
        rows_(drawn_rows(task.train.rows, plan_.rows, row_stream)),
        begins_(values_of(task, *task.train.data, rows_)),
        end_(values_of(task, task.data, std::span(&task.row, 1))[0]),
        estimates_(columns) {}

  ShapleyValues values() {
    ask();
    std::size_t next = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      for (std::int64_t pair = 0; pair < plan_.pairs; ++pair) add_pair(i, pair, next);
      for (Estimate& estimate : estimates_) estimate.end_row();
    }
    ShapleyValues values{.prediction = end_,
                         .reference = mean_of(begins_),
                         .reference_rows = static_cast<std::int64_t>(rows_.size()),
                         .orders = 2 * plan_.pairs};
    for (const Estimate& estimate : estimates_) {
      values.parts.push_back(estimate.mean());
      values.errors.push_back(estimate.error(task_.train.size()));
    }
    return values;
  }

 private:
  std::vector<std::size_t> order_of(std::size_t row, std::int64_t pair) const {
    const auto number = static_cast<std::int64_t>(row) * plan_.pairs + pair;
    return drawn_order(estimates_.size(), static_cast<std::uint64_t>(number));
  }

  // The outcomes on all ways, one after another; both ends of each are known.
  void ask() {
    MixedPredictions predictions(task_.model, task_.encoder, [&](std::span<const float> outputs) {
      between_.push_back(task_.outcome(outputs));
    });
    for (std::size_t i = 0; i < rows_.size(); ++i)
      for (std::int64_t pair = 0; pair < plan_.pairs; ++pair) {
        std::vector<std::size_t> order = order_of(i, pair);
        for (int direction = 0; direction < 2; ++direction) {
          predictions.row().start(*task_.train.data, rows_[i]);
          for (std::size_t c = 0; c + 1 < order.size(); ++c) {
            predictions.row().take(order[c], task_.data, task_.row);
            predictions.ask();
          }
          std::ranges::reverse(order);
        }
      }
    predictions.finish();
  }

  void add_pair(std::size_t row, std::int64_t pair, std::size_t& next) {
    std::vector<double> changes(estimates_.size(), 0);
    std::vector<std::size_t> order = order_of(row, pair);
    for (int direction = 0; direction < 2; ++direction) {
      double before = begins_[row];
      for (std::size_t c = 0; c < order.size(); ++c) {
        const double after = c + 1 < order.size() ? between_[next++] : end_;
        changes[order[c]] += (after - before) / 2;
        before = after;
      }
      std::ranges::reverse(order);
    }
    for (std::size_t c = 0; c < changes.size(); ++c) estimates_[c].add(changes[c]);
  }

  const ShapleyTask& task_;
  OrderPlan plan_;
  std::vector<std::int64_t> rows_;
  std::vector<double> begins_;  // by row
  double end_;
  std::vector<double> between_{};
  std::vector<Estimate> estimates_;  // by column
};

}  // namespace

std::vector<std::int64_t> drawn_rows(std::span<const std::int64_t> rows, std::int64_t count,
                                     std::uint64_t stream) {
  std::vector<std::int64_t> drawn(rows.begin(), rows.end());
  const auto wanted = static_cast<std::size_t>(count);
  if (wanted >= drawn.size()) return drawn;
  RandomStream random(0, stream);
  for (std::size_t i = 0; i < wanted; ++i)
    std::swap(drawn[i], drawn[i + random.below(drawn.size() - i)]);
  drawn.resize(wanted);
  std::ranges::sort(drawn);
  return drawn;
}

ShapleyValues shapley_values(const ShapleyTask& task) {
  const std::size_t columns = task.encoder.columns().size();
  if (columns <= most_exact_columns && task.train.size() <= task.evaluations >> columns)
    return exact_values(task, columns);
  return SampledValues(task, columns).values();
}

}  // namespace chainrule
