#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "train/config.h"
#include "train/network_file.h"

namespace chainrule {
namespace {

class Lister {
 public:
  explicit Lister(std::int64_t inputs) : width_(inputs) {}

  void operator()(const nn::Dense& dense) {
    const std::int64_t weights = dense.units * width_;
    add(fmt::format("dense{}", ++dense_count_), "dense", dense.units,
        weights + (dense.bias ? dense.units : 0));
    if (dense.activation != nn::identity) (*this)(dense.activation);
  }
  // An activation right after a dense layer belongs to it, as in tracing.
  void operator()(const nn::Activation& activation) {
    if (!layers_.empty() && layers_.back().what == "dense")
      layers_.back().what += fmt::format(", {}", activation.name);
    else
      add(fmt::format("activation{}", ++activation_count_), std::string(activation.name), width_,
          0);
  }
  void operator()(const nn::Dropout& dropout) {
    add(fmt::format("dropout{}", ++dropout_count_), fmt::format("dropout {}", dropout.rate), width_,
        0);
  }

  std::vector<LayerSummary> take() { return std::move(layers_); }

 private:
  void add(std::string name, std::string what, std::int64_t outputs, std::int64_t parameters) {
    layers_.push_back({std::move(name), std::move(what), width_, outputs, parameters});
    width_ = outputs;
  }

  std::int64_t width_;
  int dense_count_ = 0, activation_count_ = 0, dropout_count_ = 0;
  std::vector<LayerSummary> layers_;
};

}  // namespace

std::vector<LayerSummary> layer_table(const nn::Sequential& network, std::int64_t inputs) try {
  Lister lister(inputs);
  for (const nn::Layer& layer : network.layers) std::visit(lister, layer);
  return lister.take();
} catch (...) {
  throw_ours();
}

std::vector<LayerSummary> layer_table_of_file(const std::string& path) try {
  const NetworkFile file = read_network_file(path, config_tables);
  if (file.input == 0)
    throw DataError({path},
                    "does not say how many inputs the network has; add input = 4, say, "
                    "under [network]");
  return layer_table(file.model, file.input);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
