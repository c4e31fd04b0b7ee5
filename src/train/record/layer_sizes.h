// layers.csv: how large each parameter, its gradient and its update are, at some steps of a run.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/run.h"
#include "train/loop/sharded_gradient.h"
#include "train/loop/steps.h"
#include "train/record/run_table.h"

namespace chainrule {

inline constexpr std::string_view layer_size_columns = "step,parameter,weight,gradient,update";
std::string to_text(const LayerSize& size);  // a line without check and end
RunTable<LayerSize> read_layer_sizes(std::string_view text, const std::string& run);

// Watches a fit through FitOptions::on_step. Of 3 to 6 steps, spread evenly over the run, the
// gradient is worked out once more, without an update.
class LayerSizes {
 public:
  LayerSizes(Model& model, const RunConfig& config, const data::Part& train);

  // What a run has measured until the step it goes on from.
  void resume(std::vector<LayerSize> before) { sizes_ = std::move(before); }
  // Whether these are all that a run has measured when a step is done.
  bool are_all_until(std::int64_t step, const std::vector<LayerSize>& sizes) const;
  void observe(const FitState& state);  // then those of the step that is done are complete
  const std::vector<LayerSize>& sizes() const { return sizes_; }

 private:
  void measure(std::int64_t step);
  std::vector<double> gradient_norms(const Steps::Batch& batch);  // of the model's parameters
  void finish();

  Model& model_;
  const data::Part& train_;
  Batches batches_;
  Schedule dropout_schedule_;
  std::vector<std::int64_t> chosen_;  // steps, ascending
  // Where a step's batch is computed at once, its gradients are no more than their norms.
  std::optional<Program> norms_;
  std::unique_ptr<ShardedGradient> sharded_;
  std::vector<LayerSize> sizes_;
  // Of the measured step: the weights before it, and its gradients' norms.
  std::map<std::string, std::vector<float>> before_;
  std::map<std::string, double> gradients_;
  bool is_measuring_ = false;  // that step is running
};

}  // namespace chainrule
