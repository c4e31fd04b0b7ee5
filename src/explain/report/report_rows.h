// The rows of a report: those not trained on, what they were taken for, and how to ask why.
#pragma once

#include "explain/report/report_parts.h"

namespace chainrule::page {

// The test rows, or without those the validation rows.
const data::Part& unseen_rows(const data::Prepared& data);

// "line 72", or the name of a picture.
std::string place_words(const ReportParts& parts, const data::Part& part, std::int64_t row);
// What tells why such a row is predicted as it is, to copy.
std::string row_command(const ReportParts& parts, const data::Prepared& data, std::int64_t row);

// The confusion matrix, whose cells lead to their rows; the rows that are most wrong, pictures as
// pictures; and some rows of each cell. `prediction` [rows, classes] is of unseen_rows.
std::string classes_section(ReportParts& parts, const RunResult& result, const data::Prepared& data,
                            const Tensor& prediction);

}  // namespace chainrule::page
