// metrics.csv: one line per epoch.
#pragma once

#include <string>
#include <string_view>

#include "chainrule/train.h"
#include "train/record/run_table.h"

namespace chainrule {

// The metric by which epochs were compared has a column of its own, if it has none anyway.
std::string metrics_columns(data::Task task, Metric metric = Metric::loss);
// Without check and end; numbers with all their digits.
std::string metrics_line(data::Task task, const Progress& epoch, Metric metric = Metric::loss);

// The way back. `run` as in read_table; `scored` are the rows for validation; 0: none. Which epochs
// were the best so far is worked out again.
RunTable<Progress> read_metrics(std::string_view text, const std::string& run, data::Task task,
                                std::int64_t scored, Metric metric = Metric::loss);

}  // namespace chainrule
