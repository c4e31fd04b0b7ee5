// Whether the programs that read LaTeX are here.
#pragma once

#include <cstdlib>
#include <string>

namespace chainrule {

inline bool succeeds(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace chainrule
