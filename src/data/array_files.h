// Which array files belong together, by their names; data.h lists them at open.
#pragma once

#include <string>

namespace chainrule::data {

// Paths; "" where there is none.
struct ArrayFiles {
  std::string features, targets, test_features, test_targets;
};

// Those of a folder. Throws DataError: none, or of several sets.
ArrayFiles array_files_in(const std::string& folder);

// The file itself, and what belongs to it beside it.
ArrayFiles array_files_beside(const std::string& path);

// Whether a file is one of labels by its name: "train-labels-idx1-ubyte".
bool is_label_file(const std::string& path);

}  // namespace chainrule::data
