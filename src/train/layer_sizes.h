// layers.csv: how large each parameter, its gradient and its update are, at some steps of a run.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/run.h"
#include "train/steps.h"

namespace chainrule {

std::string layer_sizes_csv(const std::vector<LayerSize>& sizes);
std::vector<LayerSize> read_layer_sizes(std::string_view csv);  // up to the first damaged line

// Watches a fit through FitOptions::on_step. Of 3 to 6 steps, spread evenly over the run, the
// gradient is worked out once more, without an update.
class LayerSizes {
 public:
  LayerSizes(Model& model, const RunConfig& config, const data::Part& train);

  // What an interrupted run has measured until the step it goes on from.
  void resume(std::vector<LayerSize> before, std::int64_t step);
  void observe(const FitState& state);
  const std::vector<LayerSize>& sizes() const { return sizes_; }

 private:
  void measure(std::int64_t step);
  void finish();

  Model& model_;
  const data::Part& train_;
  Batches batches_;
  std::vector<std::int64_t> chosen_;  // steps, ascending
  Program gradients_;
  std::vector<LayerSize> sizes_;
  std::map<std::string, std::vector<float>> before_;  // the weights before the measured step
  bool is_measuring_ = false;                         // that step is running
};

}  // namespace chainrule
