// The signs, by what they are read from. Each adds those that it finds.
#pragma once

#include <span>

#include "train/signs/activity.h"
#include "train/signs/signs.h"

namespace chainrule {

// What several signs are decided by.
struct SignFacts {
  const SignSource& source;
  std::vector<std::int64_t> rows{};  // some of the training rows
  double guess = Scores::undefined;  // what the loss of a training row is for who guesses
  double skill = Scores::undefined;  // 1 - loss / guess, of the training rows at the end

  const RunResult& result() const { return source.result; }
  const History& history() const { return source.result.history; }
};

void find_input_signs(const SignFacts& facts, std::vector<Sign>& signs);
void find_unit_signs(const SignFacts& facts, std::vector<Sign>& signs);
void find_gradient_signs(const SignFacts& facts, std::vector<Sign>& signs);
void find_rate_signs(const SignFacts& facts, std::vector<Sign>& signs);
void find_loss_signs(const SignFacts& facts, std::vector<Sign>& signs);
void find_score_signs(const SignFacts& facts, std::vector<Sign>& signs);

}  // namespace chainrule
