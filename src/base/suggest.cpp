#include "base/suggest.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace chainrule {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table distance[i][j] between the first i letters of a and j of b.
  std::vector<int> before(b.size() + 1), last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                           lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, now);
  }
  return last[b.size()];
}

std::string nearest_name(std::string_view word, std::span<const std::string> names) {
  // A word of thousands of letters is damage, not a slip; the table would be large for nothing.
  if (word.size() > 200) return "";
  std::string nearest;
  int fewest = std::max(1, static_cast<int>(word.size()) / 3) + 1;
  for (const std::string& name : names) {
    if (name.size() > 400) continue;
    const int edits = edit_distance(word, name);
    if (edits < fewest) {
      fewest = edits;
      nearest = name;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view word, std::span<const std::string> names) {
  constexpr std::size_t most = 12;
  const std::string nearest = nearest_name(word, names);
  if (!nearest.empty()) return fmt::format("did you mean \"{}\"?", nearest);
  std::string list;
  for (std::size_t i = 0; i < std::min(names.size(), most); ++i)
    list += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", names[i]);
  if (names.size() > most) list += fmt::format(" and {} more", names.size() - most);
  return names.empty() ? "there are none" : "known are " + list;
}

}  // namespace chainrule
