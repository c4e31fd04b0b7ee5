#include <array>
#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/nn.h"
#include "chainrule/ops.h"
#include "nn/activation.h"
#include "nn/named.h"

namespace chainrule {
namespace {

struct Entry {
  std::string_view name;
  Value (*apply)(Value prediction, Value target, double delta);
  // Where the loss takes logits: the activation whose work it does itself, more exactly.
  const nn::Activation* absorbs = &nn::identity;
};

// The only list of losses.
constexpr std::array entries{
    Entry{"half_squared_error", [](Value o, Value t, double) { return half_squared_error(o, t); }},
    Entry{"mean_squared_error", [](Value o, Value t, double) { return mean_squared_error(o, t); }},
    Entry{"mean_absolute_error",
          [](Value o, Value t, double) { return mean_absolute_error(o, t); }},
    Entry{"huber", [](Value o, Value t, double delta) { return huber(o, t, delta); }},
    Entry{"cross_entropy", [](Value z, Value t, double) { return cross_entropy(z, t); },
          &nn::softmax},
    Entry{"binary_cross_entropy",
          [](Value z, Value t, double) { return binary_cross_entropy(z, t); }, &nn::sigmoid},
};

const Entry& entry_of(std::string_view name) { return nn::named("loss", entries, name); }

void require_delta(const Loss& loss) {
  if (!(loss.delta > 0 && std::isfinite(loss.delta)))
    throw UsageError(
        fmt::format("{}: delta = {}; it must be above 0 and finite.", loss.name, loss.delta));
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
  Loss loss{std::string(entry_of(name).name), delta};
  require_delta(loss);
  return loss;
}

Value apply(const Loss& loss, const nn::Traced& model, Value target) {
  const Entry& entry = entry_of(loss.name);
  require_delta(loss);
  const OriginScope scope(target.graph(), {.layer = "loss"});
  Value from = start(entry, model);
  if (model.has_members) {
    // Each member is a row of its own, with its row's target.
    const std::int64_t batch = from.dim(0), members = from.dim(1), outputs = from.dim(2);
    require_target(loss, {batch, outputs}, target.shape());
    from = reshape(from, {batch * members, outputs});
    target = reshape(broadcast(reshape(target, {batch, 1, outputs}), {batch, members, outputs}),
                     from.shape());
  } else {
    require_target(loss, model.output.shape(), target.shape());
  }
  return entry.apply(from, target, loss.delta);
}

namespace {

// Over the members, [batch, members, outputs] -> [batch, outputs].
Value over_members(Value reduced) { return reshape(reduced, {reduced.dim(0), reduced.dim(2)}); }

// The logarithm of the mean over the members of what these are the logarithms of.
Value log_mean_exp(Value x) {
  const Value largest = max(x, {1});
  return over_members(log(mean(exp(x - largest), {1})) + largest);
}

}  // namespace

namespace {

Predicted at_temperature_1(const Entry& entry, const nn::Traced& model) {
  const Value from = start(entry, model);
  const Value each = from == model.output ? nn::activate(*entry.absorbs, from) : model.output;
  if (!model.has_members) return {model.z, each};
  const OriginScope scope(each.graph(), {.layer = "members"});
  const Value mean_of_all = over_members(mean(each, {1}));
  if (*entry.absorbs == nn::softmax) return {log_mean_exp(log_softmax(from)), mean_of_all};
  if (*entry.absorbs == nn::sigmoid)
    return {log_mean_exp(-softplus(-from)) - log_mean_exp(-softplus(from)), mean_of_all};
  return {mean_of_all, mean_of_all};
}

}  // namespace

bool takes_logits(const Loss& loss) { return *entry_of(loss.name).absorbs != nn::identity; }

Predicted predicted(const Loss& loss, const nn::Traced& model, Value temperature) {
  const Entry& entry = entry_of(loss.name);
  const Predicted before = at_temperature_1(entry, model);
  if (!temperature || *entry.absorbs == nn::identity) return before;
  const OriginScope scope(temperature.graph(), {.layer = "temperature"});
  const Value z = before.z / temperature;
  return {z, nn::activate(*entry.absorbs, z)};
}

Value prediction(const Loss& loss, const nn::Traced& model) {
  return predicted(loss, model).prediction;
}

}  // namespace chainrule
