#include "train/layer_sizes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chainrule/gradient.h"
#include "chainrule/ops.h"

namespace chainrule {
namespace {

constexpr std::int64_t fewest = 3, most = 6;
// As many as take below a hundredth of the training, or some hundredths of a second.
constexpr std::int64_t steps_per_measure = 100;
constexpr double free_flops = 2e9;
constexpr std::string_view header = "step,parameter,weight,gradient,update\n";

// The step without its update: the squared norm of each parameter's gradient.
Graph gradient_graph(const Model& model, std::int64_t batch) {
  Graph graph;
  const Value counter = graph.input("counter", {2});
  const Value x = graph.input("x", {batch, model.inputs()});
  const nn::Traced traced = nn::trace(model.network(), x, model.options().seed, counter);
  const Value loss = apply(model.loss(), traced, graph.input("target", {batch, model.outputs()}));
  std::vector<Value> variables;
  for (const nn::Parameter& parameter : traced.parameters) variables.push_back(parameter.variable);
  const std::vector<Value> gradients = gradient(loss, variables);
  for (std::size_t i = 0; i < gradients.size(); ++i)
    graph.output(traced.parameters[i].name, sum(gradients[i] * gradients[i]));
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

template <class Number>
bool read_field(std::string_view& line, Number& number) {
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc()) return false;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (!line.empty()) line.remove_prefix(1);  // the comma
  return true;
}

// Spread evenly over the run; in place of an epoch's last, smaller batch the one before it.
std::vector<std::int64_t> choose_steps(std::int64_t rows, std::int64_t batch, std::int64_t epochs,
                                       double flops_of_step) {
  const std::int64_t per_epoch = (rows + batch - 1) / batch, steps = epochs * per_epoch;
  const auto cheap = static_cast<std::int64_t>(free_flops / flops_of_step);
  const std::int64_t count = std::clamp(std::max(steps / steps_per_measure, cheap), fewest, most);
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t step = 1 + (steps - 1) * i / (count - 1);
    if (rows % batch != 0 && step % per_epoch == 0) --step;
    if (chosen.empty() || step > chosen.back()) chosen.push_back(step);
  }
  return chosen;
}

}  // namespace

std::string layer_sizes_csv(const std::vector<LayerSize>& sizes) {
  std::string text(header);
  for (const LayerSize& size : sizes)
    text += fmt::format("{},{},{:.6g},{:.6g},{:.6g}\n", size.step, size.parameter, size.weight,
                        size.gradient, size.update);
  return text;
}

std::vector<LayerSize> read_layer_sizes(std::string_view csv) {
  std::vector<LayerSize> sizes;
  if (!csv.starts_with(header)) return sizes;
  csv.remove_prefix(header.size());
  while (!csv.empty()) {
    const auto end = csv.find('\n');
    if (end == std::string_view::npos) break;
    std::string_view line = csv.substr(0, end);
    csv.remove_prefix(end + 1);
    LayerSize size;
    if (!read_field(line, size.step)) break;
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) break;
    size.parameter = line.substr(0, comma);
    line.remove_prefix(comma + 1);
    if (!read_field(line, size.weight) || !read_field(line, size.gradient) ||
        !read_field(line, size.update))
      break;
    sizes.push_back(std::move(size));
  }
  return sizes;
}

LayerSizes::LayerSizes(Model& model, const RunConfig& config, const data::Part& train)
    : model_(model),
      train_(train),
      seed_(config.fit.seed),
      batch_(std::min(config.fit.batch_size, train.size())),
      per_epoch_((train.size() + batch_ - 1) / batch_),
      chosen_(choose_steps(train.size(), batch_, config.fit.epochs,
                           6.0 * static_cast<double>(batch_ * model.parameter_count()))),
      gradients_(gradient_graph(model, batch_), model.session()) {}

void LayerSizes::resume(std::vector<LayerSize> before, std::int64_t step) {
  std::erase_if(before, [&](const LayerSize& size) { return size.step > step; });
  sizes_ = std::move(before);
}

void LayerSizes::observe(const FitState& state) {
  if (is_measuring_) finish();
  if (!state.is_over && std::ranges::binary_search(chosen_, state.step + 1))
    measure(state.step + 1);
}

void LayerSizes::measure(std::int64_t step) {
  const std::int64_t epoch = (step - 1) / per_epoch_ + 1;
  if (epoch != order_epoch_) {
    order_.resize(train_.rows.size());
    data::epoch_order(order_, seed_, static_cast<std::uint64_t>(epoch));
    order_epoch_ = epoch;
  }
  std::vector<std::int64_t> rows;
  rows.reserve(static_cast<std::size_t>(batch_));
  for (std::int64_t i = 0; i < batch_; ++i) {
    const auto place = static_cast<std::size_t>((step - 1) % per_epoch_ * batch_ + i);
    rows.push_back(train_.rows[static_cast<std::size_t>(order_[place])]);
  }
  train_.data->gather(rows, gradients_.input("x").data(), gradients_.input("target").data());
  if (gradients_.has_input("counter")) {
    gradients_.input("counter")[0] = static_cast<float>(step & 0xffffff);
    gradients_.input("counter")[1] = static_cast<float>(step >> 24);
  }
  gradients_.run();
  for (const Model::ParameterInfo& parameter : model_.parameters()) {
    const std::span<const float> values = model_.session().values(parameter.name);
    before_[parameter.name].assign(values.begin(), values.end());
  }
  for (const auto& entry : before_) {
    const std::vector<float>& weight = entry.second;
    const auto at = [&](std::size_t i) { return static_cast<double>(weight[i]); };
    sizes_.push_back(
        {.step = step,
         .parameter = entry.first,
         .weight = norm(weight.size(), at),
         .gradient = std::sqrt(static_cast<double>(gradients_.output(entry.first)[0]))});
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
