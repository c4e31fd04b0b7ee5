// The gradient of a batch, part by part: each part computes its own sums, and these are added along
// one binary tree over the parts' numbers. Where a part is computed changes nothing.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <vector>

#include "train/loop/steps.h"
#include "train/loop/training_step.h"

namespace chainrule {

// Throws UsageError for a network with a layer that looks at other rows of the batch.
void require_parts(const nn::Sequential& network, std::int64_t parts);

class GradientParts {
 public:
  // For batches of these many rows; fewer rows than parts are a part each. The model must outlive
  // it.
  GradientParts(Model& model, std::int64_t parts, std::span<const std::int64_t> batches,
                const StepOptions& options);
  ~GradientParts();

  // Writes the sums for the model's parameters, in their order, each of its parameter's size.
  // Returns the batch's loss.
  double run(const data::Dataset& data, const Steps::Batch& batch,
             std::vector<std::span<float>> sums);

 private:
  class Part;
  struct Sums {
    float loss = 0;
    std::vector<std::span<float>> gradients{};
    std::vector<std::vector<float>> memory{};  // of the gradients, if it is not the caller's
  };

  std::int64_t first_row(std::int64_t part, std::int64_t rows) const;
  void add_up(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
              std::int64_t last, std::size_t depth);
  Sums& sums_at(std::size_t depth);

  Model& model_;
  std::int64_t parts_;
  std::map<std::int64_t, std::unique_ptr<Part>> programs_;  // by the parts' rows
  std::vector<Sums> sums_;  // of the tree's branches on the way to the part at work
};

}  // namespace chainrule
