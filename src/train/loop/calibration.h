// Calibration: one number that is learnt from validation rows when training is over.
#pragma once

#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// The buffer with the number that such a network's predictions are calibrated by; "": none.
std::string_view calibration_of(const nn::Network& network, const Loss& loss);
std::string_view calibration_of(const Model& model);
double calibration(const Model& model);  // 1 if it has none
void set_calibration(Model& model, double number);

struct Calibrated {
  double number = 1;  // temperature, or spread
  double loss = 0;    // the mean of the rows, with it
};

// The temperature from e^-3 to e^3 with which some rows are the likeliest (Guo et al. 2017), where
// its logarithm is normal around 0 beforehand with a deviation of 1/2: few rows, which may all be
// right by chance, move it little. Of quantiles the spread with which the loss is smallest. What
// loss is left is what no such number can mend, by which epochs are better compared than by the
// loss: a network that has become too sure of itself may still order its answers better than before
// (Berta et al. 2025).
class Calibrator {
 public:
  explicit Calibrator(const Loss& loss) : loss_(loss) {}
  // Logits or quantiles at 1, and targets; both [rows, outputs].
  void add(const Tensor& z, const Tensor& targets);
  Calibrated best() const;
  std::vector<double> losses(double number) const;  // of the rows, with it

 private:
  double loss_at(double logarithm) const;
  double unlikeliness(double logarithm) const;

  Loss loss_;
  std::size_t width_ = 0;
  std::vector<float> z_, targets_;
};

// Of these rows; the model's own number is 1 at the time.
Calibrated calibrated(Model& model, const data::Part& rows);

}  // namespace chainrule
