// A network's layers, each at its place: named, with what it reads, the shapes around it and its
// parameters. What traces, lists and checks networks walks over these.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "nn/layer.h"

namespace chainrule::nn {

struct PlacedLayer {
  static constexpr int network_input = -1;

  std::string name{};         // its own, or "dense2": the second of its kind
  std::uint64_t number = 0;   // 2
  Layer layer;                // with the activation behind it, if that is its own
  std::vector<int> inputs{};  // the places of the layers that it reads, or network_input
  std::vector<Shape> x{};     // as it takes them
  Shape y{};
  LayerParameters parameters{};
  bool gives_input = false;            // the network's input as it is, moved at most
  std::vector<std::int64_t> picked{};  // then: which numbers of it, where it says so; empty: all
  std::string owner{};                 // whose parameters they are: its own, or another layer's

  bool owns_parameters() const { return owner == name; }
};

// "dense2.weight"
std::string full_name(const PlacedLayer& at, const LayerParameter& parameter);

// Places layers one by one, from the network's input on.
class Placer {
 public:
  // A row of which nothing is known is [batch, 0]: then no parameters of its readers are.
  explicit Placer(const Shape& x) : x_(x) {}

  // Throws UsageError as placed() does.
  void place(const Layer& layer);

  // The layer as it would be placed next, were it not the last one's activation.
  PlacedLayer look(const Layer& layer) const;

  const std::vector<PlacedLayer>& layers() const { return layers_; }
  // What the next layer takes, if it says nothing else.
  const Shape& current() const { return layers_.empty() ? x_ : layers_.back().y; }

 private:
  bool is_own_activation(const Layer& layer) const;
  void name(PlacedLayer& at) const;
  void connect(PlacedLayer& at) const;
  void take(PlacedLayer& at) const;
  void own(PlacedLayer& at) const;
  void follow_input(PlacedLayer& at) const;
  const PlacedLayer* find(std::string_view name) const;
  std::string wider(const PlacedLayer& at, std::int64_t width) const;
  void require_given_fits(const PlacedLayer& at, const LayerParameter& parameter) const;

  Shape x_;
  std::vector<PlacedLayer> layers_;
  std::map<std::string, std::size_t, std::less<>> places_;  // of the layers, by name
  std::map<std::string_view, std::uint64_t> counts_;        // of layers, by kind
};

// An activation behind a layer that has a field for one and none in it is that layer's own, and the
// identity is no layer; the others are numbered, each kind from 1. Throws UsageError: no layer, one
// that may not be the last at the end, names that are taken or not there, fields out of range,
// shapes that do not fit, or values for parameters of other shapes. It allocates none of the
// parameters, however large they are said to be. They are trained as the network's groups say;
// throws also for a group that matches none.
std::vector<PlacedLayer> placed(const Network& model, const Shape& x);

// What the layers and then the network's groups say of how parameters are trained. Throws
// UsageError: a group that matches none, or a factor out of range.
void settle_training(const Network& model, std::vector<PlacedLayer>& layers);

// One of the outputs that a network names.
struct PlacedOutput {
  std::size_t place = 0;  // of its layer
  std::int64_t width = 0;
};

// In the network's order; none where it names none. Throws UsageError: a name that no layer has or
// that is given twice, or a layer that gives no rows of numbers.
std::vector<PlacedOutput> placed_outputs(const Network& model,
                                         const std::vector<PlacedLayer>& layers);

// What the placed layers predict of x: the last one's numbers, or those of the network's outputs;
// of members, those of one.
Shape prediction_shape(const Network& model, const std::vector<PlacedLayer>& layers,
                       const Shape& x);

// The network's input as its layers take it: [batch, 28, 28] is [batch, 784] for dense layers.
// Without layers, as it is.
Shape input_shape(const Network& model, const Shape& x);

// A layer that takes the network's input for ids, where it lies or moved: whole numbers from 0 to
// below `count`.
struct InputIds {
  std::string layer{};
  std::int64_t count = 0;
  std::vector<std::int64_t> features{};  // those numbers of a row; empty: all
};
std::vector<InputIds> input_ids(const Network& model, const Shape& x);

// Whether a layer of it draws at random while training.
bool draws(const Network& model);

// What the network's last layer, or a placed one, does last, as far as losses care.
Activation last_activation(const Network& model);
Activation last_activation(const PlacedLayer& at);

}  // namespace chainrule::nn
