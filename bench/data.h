// What stands around the steps: reading, fit() as a whole, and how long the program takes to start.
#pragma once

#include <string>

#include "clock.h"

namespace chainrule::bench {

struct DataOptions {
  std::string mnist{};  // the folder; empty: without
  bool quick = false;   // smaller files, fewer rounds
  Clock clock = Clock::wall;
};

std::string data_table(const DataOptions& options);

}  // namespace chainrule::bench
