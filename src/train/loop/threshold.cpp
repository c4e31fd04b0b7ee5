#include "train/loop/threshold.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace chainrule {
namespace {

// Rows by what they are and what they are taken for.
struct Decisions {
  double right[2] = {0, 0};  // of each class
  double wrong = 0;

  double accuracy() const { return (right[0] + right[1]) / (right[0] + right[1] + wrong); }
  double macro_f1() const {
    const auto f1 = [&](double own) { return own > 0 ? 2 * own / (2 * own + wrong) : 0; };
    return (f1(right[0]) + f1(right[1])) / 2;
  }
};

}  // namespace

double best_threshold(std::span<const float> probabilities, std::span<const std::int32_t> classes,
                      Metric metric) {
  struct Row {
    double probability;
    std::int32_t of_class;
  };
  std::vector<Row> rows(classes.size());
  Decisions now;  // where every row is taken for the second class
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {static_cast<double>(probabilities[i]), classes[i]};
    if (classes[i] == 1)
      ++now.right[1];
    else
      ++now.wrong;
  }
  std::ranges::sort(rows, {}, &Row::probability);
  const auto score_of = [&](const Decisions& decisions) {
    return metric == Metric::accuracy ? decisions.accuracy() : decisions.macro_f1();
  };
  double best = rows.empty() ? 0.5 : rows[0].probability, best_score = score_of(now);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    // This row, and all before it, are below the next threshold.
    if (rows[i].of_class == 1) {
      --now.right[1];
      ++now.wrong;
    } else {
      ++now.right[0];
      --now.wrong;
    }
    const double next = i + 1 < rows.size() ? rows[i + 1].probability : 1;
    if (next == rows[i].probability) continue;
    const double low = rows[i].probability;
    const double threshold = low < 0.5 && 0.5 <= next ? 0.5 : (low + next) / 2;
    const double score = score_of(now);
    const bool is_nearer = std::abs(threshold - 0.5) < std::abs(best - 0.5);
    if (score > best_score || (score == best_score && is_nearer)) {
      best = threshold;
      best_score = score;
    }
  }
  return best;
}

double best_threshold(Model& model, const data::Part& rows, Metric metric) {
  const Tensor predictions = model.outputs(rows).prediction;
  std::vector<float> probabilities;
  std::vector<std::int32_t> classes;
  for (std::size_t i = 0; i < rows.rows.size(); ++i) {
    probabilities.push_back(predictions.values[2 * i + 1]);
    classes.push_back(rows.data->class_of(rows.rows[i]));
  }
  return best_threshold(probabilities, classes, metric);
}

}  // namespace chainrule
