// By what epochs are compared, and which of two scores is the better one.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/train.h"
#include "nn/named.h"

namespace chainrule {
namespace {

struct MetricEntry {
  std::string_view name;
  Metric metric;
  double Scores::*score;
  bool is_more_better;
  std::optional<data::Task> task{};  // for which alone there is such a score
};

// The only list of metrics.
constexpr auto of_classes = data::Task::classification, of_numbers = data::Task::regression;
constexpr std::array metric_entries{
    MetricEntry{"loss", Metric::loss, &Scores::loss, false},
    MetricEntry{"accuracy", Metric::accuracy, &Scores::accuracy, true, of_classes},
    MetricEntry{"log_loss", Metric::log_loss, &Scores::log_loss, false, of_classes},
    MetricEntry{"auc", Metric::auc, &Scores::auc, true, of_classes},
    MetricEntry{"f1", Metric::f1, &Scores::macro_f1, true, of_classes},
    MetricEntry{"rmse", Metric::rmse, &Scores::rmse, false, of_numbers},
    MetricEntry{"mae", Metric::mae, &Scores::mae, false, of_numbers},
    MetricEntry{"r2", Metric::r2, &Scores::r2, true, of_numbers},
};

const MetricEntry& entry_of(Metric metric) {
  for (const MetricEntry& entry : metric_entries)
    if (entry.metric == metric) return entry;
  throw InternalError("a metric has no name");
}

}  // namespace

Metric metric_named(std::string_view name) {
  return nn::named("metric", metric_entries, name).metric;
}

std::string_view name_of(Metric metric) { return entry_of(metric).name; }

double Scores::*score_of(Metric metric) { return entry_of(metric).score; }

bool is_for(Metric metric, data::Task task) { return entry_of(metric).task.value_or(task) == task; }

bool is_better(const Scores& scores, const std::optional<Scores>& than, Metric metric) {
  if (!std::isfinite(scores.loss) || !than) return std::isfinite(scores.loss);
  const MetricEntry& entry = entry_of(metric);
  const double own = scores.*entry.score, other = (*than).*entry.score;
  if (std::isnan(own) || std::isnan(other)) {
    if (std::isnan(own) != std::isnan(other)) return std::isnan(other);
  } else if (own != other) {
    return (own > other) == entry.is_more_better;
  }
  return scores.loss < than->loss;
}

}  // namespace chainrule
