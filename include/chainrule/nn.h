// The user's words: networks of layers, losses, optimizers. Plain descriptions; tracing turns
// them into graphs. Threads: plain values; what takes a Value appends to its graph.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chainrule/graph.h"
#include "chainrule/layers.h"
#include "chainrule/tensor.h"

namespace chainrule {

namespace nn {

// A layer of any kind: its record, its fields, which stay as they are, and its place in a network
// that is no chain. What has a record is a layer, yours too.
class Layer {
 public:
  template <class Fields>
  requires requires {
    { Fields::record() } -> std::same_as<const LayerRecord&>;
  }
  Layer(Fields fields)  // NOLINT(google-explicit-constructor): Network{Dense{4}, tanh}
      : record_(&Fields::record()), fields_(std::make_shared<const Fields>(std::move(fields))) {}
  // Fields of the record's own type.
  Layer(const LayerRecord& record, std::shared_ptr<const void> fields)
      : record_(&record), fields_(std::move(fields)) {}

  // The same layer: under a name of its own, in place of "dense2"; reading other layers, by their
  // names, or the network's input, "input", in place of the layer before it; with the parameters of
  // an earlier layer; with parameters that stay as they are.
  Layer named(std::string name) const;
  Layer from(std::vector<std::string> inputs) const;
  Layer sharing(std::string owner) const;
  Layer frozen(bool is_frozen = true) const;
  // Its parameters learn at this many times the learning rate, above 0; without weight decay.
  Layer learning(double factor) const;
  Layer undecayed(bool is_undecayed = true) const;

  const LayerRecord& record() const { return *record_; }
  const void* fields() const { return fields_.get(); }
  const std::string& name() const { return name_; }                   // "": none of its own
  const std::vector<std::string>& inputs() const { return inputs_; }  // none: the layer before it
  const std::string& owner() const { return owner_; }                 // "": its own parameters
  bool is_frozen() const { return is_frozen_; }
  double rate_factor() const { return rate_factor_; }
  bool decays() const { return decays_; }
  Layer with_fields(std::shared_ptr<const void> fields) const;

  // The fields, if it is a layer of this kind; else null.
  template <class Fields>
  const Fields* get_if() const {
    return record_ == &Fields::record() ? static_cast<const Fields*>(fields()) : nullptr;
  }

 private:
  const LayerRecord* record_;
  std::shared_ptr<const void> fields_;
  std::string name_{}, owner_{};
  std::vector<std::string> inputs_{};
  bool is_frozen_ = false, decays_ = true;
  double rate_factor_ = 1;
};

// How all parameters are trained whose full names match a pattern, in which * stands for any
// letters or none. What is not said stays as it is. Running averages are their layers' own.
struct ParameterGroup {
  std::string match;                            // "*.bias", "dense2.*", "*"
  std::optional<double> rate_factor{};          // above 0: times the learning rate
  std::optional<double> weight_decay_factor{};  // at least 0: times the optimizer's weight decay
  std::optional<bool> is_trained{};             // false: they stay as they are
};

// Layers, each of which reads the one before it, or those that it names; the last one's numbers, or
// those of the layers named as outputs, are the network's. What is said later holds: a group over
// those before it, and all groups over what the layers say of their parameters.
struct Network {
  std::vector<Layer> layers;
  std::vector<ParameterGroup> groups{};
  // Several outputs: the layers whose numbers are the network's, behind each other in this order.
  // Empty: the last layer's are.
  std::vector<std::string> outputs{};
  // Whether a fit ends by dividing the logits of predictions by a number, the temperature, with
  // which the validation loss is smallest (Guo et al. 2017), or by moving quantiles that many times
  // as far from their mean, the spread. Training knows nothing of it.
  bool is_calibrated = false;
  Network() = default;
  Network(std::initializer_list<Layer> list) : layers(list) {}
};
using Sequential = Network;

// A trainable variable of a traced model.
struct Parameter {
  std::string name;      // "dense1.weight"
  Value variable;        // in the graph
  DoubleTensor initial;  // drawn from the seed, or given
  // It is pulled to 0 by this many times the weight decay: 1 for weights, 0 for biases and scales.
  double decay_factor = 1;
  double rate_factor = 1;  // it learns at this many times the learning rate
};

// One of several outputs that a network names.
struct TracedOutput {
  std::string layer;  // as the network calls it
  Value output, z;    // [batch, its numbers], as in Traced
  Activation last = identity;
};

// A model in a graph. Nodes are named dense1.z, dense1.h, dropout1, ...; a layer's h is left out
// where the activation is the identity. An activation right after a dense layer that has none is
// that layer's own; any other one is activation1, ...
struct Traced {
  Value output;  // [batch, outputs]
  Value z;       // before the last activation: what losses that take logits want
  Activation last = identity;
  // The last layer's are members: output and z are [batch, members, outputs] then.
  bool has_members = false;
  std::vector<Parameter> parameters;
  // What no gradient moves: running averages, and the parameters of frozen layers.
  std::vector<Parameter> buffers{};
  // Of the buffers, in training, those that a step moves, and to what.
  struct Moved {
    Value buffer, next;
  };
  std::vector<Moved> moved{};
  // Those that the network names, if it does; output and z are theirs behind each other then.
  std::vector<TracedOutput> outputs{};
  std::string prefix{};  // as the options had it
};

struct TraceOptions {
  bool training = false;  // layers such as dropout and batch_norm do something else while training
  bool moves_buffers = true;  // while training: running averages get their next values
  Value counter{};  // [2], or [3] in a part of a batch: by what layers draw, see random_uniform
  Value dropout_factor{};  // [], from 0 to 1: times the rates of dropout, for a schedule; empty: 1
  std::string prefix{};    // before every name, so that two networks can be in one graph
  // Between which rows the batch's shards lie, 0 and its size included: layers that look at other
  // rows see those of their shard. Empty: the batch is one.
  std::vector<std::int64_t> shard_bounds{};
  bool has_first_values = true;  // else Parameter::initial is left empty, and nothing is drawn
};

// x is [batch, ...]: rows of numbers, or pictures [channels, height, width]. Weights are drawn from
// the seed and the parameter's place in the network alone. Throws UsageError: no layer, dropout as
// the last one, names that are taken or not there, fields out of range, shapes that do not fit,
// groups that match no parameter.
Traced trace(const Network& model, Value x, std::uint64_t seed, const TraceOptions& options = {});

}  // namespace nn

// A loss by its operation's name, or the sum of several.
struct Loss {
  std::string name = "mean_squared_error";
  double delta = 1.0;  // huber's only
  // pinball's: of each output the quantile that it is to be, ascending, between 0 and 1. Empty:
  // evenly spaced, so that a single one is the median.
  std::vector<double> levels{};
  // cross_entropy's, if there are any: how many times a row of each class counts.
  std::vector<double> class_weights{};
  // Of a part of another loss: the layer among the network's outputs that it is of, and how many
  // times it counts, above 0.
  std::string output{};
  double weight = 1;
  // If there are any, the loss is the sum of these, each on its own output and times its weight; it
  // has no name then, and none of what stands above.
  std::vector<Loss> parts{};
};
std::string to_string(const Loss& loss);  // "huber", or "2 huber(price) + pinball(age)"
std::vector<std::string_view> loss_names();
Loss loss_named(std::string_view name, double delta = 1.0);  // throws UsageError, nearest name

// The loss of a traced model as a scalar; of members the mean of theirs. cross_entropy after
// softmax, and binary_cross_entropy after sigmoid, start from z, the logits. Parts of a loss are
// named loss.price, by their outputs; each output has one, and the target's columns are in the
// order of the outputs. Throws UsageError: shapes, an output layer that the loss cannot use, or
// parts that are not those of the network's outputs. `row_weight`, [batch, 1] or, of members,
// [batch, members]: how many times each row counts in the mean, or in that member's; without it,
// once.
Value apply(const Loss& loss, const nn::Traced& model, Value target, Value row_weight = {});

// What a model trained with this loss predicts: its output, or, where it ends in the loss's logits,
// the probabilities that these stand for; of members the mean, and z the logits that stand for it.
// Quantiles are brought in order (Chernozhukov et al. 2010). If `calibration`, [], is given, logits
// are divided by it, and quantiles moved so many times as far from their mean. Of a loss in parts
// these are what each part makes of its output, behind each other; it takes no calibration.
// `log_share`, [batch, members]: the logarithm of each member's share in the mean; without it all
// have the same.
struct Predicted {
  Value z, prediction;  // [batch, outputs]
};
Predicted predicted(const Loss& loss, const nn::Traced& model, Value calibration = {},
                    Value log_share = {});
bool takes_logits(const Loss& loss);  // false for a loss in parts
// pinball's levels for so many outputs; none of other losses. Throws UsageError for another count.
std::vector<double> levels_of(const Loss& loss, std::int64_t outputs);
Value prediction(const Loss& loss, const nn::Traced& model);

// Update rules. Weight decay skips biases and scales. Sources: SGD with momentum as Sutskever et
// al. 2013 in the form v = momentum v + g; Adam: Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019;
// RMSProp: Hinton 2012; Adagrad: Duchi et al. 2011.
struct SGD {
  double learning_rate = 0.01;
  double momentum = 0.0;
  bool nesterov = false;
  double weight_decay = 0.0;  // added to the gradient: weight_decay * w
};
struct Adam {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.0;  // added to the gradient
};
struct AdamW {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double weight_decay = 0.01;  // apart from the gradient: w -= learning_rate * weight_decay * w
};
struct RMSProp {
  double learning_rate = 1e-3;
  double decay = 0.9, epsilon = 1e-8;
  double weight_decay = 0.0;
};
struct Adagrad {
  double learning_rate = 0.01;
  double epsilon = 1e-10;
  double weight_decay = 0.0;
};
using Optimizer = std::variant<SGD, Adam, AdamW, RMSProp, Adagrad>;

std::vector<std::string_view> optimizer_names();   // "sgd", "adam", "adamw", "rmsprop", "adagrad"
Optimizer optimizer_named(std::string_view name);  // with its defaults; throws UsageError
std::string_view name_of(const Optimizer& optimizer);
double& learning_rate(Optimizer& optimizer);
void validate(const Optimizer& optimizer);  // throws UsageError: what is out of range

// Adds the update of every parameter, and of the optimizer's own state, to the graph. State
// variables are named after the parameter, "dense1.weight.m", and start at 0. `rate` is a scalar,
// `step` a scalar that counts from 1 (only adam and adamw need it, for their bias correction; a run
// with less than 1 is refused). `decay_factor` is a scalar by which weight decay is multiplied, for
// a schedule; without it, by 1. Throws UsageError: see validate; gradients that do not match the
// parameters.
void add_updates(const Optimizer& optimizer, const std::vector<nn::Parameter>& parameters,
                 const std::vector<Value>& gradients, Value rate, Value step,
                 Value decay_factor = {});

// Adds, behind their updates, the moving average of every parameter w: a variable
// "dense1.weight.average" that becomes average + (1 - decay) / (1 - decay^step) (w - average), with
// w as it is after the step. That is the mean of all w so far, each weighing `decay` times as much
// as the one after it: the exponential average with its bias corrected (Kingma & Ba 2015,
// section 7.2), so that what it starts from does not matter. `step` is a scalar that counts from 1.
// Throws UsageError: a decay that is not above 0 and below 1, or a parameter that nothing updates.
void add_averages(const std::vector<nn::Parameter>& parameters, double decay, Value step);
inline constexpr std::string_view average_suffix = ".average";

// If the gradients' common Euclidean norm exceeds `norm`, scales them down to it.
std::vector<Value> clip_by_norm(std::vector<Value> gradients, double norm);

}  // namespace chainrule
