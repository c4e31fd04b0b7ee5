// What either engine makes of a training.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>

#include "networks/drawn_network.h"

namespace chainrule::beside_torch {

using namespace drawn;  // the networks that both engines train

using Named = std::map<std::string, Numbers>;

struct Outcome {
  // Of the first step.
  Numbers output{};  // the prediction: the members' mean, where there are some
  double loss = 0;
  Named nodes{}, node_gradients{};  // dense1.z, dense1.h, ...
  Named gradients{};                // of the parameters
  // After the last one.
  Named variables{};  // parameters and running averages
  double last_loss = 0;

  // How near the first step and any step came to a kink (relu's at 0, two largest numbers of a
  // window, a target that is met), in parts of the largest number there. Exactly 0 at a relu does
  // not count: this is what another relu made.
  double first_kink = std::numeric_limits<double>::infinity();
  double kink = std::numeric_limits<double>::infinity();
};

// What torch is to do wrong, so that it can be seen that it would be.
struct Sabotage {
  enum class What { values, gradients };
  std::size_t layer = 0;
  What what = What::values;
  double size = 1e-6;  // in parts of the numbers there
};

// In double precision, by LibTorch. With `disturbed`, all that is given is moved at random by up to
// so many parts of itself.
Outcome run_torch(const DrawnTraining& training, double disturbed = 0,
                  const std::optional<Sabotage>& sabotage = {});

// In double precision, by Chainrule's reference evaluator.
Outcome run_reference(const DrawnTraining& training);

// One step in single precision, by the compiled program: no nodes and no last loss.
Outcome run_program(const DrawnTraining& training);

}  // namespace chainrule::beside_torch
