#include "train/metrics.h"

#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "train/table_lines.h"

namespace chainrule {
namespace {

// An empty field where there is no number.
std::string field(double number) { return std::isfinite(number) ? fmt::format("{}", number) : ""; }

// The scores that stand in a line, in their order.
std::vector<double Scores::*> columns(data::Task task) {
  if (task == data::Task::classification)
    return {&Scores::loss, &Scores::accuracy, &Scores::macro_f1};
  return {&Scores::loss, &Scores::rmse, &Scores::mae, &Scores::r2};
}

// The fields of a line as numbers, NaN where there is none; nothing if one is no number.
std::optional<std::vector<double>> numbers_in(const std::vector<std::string_view>& fields) {
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

std::string metrics_header(data::Task task) {
  return fmt::format("epoch,learning_rate,train_loss,validation_loss,{},seconds\n",
                     task == data::Task::classification
                         ? "validation_accuracy,validation_macro_f1"
                         : "validation_rmse,validation_mae,validation_r2");
}

std::string metrics_line(data::Task task, const Progress& epoch) {
  std::string line =
      fmt::format("{},{},{}", epoch.epoch, field(epoch.learning_rate), field(epoch.train_loss));
  for (const auto score : columns(task))
    line += "," + (epoch.validation ? field((*epoch.validation).*score) : "");
  return line + fmt::format(",{:.3f}\n", epoch.seconds);
}

std::vector<Progress> read_metrics(std::string_view text, data::Task task, std::int64_t scored) {
  std::vector<Progress> epochs;
  const auto scores = columns(task);
  double best = std::numeric_limits<double>::infinity();
  for (const auto& fields : table_lines(text)) {
    const auto numbers = numbers_in(fields);
    const auto number = static_cast<std::int64_t>(epochs.size()) + 1;
    if (!numbers || numbers->size() != scores.size() + 4 ||
        (*numbers)[0] != static_cast<double>(number))
      break;
    Progress epoch{.epoch = number,
                   .train_loss = (*numbers)[2],
                   .epoch_done = true,
                   .learning_rate = (*numbers)[1],
                   .seconds = numbers->back()};
    if (scored > 0) {
      epoch.validation.emplace().rows = scored;
      for (std::size_t i = 0; i < scores.size(); ++i)
        (*epoch.validation).*scores[i] = (*numbers)[3 + i];
      epoch.is_best = epoch.validation->loss < best;
      if (epoch.is_best) best = epoch.validation->loss;
    }
    epochs.push_back(std::move(epoch));
  }
  return epochs;
}

std::size_t offset_of_line(std::string_view text, std::int64_t lines) {
  std::size_t at = 0;
  for (; lines > 0; --lines) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  return at;
}

}  // namespace chainrule
