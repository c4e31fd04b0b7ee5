// Fills a profile while steps run.
#pragma once

#include <span>

#include "chainrule/profile.h"

namespace chainrule {

void begin_profile(Profile& profile, int threads);
// Notes the time, then measures the machine's floor for a model of so many parameters: below 0.2 s.
void finish_profile(Profile& profile, std::int64_t parameters);

// The clock of one program's steps. It changes nothing about what they compute.
class StepRecorder {
 public:
  StepRecorder(Profile& profile, const Program& program);

  void begin();                                   // before the rows are gathered
  void run(Program& program, std::int64_t step);  // in place of program.run()

 private:
  using Clock = std::chrono::steady_clock;

  void trace(std::int64_t step, Clock::time_point gathered);
  double since_start(Clock::time_point time) const;

  Profile& profile_;
  std::size_t program_;  // in profile_.programs
  Clock::time_point begin_{};
  std::vector<Clock::time_point> ends_;
};

}  // namespace chainrule
