// The most memory that training takes, each engine in a process of its own.
#pragma once

#include <string>

namespace chainrule::bench {

// A table over the workloads whose name contains `only`.
std::string memory_table(const std::string& only, int threads);

}  // namespace chainrule::bench
