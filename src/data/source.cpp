// From a name to a source, and all the way to training parts.
#include <algorithm>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "base/packed.h"
#include "data/arrays.h"
#include "data/csv.h"
#include "data/validate.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

namespace fs = std::filesystem;

bool looks_like_idx(std::string_view bytes) {
  return bytes.starts_with(std::string_view("\0\0", 2));
}
// By its name too, so that a damaged file is called by what it was meant to be.
bool looks_like_npy(std::string_view bytes, const std::string& path) {
  return bytes.starts_with("\x93NUMPY") || without_packing(path).ends_with(".npy");
}

Array read_array(const std::string& path) {
  const std::string bytes = read_file(path);
  return looks_like_npy(bytes, path) ? parse_npy(bytes, path) : parse_idx(bytes, path);
}

Examples paired(Array features, const std::string& targets_path) {
  if (features.rows() == 0 || features.width() == 0)
    throw DataError({features.file}, "holds no values (shape " + features.shape.to_string() +
                                         "); give at least one row");
  Examples examples{std::move(features), std::nullopt};
  if (targets_path.empty()) return examples;
  examples.targets = read_array(targets_path);
  validate(examples);
  return examples;
}

using Names = std::vector<std::string>;

// The first file, in order of name, whose lower-case name begins so; "" if there is none.
std::string first_with(const Names& files, const std::string& start) {
  for (const std::string& file : files)
    if (lower_case(file).starts_with(start)) return file;
  return "";
}

// One way to name the parts of a folder: beginnings of lower-case file names.
struct Naming {
  const char *features, *targets, *test_features, *test_targets;
};
constexpr Naming namings[] = {
    {"train-images", "train-labels", "t10k-images", "t10k-labels"},
    {"train-images", "train-labels", "test-images", "test-labels"},
    {"x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy"},
    {"x.npy", "y.npy", "x_test.npy", "y_test.npy"},
};

Source open_folder(const std::string& folder) {
  const Names files = names_in(folder);
  const auto in_folder = [&](const std::string& file) {
    return file.empty() ? "" : (fs::path(folder) / file).string();
  };
  std::optional<Source> found;
  for (const Naming& naming : namings) {
    const std::string x = first_with(files, naming.features), y = first_with(files, naming.targets);
    const std::string test_x = first_with(files, naming.test_features);
    const std::string test_y = first_with(files, naming.test_targets);
    if (x.empty() || (found && test_x.empty())) continue;
    if (!found) found = Source{paired(read_array(in_folder(x)), in_folder(y)), std::nullopt};
    if (!test_x.empty()) found->test = paired(read_array(in_folder(test_x)), in_folder(test_y));
    if (found->test) break;
  }
  if (found) return *std::move(found);
  Names tables;
  for (const std::string& file : files)
    if (without_packing(file).ends_with(".csv")) tables.push_back(in_folder(file));
  if (!tables.empty())
    throw DataError({folder},
                    fmt::format("is a folder; name one of its tables, such as {}", tables[0]));
  throw DataError({folder},
                  "holds none of: train-images* with train-labels*, X.npy with y.npy, "
                  "x_train.npy with y_train.npy; name a CSV file, or such a folder");
}

// The targets beside a file of features: images -> labels, x -> y, with the same ending.
std::string targets_beside(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  const Names files = names_in(folder.empty() ? "." : folder.string());
  std::string start = lower_case(fs::path(path).filename().string());
  if (const std::size_t at = start.find("-images"); at != std::string::npos)
    start.replace(at, std::string::npos, "-labels");
  else if (start.starts_with("x"))
    start[0] = 'y';
  else
    return "";
  const std::string found = first_with(files, start);
  return found.empty() ? "" : (folder / found).string();
}

// Test rows that stand among the training rows as well: what they show is memory.
void note_copies(Prepared& parts) {
  constexpr double worth_a_note = 0.05;
  std::unordered_map<std::uint64_t, std::int64_t> test;  // rows by hash
  for (const std::int64_t row : parts.test.rows) ++test[parts.test.data->hash(row)];
  std::int64_t copies = 0;
  for (const std::int64_t row : parts.train.rows)
    if (const auto found = test.find(parts.train.data->hash(row)); found != test.end())
      copies += std::exchange(found->second, 0);
  if (copies > 0 &&
      static_cast<double>(copies) >= worth_a_note * static_cast<double>(parts.test.size()))
    parts.notes.push_back(
        fmt::format("{} of the {} test rows stand among the training rows as well, target and all, "
                    "so that the score says less of new rows",
                    copies, parts.test.size()));
}

Part part_of(std::shared_ptr<const Dataset> data, std::vector<std::int64_t> rows) {
  return {std::move(data), std::move(rows)};
}

}  // namespace

Source open(const std::string& named, const CsvOptions& options) try {
  const std::string path = named == standard_input ? standard_input_path : named;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  const std::string bytes = is_folder ? "" : read_file(path);
  const bool is_npy = looks_like_npy(bytes, path);
  if (!is_folder && !is_npy && !looks_like_idx(bytes)) return {parse_csv(bytes, path, options), {}};
  if (!options.categorical.empty())
    throw UsageError(fmt::format("categorical: {} holds arrays, which have no column {}", path,
                                 options.categorical.front()));
  if (is_folder) return open_folder(path);
  return {paired(is_npy ? parse_npy(bytes, path) : parse_idx(bytes, path), targets_beside(path)),
          {}};
} catch (...) {
  throw_ours();
}

Prepared prepare(const std::string& path, const PrepareOptions& options) {
  return prepare(open(path, options.csv), options);
}

Prepared prepare(Source source, const PrepareOptions& options) try {
  Prepared done;
  done.target = decide_target(source, options.target);
  SplitOptions split_options = options.split;
  if (source.test) split_options.test = 0;
  Split split = split_rows(done.target, split_options);
  done.encoder = Encoder::fit(source, done.target, split.train, options.encode);
  const auto data = std::make_shared<const Dataset>(
      std::visit([&](auto& main) { return done.encoder.encode(std::move(main)); }, source.main));
  done.train = part_of(data, std::move(split.train));
  done.validation = part_of(data, std::move(split.validation));
  if (source.test) {
    auto test = std::make_shared<const Dataset>(done.encoder.encode(*std::move(source.test)));
    done.test = part_of(test, test->rows_with_target());
  } else {
    done.test = part_of(data, std::move(split.test));
  }
  note_copies(done);
  return done;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
