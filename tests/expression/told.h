// What the page of an example says, by symbol.
#pragma once

#include <map>
#include <string>

#include "chainrule/explain.h"

namespace chainrule {

// Every number of the page; a symbol that stands there twice has its last value.
inline std::map<std::string, double> told_by(const Explanation& explanation) {
  std::map<std::string, double> numbers;
  for (const StoryLine& line : explanation.story.lines)
    numbers[line.number.symbol] = line.number.value;
  return numbers;
}

inline Explanation explained_example(const std::string& name, ExplainOptions options = {}) {
  return explain_file(std::string(CHAINRULE_SOURCE_DIR) + "/examples/" + name + ".toml", options);
}

}  // namespace chainrule
