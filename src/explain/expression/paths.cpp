#include "explain/expression/paths.h"

namespace chainrule::page {

std::vector<Path> paths_to(const std::string& result, const std::string& from,
                           const std::map<std::string, std::vector<std::string>>& next) {
  std::vector<Path> found, open{{from}};
  while (!open.empty() && found.size() <= most_paths) {
    const Path path = std::move(open.back());
    open.pop_back();
    const auto onward = next.find(path.back());
    if (path.back() == result) {
      found.push_back(path);
    } else if (onward != next.end()) {
      for (auto each = onward->second.rbegin(); each != onward->second.rend(); ++each) {
        open.push_back(path);
        open.back().push_back(*each);
      }
    }
  }
  return found;
}

}  // namespace chainrule::page
