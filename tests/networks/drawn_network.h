// Random networks that train on random numbers, described without the engine's own placing of
// layers: names, shapes and parameters are worked out here once more, from docs/layers.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chainrule/nn.h"

namespace chainrule::drawn {

using Numbers = std::vector<double>;

struct DrawnParameter {
  std::string name{};  // "weight"
  Shape shape{};
  bool decays = false;
  bool is_buffer = false;
};

struct DrawnLayer {
  static constexpr int network_input = -1;

  nn::Layer layer;     // its kind and fields
  std::string kind{};  // "dense"
  std::string name{};  // by which others read it
  bool is_named = false;
  bool is_next = false;      // reads the layer before it, and so names none
  std::vector<int> reads{};  // places, or network_input
  int owner = -1;            // the place of the layer whose parameters it has, or -1
  bool is_frozen = false;
  Shape x{}, y{};  // rows: the first one that it reads, and what it makes of it
  std::vector<DrawnParameter> parameters{};
};

struct DrawnBatch {
  Numbers x{}, target{};
};

struct DrawnTraining {
  std::uint64_t seed = 0;
  Shape row{};                      // of x, pictures with their channels
  bool is_without_channel = false;  // the engine gets pictures of one channel as [height, width]
  // > 0: this feature holds ids, whole numbers below this. Empty: none does.
  std::vector<std::int64_t> ids{};
  std::vector<DrawnLayer> layers{};
  // The places of the network's outputs, in the order of the loss's parts; none: the last layer.
  std::vector<int> heads{};
  std::int64_t batch = 0, outputs = 0;
  Loss loss{};
  Optimizer optimizer{};
  double clip_norm = 0;                         // 0: no clipping
  std::map<std::string, DoubleTensor> start{};  // parameters and buffers by their full names
  std::vector<DrawnBatch> batches{};            // one per step
  std::vector<double> rates{};

  bool has_members() const {  // that predict
    return heads.empty() && layers.back().kind == "member_dense";
  }
  const DrawnLayer& head(std::size_t i) const { return layers[static_cast<std::size_t>(heads[i])]; }
  nn::Network network() const;
  Shape engine_row() const;
  std::string full_name(const DrawnLayer& at, const DrawnParameter& parameter) const;
  std::string describe() const;  // as a network file, with what is in none of those before it
};

inline constexpr int steps = 20;

// What layers there may be beside those that torch and Chainrule do alike.
struct Drawn {
  bool dropout = false;
};

DrawnTraining draw_training(std::uint64_t seed, const Drawn& also = {});

}  // namespace chainrule::drawn
