// What moved between two steps, and which rows pushed.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/compare.h"
#include "chainrule/error.h"
#include "tensor/index_text.h"
#include "train/influence/influence.h"
#include "train/loop/steps.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

using State = std::map<std::string, Tensor>;

double norm_of(std::span<const double> values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares);
}

std::vector<double> change_of(const Tensor& before, const Tensor& after) {
  std::vector<double> change;
  for (std::size_t i = 0; i < before.values.size(); ++i)
    change.push_back(static_cast<double>(after.values[i]) - static_cast<double>(before.values[i]));
  return change;
}

// A trained number and how it moved; its place among all of the model's.
struct Moved {
  const Model::ParameterInfo* parameter = nullptr;
  std::int64_t index = 0;
  std::size_t place = 0;
  double change = 0;
};

// How many times a row of the batch counts, beside what its members count it by.
double counts_of(const data::Dataset& data, const Run::Batch& batch, std::size_t i) {
  if (batch.weights.empty()) return 1;
  const auto members = static_cast<std::size_t>(data.weights_per_row());
  if (members == 1) return static_cast<double>(batch.weights[i]);
  for (std::size_t member = 0; member < members; ++member)
    if (const float own = data.row_weight(batch.rows[i], static_cast<std::int64_t>(member));
        own > 0)
      return static_cast<double>(batch.weights[i * members + member]) / static_cast<double>(own);
  return 0;
}

// Of each row the sum, over the steps that it was trained on in, of learning rate * its share of
// the batch * -<its gradient, direction>.
std::map<std::int64_t, double> pushes(Run& run, std::int64_t from, std::int64_t to,
                                      const std::vector<float>& direction,
                                      const OnShare& on_share) {
  const data::Dataset& data = *run.data().train.data;
  RowGradients gradients(run.model(), run.model().options().threads, members_that_weigh(run));
  gradients.set_other(direction);
  std::map<std::int64_t, double> sums;
  run.go_to(from);
  for (std::int64_t step = from + 1; step <= to; ++step) {
    const Run::Batch batch = run.batch(step);
    gradients.set_weights(run.model());
    const std::vector<double> products = gradients.products(data, batch.rows);
    for (std::size_t i = 0; i < products.size(); ++i) {
      const double counts = counts_of(data, batch, i);
      sums[batch.rows[i]] -=
          batch.learning_rate * counts * products[i] / static_cast<double>(batch.rows.size());
    }
    run.advance();
    if (on_share) on_share(static_cast<double>(step - from) / static_cast<double>(to - from));
  }
  return sums;
}

void add_rows(StepChanges& found, Run& run, const std::map<std::int64_t, double>& pushed, int top) {
  std::vector<std::int64_t> rows;
  std::vector<double> sizes;
  for (const auto& [row, push] : pushed) {
    if (!std::isfinite(push))
      throw DataError({run.folder()},
                      "a gradient between these steps is no longer finite: the "
                      "training diverged; ask for earlier steps");
    rows.push_back(row);
    sizes.push_back(std::abs(push));
    found.pushed += push;
    ++(push > 0 ? found.towards : found.away_from);
  }
  found.rows = static_cast<std::int64_t>(rows.size());
  const AveragedWeights averaged(run.model(), run.config().fit);
  const data::Dataset& data = *run.data().train.data;
  for (const std::size_t i : largest(sizes, top)) {
    const Tensor prediction = run.model().predict(data, std::span(&rows[i], 1));
    found.strongest.push_back(
        {described(run, {&data, rows[i]}, prediction.values), pushed.at(rows[i])});
  }
}

}  // namespace

StepChanges step_changes(Run& run, std::int64_t from, std::int64_t to,
                         const ChangesOptions& options) try {
  if (from < 0 || from >= to || to > run.steps())
    throw UsageError(fmt::format(
        "steps {} to {}: {} has recorded the steps from 0 to {}; name an earlier and a later one",
        from, to, run.folder(), run.steps()));
  if (options.top < 1) throw UsageError(fmt::format("top {}: name at least 1", options.top));
  StepChanges found{.from = from, .to = to};
  run.go_to(from);
  const State before = run.model().weights();
  run.go_to(to);
  const State after = run.model().weights();
  std::vector<Moved> moved;
  std::vector<double> sizes;
  const auto add = [&](const Model::ParameterInfo& parameter, bool is_trained) {
    const Tensor& was = before.at(parameter.name);
    const std::vector<double> change = change_of(was, after.at(parameter.name));
    const std::vector<double> start(was.values.begin(), was.values.end());
    found.parameters.push_back({.name = parameter.name,
                                .numbers = parameter.shape.size(),
                                .is_trained = is_trained,
                                .before = norm_of(start),
                                .change = norm_of(change)});
    if (!is_trained) return;
    for (std::size_t i = 0; i < change.size(); ++i) {
      moved.push_back({&parameter, static_cast<std::int64_t>(i), moved.size(), change[i]});
      sizes.push_back(std::abs(change[i]));
    }
  };
  for (const auto& parameter : run.model().parameters()) add(parameter, true);
  for (const auto& buffer : run.model().buffers()) add(buffer, false);

  std::vector<float> direction(moved.size());
  std::vector<double> largest_changes;
  for (const std::size_t i : largest(sizes, options.top)) {
    const auto& [parameter, index, place, change] = moved[i];
    if (change == 0) break;
    const auto at = static_cast<std::size_t>(index);
    found.largest.push_back({.name = parameter->name + index_text(parameter->shape, index),
                             .before = static_cast<double>(before.at(parameter->name).values[at]),
                             .after = static_cast<double>(after.at(parameter->name).values[at])});
    largest_changes.push_back(change);
    direction[place] = static_cast<float>(change);
  }
  found.moved = norm_of(largest_changes);
  if (found.largest.empty()) return found;
  for (float& part : direction) part = static_cast<float>(static_cast<double>(part) / found.moved);
  add_rows(found, run, pushes(run, from, to, direction, options.on_share), options.top);
  return found;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
