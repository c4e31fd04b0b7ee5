// Signs that a training went wrong, or that there was nothing to learn: what they mean and how each
// is decided is in docs/signs.md. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace chainrule {

// What else a sign says stands behind each kind.
enum class SignKind {
  // The loss became NaN or infinite. count: the step.
  diverged,
  // Predictions are not told apart from guesses. where: "test", "validation", "unseen" (both
  // together), or "training" where that holds of the rows that were trained on; figure: accuracy,
  // or
  // R2; beside: the share of the most frequent class, or 0; of: the rows.
  chance_level,
  // Every row is taken for one class. where: the class; count: rows of other classes; of: all rows.
  one_class,
  // Units that pass nothing on, for every row looked at. where: the layer; other: what it gives,
  // "dense1.h"; count of `of` units; rows: those looked at.
  dead_units,
  // Units whose derivative is below a tenth of the largest possible on average. As dead_units.
  saturated_units,
  // A layer's gradient is below a thousandth, or above 1,000 times, that of a later layer. where,
  // other: the parameters; figure: how many times as large the first one's norm is (the median over
  // the steps in layers.csv).
  vanishing_gradients,
  exploding_gradients,
  // What was learnt holds for less than half on rows not trained on. where: "accuracy", "r2" or
  // "log_loss"; figure: on training rows; beside: on the others; of: the others.
  overfitting,
  // The training loss stayed where it was, at what a guess costs. figure: in the middle of the run;
  // beside: at its end; count: the epochs between.
  loss_stands_still,
  // Inputs are not of the size that first weights are made for. figure: their root mean square, or,
  // where they are tiny, the largest; where: the largest feature.
  unscaled_inputs,
  constant_inputs,  // every row has the same inputs. of: the rows looked at
  // Steps are too short to get anywhere. where: the weights that moved most; figure: the length of
  // their whole way as a share of their own norm; beside: the learning rate; or, where the loss
  // fell
  // as fast in the end as in the beginning, that share (of speeds) with where = "".
  rate_too_small,
  // Steps replace what was learnt. where: the weights; figure: the largest share of their norm that
  // one step moved; beside: the learning rate; count: the step.
  rate_too_large,
};

std::string_view name_of(SignKind kind);  // "chance_level"

struct Sign {
  SignKind kind{};
  std::string where{}, other{};
  double figure = 0, beside = 0;
  std::int64_t count = 0, of = 0, rows = 0;
  friend bool operator==(const Sign&, const Sign&) = default;
};

}  // namespace chainrule
