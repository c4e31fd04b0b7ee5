// Trainings that are broken in a known way, and sound ones, to try the signs on. The lists say what
// is done and what is therefore wrong; they know nothing of how signs are decided.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "chainrule/run.h"
#include "data/temporary_folder.h"

namespace chainrule::signs {

struct Training {
  std::string name;
  // Makes its table and network in the folder, and asks for a training with them.
  std::function<void(const TemporaryFolder& folder, TrainRequest& request)> make;
  std::set<SignKind> named{};  // signs of which one at least tells what is wrong; none: it is sound
  bool is_quick = false;       // among the ordinary tests
};

const std::vector<Training>& broken_trainings();
const std::vector<Training>& sound_trainings();
// Others, kept back until the signs were decided on: to see that these do not fit the first ones
// only.
const std::vector<Training>& other_broken_trainings();
const std::vector<Training>& other_sound_trainings();

}  // namespace chainrule::signs
