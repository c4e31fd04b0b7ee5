// Folders of pictures: which file is an example of which class.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chainrule/language.h"

namespace chainrule::data {

// Some pictures, in order of their classes and, within one, of their names.
struct PictureFiles {
  std::string folder;
  std::vector<std::string> names;      // in the folder: "cat/1.png"
  std::vector<std::int32_t> codes{};   // of the classes; empty without any
  std::vector<std::string> classes{};  // sorted as a column's categories are
  std::vector<Text> notes{};           // what is not read
};

struct PictureFolder {
  PictureFiles main;
  std::optional<PictureFiles> test{}, validation{};
};

// Folder/class/*, or folder/train/class/* with folder/test/class/* and folder/val/class/*, or
// pictures alone; nothing if there is no picture. Throws DataError: pictures beside folders of
// them, a class's name that is not UTF-8, a folder that cannot be read.
std::optional<PictureFolder> pictures_in(const std::string& folder);

// Names that systems leave in folders: hidden ones, Thumbs.db and the like.
bool is_litter(std::string_view name);

}  // namespace chainrule::data
