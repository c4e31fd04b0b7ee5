// What the ranks of a run do beside rank 0, which has the folder.
#pragma once

#include "chainrule/run.h"
#include "train/settings/setup.h"

namespace chainrule {

// Steps between two looks at whether somebody wants to stop.
inline constexpr std::int64_t steps_between_reports = 16;

// Whether this process is to have the run's folder: rank 0, or who has no others.
bool has_folder(const Communicator* ranks);

// Throws UsageError where several ranks are to read standard input.
void require_file_of_ranks(const TrainRequest& request);

// Every rank comes here before rank 0 writes anything. Throws DataError, on each of them, if they
// do not have the same program, settings and step to start from.
void agree(const RunConfig& config, std::int64_t step);

// Trains beside rank 0, and ends with the same model. The result has no folder and no scores.
RunResult train_beside(const RunSetup& setup, Model& model, const FitStart* start,
                       const RunObserver& observer, bool profiled = false);

}  // namespace chainrule
