#include "train/signs/guess.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/elementary.h"
#include "runtime/reference.h"
#include "train/loop/training_step.h"
#include "train/signs/activity.h"

namespace chainrule {
namespace {

constexpr std::int64_t most_guessed = 4096;  // rows, whose loss is worked out in double precision

// Of the classes as often as they are and as much as they count; that they are known to be so is
// the best that can be said of every row.
double weighted_entropy(const Loss& loss, const data::Part& train, std::int64_t outputs) {
  std::vector<double> shares(static_cast<std::size_t>(outputs), 0.0);
  for (const std::int64_t row : train.rows) {
    const std::int32_t k = train.data->class_of(row);
    if (k >= 0) shares[static_cast<std::size_t>(k)] += 1 / static_cast<double>(train.size());
  }
  double total = 0, cost = 0;
  for (std::size_t k = 0; k < shares.size(); ++k) {
    if (!loss.class_weights.empty()) shares[k] *= loss.class_weights[k];
    total += shares[k];
  }
  for (const double share : shares)
    if (share > 0) cost -= share * elementary::log(share / total);
  return cost;
}

double quantile(std::vector<double>& values, double level) {
  const auto at = values.begin() + std::lround(level * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

// Which one number in each output costs least.
double best_constant(const Loss& loss, std::vector<double> targets, double level) {
  if (loss.name == "mean_absolute_error" || loss.name == "huber" || loss.name == "pinball")
    return quantile(targets, level);
  double sum = 0;
  for (const double target : targets) sum += target;
  return sum / static_cast<double>(targets.size());
}

}  // namespace

double guess_loss(const Model& model, const data::Part& train) {
  const Loss& loss = model.loss();
  if (!loss.parts.empty() || train.rows.empty()) return std::numeric_limits<double>::quiet_NaN();
  const std::int64_t outputs = model.outputs();
  if (loss.name == "cross_entropy") return weighted_entropy(loss, train, outputs);
  const std::vector<std::int64_t> rows = some_rows(train, most_guessed);
  const auto count = static_cast<std::int64_t>(rows.size());
  std::vector<float> gathered(static_cast<std::size_t>(count * outputs));
  train.data->gather(rows, nullptr, gathered.data());
  const std::vector<double> levels = levels_of(loss, outputs);
  DoubleTensor target({count, outputs}, {gathered.begin(), gathered.end()}), prediction = target,
                                                                             z = target;
  const auto width = static_cast<std::size_t>(outputs);
  for (std::size_t k = 0; k < width; ++k) {
    std::vector<double> own;
    for (std::size_t i = k; i < gathered.size(); i += width) own.push_back(target.values[i]);
    const double best = best_constant(loss, own, levels.empty() ? 0.5 : levels[k]);
    const double odds = std::clamp(best, 1e-9, 1 - 1e-9);
    const bool takes_odds = loss.name == "binary_cross_entropy";
    for (std::size_t i = k; i < gathered.size(); i += width) {
      prediction.values[i] = best;
      z.values[i] = takes_odds ? elementary::log(odds / (1 - odds)) : best;
    }
  }
  const Graph graph = loss_graph(model, count);
  const auto values = evaluate(graph, {{"prediction", prediction}, {"z", z}, {"target", target}});
  return values[static_cast<std::size_t>(graph.outputs()[0].node)].values[0];
}

}  // namespace chainrule
