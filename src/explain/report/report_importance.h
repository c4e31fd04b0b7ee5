// Which columns matter, as a section of a report.
#pragma once

#include <string>

#include "chainrule/importance.h"
#include "explain/report/report_parts.h"

namespace chainrule::page {

// So many predictions at most go into a report, which every training ends with.
inline constexpr std::int64_t report_evaluations = 1 << 16;

std::string importance_section(ReportParts& parts, const Importance& importance);

}  // namespace chainrule::page
