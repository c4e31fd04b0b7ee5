#include "train/columns/mixed_predictions.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "chainrule/error.h"

namespace chainrule {
namespace {

// A multiple of a model's batch, in no more than 16 MiB unless a batch alone is larger.
std::int64_t rows_for(std::int64_t width) {
  constexpr std::int64_t batch = 256, most_numbers = std::int64_t{1} << 22;
  return batch *
         std::clamp<std::int64_t>(most_numbers / (batch * std::max<std::int64_t>(width, 1)), 1, 16);
}

}  // namespace

MixedPredictions::MixedPredictions(Model& model, const data::Encoder& encoder, Take take)
    : model_(model),
      rows_(encoder),
      take_(std::move(take)),
      rows_at_once_(rows_for(encoder.width())) {}

void MixedPredictions::ask() {
  rows_.add();
  if (rows_.rows() >= rows_at_once_) finish();
}

void MixedPredictions::finish() {
  if (rows_.rows() == 0) return;
  std::vector<std::int64_t> all(static_cast<std::size_t>(rows_.rows()));
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Tensor outputs = model_.predict(rows_.data(), all);
  rows_.clear();
  const std::size_t width = outputs.values.size() / all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto row = std::span(outputs.values).subspan(i * width, width);
    if (!std::ranges::all_of(row, [](float y) { return std::isfinite(y); }))
      throw DataError({},
                      "a prediction is infinite or not a number: the weights are too large for "
                      "these rows; train again with a smaller learning rate");
    take_(row);
  }
}

}  // namespace chainrule
