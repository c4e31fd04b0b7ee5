#include "data/picture_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "data/picture.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::string& folder, const std::string& name) {
  return (fs::path(folder) / name).string();
}

// What is in a folder, in order of name.
struct Contents {
  std::vector<std::string> pictures, folders, others;
};

// A link to a folder further down may lead back up; only one that `follows` is followed.
Contents contents_of(const std::string& folder, bool follows) {
  Contents found;
  for (const std::string& name : names_in(folder)) {
    if (is_litter(name)) continue;
    const fs::path path = fs::path(folder) / name;
    std::error_code ignored;
    if (!fs::is_directory(path, ignored))
      (has_picture_name(name) ? found.pictures : found.others).push_back(name);
    else if (follows || !fs::is_symlink(path, ignored))
      found.folders.push_back(name);
  }
  return found;
}

// Collects the files of classes, and what is left out.
class Collector {
 public:
  // All pictures in `name` and below are of one class.
  void add_class(const std::string& folder, const std::string& name) {
    const std::size_t before = files_.names.size();
    add_folder(folder, name);
    if (files_.names.size() == before) {
      empty_.push_back(name);
      return;
    }
    if (valid_text_length(name) != name.size())
      throw DataError({joined(folder, name)},
                      "the class's name is not UTF-8; give the folder another name");
    files_.classes.push_back(name);
  }

  void add_folder(const std::string& folder, const std::string& name) {
    const Contents found = contents_of(joined(folder, name), false);
    for (const std::string& picture : found.pictures) {
      files_.names.push_back(joined(name, picture));
      files_.codes.push_back(static_cast<std::int32_t>(files_.classes.size()));
    }
    for (const std::string& other : found.others) others_.push_back(joined(name, other));
    for (const std::string& inner : found.folders) {
      const std::size_t before = files_.names.size();
      add_folder(folder, joined(name, inner));
      if (deeper_.empty() && files_.names.size() > before) deeper_ = files_.names[before];
    }
  }

  void add_others(const std::vector<std::string>& names) {
    others_.insert(others_.end(), names.begin(), names.end());
  }
  bool has_classes() const { return !files_.classes.empty(); }

  PictureFiles take(const std::string& folder) {
    files_.folder = folder;
    sort_classes();
    note(others_, Phrase::no_picture, Phrase::no_pictures);
    note(empty_, Phrase::no_class, Phrase::no_classes);
    if (!deeper_.empty())
      files_.notes.push_back(in_words(Phrase::pictures_further_down, quote(deeper_)));
    return std::move(files_);
  }

 private:
  // The folders come by bytes; of numbers the classes' order is another: 2 before 10.
  void sort_classes() {
    const std::vector<std::size_t> places = sorted_places(files_.classes);
    std::vector<std::int32_t> code_of(places.size());
    std::vector<std::string> sorted;
    for (std::size_t i = 0; i < places.size(); ++i) {
      code_of[places[i]] = static_cast<std::int32_t>(i);
      sorted.push_back(files_.classes[places[i]]);
    }
    files_.classes = std::move(sorted);
    for (std::int32_t& code : files_.codes) code = code_of[static_cast<std::size_t>(code)];
  }

  void note(const std::vector<std::string>& names, Phrase one, Phrase several) {
    if (names.empty()) return;
    constexpr std::size_t most = 3;
    std::vector<std::string> shown;
    for (const std::string& name : names)
      if (shown.size() < most) shown.push_back(quote(name));
    if (names.size() > most) shown.emplace_back("...");
    const std::string list = fmt::format("{}", fmt::join(shown, ", "));
    files_.notes.push_back(names.size() == 1 ? in_words(one, list)
                                             : in_words(several, names.size(), list));
  }

  PictureFiles files_;
  std::vector<std::string> others_, empty_;
  std::string deeper_;
};

// Pictures by class, or pictures alone; nothing if there are none.
std::optional<PictureFiles> part_in(const std::string& folder) {
  const Contents found = contents_of(folder, true);
  Collector collector;
  for (const std::string& name : found.folders) collector.add_class(folder, name);
  collector.add_others(found.others);
  if (!collector.has_classes()) {
    if (found.pictures.empty()) return std::nullopt;
    return PictureFiles{.folder = folder, .names = found.pictures};
  }
  if (!found.pictures.empty())
    throw DataError({folder}, fmt::format("holds pictures ({}) beside folders of pictures; put "
                                          "each picture into the folder of its class",
                                          quote(found.pictures.front())));
  return collector.take(folder);
}

// The folder among these that has one of the names, in any case; "" if none has.
std::string named(const std::vector<std::string>& folders,
                  std::initializer_list<std::string_view> names) {
  for (const std::string_view wanted : names)
    for (const std::string& folder : folders)
      if (lower_case(folder) == wanted) return folder;
  return "";
}

// A part of its own whose pictures have no class cannot judge anything.
std::optional<PictureFiles> labelled_part(const std::string& folder, const std::string& name,
                                          std::vector<Text>& notes) {
  if (name.empty()) return std::nullopt;
  std::optional<PictureFiles> part = part_in(joined(folder, name));
  if (part && !part->classes.empty()) return part;
  notes.push_back(in_words(Phrase::part_without_classes, quote(name)));
  return std::nullopt;
}

}  // namespace

bool is_litter(std::string_view name) {
  constexpr std::array<std::string_view, 6> known{"thumbs.db", "ehthumbs.db", "desktop.ini",
                                                  "__macosx",  "@eadir",      "icon\r"};
  return name.starts_with('.') || std::ranges::find(known, lower_case(name)) != known.end();
}

std::optional<PictureFolder> pictures_in(const std::string& folder) {
  const Contents found = contents_of(folder, true);
  const std::string train = named(found.folders, {"train", "training"}),
                    test = named(found.folders, {"test", "testing"}),
                    validation = named(found.folders, {"val", "valid", "validation"});
  const bool has_parts =
      !train.empty() && (!test.empty() || !validation.empty() || found.folders.size() == 1);
  if (!has_parts) {
    std::optional<PictureFiles> main = part_in(folder);
    return main ? std::optional(PictureFolder{std::move(*main)}) : std::nullopt;
  }
  std::optional<PictureFiles> main = part_in(joined(folder, train));
  if (!main) return std::nullopt;
  PictureFolder parts{std::move(*main)};
  std::vector<Text>& notes = parts.main.notes;
  parts.test = labelled_part(folder, test, notes);
  parts.validation = labelled_part(folder, validation, notes);
  for (const std::string& name : found.folders)
    if (name != train && name != test && name != validation)
      notes.push_back(in_words(Phrase::folder_beside, quote(name), quote(train)));
  return parts;
}

}  // namespace chainrule::data
