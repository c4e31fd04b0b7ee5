// The optimizers' fields by name, for files and flags.
#pragma once

#include <string_view>
#include <variant>

#include "chainrule/nn.h"

namespace chainrule {

// Calls visit(name, field) for every field; fields are double& or bool&, const if the optimizer is.
template <class AnyOptimizer, class Visit>
void for_each_field(AnyOptimizer& optimizer, Visit visit) {
  std::visit(
      [&](auto& rule) {
        visit("learning_rate", rule.learning_rate);
        if constexpr (requires { rule.momentum; }) {
          visit("momentum", rule.momentum);
          visit("nesterov", rule.nesterov);
        }
        if constexpr (requires { rule.beta1; }) {
          visit("beta1", rule.beta1);
          visit("beta2", rule.beta2);
        }
        if constexpr (requires { rule.decay; }) visit("decay", rule.decay);
        if constexpr (requires { rule.epsilon; }) visit("epsilon", rule.epsilon);
        visit("weight_decay", rule.weight_decay);
      },
      optimizer);
}

}  // namespace chainrule
