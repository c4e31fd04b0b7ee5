#include "train/loop/scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/elementary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "compile/passes.h"
#include "ops/op_list.h"
#include "runtime/reference.h"
#include "train/loop/rank_outputs.h"
#include "train/loop/statistics.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

constexpr double not_applicable = std::numeric_limits<double>::quiet_NaN();

// Rows that are predicted at once: a multiple of the batch that a model predicts with, so that each
// row is in the batch it would be in if all were asked for together.
constexpr std::int64_t chunk_rows = 8 * prediction_batch;

DoubleTensor widened(const Tensor& tensor) {
  return {tensor.shape, {tensor.values.begin(), tensor.values.end()}};
}

// The loss of outputs that are there already, by the loss's own graph, in which one sum over the
// batch is the last thing that sees the rows, or one for each part. They are added up chunk by
// chunk, in the order of one evaluation of the whole graph, so the bits are those, and the memory
// is a chunk's.
class MeanLoss {
 public:
  MeanLoss(const Model& model, std::int64_t rows)
      : model_(model),
        whole_(lowered(loss_graph(model, rows))),
        totals_(last_sums(whole_).size(), 0.0) {}

  void add(const Model::Outputs& outputs, const Tensor& targets) {
    const Graph graph = lowered(loss_graph(model_, targets.shape[0]));
    const auto values = evaluate(graph, {{"prediction", widened(outputs.prediction)},
                                         {"z", widened(outputs.z)},
                                         {"target", widened(targets)}});
    const std::vector<NodeId> sums = last_sums(graph);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const NodeId summed = graph.node(sums[i]).inputs[0];
      for (const double term : values[static_cast<std::size_t>(summed)].values) totals_[i] += term;
    }
  }

  // What the graph makes of the sums.
  double mean() const {
    const std::vector<NodeId> sums = last_sums(whole_);
    std::map<NodeId, DoubleTensor> values;
    for (std::size_t i = 0; i < sums.size(); ++i)
      values.emplace(sums[i], DoubleTensor::filled(whole_.node(sums[i]).shape, totals_[i]));
    return value_of(result(whole_), values).values[0];
  }

 private:
  static NodeId result(const Graph& graph) { return graph.outputs()[0].node; }

  static Graph lowered(Graph graph) {
    Draft draft;
    draft.graph = std::move(graph);
    lower(draft);
    return std::move(draft.graph);
  }

  static std::vector<NodeId> last_sums(const Graph& graph) {
    std::vector<NodeId> sums;
    find_last_sums(graph, result(graph), sums);
    if (sums.empty()) throw InternalError("a loss has no sum over its batch");
    return sums;
  }

  static void find_last_sums(const Graph& graph, NodeId id, std::vector<NodeId>& sums) {
    const Node& node = graph.node(id);
    if (node.op != &sum_op || node.shape.size() != 1)
      for (const NodeId input : node.inputs) find_last_sums(graph, input, sums);
    else if (std::ranges::find(sums, id) == sums.end())
      sums.push_back(id);
  }

  // Beside the sums there are only constants.
  const DoubleTensor& value_of(NodeId id, std::map<NodeId, DoubleTensor>& values) const {
    if (const auto known = values.find(id); known != values.end()) return known->second;
    std::vector<const DoubleTensor*> operands;
    for (const NodeId input : whole_.node(id).inputs) operands.push_back(&value_of(input, values));
    return values.emplace(id, evaluate_node(whole_.node(id), operands)).first->second;
  }

  const Model& model_;
  Graph whole_;  // of all rows; only its end is evaluated
  std::vector<double> totals_;
};

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

// Counts what a classification predicts, chunk by chunk.
class ClassScores {
 public:
  ClassScores(std::int64_t rows, std::size_t classes, bool in_full,
              const data::TargetEncoding& target)
      : target_(target),
        classes_(classes),
        is_full_(in_full),
        keeps_(is_full_ && rows * static_cast<std::int64_t>(classes) <= most_kept),
        confusion_(classes, std::vector<std::int64_t>(classes, 0)) {}

  void add(const Tensor& predictions, std::span<const std::int64_t> rows,
           const data::Dataset& data) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::int32_t actual = data.class_of(rows[i]);
      const auto row = std::span(predictions.values).subspan(i * classes_, classes_);
      const std::size_t predicted = target_.decided(row), likely = most_likely(row);
      ++confusion_[static_cast<std::size_t>(actual)][predicted];
      if (!is_full_) continue;
      if (!std::ranges::all_of(row, [](float p) { return std::isfinite(p); })) {
        is_full_ = false;  // there is nothing to tell of such predictions
        continue;
      }
      calibration_.add(static_cast<double>(row[likely]),
                       likely == static_cast<std::size_t>(actual));
      // As scikit-learn bounds it; a float's own rounding is larger.
      constexpr double least = 1e-15;
      const auto probability = static_cast<double>(row[static_cast<std::size_t>(actual)]);
      log_loss_ -= elementary::log(std::max(probability, least));
      if (!keeps_) continue;
      actual_.push_back(actual);
      probabilities_.insert(probabilities_.end(), row.begin(), row.end());
    }
  }

  void write(Scores& scores) {
    std::int64_t correct = 0;
    for (std::size_t k = 0; k < classes_; ++k) correct += confusion_[k][k];
    const auto rows = static_cast<double>(scores.rows);
    scores.accuracy = static_cast<double>(correct) / rows;
    scores.macro_f1 = macro_f1(confusion_);
    scores.confusion = std::move(confusion_);
    if (!is_full_) return;
    scores.log_loss = log_loss_ / rows;
    scores.calibration_error = calibration_.error();
    if (keeps_) scores.auc = mean_area();
  }

 private:
  static constexpr std::int64_t most_kept = std::int64_t{1} << 24;  // numbers, 64 MiB

  // Over the classes that occur, and are not all there is; of two classes one says it all.
  double mean_area() const {
    if (classes_ == 2) return area_under_curve(probabilities_, actual_, 1);
    double total = 0;
    int counted = 0;
    for (std::size_t k = 0; k < classes_; ++k) {
      const double area = area_under_curve(probabilities_, actual_, static_cast<std::int32_t>(k));
      if (std::isnan(area)) continue;
      total += area;
      ++counted;
    }
    return counted > 0 ? total / counted : not_applicable;
  }

  const data::TargetEncoding& target_;
  std::size_t classes_;
  bool is_full_;
  bool keeps_;
  std::vector<std::vector<std::int64_t>> confusion_;
  double log_loss_ = 0;
  Calibration calibration_;
  std::vector<std::int32_t> actual_;
  std::vector<float> probabilities_;
};

// Which of the rows' numbers are where quantiles promise them.
void score_quantiles(std::span<const float> predictions, const Tensor& targets,
                     const std::vector<double>& levels, Scores& scores) {
  const std::size_t width = levels.size();
  std::int64_t inside = 0;
  for (std::size_t i = 0; i < predictions.size(); i += width)
    inside += (width == 1 || targets.values[i] >= predictions[i]) &&
              targets.values[i] <= predictions[i + width - 1];
  scores.coverage = static_cast<double>(inside) / static_cast<double>(targets.shape[0]);
  scores.wanted_coverage = levels.back() - (width == 1 ? 0 : levels.front());
}

// Column k of each row.
std::vector<float> column_of(std::span<const float> rows, std::size_t width, std::size_t k) {
  std::vector<float> column;
  for (std::size_t i = k; i < rows.size(); i += width) column.push_back(rows[i]);
  return column;
}

// As floats, whose rounding is small beside what a logarithm's standard units have lost.
std::pair<Tensor, std::vector<float>> in_own_units(std::span<const float> predictions,
                                                   const Tensor& targets,
                                                   const data::TargetEncoding& target) {
  Tensor actual(targets.shape);
  std::vector<float> said(predictions.size());
  const auto width = static_cast<std::size_t>(targets.shape[1]);
  for (std::size_t i = 0; i < said.size(); ++i) {
    const std::size_t k = i % width;
    actual.values[i] =
        static_cast<float>(target.in_units(static_cast<double>(targets.values[i]), k));
    said[i] = static_cast<float>(target.predicted(static_cast<double>(predictions[i]), k));
  }
  return {std::move(actual), std::move(said)};
}

// With several outputs, r2 is their mean, rmse and mae are over all numbers.
void score_numbers(std::span<const float> predictions, const Tensor& targets,
                   const data::TargetEncoding& target, bool in_full, Scores& scores) {
  const auto width = static_cast<std::size_t>(targets.shape[1]);
  if (!target.quantiles.empty()) {
    score_quantiles(predictions, targets, target.quantiles, scores);
    const std::size_t k = target.main_output();
    const Tensor alone({targets.shape[0], 1}, column_of(targets.values, width, k));
    data::TargetEncoding of_one{.task = target.task,
                                .mean = {target.mean[k]},
                                .deviation = {target.deviation[k]},
                                .is_log = target.is_log};
    if (target.is_log) of_one.range = {target.range[k]};
    return score_numbers(column_of(predictions, width, k), alone, of_one, in_full, scores);
  }
  if (target.is_log) {
    data::TargetEncoding as_it_is = target;
    as_it_is.is_log = false;
    as_it_is.mean.assign(width, 0);
    as_it_is.deviation.assign(width, 1);
    const auto [actual, said] = in_own_units(predictions, targets, target);
    return score_numbers(said, actual, as_it_is, in_full, scores);
  }
  const auto rows = static_cast<double>(targets.shape[0]);
  double squares = 0, spreads = 0, distances = 0, r2 = 0;
  for (std::size_t k = 0; k < width; ++k) {
    double mean = 0, residual = 0, spread = 0;
    for (std::size_t i = k; i < targets.values.size(); i += width)
      mean += static_cast<double>(targets.values[i]) / rows;
    for (std::size_t i = k; i < targets.values.size(); i += width) {
      const auto actual = static_cast<double>(targets.values[i]);
      const double error = actual - static_cast<double>(predictions[i]);
      residual += error * error;
      spread += (actual - mean) * (actual - mean);
      distances += std::abs(error) * target.deviation[k];
    }
    squares += residual * target.deviation[k] * target.deviation[k];
    spreads += spread * target.deviation[k] * target.deviation[k];
    // One row, or a target that is always the same, leaves nothing to explain.
    r2 += spread > 0 ? 1 - residual / spread : not_applicable;
  }
  const double count = rows * static_cast<double>(width);
  scores.rmse = std::sqrt(squares / count);
  scores.mae = distances / count;
  scores.r2 = r2 / static_cast<double>(width);
  scores.mean_rmse = std::sqrt(spreads / count);
  if (width == 1 && in_full && rows < few_rows)
    scores.r2_interval =
        r2_interval(std::vector<double>(targets.values.begin(), targets.values.end()),
                    std::vector<double>(predictions.begin(), predictions.end()));
}

Tensor targets_of(const data::Part& part, std::span<const std::int64_t> rows) {
  Tensor targets({static_cast<std::int64_t>(rows.size()), part.data->outputs()});
  part.data->gather(rows, nullptr, targets.values.data());
  const auto missing = std::ranges::find_if(targets.values, [](float y) { return std::isnan(y); });
  if (missing == targets.values.end()) return targets;
  const auto at = (missing - targets.values.begin()) / part.data->outputs();
  throw UsageError(
      fmt::format("evaluate: row {} has no target to compare with; give only rows that have one, "
                  "such as those of Dataset::rows_with_target()",
                  rows[static_cast<std::size_t>(at)]));
}

}  // namespace

Judgement judge(Model& model, const data::Part& part, const data::TargetEncoding& target,
                const JudgeOptions& options) {
  if (part.rows.empty()) throw UsageError("evaluate: there are no rows");
  if (part.data->outputs() != model.outputs() || target.outputs() != model.outputs())
    throw UsageError(fmt::format("evaluate: the model has {} outputs, and the data {}",
                                 model.outputs(), part.data->outputs()));
  const bool is_classes = target.task == data::Task::classification;
  const auto outputs = static_cast<std::size_t>(model.outputs());
  Judgement done;
  Scores& scores = done.scores;
  scores.rows = part.size();
  ClassScores classes(part.size(), is_classes ? outputs : 0, options.in_full, target);
  std::vector<float> predictions;  // of a regression, which looks at them twice
  MeanLoss loss(model, part.size());
  Calibrator calibrator(model.loss());
  const bool is_divided = is_worth_dividing(model, part.size(), options.ranks);
  for (std::int64_t begin = 0; begin < part.size(); begin += chunk_rows) {
    const auto rows = std::span(part.rows).subspan(
        static_cast<std::size_t>(begin),
        static_cast<std::size_t>(std::min(chunk_rows, part.size() - begin)));
    const Tensor targets = targets_of(part, rows);
    const Model::Outputs of_rows = is_divided ? outputs_of_ranks(model, part, rows, *options.ranks)
                                              : model.outputs(part, rows);
    loss.add(of_rows, targets);
    if (options.calibrates) calibrator.add(of_rows.z, targets);
    const std::vector<float>& values = of_rows.prediction.values;
    const auto bad = std::ranges::find_if_not(values, [](float y) { return std::isfinite(y); });
    if (bad != values.end() && !done.not_finite)
      done.not_finite = rows[static_cast<std::size_t>(bad - values.begin()) / outputs];
    if (is_classes)
      classes.add(of_rows.prediction, rows, *part.data);
    else
      predictions.insert(predictions.end(), values.begin(), values.end());
  }
  scores.loss = loss.mean();
  if (is_classes)
    classes.write(scores);
  else
    score_numbers(predictions, targets_of(part, part.rows), target, options.in_full, scores);
  if (options.calibrates) {
    done.calibrated = calibrator.best();
    scores.loss = done.calibrated->loss;
    if (std::isfinite(scores.log_loss) && model.loss().name == "cross_entropy")
      scores.log_loss = scores.loss;
  }
  return done;
}

double most_frequent_share(const Scores& scores) {
  std::int64_t most = 0;
  for (const auto& row : scores.confusion)
    most = std::max(most, std::accumulate(row.begin(), row.end(), std::int64_t{0}));
  return static_cast<double>(most) / static_cast<double>(scores.rows);
}

std::array<double, 2> accuracy_interval(const Scores& scores) {
  constexpr double z = 1.959963984540054;  // the normal distribution's 97.5th percentile
  const auto n = static_cast<double>(scores.rows);
  const double p = scores.accuracy, middle = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double whole = 1 + z * z / n;
  return {std::max((middle - half) / whole, 0.0), std::min((middle + half) / whole, 1.0)};
}

Scores evaluate(Model& model, const data::Part& part, const data::TargetEncoding& target) try {
  const StandardArithmetic arithmetic;
  return judge(model, part, target).scores;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
