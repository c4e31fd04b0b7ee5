// "Did you mean": the nearest of the known names.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace chainrule {

// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other; upper and
// lower case count as equal. The optimal string alignment distance.
int edit_distance(std::string_view a, std::string_view b);

// The nearest name, or "" if none is within a third of the word's length (at least one edit).
// Of equally near names the first wins.
std::string nearest_name(std::string_view word, std::span<const std::string> names);

// `did you mean "species"?`, or the names themselves: `known are "a", "b"` (at most 12 of them).
std::string suggestion(std::string_view word, std::span<const std::string> names);

}  // namespace chainrule
