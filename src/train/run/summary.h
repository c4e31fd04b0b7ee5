// summary.json: what a run came to.
#pragma once

#include <string>

#include "chainrule/run.h"
#include "train/record/run_files.h"

namespace chainrule {

std::string summary_json(const RunResult& result, const RunEnd& end);
void write_summary(const std::string& path, const RunResult& result, const RunEnd& end);

}  // namespace chainrule
