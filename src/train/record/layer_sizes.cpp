#include "train/record/layer_sizes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chainrule/ops.h"
#include "train/loop/step_inputs.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

constexpr std::int64_t fewest_measured = 3, most_measured = 6;
// As many as take below a hundredth of the training, or some hundredths of a second.
constexpr std::int64_t steps_per_measure = 100;
constexpr double free_flops = 2e9;

// The step without its update: the squared norm of each parameter's gradient.
Graph norm_graph(const Model& model, std::int64_t batch, const StepOptions& options) {
  Graph graph;
  const nn::TraceOptions inputs = training_inputs(graph, model.network(), options, {2});
  const std::vector<Value> gradients =
      trace_gradients(graph, model, batch, inputs, {}, row_weight_input(graph, options, batch))
          .gradients;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    graph.output(model.parameters()[i].name, sum(gradients[i] * gradients[i]));
  return graph;
}

// Eight sums side by side: one alone would wait for each addition.
template <class At>
double norm(std::size_t count, At at) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + sums.size() <= count; i += sums.size())
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += at(i + k) * at(i + k);
  for (; i < count; ++i) sums[0] += at(i) * at(i);
  return std::sqrt(std::accumulate(sums.begin(), sums.end(), 0.0));
}

// Spread evenly over the run; in place of an epoch's last, smaller batch the one before it.
std::vector<std::int64_t> choose_steps(const Batches& batches, bool has_rest,
                                       double flops_of_step) {
  const std::int64_t steps = batches.count();
  const auto cheap = static_cast<std::int64_t>(free_flops / std::max(flops_of_step, 1.0));
  const std::int64_t count =
      std::clamp(std::max(steps / steps_per_measure, cheap), fewest_measured, most_measured);
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t step = 1 + (steps - 1) * i / (count - 1);
    if (has_rest && step % batches.per_epoch() == 0) --step;
    if (chosen.empty() || step > chosen.back()) chosen.push_back(step);
  }
  return chosen;
}

}  // namespace

std::string to_text(const LayerSize& size) {
  return fmt::format("{},{},{:.6g},{:.6g},{:.6g}", size.step, size.parameter, size.weight,
                     size.gradient, size.update);
}

RunTable<LayerSize> read_layer_sizes(std::string_view text, const std::string& run) {
  RunTable<LayerSize> sizes;
  sizes.places = read_table(text, layer_size_columns, run, [&](const Fields& fields) {
    if (fields.size() != 5) return false;
    const auto step = number_in<std::int64_t>(fields[0]);
    const auto weight = number_in<double>(fields[2]), gradient = number_in<double>(fields[3]),
               update = number_in<double>(fields[4]);
    if (!step || !weight || !gradient || !update) return false;
    sizes.lines.push_back({*step, std::string(fields[1]), *weight, *gradient, *update});
    return true;
  });
  return sizes;
}

// A program that runs a few times is not worth code of its own.
LayerSizes::LayerSizes(Model& model, const RunConfig& config, const data::Part& train)
    : model_(model),
      train_(train),
      batches_(train, config.fit),
      dropout_schedule_(config.fit.dropout_schedule),
      chosen_(
          choose_steps(batches_, train.size() % batches_.full_size() != 0,
                       6.0 * static_cast<double>(batches_.full_size() * model.parameter_count()))) {
  const std::int64_t size = batches_.full_size();
  const bool weighs_rows = train.data->weighs_rows() || !config.fit.what_if.without_rows.empty();
  const StepOptions options =
      step_options(config.fit, weighs_rows ? train.data->weights_per_row() : 0);
  if (config.fit.shards > 1)
    sharded_ =
        std::make_unique<ShardedGradient>(model, config.fit.shards, std::span(&size, 1), options);
  else
    norms_.emplace(norm_graph(model, size, options), model.session(),
                   CompileOptions{.skip = {"generate"}});
}

bool LayerSizes::are_all_until(std::int64_t step, const std::vector<LayerSize>& sizes) const {
  const auto is_until = [&](std::int64_t other) { return other <= step; };
  const auto measured = std::ranges::count_if(sizes, is_until, &LayerSize::step);
  const auto wanted = std::ranges::count_if(chosen_, is_until);
  return measured == wanted * static_cast<std::ptrdiff_t>(model_.parameters().size());
}

void LayerSizes::observe(const FitState& state) {
  if (is_measuring_) finish();
  if (!state.is_over && std::ranges::binary_search(chosen_, state.step + 1))
    measure(state.step + 1);
}

std::vector<double> LayerSizes::gradient_norms(const Steps::Batch& batch) {
  std::vector<double> norms;
  if (norms_) {
    Program& program = *norms_;
    train_.data->gather(batch.rows, program.input("x").data(), program.input("target").data(),
                        batch.moves);
    StepInputs(program).set(*train_.data, batch);
    program.run();
    for (const Model::ParameterInfo& parameter : model_.parameters())
      norms.push_back(std::sqrt(static_cast<double>(program.output(parameter.name)[0])));
    return norms;
  }
  sharded_->run(*train_.data, batch);
  for (std::size_t p = 0; p < model_.parameters().size(); ++p) {
    const std::span<const float> sum = sharded_->variables()[p];
    norms.push_back(norm(sum.size(), [&](std::size_t i) { return static_cast<double>(sum[i]); }));
  }
  return norms;
}

void LayerSizes::measure(std::int64_t step) {
  const std::vector<double> norms = gradient_norms(
      {batches_.batch(step), 0, learning_rate_at(dropout_schedule_, 1, step, batches_.count())});
  for (std::size_t p = 0; p < norms.size(); ++p) {
    const std::string& name = model_.parameters()[p].name;
    const std::span<const float> values = model_.session().values(name);
    before_[name].assign(values.begin(), values.end());
    gradients_[name] = norms[p];
  }
  for (const auto& entry : before_) {
    const std::vector<float>& weight = entry.second;
    const auto at = [&](std::size_t i) { return static_cast<double>(weight[i]); };
    sizes_.push_back({.step = step,
                      .parameter = entry.first,
                      .weight = norm(weight.size(), at),
                      .gradient = gradients_.at(entry.first)});
  }
  is_measuring_ = true;
}

void LayerSizes::finish() {
  auto size = sizes_.end() - static_cast<std::ptrdiff_t>(before_.size());
  for (const auto& entry : before_) {
    const std::vector<float>& before = entry.second;
    const std::span<const float> after = model_.session().values(entry.first);
    (size++)->update = norm(before.size(), [&](auto i) {
      return static_cast<double>(after[i]) - static_cast<double>(before[i]);
    });
  }
  is_measuring_ = false;
}

}  // namespace chainrule
