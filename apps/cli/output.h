// What -o may name: never a file that is read, or that belongs to a run.
#pragma once

#include <string>
#include <vector>

// Throws UsageError if writing to `output` would destroy one of the `inputs` (files, folders of
// arrays, run folders with the data that they name) or a file that a training wrote into any run's
// folder; through links too. `own` is the one such file that the command is there to make. Nothing
// is written where `output` is empty.
void require_safe_output(const std::string& output, const std::vector<std::string>& inputs,
                         const std::string& own = "");
