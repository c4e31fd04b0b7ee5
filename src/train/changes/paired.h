// Scores of two models on the same rows.
#pragma once

#include <span>

#include "chainrule/compare.h"

namespace chainrule {

// A number for each row; the score is their mean, or the root of it.
struct RowScores {
  std::string name{};
  bool is_root = false;
  std::vector<double> values{};
};

// accuracy and log_loss, or rmse and mae in the target's units, by the run's saved model.
std::vector<RowScores> row_scores(SavedRun& saved, const data::Dataset& data,
                                  std::span<const std::int64_t> rows);

// Of the first, the second and their difference. With as many numbers in both these are of the same
// rows, in their order; the second may be empty.
std::array<RunComparison::Estimate, 3> bootstrapped(const RowScores& first,
                                                    const RowScores& second);

// The two-sided probability of a split at least as uneven, of flips of a coin.
double mcnemar(std::int64_t first_alone, std::int64_t second_alone);

}  // namespace chainrule
