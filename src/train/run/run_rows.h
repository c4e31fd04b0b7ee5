// Rows of a run's data, found by what their users call them and described in their words.
#pragma once

#include <cstdint>
#include <span>

#include "chainrule/influence.h"

namespace chainrule {

// Where a row is.
struct Place {
  const data::Dataset* data = nullptr;
  std::int64_t row = 0;
};

// As for blame(). Throws UsageError.
Place find_row(const Run& run, std::int64_t number, bool is_test);

// The same of a dataset's own rows, in any part or none.
Place find_row(const data::Dataset& data, std::int64_t number);

// Where it is and its label, without a prediction.
RunRow row_at(const Run& run, const Place& place);

// With this for its prediction, [outputs].
RunRow described(const Run& run, const Place& place, std::span<const float> prediction);

// Says of a row what these outputs predict.
void add_prediction(RunRow& row, const data::Encoder& encoder, std::span<const float> prediction);

// Throws UsageError unless `step` is 0 or a step of the run, and `points` and `top` at least 1.
void validate(const Run& run, const BlameOptions& options);

// The middles of `count` equal parts of the steps from 1 to `last`, each step once.
std::vector<std::int64_t> middle_steps(std::int64_t last, int count);

// The places of the `count` largest, in descending order; of equal ones the first comes first.
std::vector<std::size_t> largest(std::span<const double> values, int count);

}  // namespace chainrule
