// The record of a layer: all that the engine, files, lists, documents, stories and tests know of
// it. Nothing outside src/nn/layers names a layer to treat it specially.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "nn/field.h"

namespace chainrule::nn {

class LayerCall;

// A trainable tensor of a layer.
struct LayerParameter {
  std::string_view name;  // "weight" of dense1.weight
  Shape shape{};
  ShortList<std::string_view, Shape::max_rank> axes{};  // what each counts: "unit", "input"
  std::variant<double, Init> start = 0.0;  // one number for all, or a rule that is not automatic
  bool decays = true;                      // weight decay pulls it to 0
  const DoubleTensor* given = nullptr;     // of the layer's fields: start from these instead
};
using LayerParameters = std::vector<LayerParameter>;

// What stories say that a layer does, as a sentence in each of their languages.
struct LayerWords {
  std::string_view en{}, ko{};
};

// A layer to test, and what it takes.
struct LayerCase {
  Layer layer;
  Shape x;
};

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
  std::string_view summary;
  std::string_view source{};  // who described it first, where that can be said
  FieldList fields{};
  // Throws UsageError for fields that contradict each other; they are in their ranges.
  OfLayer<void()> require{};

  // What it makes of inputs of this shape, [batch, features]; empty: that same shape.
  OfLayer<Shape(const Shape& x)> shape{};
  OfLayer<LayerParameters(const Shape& x)> parameters{};  // empty: none
  // Takes every parameter once, in their order. No more than one in an expression: compilers work
  // out the operands of a sum in any order.
  OfLayer<Value(LayerCall& at)> trace{};
  bool draws = false;             // at random while training, so that it needs the step's counter
  std::string_view never_last{};  // what it would do at a network's end, where it makes no sense

  OfLayer<std::string()> title{};  // "dense, relu", in a table of layers; empty: the name
  OfLayer<std::string()> brief{};  // "64 relu", in a network's line; empty: the title

  LayerWords words{};  // empty: stories say nothing of it
  std::vector<LayerCase> (*cases)() = nullptr;
};

// The field that says how many features the layer gives, or null: as many as it takes.
const Field* width_field(const LayerRecord& record);

// A layer with its defaults; with another value of one field, which is checked as set() does.
Layer layer_of(const LayerRecord& record);
Layer with(const Layer& layer, const Field& field, const FieldValue& value);

// The layer without the values that its parameters were to start from.
Layer without_given_values(const Layer& layer);

Shape output_shape(const Layer& layer, const Shape& x);
LayerParameters parameters_of(const Layer& layer, const Shape& x);
std::string title_of(const Layer& layer);
std::string brief_of(const Layer& layer);

// Throws UsageError: fields out of range, or that contradict each other.
void validate(const Layer& layer);

}  // namespace chainrule::nn
