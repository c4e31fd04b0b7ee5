// Sections of a report that lay out what was recorded: sizes of gradients, and the data's columns.
#pragma once

#include <span>
#include <string>

#include "chainrule/encoding.h"
#include "chainrule/run.h"
#include "explain/report/report_parts.h"

namespace chainrule::page {

std::string sizes_section(ReportParts& parts, std::span<const LayerSize> sizes);
std::string columns_section(ReportParts& parts, std::span<const data::ColumnReport> columns);

}  // namespace chainrule::page
