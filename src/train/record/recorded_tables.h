// What a run's folder has recorded, and where a training can go on from it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "train/loop/steps.h"
#include "train/record/layer_sizes.h"
#include "train/record/record.h"

namespace chainrule {

// The tables, each with its lines before the first damaged one.
struct RecordedTables {
  std::string folder, run;
  RunTable<RecordLine> record;
  RunTable<Progress> metrics;
  RunTable<LayerSize> sizes;

  // The newest checkpoint that is whole and that the tables reach to, with the epochs before it;
  // empty: there is none. `warn` is told of everything that is damaged; checkpoints that are go.
  std::optional<FitStart> newest_start(std::int64_t steps_per_epoch, const LayerSizes& measured,
                                       const std::function<void(const Text&)>& warn) const;
};

// `run` is the id that the tables have, empty in format 0; `scored` are the rows for validation. A
// table that is not there is empty. Throws DataError: one cannot be read.
RecordedTables read_recorded_tables(const std::string& folder, const std::string& run,
                                    data::Task task, std::int64_t scored, Metric metric);

}  // namespace chainrule
