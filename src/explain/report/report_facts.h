// A report's head: how the run was trained.
#pragma once

#include "explain/report/report_parts.h"

namespace chainrule::page {

// Optimizer, learning rate and schedule, batches and epochs, the best epoch, the seed.
std::string training_facts(const ReportParts& parts, const RunResult& result);

}  // namespace chainrule::page
