// Temperature scaling: by what a classifier's logits are to be divided.
#pragma once

#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// Whether such a network's predictions have a temperature.
bool has_temperature(const nn::Network& network, const Loss& loss);
bool has_temperature(const Model& model);
void set_temperature(Model& model, double temperature);

struct Calibrated {
  double temperature = 1;
  double loss = 0;  // the mean of the rows, with that temperature
};

// The temperature, from e^-3 to e^3, with which the loss of some rows is smallest (Guo et al.
// 2017). What loss is left is what no temperature can mend, by which epochs are better compared
// than by the loss: a network that has become too sure of itself may still order its answers better
// than before (Berta et al. 2025).
class Calibrator {
 public:
  explicit Calibrator(const Loss& loss) : has_classes_(loss.name == "cross_entropy") {}
  // Logits at temperature 1, and targets; both [rows, outputs].
  void add(const Tensor& z, const Tensor& targets);
  Calibrated best() const;

 private:
  double loss_at(double log_temperature) const;

  bool has_classes_;  // else each output is a yes or no
  std::size_t width_ = 0;
  std::vector<float> z_, targets_;
};

// Of these rows; the model's own temperature is 1 at the time.
Calibrated calibrated(Model& model, const data::Part& rows);

}  // namespace chainrule
