// What pages about differences share.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "explain/page/page.h"

namespace chainrule::page {

// "training", "validation" or "test", in words.
Phrase part_words(const std::string& part);

// Places from 0 to below `count`, evenly spread, the first and the last among them; a dozen at
// most.
std::vector<std::size_t> some_epochs(std::size_t count);

// "line 523: setosa → versicolor", as the row is labelled and predicted.
std::string row_words(const RunRow& row, Language language, bool with_prediction = true);

// The training's and the validation's loss of each epoch; all have both.
Page epochs_page(const std::vector<Progress>& epochs);

}  // namespace chainrule::page
