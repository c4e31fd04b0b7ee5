// Time in seconds, as the clock on the wall counts it or as this process used it.
#pragma once

#include <algorithm>
#include <ctime>
#include <vector>

namespace chainrule::bench {

// cpu leaves out the time in which the machine ran something else. It equals wall for one thread on
// a machine that does nothing else.
enum class Clock { wall, cpu };

inline double now(Clock clock) {
  timespec time{};
  clock_gettime(clock == Clock::wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace chainrule::bench
