// Finding a list's entry by the user's word for it.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"

namespace chainrule::nn {

template <class Range>
std::vector<std::string_view> names_in(const Range& list) {
  std::vector<std::string_view> names(std::size(list));
  std::ranges::transform(list, names.begin(), [](const auto& entry) { return entry.name; });
  return names;
}

// The entry of this name; `kind` is what the list holds, such as "loss". Throws UsageError with
// the nearest name.
template <class Range>
const auto& named(std::string_view kind, const Range& list, std::string_view word) {
  for (const auto& entry : list)
    if (entry.name == word) return entry;
  const auto names = names_in(list);
  throw UsageError(
      fmt::format("there is no {} \"{}\"; {}", kind, word,
                  suggestion(word, std::vector<std::string>(names.begin(), names.end()))));
}

}  // namespace chainrule::nn
