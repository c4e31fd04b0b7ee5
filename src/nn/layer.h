// The record of a layer: all that the engine, files, lists, documents, stories and tests know of
// it. Nothing outside src/nn/layers names a layer to treat it specially.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nn/field.h"

namespace chainrule::nn {

class LayerCall;
class FirstRows;

// What a layer takes, one shape per input, the batch first.
using Shapes = std::span<const Shape>;

// A tensor that a layer keeps from step to step.
struct LayerParameter {
  std::string_view name;  // "weight" of dense1.weight
  Shape shape{};
  ShortList<std::string_view, Shape::max_rank> axes{};   // what each counts: "unit", "input"
  std::variant<double, Init, DoubleTensor> start = 0.0;  // of all, a rule to draw by, or of each
  double decay_factor = 1;              // times the weight decay, which pulls it to 0
  bool is_buffer = false;               // moved by the layer itself, and not by its gradient
  const DoubleTensor* given = nullptr;  // of the layer's fields: start from these instead
  // In a network also what its layer and the groups say:
  bool is_trained = true;
  double rate_factor = 1;
};
using LayerParameters = std::vector<LayerParameter>;

// A layer to test, and what it takes.
struct LayerCase {
  LayerCase(Layer tested, const Shape& first, std::initializer_list<Shape> more = {})
      : layer(std::move(tested)), x{first} {
    x.insert(x.end(), more);
  }

  Layer layer;
  std::vector<Shape> x;
};

// How many layers one reads; most = -1: any number.
struct InputCount {
  int least = 1, most = 1;
};

// What a row has to be, if not anything. Rows of features are made of any others by putting all
// numbers behind each other; a picture of one channel may come without that axis. A sequence is
// [time, features].
enum class RowKind { any, features, sequence, picture };

// A function of a layer whose first argument is the layer's own struct; made of a lambda without
// captures, and held without the struct's type.
template <class Signature>
class OfLayer;
template <class R, class... Args>
class OfLayer<R(Args...)> {
 public:
  constexpr OfLayer() = default;
  template <class F>
  constexpr OfLayer(F) : call_(erased<F>(&F::operator())) {}  // NOLINT: lambdas are to convert

  explicit constexpr operator bool() const { return call_ != nullptr; }
  R operator()(const Layer& layer, Args... args) const { return call_(layer.fields(), args...); }

 private:
  using Call = R (*)(const void*, Args...);

  template <class F, class Given, class Fields>
  static constexpr Call erased(Given (F::*)(const Fields&, Args...) const) {
    return [](const void* fields, Args... args) -> R {
      return F{}(*static_cast<const Fields*>(fields), args...);
    };
  }

  Call call_ = nullptr;
};

struct LayerRecord {
  std::string_view name;  // "dense": in files, and with a number in the names of its nodes
  Words summary;
  std::string_view source{};  // who described it first, where that can be said
  FieldList fields{};
  // Throws UsageError for fields that contradict each other; they are in their ranges.
  OfLayer<void()> require{};

  InputCount inputs{};
  RowKind takes = RowKind::any;  // in each of them
  // Set: the numbers that it takes are ids, whole numbers from 0 to below this.
  OfLayer<std::int64_t()> ids{};
  bool moves_numbers = false;  // what it gives are the numbers that it takes, as they are
  // Of what moves numbers: which of a row it gives, by their places; empty: all of them.
  OfLayer<std::vector<std::int64_t>()> picks{};
  // What it makes of inputs of these shapes; empty: the first one's. Throws UsageError for what
  // does not fit.
  OfLayer<Shape(Shapes x)> shape{};
  OfLayer<LayerParameters(Shapes x)> parameters{};  // empty: none
  // Takes every parameter once, in their order. No more than one in an expression: compilers work
  // out the operands of a sum in any order.
  OfLayer<Value(LayerCall& at)> trace{};
  // Changes first values by what the layer makes of the first rows of the training data; empty:
  // they depend on the seed alone.
  OfLayer<void(FirstRows& at)> begin{};
  bool draws = false;             // at random while training, so that it needs the step's counter
  bool has_modes = false;         // it does something else while training
  bool mixes_rows = false;        // while training, a row's numbers depend on the batch's others
  bool has_members = false;       // it gives [members, units]; at a network's end each predicts
  std::string_view never_last{};  // what it would do at a network's end, where it makes no sense

  OfLayer<Text()> title{};  // "dense, relu", in a table of layers; empty: the name
  OfLayer<Text()> brief{};  // "64 relu", in a network's line; empty: the title

  // The named nodes through which a number acts beside its own way: "mean" of layer_norm1.mean.
  ShortList<std::string_view, 2> statistics{};
  Words words{};  // what stories say that it does; empty: stories say nothing of it
  std::vector<LayerCase> (*cases)() = nullptr;
};

// The field that says how many features the layer gives, or null: as many as it takes.
const Field* width_field(const LayerRecord& record);

// A layer with its defaults; with another value of one field, which is checked as set() does.
Layer layer_of(const LayerRecord& record);
Layer with(const Layer& layer, const Field& field, const FieldValue& value);

// The layer without the values that its parameters were to start from.
Layer without_given_values(const Layer& layer);

Shape output_shape(const Layer& layer, Shapes x);
LayerParameters parameters_of(const Layer& layer, Shapes x);

// The one shape that all have; throws UsageError if they differ.
Shape common_shape(Shapes x);

// The axis of what stands for features: the channels of pictures, else the last one.
int feature_axis(const Shape& x);

// A parameter with one number per feature: "feature" is what it counts.
LayerParameter per_feature(std::string_view name, const Shape& x, double start);
Text title_of(const Layer& layer);
Text brief_of(const Layer& layer);

// Throws UsageError: fields out of range, or that contradict each other.
void validate(const Layer& layer);

}  // namespace chainrule::nn
