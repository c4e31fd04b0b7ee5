#include "train/record/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace chainrule {
namespace {

// An empty field where there is no number.
std::string field(double number) { return std::isfinite(number) ? fmt::format("{}", number) : ""; }

// The scores that stand in a line, in their order.
std::vector<Metric> columns(data::Task task, Metric metric) {
  using enum Metric;
  std::vector<Metric> scores{loss, rmse, mae, r2};
  if (task == data::Task::classification) scores = {loss, accuracy, f1};
  if (std::ranges::find(scores, metric) == scores.end()) scores.push_back(metric);
  return scores;
}

// The fields of a line as numbers, NaN where there is none; nothing if one is no number.
std::optional<std::vector<double>> numbers_in(const Fields& fields) {
  std::vector<double> numbers;
  for (const std::string_view word : fields) {
    const auto number = word.empty() ? std::optional(std::numeric_limits<double>::quiet_NaN())
                                     : number_in<double>(word);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

std::string metrics_columns(data::Task task, Metric metric) {
  std::string names = "epoch,learning_rate,train_loss";
  for (const Metric score : columns(task, metric))
    names += fmt::format(",validation_{}", score == Metric::f1 ? "macro_f1" : name_of(score));
  return names + ",seconds";
}

std::string metrics_line(data::Task task, const Progress& epoch, Metric metric) {
  std::string line =
      fmt::format("{},{},{}", epoch.epoch, field(epoch.learning_rate), field(epoch.train_loss));
  for (const Metric score : columns(task, metric))
    line += "," + (epoch.validation ? field((*epoch.validation).*score_of(score)) : "");
  return line + fmt::format(",{:.3f}", epoch.seconds);
}

RunTable<Progress> read_metrics(std::string_view text, const std::string& run, data::Task task,
                                std::int64_t scored, Metric metric) {
  RunTable<Progress> metrics;
  const std::vector<Metric> scores = columns(task, metric);
  std::optional<Scores> best;
  metrics.places = read_table(text, metrics_columns(task, metric), run, [&](const Fields& fields) {
    const auto numbers = numbers_in(fields);
    const auto number = static_cast<std::int64_t>(metrics.lines.size()) + 1;
    if (!numbers || numbers->size() != scores.size() + 4 ||
        (*numbers)[0] != static_cast<double>(number))
      return false;
    Progress epoch{.epoch = number,
                   .train_loss = (*numbers)[2],
                   .epoch_done = true,
                   .learning_rate = (*numbers)[1],
                   .seconds = numbers->back()};
    if (scored > 0) {
      epoch.validation.emplace().rows = scored;
      for (std::size_t i = 0; i < scores.size(); ++i)
        (*epoch.validation).*score_of(scores[i]) = (*numbers)[3 + i];
      epoch.is_best = is_better(*epoch.validation, best, metric);
      if (epoch.is_best) best = epoch.validation;
    }
    metrics.lines.push_back(std::move(epoch));
    return true;
  });
  return metrics;
}

}  // namespace chainrule
