// The learning rate, the weight decay and the share of dropout of a step, by their schedules' own
// formulas.
#pragma once

#include <string>
#include <vector>

#include "chainrule/train.h"
#include "explain/page/page.h"

namespace chainrule::page {

// One schedule of a run: what it is of, what that is without it, and what the step had.
struct Scheduled {
  Schedule schedule{};
  std::string symbol{};  // "eta"
  double base = 0, at_step = 0;
};

// How a schedule makes its number at step t of `steps`: how far the training has come, where the
// formula asks, and the number itself.
Group schedule_lines(const Scheduled& scheduled, std::int64_t step, std::int64_t steps);

// Schedules that tell a step's numbers; empty where all are constant.
void add_schedules(Section& section, const std::vector<Scheduled>& schedules, std::int64_t step,
                   std::int64_t steps, Verdict& verdict);

}  // namespace chainrule::page
