// The user's words: layers, losses, initialisers, optimizers. Plain descriptions; tracing turns
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
#include "chainrule/tensor.h"

namespace chainrule {

namespace nn {

struct LayerRecord;  // all that is known of a kind of layer; see docs/layers.md for what there is

// An elementwise function (or softmax, over a row) by its operation's name.
struct Activation {
  std::string name = "identity";
  static const LayerRecord& record();
  friend bool operator==(const Activation&, const Activation&) = default;
};

inline const Activation identity{"identity"}, sigmoid{"sigmoid"}, tanh{"tanh"}, relu{"relu"},
    leaky_relu{"leaky_relu"}, elu{"elu"}, gelu{"gelu"}, silu{"silu"}, softplus{"softplus"},
    softmax{"softmax"};

// All of them, and the one of this name; throws UsageError with the nearest name.
std::vector<Activation> activations();
Activation activation_named(std::string_view name);

// How weights start. All draw uniformly from (-a, a):
//   xavier a = sqrt(6 / (inputs + units))  Glorot & Bengio 2010
//   he     a = sqrt(6 / inputs)            He et al. 2015
//   lecun  a = sqrt(3 / inputs)            LeCun et al. 1998
// automatic takes he before relu, leaky_relu, elu, gelu, silu and softplus, else xavier.
enum class Init { automatic, zeros, xavier, he, lecun };
Init init_named(std::string_view name);  // throws UsageError with the nearest name
std::string_view name_of(Init init);

// z = x W^T + b, h = activation(z). Weights are stored [units, inputs], one row per neuron.
struct Dense {
  std::int64_t units = 0;
  Activation activation = identity;
  bool bias = true;  // starts at 0 unless bias_values are given
  Init init = Init::automatic;
  std::optional<DoubleTensor> weight{};       // [units, inputs]: start from these
  std::optional<DoubleTensor> bias_values{};  // [units]
  static const LayerRecord& record();
};

// Zeroes each number with this probability while training; does nothing afterwards.
struct Dropout {
  double rate = 0.5;
  static const LayerRecord& record();
};

// Multiplies each feature by a number of its own, which starts at 1.
struct Scale {
  static const LayerRecord& record();
};

// Standardises each row over its features, then scales and shifts each feature. Ba et al. 2016.
struct LayerNorm {
  double epsilon = 1e-5;  // added to the variance
  static const LayerRecord& record();
};

// A layer of any kind: its record, and its fields, which stay as they are. What has a record is a
// layer, yours too.
class Layer {
 public:
  template <class Fields>
  requires requires {
    { Fields::record() } -> std::same_as<const LayerRecord&>;
  }
  Layer(Fields fields)  // NOLINT(google-explicit-constructor): Sequential{Dense{4}, tanh}
      : record_(&Fields::record()), fields_(std::make_shared<const Fields>(std::move(fields))) {}
  // Fields of the record's own type.
  Layer(const LayerRecord& record, std::shared_ptr<const void> fields)
      : record_(&record), fields_(std::move(fields)) {}

  const LayerRecord& record() const { return *record_; }
  const void* fields() const { return fields_.get(); }

  // The fields, if it is a layer of this kind; else null.
  template <class Fields>
  const Fields* get_if() const {
    return record_ == &Fields::record() ? static_cast<const Fields*>(fields()) : nullptr;
  }

 private:
  const LayerRecord* record_;
  std::shared_ptr<const void> fields_;
};

struct Sequential {
  std::vector<Layer> layers;
  Sequential() = default;
  Sequential(std::initializer_list<Layer> list) : layers(list) {}
};

// A trainable variable of a traced model.
struct Parameter {
  std::string name;      // "dense1.weight"
  Value variable;        // in the graph
  DoubleTensor initial;  // drawn from the seed, or given
  bool decays = true;    // weight decay applies: to weights, not to biases and scales
};

// A model in a graph. Nodes are named dense1.z, dense1.h, dropout1, ...; a layer's h is left out
// where the activation is the identity. An activation right after a dense layer that has none is
// that layer's own; any other one is activation1, ...
struct Traced {
  Value output;  // [batch, outputs]
  Value z;       // before the last activation: what losses that take logits want
  Activation last = identity;
  std::vector<Parameter> parameters;
};

// x is [batch, inputs]. `counter` ([2], see random_uniform) switches dropout on. Weights are drawn
// from the seed and the parameter's place in the list alone. Throws UsageError: no layer, dropout
// as the last one, a rate outside [0, 1), units < 1, given values of a wrong shape.
Traced trace(const Sequential& model, Value x, std::uint64_t seed, Value counter = {});

}  // namespace nn

// A loss by its operation's name.
struct Loss {
  std::string name = "mean_squared_error";
  double delta = 1.0;  // huber's only
};
std::vector<std::string_view> loss_names();
Loss loss_named(std::string_view name, double delta = 1.0);  // throws UsageError, nearest name

// The loss of a traced model as a scalar. cross_entropy after softmax, and binary_cross_entropy
// after sigmoid, start from z, the logits. Throws UsageError: shapes, or an output layer that the
// loss cannot use.
Value apply(const Loss& loss, const nn::Traced& model, Value target);

// What a model trained with this loss predicts: its output, or, where it ends in the loss's logits,
// the probabilities that these stand for.
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
// with less than 1 is refused).
// Throws UsageError: see validate; gradients that do not match the parameters.
void add_updates(const Optimizer& optimizer, const std::vector<nn::Parameter>& parameters,
                 const std::vector<Value>& gradients, Value rate, Value step);

// If the gradients' common Euclidean norm exceeds `norm`, scales them down to it.
std::vector<Value> clip_by_norm(std::vector<Value> gradients, double norm);

}  // namespace chainrule
