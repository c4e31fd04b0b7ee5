// The ways on which a value acts on another one.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace chainrule::page {

inline constexpr std::size_t most_paths = 12;

using Path = std::vector<std::string>;  // from the value to the result

// All paths along `next`, or one more than `most_paths` where there are more. Every value is on a
// way to the result.
std::vector<Path> paths_to(const std::string& result, const std::string& from,
                           const std::map<std::string, std::vector<std::string>>& next);

}  // namespace chainrule::page
