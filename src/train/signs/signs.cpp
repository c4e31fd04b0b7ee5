#include "train/signs/signs.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/standard_arithmetic.h"
#include "train/signs/findings.h"
#include "train/signs/guess.h"

namespace chainrule {
namespace {

struct NameOfSign {
  SignKind kind;
  std::string_view name;
};
constexpr std::array names_of_signs{
    NameOfSign{SignKind::diverged, "diverged"},
    NameOfSign{SignKind::chance_level, "chance_level"},
    NameOfSign{SignKind::one_class, "one_class"},
    NameOfSign{SignKind::dead_units, "dead_units"},
    NameOfSign{SignKind::saturated_units, "saturated_units"},
    NameOfSign{SignKind::vanishing_gradients, "vanishing_gradients"},
    NameOfSign{SignKind::exploding_gradients, "exploding_gradients"},
    NameOfSign{SignKind::overfitting, "overfitting"},
    NameOfSign{SignKind::loss_stands_still, "loss_stands_still"},
    NameOfSign{SignKind::unscaled_inputs, "unscaled_inputs"},
    NameOfSign{SignKind::constant_inputs, "constant_inputs"},
    NameOfSign{SignKind::rate_too_small, "rate_too_small"},
    NameOfSign{SignKind::rate_too_large, "rate_too_large"},
};

// So many rows that looking at them takes no more than half a percent of the passes of training
// (each of its rows is worth three), and as many as tell something.
std::int64_t rows_to_look_at(const RunResult& result, std::int64_t training_rows) {
  constexpr double share = 0.005 * 3;
  constexpr std::int64_t fewest = 256, most = 1024;
  const auto passes = static_cast<double>(result.history.steps) *
                      static_cast<double>(std::min(result.config.fit.batch_size, training_rows));
  return std::clamp(static_cast<std::int64_t>(share * passes), fewest, most);
}

}  // namespace

std::string_view name_of(SignKind kind) {
  return std::ranges::find(names_of_signs, kind, &NameOfSign::kind)->name;
}

std::vector<Sign> signs_of(const SignSource& source) {
  const StandardArithmetic arithmetic;
  const RunResult& result = source.result;
  const data::Part& train = source.data.train;
  SignFacts facts{.source = source,
                  .rows = some_rows(train, rows_to_look_at(result, train.size()))};
  if (source.model != nullptr) {
    facts.guess = guess_loss(*source.model, train);
    if (facts.guess > 0 && result.train.rows > 0) facts.skill = 1 - result.train.loss / facts.guess;
  }
  std::vector<Sign> signs;
  if (result.history.stopped == StopReason::diverged)
    signs.push_back({.kind = SignKind::diverged, .count = result.history.steps});
  find_input_signs(facts, signs);
  find_rate_signs(facts, signs);
  find_unit_signs(facts, signs);
  find_gradient_signs(facts, signs);
  find_loss_signs(facts, signs);
  find_score_signs(facts, signs);
  return signs;
}

}  // namespace chainrule
