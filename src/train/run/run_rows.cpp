#include "train/run/run_rows.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "chainrule/error.h"

namespace chainrule {
namespace {

bool holds(const data::Part& part, const Place& place) {
  return part.data.get() == place.data && std::ranges::binary_search(part.rows, place.row);
}

// "" for a row without a target, which is in no part.
std::string part_of(const Run& run, const Place& place) {
  if (holds(run.data().train, place)) return "training";
  if (holds(run.data().validation, place)) return "validation";
  return holds(run.data().test, place) ? "test" : "";
}

RunRow named(const Run& run, const Place& place) {
  const FilePlace in_file = place.data->place(place.row);
  const std::string name = place.data->name(place.row);
  return {.file = name.empty() ? std::filesystem::path(in_file.file).filename().string() : name,
          .number = in_file.line > 0 ? in_file.line : place.row + 1,
          .is_line = in_file.line > 0,
          .is_picture = !name.empty(),
          .part = part_of(run, place)};
}

Place find_line(const data::Dataset& data, std::int64_t line) {
  std::int64_t before = 0;  // the last row that starts on an earlier line
  for (std::int64_t row = 0; row < data.rows(); ++row) {
    const std::int64_t start = data.place(row).line;
    if (start == line) return {&data, row};
    if (start < line) before = row;
  }
  throw UsageError(fmt::format(
      "line {}: no row of {} starts there; the nearest one starts on line {}, the last on line {}",
      line, data.place(0).file, data.place(before).line, data.place(data.rows() - 1).line));
}

// A class, or numbers in the target's own units, as the data has them or as they are predicted.
std::string words_for(const data::TargetEncoding& target, std::span<const float> values,
                      bool is_predicted) {
  if (target.task == data::Task::classification) return target.classes[target.decided(values)];
  std::string text;
  // The number of which there are quantiles stands in each output.
  const bool is_one = !is_predicted && !target.quantiles.empty();
  for (std::size_t k = 0; k < (is_one ? 1 : values.size()); ++k) {
    const auto value = static_cast<double>(values[k]);
    text += fmt::format("{}{:.6g}", k == 0 ? "" : ", ",
                        is_predicted ? target.predicted(value, k) : target.in_units(value, k));
  }
  return text;
}

}  // namespace

Place find_row(const data::Dataset& data, std::int64_t number) {
  if (data.place(0).line > 0) return find_line(data, number);
  if (number < 1 || number > data.rows())
    throw UsageError(fmt::format("example {}: {} has the examples 1 to {}; name one of those",
                                 number, data.place(0).file, data.rows()));
  return {&data, number - 1};
}

Place find_row(const Run& run, std::int64_t number, bool is_test) {
  const data::Prepared& data = run.data();
  if (is_test && data.test.rows.empty())
    throw UsageError("the run has no test rows; ask for a row of its data with --row");
  const Place place = find_row(is_test ? *data.test.data : *data.train.data, number);
  const RunRow row = named(run, place);
  const std::string words =
      fmt::format("{} {} of {}", row.is_line ? "line" : "example", number, row.file);
  if (row.part.empty())
    throw UsageError(fmt::format(
        "{} has no target, so no prediction of it can be judged; ask for a row that has one",
        words));
  if (is_test && row.part != "test")
    throw UsageError(fmt::format("{} is a {} row, not a test row; ask for it with --row {}", words,
                                 row.part, number));
  return place;
}

RunRow row_at(const Run& run, const Place& place) {
  std::vector<float> x(static_cast<std::size_t>(place.data->width())),
      target(static_cast<std::size_t>(place.data->outputs()));
  place.data->gather(std::span(&place.row, 1), x.data(), target.data());
  RunRow row = named(run, place);
  row.label = words_for(run.data().encoder.target(), target, false);
  return row;
}

RunRow described(const Run& run, const Place& place, std::span<const float> prediction) {
  RunRow row = row_at(run, place);
  add_prediction(row, run.data().encoder, prediction);
  return row;
}

void add_prediction(RunRow& row, const data::Encoder& encoder, std::span<const float> prediction) {
  row.predicted = words_for(encoder.target(), prediction, true);
  row.probability = encoder.target().task == data::Task::classification
                        ? static_cast<double>(std::ranges::max(prediction))
                        : std::numeric_limits<double>::quiet_NaN();
}

void validate(const Run& run, const BlameOptions& options) {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw UsageError(message);
  };
  require(run.steps() > 0, "the run has taken no step yet, so no row has pushed anything");
  require(options.step >= 0 && options.step <= run.steps(),
          fmt::format("step {}: the run has steps 1 to {}", options.step, run.steps()));
  require(options.points >= 1, fmt::format("points {}: take at least 1", options.points));
  require(options.top >= 1, fmt::format("top {}: name at least 1 row", options.top));
}

std::vector<std::int64_t> middle_steps(std::int64_t last, int count) {
  std::vector<std::int64_t> steps;
  for (std::int64_t part = 0; part < count; ++part) {
    const std::int64_t step = (last * (2 * part + 1) + 2 * count - 1) / (2 * count);
    if (steps.empty() || step > steps.back()) steps.push_back(step);
  }
  return steps;
}

std::vector<std::size_t> largest(std::span<const double> values, int count) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater<>(), [&](std::size_t i) { return values[i]; });
  order.resize(std::min(order.size(), static_cast<std::size_t>(count)));
  return order;
}

}  // namespace chainrule
