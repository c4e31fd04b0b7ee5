#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "nn/activation.h"
#include "nn/named.h"
#include "ops/loss_rows.h"

namespace chainrule {
namespace {

// A row counts so many times as its class weighs: the loss is linear in the target.
Value weighed(Value target, const Loss& loss) {
  if (loss.class_weights.empty()) return target;
  const auto classes = static_cast<std::int64_t>(loss.class_weights.size());
  if (classes != target.dim(1))
    throw UsageError(fmt::format("{}: {} class weights, but {} classes; give one to each",
                                 loss.name, classes, target.dim(1)));
  return target * target.graph().constant(DoubleTensor({1, classes}, loss.class_weights));
}

struct Entry {
  std::string_view name;
  Value (*apply)(Value prediction, Value target, const Loss& loss);
  Value (*rows)(Value prediction, Value target, const Loss& loss);  // of each row, [batch, 1]
  // Where the loss takes logits: the activation whose work it does itself, more exactly.
  const nn::Activation* absorbs = &nn::identity;
};

// The only list of losses.
constexpr std::array entries{
    Entry{"half_squared_error",
          [](Value o, Value t, const Loss&) { return half_squared_error(o, t); },
          [](Value o, Value t, const Loss&) { return half_squared_error_rows(o, t); }},
    Entry{"mean_squared_error",
          [](Value o, Value t, const Loss&) { return mean_squared_error(o, t); },
          [](Value o, Value t, const Loss&) { return mean_squared_error_rows(o, t); }},
    Entry{"mean_absolute_error",
          [](Value o, Value t, const Loss&) { return mean_absolute_error(o, t); },
          [](Value o, Value t, const Loss&) { return mean_absolute_error_rows(o, t); }},
    Entry{"huber", [](Value o, Value t, const Loss& loss) { return huber(o, t, loss.delta); },
          [](Value o, Value t, const Loss& loss) { return huber_rows(o, t, loss.delta); }},
    Entry{
        "pinball",
        [](Value o, Value t, const Loss& loss) { return pinball(o, t, levels_of(loss, o.dim(1))); },
        [](Value o, Value t, const Loss& loss) {
          return pinball_rows(o, t, levels_of(loss, o.dim(1)));
        }},
    Entry{
        "cross_entropy",
        [](Value z, Value t, const Loss& loss) { return cross_entropy(z, weighed(t, loss)); },
        [](Value z, Value t, const Loss& loss) { return cross_entropy_rows(z, weighed(t, loss)); },
        &nn::softmax},
    Entry{"binary_cross_entropy",
          [](Value z, Value t, const Loss&) { return binary_cross_entropy(z, t); },
          [](Value z, Value t, const Loss&) { return binary_cross_entropy_rows(z, t); },
          &nn::sigmoid},
};

const Entry& entry_of(std::string_view name) { return nn::named("loss", entries, name); }

// Of one loss, which may be a part.
void require_sound(const Loss& loss) {
  if (!(loss.delta > 0 && std::isfinite(loss.delta)))
    throw UsageError(
        fmt::format("{}: delta = {}; it must be above 0 and finite.", loss.name, loss.delta));
  for (std::size_t k = 0; k < loss.levels.size(); ++k)
    if (!(loss.levels[k] > 0 && loss.levels[k] < 1 &&
          (k == 0 || loss.levels[k] > loss.levels[k - 1])))
      throw UsageError(
          fmt::format("{}: the levels must be above 0, below 1 and ascending, such as "
                      "0.05, 0.5, 0.95.",
                      loss.name));
  if (!loss.class_weights.empty() && loss.name != "cross_entropy")
    throw UsageError(fmt::format(
        "{} knows no class weights; leave them out, or take cross_entropy.", loss.name));
  for (const double weight : loss.class_weights)
    if (!(weight > 0 && std::isfinite(weight)))
      throw UsageError(fmt::format("{}: a class weight of {}; it must be above 0 and finite.",
                                   loss.name, weight));
}

void require_target(const Loss& loss, const Shape& output, const Shape& target) {
  if (target.rank() != 2)
    throw UsageError(fmt::format("{}: the target has shape {}; it must be [batch, outputs] = {}.",
                                 loss.name, target.to_string(), output.to_string()));
  if (target[1] != output[1])
    throw UsageError(
        fmt::format("{}: the network has {} outputs, the target {}. Set units = {} in "
                    "the last layer, or give {} target columns.",
                    loss.name, output[1], target[1], target[1], output[1]));
  if (target[0] != output[0])
    throw UsageError(
        fmt::format("{}: a batch of {} examples, but {} rows of targets. Give one row "
                    "per example.",
                    loss.name, output[0], target[0]));
}

// What the loss starts from: the logits where it takes them, else the output.
Value start(const Entry& entry, const nn::Traced& model) {
  const nn::Activation& absorbs = *entry.absorbs;
  if (absorbs == nn::identity) return model.output;
  if (model.outputs.size() > 1)
    throw UsageError(
        fmt::format("{}: the network has several outputs, and the loss starts from the logits of "
                    "one. Give each a part of its own: [[loss.part]] with output = \"{}\", say.",
                    entry.name, model.outputs[0].layer));
  if (absorbs == nn::softmax && model.output.dim(model.output.shape().rank() - 1) < 2)
    throw UsageError(
        fmt::format("{}: the network has 1 output, and softmax of a single number is "
                    "always 1. Use binary_cross_entropy, or an output per class.",
                    entry.name));
  if (model.last != nn::identity && model.last != absorbs)
    throw UsageError(
        fmt::format("{}: the network ends in {}, but the loss starts from logits. Set "
                    "the last activation to {} or identity.",
                    entry.name, model.last.name, absorbs.name));
  return model.z;
}

}  // namespace

std::vector<std::string_view> loss_names() { return nn::names_in(entries); }

Loss loss_named(std::string_view name, double delta) {
  Loss loss{.name = std::string(entry_of(name).name), .delta = delta};
  require_sound(loss);
  return loss;
}

std::string to_string(const Loss& loss) {
  if (loss.parts.empty()) return loss.name;
  std::vector<std::string> parts;
  for (const Loss& part : loss.parts)
    parts.push_back(part.weight == 1
                        ? fmt::format("{}({})", part.name, part.output)
                        : fmt::format("{} {}({})", part.weight, part.name, part.output));
  return fmt::format("{}", fmt::join(parts, " + "));
}

namespace {

Value apply_one(const Loss& loss, const nn::Traced& model, Value target, Value row_weight) {
  const Entry& entry = entry_of(loss.name);
  require_sound(loss);
  Value from = start(entry, model);
  if (model.has_members) {
    // Each member is a row of its own, with its row's target.
    const std::int64_t batch = from.dim(0), members = from.dim(1), outputs = from.dim(2);
    require_target(loss, {batch, outputs}, target.shape());
    from = reshape(from, {batch * members, outputs});
    const auto of_each = [&](Value rows) {
      const std::int64_t width = rows.dim(1);
      return reshape(broadcast(reshape(rows, {batch, 1, width}), {batch, members, width}),
                     {batch * members, width});
    };
    target = of_each(target);
    if (row_weight)
      row_weight = row_weight.dim(1) == members ? reshape(row_weight, {batch * members, 1})
                                                : of_each(row_weight);
  } else {
    require_target(loss, model.output.shape(), target.shape());
    if (row_weight && row_weight.dim(1) != 1)
      throw UsageError(fmt::format(
          "{}: {} weights for each row, which are of members, and the network ends in none",
          loss.name, row_weight.dim(1)));
  }
  if (!row_weight) return entry.apply(from, target, loss);
  return reshape(mean(row_weight * entry.rows(from, target, loss)), {});
}

// The output alone.
nn::Traced alone(const nn::TracedOutput& output) {
  return {.output = output.output, .z = output.z, .last = output.last, .parameters = {}};
}

void require_part(const Loss& part, const std::vector<std::string>& outputs) {
  if (!part.parts.empty())
    throw UsageError("a part of a loss has parts of its own; put them all beside each other.");
  if (std::ranges::find(outputs, part.output) == outputs.end())
    throw UsageError(
        fmt::format("a part of the loss is of \"{}\", which is no output of the "
                    "network; {}",
                    part.output, suggestion(part.output, outputs)));
  if (!(part.weight > 0 && std::isfinite(part.weight)))
    throw UsageError(
        fmt::format("the part of the loss of {}: weight = {}; it must be above 0 and finite.",
                    part.output, part.weight));
}

// The parts in the order of the outputs, each of which has one.
std::vector<const Loss*> parts_of(const Loss& loss, const nn::Traced& model) {
  if (model.outputs.empty())
    throw UsageError(
        "the loss has parts, and the network names no outputs. Name them: outputs = [\"price\", "
        "\"age\"] under [network], say, the layers that the parts are of.");
  std::vector<std::string> outputs;
  for (const nn::TracedOutput& output : model.outputs) outputs.push_back(output.layer);
  for (const Loss& part : loss.parts) require_part(part, outputs);
  std::vector<const Loss*> parts;
  for (const nn::TracedOutput& output : model.outputs) {
    const auto of_it = [&](const Loss& part) { return part.output == output.layer; };
    const auto count = std::ranges::count_if(loss.parts, of_it);
    if (count != 1)
      throw UsageError(
          fmt::format("the output {} has {} parts of the loss. Give it one: "
                      "[[loss.part]] with output = \"{}\".",
                      output.layer, count, output.layer));
    parts.push_back(&*std::ranges::find_if(loss.parts, of_it));
    // What is ascending in a row are quantiles of one number, and columns are several.
    if (parts.back()->name == "pinball" && output.output.dim(1) != 1)
      throw UsageError(
          fmt::format("pinball: the output {} has {} numbers, and a part of a loss "
                      "learns one quantile. Set units = 1, and give each quantile an "
                      "output of its own.",
                      output.layer, output.output.dim(1)));
  }
  return parts;
}

void require_targets(const nn::Traced& model, const Shape& target) {
  const Shape& output = model.output.shape();
  if (target == output) return;
  std::vector<std::string> widths;
  for (const nn::TracedOutput& each : model.outputs)
    widths.push_back(fmt::format("{} {}", each.output.dim(1), each.layer));
  throw UsageError(
      fmt::format("the network's outputs are [batch, {}] = {}, and the target has "
                  "shape {}. Give one target column per number.",
                  fmt::join(widths, " + "), output.to_string(), target.to_string()));
}

// What a refusal of a part is about.
template <class F>
auto of_part(const Loss& part, F f) {
  try {
    return f();
  } catch (const UsageError& error) {
    throw UsageError(fmt::format("{}: {}", part.output, error.what()));
  }
}

Value apply_parts(const Loss& loss, const nn::Traced& model, Value target, Value row_weight) {
  Graph& graph = target.graph();
  const std::vector<const Loss*> parts = parts_of(loss, model);
  require_targets(model, target.shape());
  Value sum;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Loss& part = *parts[i];
    const nn::TracedOutput& output = model.outputs[i];
    const std::int64_t end = first + output.output.dim(1);
    const Value of_it =
        parts.size() == 1 ? target : slice(target, {0, first}, {target.dim(0), end});
    Value value = of_part(part, [&] { return apply_one(part, alone(output), of_it, row_weight); });
    value = graph.name(value, fmt::format("{}loss.{}", model.prefix, output.layer));
    if (part.weight != 1) value = value * part.weight;
    sum = sum ? sum + value : value;
    first = end;
  }
  return sum;
}

}  // namespace

Value apply(const Loss& loss, const nn::Traced& model, Value target, Value row_weight) {
  const OriginScope scope(target.graph(), {.layer = "loss"});
  if (!loss.parts.empty()) return apply_parts(loss, model, target, row_weight);
  if (loss.weight != 1 || !loss.output.empty())
    throw UsageError(
        fmt::format("{}: an output and a weight are of parts of a loss. Leave them "
                    "out, or put it among another's parts.",
                    loss.name));
  return apply_one(loss, model, target, row_weight);
}

namespace {

// Over the members, [batch, members, outputs] -> [batch, outputs].
Value over_members(Value reduced) { return reshape(reduced, {reduced.dim(0), reduced.dim(2)}); }

// The logarithm of the mean over the members of what these are the logarithms of.
Value log_mean_exp(Value x, Value log_share) {
  if (log_share) x = x + log_share;
  const Value largest = max(x, {1}), each = exp(x - largest);
  return over_members(log(log_share ? sum(each, {1}) : mean(each, {1})) + largest);
}

}  // namespace

namespace {

// [batch, outputs], each row ascending: neighbours change places as often as that may take.
Value in_order(Value x) {
  const std::int64_t count = x.dim(1);
  if (count < 2) return x;
  std::vector<Value> columns;
  for (std::int64_t k = 0; k < count; ++k) columns.push_back(slice(x, {0, k}, {x.dim(0), k + 1}));
  for (std::size_t end = columns.size() - 1; end > 0; --end)
    for (std::size_t k = 0; k < end; ++k) {
      const Value low = columns[k], high = columns[k + 1];
      columns[k] = minimum(low, high);
      columns[k + 1] = maximum(low, high);
    }
  return concatenate(columns, 1);
}

Predicted uncalibrated(const Entry& entry, const nn::Traced& model, Value log_share) {
  const Value from = start(entry, model);
  const Value each = from == model.output ? nn::activate(*entry.absorbs, from) : model.output;
  if (!model.has_members) return {model.z, each};
  const OriginScope scope(each.graph(), {.layer = "members"});
  if (log_share) log_share = reshape(log_share, {each.dim(0), each.dim(1), 1});
  const Value mean_of_all =
      over_members(log_share ? sum(each * exp(log_share), {1}) : mean(each, {1}));
  const auto log_mean = [&](Value x) { return log_mean_exp(x, log_share); };
  if (*entry.absorbs == nn::softmax) return {log_mean(log_softmax(from)), mean_of_all};
  if (*entry.absorbs == nn::sigmoid)
    return {log_mean(-softplus(-from)) - log_mean(-softplus(from)), mean_of_all};
  return {mean_of_all, mean_of_all};
}

}  // namespace

bool takes_logits(const Loss& loss) {
  return loss.parts.empty() && *entry_of(loss.name).absorbs != nn::identity;
}

std::vector<double> levels_of(const Loss& loss, std::int64_t outputs) {
  if (loss.name != "pinball" || !loss.parts.empty()) return {};
  std::vector<double> levels = loss.levels;
  const auto count = static_cast<double>(outputs + 1);
  if (levels.empty())
    for (std::int64_t k = 1; k <= outputs; ++k) levels.push_back(static_cast<double>(k) / count);
  if (static_cast<std::int64_t>(levels.size()) != outputs)
    throw UsageError(fmt::format("pinball: {} outputs and {} levels; give one level to each output",
                                 outputs, levels.size()));
  return levels;
}

namespace {

// What each part makes of its output.
Predicted predicted_by_parts(const Loss& loss, const nn::Traced& model) {
  const std::vector<const Loss*> parts = parts_of(loss, model);
  std::vector<Value> z, predictions;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Predicted one =
        of_part(*parts[i], [&] { return predicted(*parts[i], alone(model.outputs[i])); });
    z.push_back(one.z);
    predictions.push_back(one.prediction);
  }
  const OriginScope scope(z[0].graph(), {.layer = "outputs"});
  return {concatenate(z, 1), concatenate(predictions, 1)};
}

}  // namespace

Predicted predicted(const Loss& loss, const nn::Traced& model, Value calibration, Value log_share) {
  if (!loss.parts.empty()) return predicted_by_parts(loss, model);
  const Entry& entry = entry_of(loss.name);
  Predicted made = uncalibrated(entry, model, log_share);
  if (loss.name == "pinball") {
    const OriginScope scope(made.z.graph(), {.layer = "quantiles"});
    made.z = made.prediction = in_order(made.prediction);
  }
  if (!calibration) return made;
  const OriginScope scope(calibration.graph(), {.layer = "calibration"});
  if (takes_logits(loss)) {
    made.z = made.z / calibration;
    made.prediction = nn::activate(*entry.absorbs, made.z);
  } else {
    const Value middle = mean(made.z, {1});
    made.z = made.prediction = middle + calibration * (made.z - middle);
  }
  return made;
}

Value prediction(const Loss& loss, const nn::Traced& model) {
  return predicted(loss, model).prediction;
}

}  // namespace chainrule
