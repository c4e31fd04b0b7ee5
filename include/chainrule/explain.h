// The worked page: one training step of a network of dense layers on one example, every number
// with the chain that made it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chainrule/nn.h"

namespace chainrule {

enum class PageFormat { text, markdown, latex, html, json };
enum class Language { en, ko };

// What the page is about. Weights that the model does not give are drawn from the seed; dropout is
// left out, since one step is worked exactly.
struct TrainingStep {
  nn::Sequential model;
  Loss loss{"half_squared_error"};
  Optimizer optimizer = SGD{};
  std::uint64_t seed = 0;
  std::vector<double> input{};
  std::vector<double> target{};
};

struct ExplainOptions {
  PageFormat format = PageFormat::text;  // plain text fits 80 columns, unless a word does not
  Language language = Language::en;
  int digits = 8;           // decimals of computed numbers, 1..17; JSON always has 17 digits
  std::string parameter{};  // "W5" or "b2": its story alone; empty: all
};

struct Explanation {
  std::string page{};
  bool passed = true;             // the printed factors multiply to the engine's gradients
  double max_relative_error = 0;  // the largest deviation from them
};

// Everything is computed in double precision from the engine's own graph. Throws UsageError: digits
// out of range, no such parameter, a model that cannot be traced, an input or target that does not
// fit, or an activation between layers that the page has no place for.
Explanation explain(const TrainingStep& step, const ExplainOptions& options = {});

// The same for a TOML file, see examples/tutorial.toml. Throws DataError for what is in the file.
Explanation explain_file(const std::string& path, const ExplainOptions& options = {});

}  // namespace chainrule
