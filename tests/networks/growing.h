// How a random network grows, layer by layer.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "networks/drawing.h"
#include "networks/drawn_network.h"

namespace chainrule::drawn {

// Layers one after the other, now and then with a detour.
class Growing {
 public:
  Growing(Drawing& draw, DrawnTraining& training, const Drawn& also)
      : draw_(draw), training_(training), also_(also) {}

  void grow();

  int current() const { return static_cast<int>(training_.layers.size()) - 1; }
  const Shape& current_shape() const { return shape(current()); }

  // Members where the rows are members', and now and then else.
  void last_layer(const nn::Activation& activation, std::int64_t units);

  // One of several outputs: a dense layer that reads rows of features.
  void head(int from, const nn::Activation& activation, std::int64_t units);

 private:
  const Shape& shape(int place) const {
    return place == DrawnLayer::network_input ? training_.row
                                              : training_.layers[static_cast<std::size_t>(place)].y;
  }
  void embed();
  void columns();
  void concatenate(const std::vector<int>& reads);
  void one_layer();
  void keeping_layer(int from);
  void residual();
  void branches();
  void again();
  void to_features();
  void share(DrawnLayer& at);
  bool becomes_part_of_the_last(const DrawnLayer& at) const;
  void append(DrawnLayer at, std::vector<int> reads, bool may_be_nameless = false);

  Drawing& draw_;
  DrawnTraining& training_;
  Drawn also_;
  std::map<std::string, int> counts_{};
};

// Whether there are any of its own, or another's.
bool has_parameters(const DrawnLayer& layer);

}  // namespace chainrule::drawn
