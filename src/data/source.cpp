// From a name to a source, and all the way to training parts.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "base/packed.h"
#include "data/array_files.h"
#include "data/arrays.h"
#include "data/csv.h"
#include "data/expected_column.h"
#include "data/needed_column.h"
#include "data/picture.h"
#include "data/picture_array.h"
#include "data/row_groups.h"
#include "data/row_weights.h"
#include "data/stored_rows.h"
#include "data/validate.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

namespace fs = std::filesystem;

// By its name too, so that a damaged file is called by what it was meant to be.
bool is_npy(std::string_view bytes, const std::string& path) {
  return looks_like_npy(bytes) || without_packing(path).ends_with(".npy");
}

Array parse_array(std::string_view bytes, const std::string& path) {
  return is_npy(bytes, path) ? parse_npy(bytes, path) : parse_idx(bytes, path);
}

Array read_array(const std::string& path) { return parse_array(read_file(path), path); }

Array read_features(const std::string& path) {
  std::optional<Array> stored = stored_array(path);
  return stored ? std::move(*stored) : read_array(path);
}

// QMNIST gives eight numbers to each label: the digit, then where it is from.
Array read_targets(const std::string& path) {
  Array y = read_array(path);
  const bool is_matrix = fs::path(path).filename().string().find("idx2") != std::string::npos;
  if (!is_label_file(path) || !is_matrix || y.shape.rank() != 2 || y.width() != 8) return y;
  std::vector<double> classes;
  for (std::int64_t i = 0; i < y.shape.size(); ++i) {
    if (y.at(i) != std::floor(y.at(i))) return y;
    if (i % y.width() == 0) classes.push_back(y.at(i));
  }
  y.shape = {y.rows()};
  y.values = std::move(classes);
  return y;
}

Examples paired(Array features, const std::string& targets_path) {
  if (features.rows() == 0 || features.width() == 0)
    throw DataError({features.file}, "holds no values (shape " + features.shape.to_string() +
                                         "); give at least one row");
  Examples examples{std::move(features), std::nullopt};
  if (!targets_path.empty()) examples.targets = read_targets(targets_path);
  validate(examples);
  return examples;
}

Source with_test(Examples main, const ArrayFiles& files) {
  Source source{std::move(main)};
  if (!files.test_features.empty())
    source.test = paired(read_features(files.test_features), files.test_targets);
  return source;
}

Source open_folder(const std::string& path, const PictureOptions& options) {
  if (const std::optional<ArrayFiles> files = array_files_in(path))
    return with_test(paired(read_features(files->features), files->targets), *files);
  if (std::optional<Source> pictures = read_picture_folder(path, options))
    return std::move(*pictures);
  refuse_folder(path);
}

// Test rows that stand among the training rows as well: what they show is memory.
void note_copies(Prepared& parts) {
  constexpr double worth_a_note = 0.05;
  std::unordered_map<std::uint64_t, std::int64_t> test;  // rows by hash
  for (const std::uint64_t row : parts.test.data->hashes(parts.test.rows)) ++test[row];
  std::int64_t copies = 0;
  for (const std::uint64_t row : parts.train.data->hashes(parts.train.rows))
    if (const auto found = test.find(row); found != test.end())
      copies += std::exchange(found->second, 0);
  if (copies > 0 &&
      static_cast<double>(copies) >= worth_a_note * static_cast<double>(parts.test.size()))
    parts.notes.push_back(in_words(Phrase::test_rows_known, copies, parts.test.size()));
}

Shape row_of(const Array& array) {
  const Shape& shape = array.shape;
  return shape.rank() < 2 ? Shape{1} : Shape(std::vector(shape.begin() + 1, shape.end()));
}

Part part_of(std::shared_ptr<const Dataset> data, std::vector<std::int64_t> rows) {
  return {std::move(data), std::move(rows)};
}

std::shared_ptr<Dataset> encoded(const Encoder& encoder, Rows& rows) {
  return std::make_shared<Dataset>(
      std::visit([&](auto& kind) { return encoder.encode(std::move(kind)); }, rows));
}

// All of another file, or else these rows of the data; with notes of what is new in the file.
Part part_of(const Encoder& encoder, std::optional<Rows>& own,
             const std::shared_ptr<const Dataset>& data, std::vector<std::int64_t> rows,
             Phrase name, std::vector<Text>& notes) {
  if (!own) return part_of(data, std::move(rows));
  auto other = encoded(encoder, *own);
  for (const Text& note : other->notes()) notes.push_back(in_words(name) + ": " + note);
  std::vector<std::int64_t> all = other->rows_with_target();
  return part_of(std::move(other), std::move(all));
}

}  // namespace

Source open(const std::string& named, const CsvOptions& options,
            const PictureOptions& pictures) try {
  const std::string path = named == standard_input ? standard_input_path : named;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  std::optional<Array> stored = is_folder ? std::nullopt : stored_array(path);
  std::string bytes = is_folder || stored ? "" : read_file(path);
  const bool is_picture =
      !is_folder && !stored && (looks_like_picture(bytes) || has_picture_name(path));
  if (!is_folder && !stored && !is_picture && !is_npy(bytes, path) && !looks_like_idx(bytes))
    return {parse_csv(bytes, path, options)};
  if (!options.categorical.empty())
    throw UsageError(fmt::format("categorical: {} holds arrays, which have no column {}", path,
                                 options.categorical.front()));
  if (is_picture) return {read_picture(std::move(bytes), path, pictures)};
  if (is_folder) return open_folder(path, pictures);
  const ArrayFiles files = array_files_beside(path);
  Source source = with_test(
      paired(stored ? std::move(*stored) : parse_array(bytes, path), files.targets), files);
  source.test_is_beside = source.test.has_value();
  return source;
} catch (...) {
  throw_ours();
}

Rows open_like(const Rows& like, const std::string& path, CsvOptions options) {
  if (const auto* table = std::get_if<Table>(&like)) {
    options.expected = table->dialect;
    options.names = {names_in_file(*table)};
    if (options.header == Header::detect && !table->dialect.header)
      options.header = Header::unlikely;
    for (const Column& column : table->columns)
      options.expected_columns[column.name] = expected_like(column);
  }
  PictureOptions pictures;
  if (const auto* examples = std::get_if<Examples>(&like))
    pictures.row = row_of(examples->features);
  return open(path, options, pictures).main;
}

Prepared prepare(const std::string& path, const PrepareOptions& options) {
  return prepare(open(path, options.csv), options);
}

Prepared prepare(Source source, const PrepareOptions& options) try {
  Prepared done;
  done.target = decide_target(source, options.target);
  SplitOptions split_options = options.split;
  if (source.test) split_options.test = 0;
  if (source.validation) split_options.validation = 0;
  Split split = split_rows(source.main, done.target, split_options);
  EncodeOptions encode = options.encode;
  for (const std::string& column : {split_options.group, options.weight})
    if (!column.empty() && std::ranges::find(encode.keep, column) == encode.keep.end())
      encode.drop.push_back(column);
  if (!split_options.group.empty()) {
    const Column& column = named_column(source.main, split_options.group, "group");
    done.groups.assign(std::max(column.numbers.size(), column.codes.size()), -1);
    std::int64_t number = 0;
    for (const auto& group : rows_together(column, done.target.rows)) {
      for (const std::int64_t row : group) done.groups[static_cast<std::size_t>(row)] = number;
      ++number;
    }
  }
  std::vector<float> weights;
  if (!options.weight.empty())
    weights = row_weights(source.main, options.weight, done.target, split.train);
  done.encoder = Encoder::fit(source, done.target, split.train, encode);
  auto data = encoded(done.encoder, source.main);
  if (!weights.empty()) data->set_row_weights(std::move(weights));
  done.train = part_of(data, std::move(split.train));
  done.validation = part_of(done.encoder, source.validation, data, std::move(split.validation),
                            Phrase::validation, done.notes);
  done.test =
      part_of(done.encoder, source.test, data, std::move(split.test), Phrase::test, done.notes);
  note_copies(done);
  return done;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
