// A layer at work: what a record's `trace` has at hand.
#pragma once

#include "nn/place.h"

namespace chainrule::nn {

// A network on its way into a graph.
struct Tracing {
  Graph& graph;
  std::uint64_t seed = 0;
  const TraceOptions& options;
  Traced traced{};
  std::uint64_t drawn = 0;  // parameters so far, which decides what the next one draws
};

// Of a batch, for a layer that looks at its other rows.
struct Shard {
  std::size_t number = 0;  // from 1; 0: the batch is one
  double share = 1;        // of the batch's rows
};

class LayerCall {
 public:
  LayerCall(const PlacedLayer& at, std::span<const Value> x, Tracing& tracing,
            const Shard& shard = {})
      : at_(at), x_(x), tracing_(tracing), shard_(shard) {}

  Value x(std::size_t which = 0) const { return x_[which]; }  // [batch, ...]
  std::span<const Value> all() const { return x_; }
  // Whether it trains: frozen layers do as they do afterwards.
  bool training() const { return tracing_.options.training && !at_.layer.is_frozen(); }
  Value counter() const { return tracing_.options.counter; }  // what random_uniform counts by
  Value dropout_factor() const { return tracing_.options.dropout_factor; }  // empty: 1
  std::uint64_t seed() const { return tracing_.seed; }
  std::uint64_t number() const { return at_.number; }  // among the layers of its kind, from 1

  // The variable of one of the record's parameters; the second with one number per feature, in a
  // form that lies along the features of x.
  Value parameter(std::string_view name);
  Value along_features(Value parameter) const;

  // While training, a buffer's value after the step.
  void update(Value buffer, Value next);

  // What was said by update; of a shard, its share.
  std::span<const Traced::Moved> moved() const { return moved_; }

  // Names a node dense1.z, say; without a part, dropout1. Of a shard batch_norm1.shard2.batch_mean.
  Value name(Value value, std::string_view part = {}) const;

  // The activation of z, where that is what the layer gives: losses that take logits start from z.
  Value activate(const Activation& activation, Value z, std::string_view part = {});

  // What is known of the last activation.
  Value z() const { return z_; }
  const Activation& last() const { return last_; }

 private:
  const PlacedLayer& at_;
  std::span<const Value> x_;
  Tracing& tracing_;
  Shard shard_;
  std::vector<Traced::Moved> moved_{};
  Value z_{};
  Activation last_ = identity;
};

}  // namespace chainrule::nn
