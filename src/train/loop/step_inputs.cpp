#include "train/loop/step_inputs.h"

#include <algorithm>

namespace chainrule {

StepInputs::StepInputs(Program& program) {
  const auto add = [&](const char* name, double Steps::Batch::*number) {
    if (program.has_input(name)) numbers_.emplace_back(program.input(name).data(), number);
  };
  add("learning_rate", &Steps::Batch::learning_rate);
  add("dropout_factor", &Steps::Batch::dropout_factor);
  add("decay_factor", &Steps::Batch::decay_factor);
  if (program.has_input("step")) step_ = program.input("step").data();
  if (program.has_input("counter")) counter_ = program.input("counter");
  if (program.has_input("row_weight")) row_weights_ = program.input("row_weight");
}

void StepInputs::set(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first) {
  for (const auto& [place, number] : numbers_) *place = static_cast<float>(batch.*number);
  if (step_ != nullptr) *step_ = static_cast<float>(batch.step);
  const auto per_row = static_cast<std::size_t>(data.weights_per_row());
  for (std::size_t i = 0; i < row_weights_.size(); ++i)
    row_weights_[i] = batch.weight(data, batch.rows[static_cast<std::size_t>(first) + i / per_row],
                                   static_cast<std::int64_t>(i % per_row));
  if (counter_.empty()) return;
  std::ranges::copy(counter_of(batch.step), counter_.begin());
  if (counter_.size() > 2) counter_[2] = static_cast<float>(first);
}

}  // namespace chainrule
