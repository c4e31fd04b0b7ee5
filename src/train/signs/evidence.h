// How sure counts and scores make us: the tests behind the signs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

using Confusion = std::vector<std::vector<std::int64_t>>;  // [actual][predicted], rows

Confusion added(const Confusion& one, const Confusion& other);  // either may be empty

// The score interval of a share, 95% (Wilson 1927).
std::array<double, 2> wilson_interval(std::int64_t count, std::int64_t of);

// How far predicted and actual classes agree beyond what their frequencies give (Cohen 1960): 0 is
// chance, 1 all right. `z` is how many standard errors that is, if there were nothing to it.
struct Agreement {
  std::int64_t rows = 0;
  double accuracy = 0, expected = 0, kappa = 0, z = 0;
  // Whether so many rows would show predictions that are half as good as can be: with 95%
  // probability at the level of 2.5%.
  bool is_telling = false;
};
Agreement agreement(const Confusion& confusion);

// Whether the areas under the ROC curves are above 1/2 by more than chance gives, at the level of
// 2.5%: Mann and Whitney's variance, for the mean over classes as if all moved together.
bool ranks_better_than_chance(const Scores& scores);

// Whether an R2 on so many rows is more than chance gives, at the level of 2.5%: of a correlation
// that is not there, the square times the rows is below 3.84.
bool explains_more_than_chance(double r2, std::int64_t rows);

// Whether two shares differ by more than chance gives, the first being the larger one: the z test
// of two proportions, 2.5%.
bool is_larger_share(double share, std::int64_t of, double other, std::int64_t of_other);

// Whether the numbers are above the others by more than chance gives, at the level of 2.5%: Mann
// and Whitney's test with its correction for continuity, which says nothing of three and three.
bool are_above(const std::vector<double>& numbers, const std::vector<double>& others);

double median(std::vector<double> values);  // NaN of none

}  // namespace chainrule
