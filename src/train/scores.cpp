#include <algorithm>
#include <cmath>
#include <limits>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "chainrule/train.h"
#include "train/training_step.h"

namespace chainrule {
namespace {

constexpr double not_applicable = std::numeric_limits<double>::quiet_NaN();

DoubleTensor widened(const Tensor& tensor) {
  return {tensor.shape, {tensor.values.begin(), tensor.values.end()}};
}

// The loss of outputs that are there already, by the loss's own graph.
double mean_loss(const Loss& loss, const Model::Outputs& outputs, const Tensor& targets) {
  const Graph graph = loss_graph(loss, targets.shape[0], targets.shape[1]);
  const auto values = evaluate(graph, {{"prediction", widened(outputs.prediction)},
                                       {"z", widened(outputs.z)},
                                       {"target", widened(targets)}});
  return values[static_cast<std::size_t>(graph.outputs()[0].node)].values[0];
}

std::size_t most_likely(std::span<const float> probabilities) {
  return static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

// Mean over the classes that occur or are predicted; a class that is neither says nothing.
double macro_f1(const std::vector<std::vector<std::int64_t>>& confusion) {
  double total = 0;
  int counted = 0;
  for (std::size_t k = 0; k < confusion.size(); ++k) {
    std::int64_t actual = 0, predicted = 0;
    for (std::size_t other = 0; other < confusion.size(); ++other) {
      actual += confusion[k][other];
      predicted += confusion[other][k];
    }
    if (actual + predicted == 0) continue;
    total += 2.0 * static_cast<double>(confusion[k][k]) / static_cast<double>(actual + predicted);
    ++counted;
  }
  return counted > 0 ? total / counted : not_applicable;
}

void score_classes(const Model::Outputs& outputs, const data::Part& part, Scores& scores) {
  const auto classes = static_cast<std::size_t>(outputs.prediction.shape[1]);
  scores.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < part.rows.size(); ++i) {
    const auto actual = static_cast<std::size_t>(part.data->class_of(part.rows[i]));
    const std::size_t predicted =
        most_likely(std::span(outputs.prediction.values).subspan(i * classes, classes));
    ++scores.confusion[actual][predicted];
    if (actual == predicted) ++correct;
  }
  scores.accuracy = static_cast<double>(correct) / static_cast<double>(part.rows.size());
  scores.macro_f1 = macro_f1(scores.confusion);
  scores.rmse = scores.mae = scores.r2 = not_applicable;
}

// With several outputs, r2 is their mean, rmse and mae are over all numbers.
void score_numbers(const Model::Outputs& outputs, const Tensor& targets,
                   const data::TargetEncoding& target, Scores& scores) {
  const auto width = static_cast<std::size_t>(targets.shape[1]);
  const auto rows = static_cast<double>(targets.shape[0]);
  double squares = 0, distances = 0, r2 = 0;
  for (std::size_t k = 0; k < width; ++k) {
    double mean = 0, residual = 0, spread = 0;
    for (std::size_t i = k; i < targets.values.size(); i += width)
      mean += static_cast<double>(targets.values[i]) / rows;
    for (std::size_t i = k; i < targets.values.size(); i += width) {
      const auto actual = static_cast<double>(targets.values[i]);
      const double error = actual - static_cast<double>(outputs.prediction.values[i]);
      residual += error * error;
      spread += (actual - mean) * (actual - mean);
      distances += std::abs(error) * target.deviation[k];
    }
    squares += residual * target.deviation[k] * target.deviation[k];
    r2 += 1 - residual / spread;
  }
  const double count = rows * static_cast<double>(width);
  scores.rmse = std::sqrt(squares / count);
  scores.mae = distances / count;
  scores.r2 = r2 / static_cast<double>(width);
  scores.accuracy = scores.macro_f1 = not_applicable;
}

}  // namespace

Scores evaluate(Model& model, const data::Part& part, const data::TargetEncoding& target) try {
  if (part.rows.empty()) throw UsageError("evaluate: there are no rows");
  const Model::Outputs outputs = model.outputs(*part.data, part.rows);
  Tensor features({part.size(), part.data->width()}), targets({part.size(), model.outputs()});
  part.data->gather(part.rows, features.values.data(), targets.values.data());
  Scores scores;
  scores.rows = part.size();
  scores.loss = mean_loss(model.loss(), outputs, targets);
  if (target.task == data::Task::classification)
    score_classes(outputs, part, scores);
  else
    score_numbers(outputs, targets, target, scores);
  return scores;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
