// An explanation as a structure: text, LaTeX, HTML and JSON are ways to print it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chainrule {

// A number that has a name.
struct StoryNumber {
  // "W5", "dense1.weight[3,5]", "dE/ddense1.z[17,4]", "dense1.weight[3,5]+" after the step; "others
  // 29" for the rest of a sum, "path" for a normalisation's direct way and "path layer_norm1.mean".
  std::string symbol{};
  std::int64_t node = -1;    // of the step's graph; -1: none of it
  std::int64_t index = 0;    // of the node's elements, in row-major order
  bool is_gradient = false;  // the derivative of what it is named after
  bool is_next = false;      // the value after the step
  double value = 0;
};

// What a term multiplies: a number, a constant or a function of numbers.
struct StoryFactor {
  std::string formula{};  // as text
  double value = 0;
  std::optional<StoryNumber> number{};  // where it is nothing but one
};

// The factors multiply to the value, to rounding.
struct StoryTerm {
  std::string formula{};
  double value = 0;
  std::vector<StoryFactor> factors{};
};

// A number and how it is made.
struct StoryLine {
  StoryNumber number;
  std::string formula{};  // empty: it is given, or told of without one
  // They add up to the value, to rounding. Of long sums the strongest, the largest first, and the
  // others as one.
  std::vector<StoryTerm> terms{};
  std::vector<std::size_t> children{};  // the story's lines that tell of numbers in the formula
};

struct StorySection {
  std::string title{};
  std::vector<std::string> sentences{};
  std::vector<std::size_t> lines{};  // among the story's
};

struct Story {
  std::string title{};
  std::vector<StorySection> sections{};
  std::vector<StoryLine> lines{};
  bool passed = true;             // the check at its end
  double max_relative_error = 0;  // of the lines against the engine's values
  double difference_error = 0;    // of gradients against finite differences
};

}  // namespace chainrule
