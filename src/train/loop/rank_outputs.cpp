#include "train/loop/rank_outputs.h"

#include <algorithm>

#include "ranks/all_reduce.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

// Ranks predict rows together where these take so many multiplications, and so many for each number
// that is sent of them: about as long as a message, and as its bytes on a line of 1 Gb/s.
constexpr std::int64_t fewest_to_divide = 1 << 24, fewest_for_a_number = 1 << 10;

}  // namespace

bool is_worth_dividing(const Model& model, std::int64_t rows, const Communicator* ranks) {
  const std::int64_t for_a_row = model.parameter_count();
  return ranks != nullptr && ranks->size() > 1 && rows * for_a_row >= fewest_to_divide &&
         for_a_row >= fewest_for_a_number * model.outputs();
}

// Each rank predicts whole batches of these rows. What it leaves out adds nothing to what the
// others have.
Model::Outputs outputs_of_ranks(Model& model, const data::Part& part,
                                std::span<const std::int64_t> rows, Communicator& ranks) {
  const auto count = static_cast<std::int64_t>(rows.size()), width = model.outputs();
  const std::int64_t batches = (count + prediction_batch - 1) / prediction_batch;
  const auto bound = [&](std::int64_t rank) {
    return std::min(batches * rank / ranks.size() * prediction_batch, count);
  };
  const std::int64_t first = bound(ranks.rank()), last = bound(ranks.rank() + 1);
  std::vector<float> all(static_cast<std::size_t>(2 * count * width), nothing);
  const auto z = all.begin(), prediction = all.begin() + count * width;
  if (first < last) {
    const Model::Outputs own = model.outputs(
        part,
        rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)));
    std::ranges::copy(own.z.values, z + first * width);
    std::ranges::copy(own.prediction.values, prediction + first * width);
  }
  AllReduce(ranks).sum(all);
  return {.z = Tensor({count, width}, {z, prediction}),
          .prediction = Tensor({count, width}, {prediction, all.end()})};
}

}  // namespace chainrule
