#include "data/array_files.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.h"
#include "base/packed.h"
#include "chainrule/error.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

namespace fs = std::filesystem;

// What the name of an IDX file says: "emnist-letters-train-images-idx3-ubyte.gz" is of the set
// "emnist-letters-", its part "train", and holds images. KMNIST says imgs.
struct ImageName {
  std::string set, part;
  bool are_labels = false;
};

bool is_separator(char c) { return c == '-' || c == '_'; }

std::optional<ImageName> image_name(const std::string& file) {
  const std::string name = lower_case(file);
  for (const std::string_view kind : {"images", "imgs", "labels"}) {
    const std::size_t at = name.find(kind);
    if (at == std::string::npos || at == 0 || !is_separator(name[at - 1])) continue;
    ImageName found{name.substr(0, at - 1), "", kind == "labels"};
    for (const std::string_view part : {"train", "t10k", "test"}) {
      if (!found.set.ends_with(part)) continue;
      const std::size_t rest = found.set.size() - part.size();
      if (rest > 0 && !is_separator(found.set[rest - 1])) continue;
      found.part = part;
      found.set.resize(rest);
      break;
    }
    return found;
  }
  return std::nullopt;
}

// The files in a folder, by their names in lower case.
class Neighbours {
 public:
  explicit Neighbours(const fs::path& folder)
      : folder_(folder), names_(names_in(folder.empty() ? "." : folder.string())) {}

  const std::vector<std::string>& names() const { return names_; }
  std::string path_of(const std::string& name) const { return (folder_ / name).string(); }

  std::string starting_with(const std::string& start) const {
    return first([&](const std::string& name) { return lower_case(name).starts_with(start); });
  }
  std::string of(const std::string& set, std::string_view part, bool are_labels) const {
    return first([&](const std::string& name) {
      const auto found = image_name(name);
      return found && found->set == set && found->part == part && found->are_labels == are_labels;
    });
  }
  // Those with images to train on.
  std::vector<std::string> sets() const {
    std::vector<std::string> all;
    for (const std::string& name : names_)
      if (const auto found = image_name(name); found && found->part == "train" &&
                                               !found->are_labels &&
                                               std::ranges::find(all, found->set) == all.end() &&
                                               !of(found->set, "train", false).empty())
        all.push_back(found->set);
    return all;
  }

 private:
  // In order of name. Some unpack X into a folder X that holds X, and keep the file beside it.
  template <class Meant>
  std::string first(Meant is_meant) const {
    std::error_code ignored;
    for (const std::string& name : names_)
      if (is_meant(name) && !fs::is_directory(folder_ / name, ignored)) return path_of(name);
    return "";
  }

  fs::path folder_;
  std::vector<std::string> names_;
};

void find_test(ArrayFiles& found, const Neighbours& files, const ImageName& images) {
  for (const std::string_view part : {"t10k", "test"}) {
    found.test_features = files.of(images.set, part, false);
    found.test_targets = files.of(images.set, part, true);
    if (!found.test_features.empty()) return;
  }
  found.test_targets.clear();
}

[[noreturn]] void refuse_sets(const std::string& folder, const Neighbours& files,
                              const std::vector<std::string>& sets) {
  std::vector<std::string> shown;
  shown.reserve(sets.size());
  for (const std::string& set : sets)
    shown.push_back(set.empty() ? "train-images*" : set.substr(0, set.size() - 1));
  throw DataError({folder},
                  fmt::format("holds several sets of images ({}); name the images of one, "
                              "such as {}",
                              fmt::join(shown, ", "), files.of(sets[0], "train", false)));
}

}  // namespace

std::optional<ArrayFiles> array_files_in(const std::string& folder) {
  const Neighbours files(folder);
  const std::vector<std::string> sets = files.sets();
  if (sets.size() > 1) refuse_sets(folder, files, sets);
  ArrayFiles found;
  if (!sets.empty()) {
    found = {files.of(sets[0], "train", false), files.of(sets[0], "train", true), "", ""};
    find_test(found, files, {sets[0], "train"});
    return found;
  }
  for (const std::string train : {"_train", ""}) {
    found = {files.starting_with("x" + train + ".npy"), files.starting_with("y" + train + ".npy"),
             files.starting_with("x_test.npy"), files.starting_with("y_test.npy")};
    if (!found.features.empty()) return found;
  }
  return std::nullopt;
}

void refuse_folder(const std::string& folder) {
  std::string table, picture;
  for (const std::string& name : names_in(folder)) {
    const std::string path = (fs::path(folder) / name).string();
    if (table.empty() && without_packing(name).ends_with(".csv")) table = path;
    const std::string lower = lower_case(name);
    for (const std::string_view kind : {".gif", ".bmp", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
      if (lower.ends_with(kind)) picture = path;
  }
  if (!table.empty())
    throw DataError({folder},
                    fmt::format("is a folder; name one of its tables, such as {}", table));
  if (!picture.empty())
    throw DataError({picture}, "is no PNG or JPEG picture, which are read; convert it to PNG");
  throw DataError({folder},
                  "holds none of: train-images* with train-labels*, X.npy with y.npy, "
                  "x_train.npy with y_train.npy, folders of PNG or JPEG pictures, one for each "
                  "class; name a CSV file, or such a folder");
}

ArrayFiles array_files_beside(const std::string& path) {
  const fs::path file(path);
  const Neighbours files(file.parent_path());
  ArrayFiles found{path, "", "", ""};
  if (const auto images = image_name(file.filename().string())) {
    if (images->are_labels) return found;
    found.targets = files.of(images->set, images->part, true);
    if (images->part == "train") find_test(found, files, *images);
    if (found.test_targets.empty()) found.test_features.clear();
    return found;
  }
  std::string name(without_packing(lower_case(file.filename().string())));
  if (!name.starts_with("x")) return found;
  if (name == "x.npy" || name == "x_train.npy") {
    found.test_targets = files.starting_with("y_test.npy");
    if (!found.test_targets.empty()) found.test_features = files.starting_with("x_test.npy");
  }
  name[0] = 'y';
  found.targets = files.starting_with(name);
  return found;
}

bool is_label_file(const std::string& path) {
  const auto name = image_name(fs::path(path).filename().string());
  return name && name->are_labels;
}

}  // namespace chainrule::data
