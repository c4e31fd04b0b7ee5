#include "data/picture_array.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "data/picture.h"
#include "data/picture_axes.h"
#include "data/picture_folder.h"
#include "data/resample.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

namespace fs = std::filesystem;

// Longer ones take more time and memory than most mean to spend; who does says so with a size.
constexpr std::int64_t longest_side = 128;
constexpr std::int64_t most_array_bytes = std::int64_t{1} << 33;

// What all pictures of an array are brought to.
struct Layout : PictureAxes {
  Shape row{};
};

Layout layout_of(const Shape& row, const std::string& file) {
  const std::optional<PictureAxes> axes = picture_axes(row);
  if (axes && (axes->channels == 1 || axes->channels == 3)) return {*axes, row};
  throw DataError({file}, fmt::format("is of pictures, and the model was trained on rows of shape "
                                      "{}, which are none of 1 or 3 channels; give such rows",
                                      row.to_string()));
}

struct Size {
  std::int64_t height = 0, width = 0;
  bool operator==(const Size&) const = default;
  bool operator<(const Size& other) const {
    return std::pair(height, width) < std::pair(other.height, other.width);
  }
};
Size size_of(const PictureFacts& facts) { return {facts.height, facts.width}; }

std::int64_t median(const std::vector<PictureFacts>& all, std::int64_t PictureFacts::*side) {
  std::vector<std::int64_t> sides;
  sides.reserve(all.size());
  for (const PictureFacts& facts : all) sides.push_back(facts.*side);
  const auto middle = sides.begin() + static_cast<std::ptrdiff_t>((sides.size() - 1) / 2);
  std::ranges::nth_element(sides, middle);
  return *middle;
}

Size common_size(const std::vector<PictureFacts>& all) {
  std::map<Size, std::size_t> count;
  for (const PictureFacts& facts : all) ++count[size_of(facts)];
  const auto& [frequent, times] =
      *std::ranges::max_element(count, {}, [](const auto& entry) { return entry.second; });
  Size size = frequent;
  if (2 * times <= all.size())
    size = {median(all, &PictureFacts::height), median(all, &PictureFacts::width)};
  const std::int64_t longer = std::max(size.height, size.width);
  if (longer > longest_side)
    for (std::int64_t* side : {&size.height, &size.width})
      *side = std::max<std::int64_t>(1, (2 * *side * longest_side + longer) / (2 * longer));
  return size;
}

Layout common_layout(const std::vector<PictureFacts>& all, const PictureOptions& options) {
  const Size size = options.height > 0 ? Size{options.height, options.width} : common_size(all);
  const std::int64_t channels = std::ranges::all_of(all, &PictureFacts::is_grey) ? 1 : 3;
  return {{channels, size.height, size.width}, {channels, size.height, size.width}};
}

// Of many broken pictures the first is told, and how many more there are.
class Failures {
 public:
  template <class F>
  void collect(F f) {
    try {
      f();
    } catch (const DataError& error) {
      if (count_++ == 0) first_ = error;
    }
  }
  void raise() const {
    if (count_ == 0) return;
    if (count_ == 1) throw DataError(*first_);
    const std::string what = std::string(first_->what()).substr(first_->where().file.size() + 2);
    throw DataError(first_->where(),
                    fmt::format("{}; {} more of the pictures cannot be read", what, count_ - 1));
  }

 private:
  std::optional<DataError> first_;
  std::size_t count_ = 0;
};

// One array of the pictures of one part.
class ArrayReader {
 public:
  // `bytes` are those of the only picture, if there is but one that was read already.
  ArrayReader(const PictureFiles& files, std::string bytes)
      : files_(files), bytes_(std::move(bytes)), facts_(files.names.size()) {
    Failures failures;
    for (std::size_t i = 0; i < facts_.size(); ++i)
      failures.collect([&] { facts_[i] = picture_facts(bytes_of(i), path_of(i)); });
    failures.raise();
    is_deep_ = std::ranges::any_of(facts_, &PictureFacts::is_deep);
  }

  const std::vector<PictureFacts>& facts() const { return facts_; }

  Array read(const Layout& layout) {
    require_room(layout);
    std::vector<std::int64_t> extents{static_cast<std::int64_t>(facts_.size())};
    extents.insert(extents.end(), layout.row.begin(), layout.row.end());
    Array array{
        .file = files_.folder, .shape = Shape(extents), .values = {}, .names = files_.names};
    if (is_deep_)
      array.values = values<float>(layout);
    else
      array.values = values<std::uint8_t>(layout);
    array.notes = files_.notes;
    add_notes(layout, array.notes);
    return array;
  }

 private:
  std::string path_of(std::size_t i) const {
    return (fs::path(files_.folder) / files_.names[i]).lexically_normal().string();
  }
  std::string bytes_of(std::size_t i) const {
    return bytes_.empty() ? read_file(path_of(i)) : bytes_;
  }

  void require_room(const Layout& layout) const {
    const auto rows = static_cast<std::int64_t>(facts_.size());
    const std::int64_t row = layout.row.size() * (is_deep_ ? 4 : 1);
    if (row > most_array_bytes / rows)
      throw DataError({files_.folder},
                      fmt::format("its {} pictures of {} x {} pixels take more than {} GiB; bring "
                                  "them to a smaller size",
                                  rows, layout.width, layout.height, most_array_bytes >> 30));
  }

  // [rows, row]
  template <class Value>
  std::vector<Value> values(const Layout& layout) {
    std::vector<Value> all(facts_.size() * static_cast<std::size_t>(layout.row.size()));
    Failures failures;
    for (std::size_t i = 0; i < facts_.size(); ++i)
      failures.collect([&] {
        write(decode_picture(bytes_of(i), path_of(i), layout.channels), layout,
              all.data() + i * static_cast<std::size_t>(layout.row.size()));
      });
    failures.raise();
    return all;
  }

  template <class Value>
  void write(const Picture& picture, const Layout& layout, Value* to) {
    if (picture.is_see_through) ++see_through_;
    constexpr bool are_bytes = sizeof(Value) == 1;
    const std::vector<std::uint16_t> samples =
        resampled(picture, layout.height, layout.width, are_bytes ? 255 : 65'535);
    auto sample = samples.begin();
    for (std::int64_t y = 0; y < layout.height; ++y)
      for (std::int64_t x = 0; x < layout.width; ++x)
        for (std::int64_t c = 0; c < layout.channels; ++c) {
          Value& value = to[layout.index(c, y, x)];
          if constexpr (are_bytes)
            value = static_cast<Value>(*sample++);
          else
            value = static_cast<Value>(*sample++) / Value{257};
        }
  }

  template <class F>
  std::size_t count_of(F holds) const {
    return static_cast<std::size_t>(std::ranges::count_if(facts_, holds));
  }

  void add_notes(const Layout& layout, std::vector<Text>& notes) const {
    const auto add = [&](std::size_t count, Phrase what, const auto&... more) {
      const Text some =
          in_words(Phrase::some_pictures, count, facts_.size(), facts_.size() == 1 ? "" : "s");
      if (count > 0) notes.push_back(in_words(what, some, more...));
    };
    const Size size{layout.height, layout.width};
    add(count_of([&](const PictureFacts& facts) { return size_of(facts) != size; }),
        Phrase::pictures_scaled, layout.width, layout.height);
    if (layout.channels == 1)
      add(count_of([](const PictureFacts& facts) { return !facts.is_grey; }),
          Phrase::pictures_greyed);
    add(see_through_, Phrase::pictures_over_white);
    add(count_of([](const PictureFacts& facts) { return facts.is_turned; }),
        Phrase::pictures_turned);
    add(count_of([](const PictureFacts& facts) { return facts.is_deep; }),
        Phrase::pictures_of_16_bits);
  }

  const PictureFiles& files_;
  std::string bytes_;
  std::vector<PictureFacts> facts_;
  bool is_deep_ = false;
  std::size_t see_through_ = 0;
};

Examples examples_of(const PictureFiles& files, std::string bytes, const PictureOptions& options,
                     std::optional<Layout>& layout) {
  ArrayReader reader(files, std::move(bytes));
  if (!layout)
    layout = options.row ? layout_of(*options.row, files.folder)
                         : common_layout(reader.facts(), options);
  Examples examples{reader.read(*layout), std::nullopt};
  if (!files.classes.empty())
    examples.targets = Array{.file = files.folder,
                             .shape = {static_cast<std::int64_t>(files.codes.size())},
                             .values = std::vector<float>(files.codes.begin(), files.codes.end()),
                             .words = files.classes};
  return examples;
}

}  // namespace

std::optional<Source> read_picture_folder(const std::string& folder,
                                          const PictureOptions& options) {
  const std::optional<PictureFolder> files = pictures_in(folder);
  if (!files) return std::nullopt;
  std::optional<Layout> layout;
  Source source{examples_of(files->main, "", options, layout)};
  if (files->test) source.test = examples_of(*files->test, "", options, layout);
  if (files->validation) source.validation = examples_of(*files->validation, "", options, layout);
  return source;
}

Examples read_picture(std::string bytes, const std::string& path, const PictureOptions& options) {
  const fs::path file(path);
  std::optional<Layout> layout;
  return examples_of({.folder = file.has_parent_path() ? file.parent_path().string() : ".",
                      .names = {file.filename().string()}},
                     std::move(bytes), options, layout);
}

}  // namespace chainrule::data
