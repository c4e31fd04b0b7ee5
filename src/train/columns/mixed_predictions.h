// Predictions of rows that are put together of others, many at a time.
#pragma once

#include <functional>
#include <span>

#include "chainrule/train.h"
#include "data/mixed_rows.h"

namespace chainrule {

class MixedPredictions {
 public:
  // Called for every row that was asked for, in that order, with its outputs. Throws DataError if
  // they are not finite.
  using Take = std::function<void(std::span<const float> outputs)>;
  // Both must outlive this.
  MixedPredictions(Model& model, const data::Encoder& encoder, Take take);

  data::MixedRows& row() { return rows_; }
  void ask();     // of the row at hand
  void finish();  // what was asked for has been taken then

 private:
  Model& model_;
  data::MixedRows rows_;
  Take take_;
  std::int64_t rows_at_once_;
};

}  // namespace chainrule
