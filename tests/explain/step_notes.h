// A step somewhere in a training.
#pragma once

#include "explain/story/run_story.h"

namespace chainrule {

inline page::StepNotes a_step() {
  return {.step = 7, .steps = 100, .epoch = 2, .optimizer = "adam", .loss = "cross_entropy"};
}

}  // namespace chainrule
