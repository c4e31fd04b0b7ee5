// The one number of a prediction that is taken apart.
#pragma once

#include <span>
#include <string>

#include "chainrule/importance.h"

namespace chainrule {

class Outcome {
 public:
  // `name` as in RowQuestion; `of_row` are the outputs of the row that is explained. Throws
  // UsageError if there is no such class or column.
  Outcome(const data::TargetEncoding& target, const std::string& name,
          std::span<const float> of_row);

  // Some rows' outputs: those below 0, or beyond 1, are no probabilities; and those of a row may
  // not have the sum 1.
  void look_at(std::span<const float> outputs);

  RowReasons::Unit unit() const;
  std::string name() const;
  double operator()(std::span<const float> outputs) const;
  bool is_share() const { return unit() == RowReasons::Unit::log_odds && is_share_; }
  double probability(double value) const;  // NaN where it is no log-odds

 private:
  const data::TargetEncoding& target_;
  std::size_t k_ = 0;
  bool are_probabilities_ = true, is_share_ = false;
};

}  // namespace chainrule
