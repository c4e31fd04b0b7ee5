// Counts every allocation of the test program, on any thread.
#pragma once

#include <cstdint>

namespace chainrule {

std::int64_t allocation_count();

}  // namespace chainrule
