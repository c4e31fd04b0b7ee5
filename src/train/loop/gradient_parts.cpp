#include "train/loop/gradient_parts.h"

#include <algorithm>
#include <bit>
#include <functional>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "nn/layer.h"
#include "train/loop/step_inputs.h"

namespace chainrule {

void require_parts(const nn::Sequential& network, std::int64_t parts) {
  if (parts == 1) return;
  for (const nn::Layer& layer : network.layers)
    if (layer.record().mixes_rows && !layer.is_frozen())
      throw UsageError(
          fmt::format("accumulate = {}: {} looks at all rows of a batch, and would see those of a "
                      "part; set accumulate = 1, or take group_norm or layer_norm in its place",
                      parts, layer.record().name));
}

// One compiled part, with the places that change from part to part.
class GradientParts::Part {
 public:
  Part(Model& model, std::int64_t rows, const StepOptions& options)
      : program_(part_graph(model, rows, options), model.session()),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        share_(program_.input("share").data()),
        inputs_(program_),
        loss_(program_.output("loss").data()) {
    for (const auto& parameter : model.parameters())
      gradients_.push_back(program_.output(parameter.name));
  }

  // The rows of the batch from this one on.
  void run(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
           std::int64_t rows) {
    data.gather(batch.rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows)),
                x_, target_, batch.moves);
    *share_ =
        static_cast<float>(static_cast<double>(rows) / static_cast<double>(batch.rows.size()));
    inputs_.set(data, batch, first);
    program_.run();
  }

  float loss() const { return *loss_; }
  std::span<const std::span<const float>> gradients() const { return gradients_; }

 private:
  Program program_;
  float *x_, *target_, *share_;
  StepInputs inputs_;
  const float* loss_;
  std::vector<std::span<const float>> gradients_;
};

GradientParts::GradientParts(Model& model, std::int64_t parts,
                             std::span<const std::int64_t> batches, const StepOptions& options)
    : model_(model), parts_(parts) {
  require_parts(model.network(), parts);
  for (const std::int64_t rows : batches)
    for (std::int64_t part = 0; part < std::min(parts, rows); ++part) {
      const std::int64_t size = first_row(part + 1, rows) - first_row(part, rows);
      std::unique_ptr<Part>& program = programs_[size];
      if (program == nullptr) program = std::make_unique<Part>(model, size, options);
    }
}

GradientParts::~GradientParts() = default;

// As even as can be.
std::int64_t GradientParts::first_row(std::int64_t part, std::int64_t rows) const {
  return part * rows / std::min(parts_, rows);
}

double GradientParts::run(const data::Dataset& data, const Steps::Batch& batch,
                          std::vector<std::span<float>> sums) {
  const auto rows = static_cast<std::int64_t>(batch.rows.size());
  sums_at(0).gradients = std::move(sums);
  add_up(data, batch, 0, std::min(parts_, rows), 0);
  return static_cast<double>(sums_[0].loss);
}

// The sums over these parts: of the largest power of 2 that is less than their number, and of the
// rest.
void GradientParts::add_up(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
                           std::int64_t last, std::size_t depth) {
  if (last - first == 1) {
    const auto rows = static_cast<std::int64_t>(batch.rows.size());
    const std::int64_t from = first_row(first, rows), to = first_row(last, rows);
    Part& part = *programs_.at(to - from);
    part.run(data, batch, from, to - from);
    Sums& sums = sums_at(depth);
    sums.loss = part.loss();
    for (std::size_t i = 0; i < sums.gradients.size(); ++i)
      std::ranges::copy(part.gradients()[i], sums.gradients[i].begin());
    return;
  }
  const auto count = static_cast<std::uint64_t>(last - first);
  const std::int64_t middle = first + static_cast<std::int64_t>(std::bit_floor(count - 1));
  add_up(data, batch, first, middle, depth);
  add_up(data, batch, middle, last, depth + 1);
  sums_[depth].loss += sums_[depth + 1].loss;
  for (std::size_t i = 0; i < sums_[depth].gradients.size(); ++i)
    std::ranges::transform(sums_[depth].gradients[i], sums_[depth + 1].gradients[i],
                           sums_[depth].gradients[i].begin(), std::plus());
}

GradientParts::Sums& GradientParts::sums_at(std::size_t depth) {
  while (sums_.size() <= depth) {
    Sums& sums = sums_.emplace_back();
    if (sums_.size() == 1) continue;  // the caller's
    for (const auto& parameter : model_.parameters())
      sums.memory.emplace_back(static_cast<std::size_t>(parameter.shape.size()));
    for (std::vector<float>& memory : sums.memory) sums.gradients.emplace_back(memory);
  }
  return sums_[depth];
}

}  // namespace chainrule
