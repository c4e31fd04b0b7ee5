#include "data/shared_dataset.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "data/array_files.h"
#include "data/stored_rows.h"
#include "ranks/agreement.h"

namespace chainrule::data {
namespace {

void give_shape(const Broadcast& all, Shape& shape) {
  std::vector<std::int64_t> extents(shape.begin(), shape.end());
  all(extents);
  shape = Shape(extents);
}

std::shared_ptr<const StoredRows> opened(const std::string& named) {
  std::error_code ignored;
  std::string path = named;
  if (std::filesystem::is_directory(named, ignored))
    if (const std::optional<ArrayFiles> files = array_files_in(named)) path = files->features;
  if (const std::optional<Array> array = stored_array(path)) return array->stored;
  const FileInParts is_there(path);  // or says why not
  throw DataError({path}, "is no plain array file of more than 64 MiB, as that of rank 0 is");
}

std::string words_of(const StoredRows& rows) {
  return fmt::format("shape {}, crc32 {:08x}", rows.shape().to_string(), rows.sum().crc);
}

}  // namespace

void SharedDataset::give(const Broadcast& all, Dataset& data) {
  all(data.rows_);
  all(data.width_);
  all(data.outputs_);
  give_shape(all, data.row_);
  all(data.is_scaled_by_place_);
  all(data.has_targets_);
  auto type = data.features_->index();
  all(type);
  if (type == 1 && data.features_->index() == 0) *data.features_ = std::vector<float>();
  std::visit([&](auto& features) { all(features); }, *data.features_);
  bool stays_in_file = data.in_file_.has_value();
  all(stays_in_file);
  if (stays_in_file && !data.in_file_) data.in_file_.emplace();
  if (stays_in_file) {
    all(data.in_file_->shift);
    all(data.in_file_->scale);
  }
  all(data.shift_);
  all(data.scale_);
  all(data.classes_);
  all(data.numbers_);
  all(data.row_weights_);
  all(data.weights_per_row_);
  all(data.file_);
}

void SharedDataset::open_file(Communicator& ranks, Dataset& data, const std::string& named) {
  if (!data.in_file_) return;
  std::shared_ptr<const StoredRows>& rows = data.in_file_->rows;
  std::string failure, words;
  try {
    if (rows == nullptr) rows = opened(named);
    if (ranks.rank() == 0) words = words_of(*rows);  // known since it was read
  } catch (const std::exception& error) {
    failure = error.what();
  }
  require_success(ranks, failure);
  Broadcast{ranks}(words);
  const bool reads = is_first_to_say(ranks, ranks.place() + " " + rows->identity());
  try {
    if (reads) words = words_of(*rows);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  require_success(ranks, failure);
  require_agreement(ranks, "content in " + rows->path(), words);
}

}  // namespace chainrule::data
