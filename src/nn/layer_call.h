// A layer at work: what a record's `trace` has at hand.
#pragma once

#include "nn/place.h"

namespace chainrule::nn {

class LayerCall {
 public:
  LayerCall(const PlacedLayer& at, Value x, std::uint64_t seed, Value counter, Traced& traced)
      : at_(at), x_(x), seed_(seed), counter_(counter), traced_(traced) {}

  Value x() const { return x_; }              // [batch, features]
  Value counter() const { return counter_; }  // what random_uniform counts by; empty: inference
  std::uint64_t seed() const { return seed_; }
  std::uint64_t number() const { return at_.number; }  // among the layers of its kind, from 1

  // The variable of one of the record's parameters.
  Value parameter(std::string_view name);

  // Names a node dense1.z, say; without a part, dropout1.
  Value name(Value value, std::string_view part = {}) const;

  // The activation of z, where that is what the layer gives: losses that take logits start from z.
  Value activate(const Activation& activation, Value z, std::string_view part = {});

 private:
  const PlacedLayer& at_;
  Value x_;
  std::uint64_t seed_;
  Value counter_;
  Traced& traced_;
};

}  // namespace chainrule::nn
