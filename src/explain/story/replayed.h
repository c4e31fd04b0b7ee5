// What a step of a recorded run needs to be taken again, and to be told of.
#pragma once

#include "chainrule/run.h"
#include "explain/story/run_story.h"

namespace chainrule::page {

// The model's state before the step, and what the step is fed. Leaves the run at the step before.
StepState state_before(Run& run, std::int64_t step, const Run::Batch& batch);

// What names and shapes need: no variable's value. The run stays where it is.
StepState shapes_of(const Run& run, std::int64_t samples);

// The step that is told where none is asked for: the last one whose learning rate is at least half
// of the largest, so that a schedule has not brought its updates to nothing.
std::int64_t telling_step(const Run& run);

// The run must outlive the notes.
StepNotes notes_of(const Run& run, std::int64_t step, const Run::Batch& batch);

}  // namespace chainrule::page
