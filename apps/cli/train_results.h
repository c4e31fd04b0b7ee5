// What a training ends with, as people read it.
#pragma once

#include <string>

#include "chainrule/explain.h"
#include "chainrule/run.h"

// Who ended a training that was stopped.
enum class StoppedBy { user, time_limit };

// How it ended, scores, signs, and what to do next.
std::string result_text(const chainrule::RunResult& result, StoppedBy stopped_by,
                        chainrule::Language language);

// Scores of each fold, their mean and spread.
std::string folds_text(const chainrule::FoldsResult& result, chainrule::Language language);

// Says of a training that did not come to its end why, and how to go on. Returns the exit code: 130
// after Ctrl-C, 4 after a divergence, 0 at the time limit, which was asked for.
int tell_end(const chainrule::RunResult& result, StoppedBy stopped_by,
             chainrule::Language language);
int exit_code_of(const chainrule::RunResult& result, StoppedBy stopped_by);
