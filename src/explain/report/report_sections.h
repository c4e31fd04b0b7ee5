// The sections of a report, in the order in which they stand there.
#pragma once

#include <string>

#include "chainrule/importance.h"
#include "explain/report/report_parts.h"

namespace chainrule::page {

// Optimizer, learning rate and schedule, batches and epochs, the best epoch, the seed.
std::string training_facts(const ReportParts& parts, const RunResult& result);

// The signs that the training went wrong, each with what helps and a command; or that there is
// none.
std::string signs_section(ReportParts& parts, const RunResult& result);

// Scores of each part, and how each of them is worked out.
std::string scores_section(ReportParts& parts, const RunResult& result);

// Losses and score after each epoch, drawn and, of some epochs, as numbers. How many rows are
// trained on says which steps are an epoch's.
std::string curves_section(ReportParts& parts, const RunResult& result, std::int64_t training_rows);

// So many predictions at most go into a report, which every training ends with.
inline constexpr std::int64_t report_evaluations = 1 << 16;
std::string importance_section(ReportParts& parts, const Importance& importance);

// The layers with their parameters, whose sizes are those of `first` and `last`: before the
// training and after it, by name.
using Weights = std::map<std::string, Tensor>;
std::string layers_section(ReportParts& parts, const RunResult& result, const Weights& first,
                           const Weights& last);

// Gradients and updates over the steps.
std::string sizes_section(ReportParts& parts, const RunResult& result);

// The data's columns, and what becomes of their values.
std::string columns_section(ReportParts& parts, const RunResult& result,
                            const data::Encoder& encoder);

}  // namespace chainrule::page
