// The signs that a training went wrong, in its report.
#pragma once

#include "explain/report/report_parts.h"

namespace chainrule::page {

// Each with what helps and a command to copy; or that there is none.
std::string signs_section(ReportParts& parts, const RunResult& result);

}  // namespace chainrule::page
