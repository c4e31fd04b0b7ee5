// Pictures as an array of examples.
#pragma once

#include "chainrule/data.h"

namespace chainrule::data {

// The pictures of a folder, by class or alone, with test and validation parts of its own; nothing
// if there is none in it. Throws DataError: broken pictures, by their names.
std::optional<Source> read_picture_folder(const std::string& folder, const PictureOptions& options);

// One picture, without a target, from its bytes.
Examples read_picture(std::string bytes, const std::string& path, const PictureOptions& options);

}  // namespace chainrule::data
