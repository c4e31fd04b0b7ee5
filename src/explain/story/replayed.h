// What a step of a recorded run needs to be taken again, and to be told of.
#pragma once

#include "chainrule/run.h"
#include "explain/story/run_story.h"

namespace chainrule::page {

// The model's state before the step, and what the step is fed. Leaves the run at the step before.
StepState state_before(Run& run, std::int64_t step, const Run::Batch& batch);

// The run must outlive the notes.
StepNotes notes_of(const Run& run, std::int64_t step, const Run::Batch& batch);

}  // namespace chainrule::page
