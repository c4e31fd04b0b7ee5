// Which array files belong together, by their names; data.h lists them at open.
#pragma once

#include <optional>
#include <string>

namespace chainrule::data {

// Paths; "" where there is none.
struct ArrayFiles {
  std::string features, targets, test_features, test_targets;
};

// Those of a folder, if it has any. Throws DataError: of several sets.
std::optional<ArrayFiles> array_files_in(const std::string& folder);

// Throws DataError: what a folder that holds nothing to read should hold, or which file of it is
// meant.
[[noreturn]] void refuse_folder(const std::string& folder);

// The file itself, and what belongs to it beside it.
ArrayFiles array_files_beside(const std::string& path);

// Whether a file is one of labels by its name: "train-labels-idx1-ubyte".
bool is_label_file(const std::string& path);

}  // namespace chainrule::data
