// metrics.csv: one line per epoch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

std::string metrics_header(data::Task task);
std::string metrics_line(data::Task task, const Progress& epoch);  // numbers with all their digits

// The way back, up to the first line that is damaged or out of order. `scored` are the rows for
// validation; 0: none. Which epochs were the best so far is worked out again.
std::vector<Progress> read_metrics(std::string_view text, data::Task task, std::int64_t scored);

// Where the line `lines` lines after the first one begins; the end if there are fewer.
std::size_t offset_of_line(std::string_view text, std::int64_t lines);

}  // namespace chainrule
