// A run's report as one HTML page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chainrule/explain.h"

namespace chainrule::page {

struct ReportSource {
  const RunResult& result;  // with its scores
  const data::Prepared& data;
  Model* model = nullptr;                  // with the weights it ended with; null: there are none
  std::vector<Text> notes{};               // Run::notes
  std::string_view program = "chainrule";  // as commands to copy call it
};

std::string write_report(const ReportSource& source, Language language);

}  // namespace chainrule::page
