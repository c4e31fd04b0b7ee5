#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "base/aligned.h"
#include "base/hash.h"
#include "chainrule/data.h"
#include "data/augmented.h"
#include "data/stored_rows.h"

namespace chainrule::data {
namespace {

void scale_bytes(const std::uint8_t* from, float* to, std::size_t width,
                 std::span<const float> shift, std::span<const float> scale) {
  if (shift.size() == 1) {
    const float s = shift[0], k = scale[0];
    for (std::size_t f = 0; f < width; ++f) to[f] = (static_cast<float>(from[f]) - s) * k;
    return;
  }
  for (std::size_t f = 0; f < width; ++f)
    to[f] = (static_cast<float>(from[f]) - shift[f]) * scale[f];
}

// Rows come in a random order, which no processor foresees: asking for the next one while this one
// is scaled hides the way to main memory.
void prefetch(const void* memory, std::size_t bytes) {
  const char* at = static_cast<const char*>(memory);
  for (std::size_t i = 0; i < bytes; i += cache_line_bytes) __builtin_prefetch(at + i);
}

// The row's numbers as they are stored; of a picture that is moved, in `moved`.
template <class T>
const T* stored_row(const std::vector<T>& all, std::size_t row, std::size_t width,
                    const Dataset::Moves& moves, const std::optional<PictureAxes>& axes,
                    std::vector<T>& moved) {
  const T* stored = all.data() + row * width;
  if (!axes) return stored;
  moved.resize(width);
  const Draw draw = draw_of(moves.how, moves.seed, moves.step, static_cast<std::int64_t>(row));
  move_picture(stored, *axes, draw, moved.data());
  return moved.data();
}

}  // namespace

template <class T>
void Dataset::scale(std::span<const T> numbers, float* to) const {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    scale_bytes(numbers.data(), to, numbers.size(), shift_, scale_);
  } else {
    const std::size_t each = in_file_->shift.size() == 1 ? 0 : 1;
    for (std::size_t f = 0; f < numbers.size(); ++f)
      to[f] = static_cast<float>((static_cast<double>(numbers[f]) - in_file_->shift[f * each]) *
                                 in_file_->scale[f * each]);
  }
}

void Dataset::gather_stored(std::span<const std::int64_t> rows, float* features,
                            const Moves& moves) const {
  const auto width = static_cast<std::size_t>(width_);
  std::optional<PictureAxes> axes;
  if (moves.how.moves()) axes = picture_axes(row_);
  std::vector<float> still(axes ? width : 0);
  RowReader reader(*in_file_->rows);
  for (const std::int64_t row : rows) {
    reader.read(row, [&](const auto numbers) { scale(numbers, axes ? still.data() : features); });
    if (axes)
      move_picture(still.data(), *axes, draw_of(moves.how, moves.seed, moves.step, row), features);
    features += width;
  }
  in_file_->rows->require_unchanged();
}

void Dataset::gather(std::span<const std::int64_t> rows, float* features, float* targets,
                     const Moves& moves) const {
  std::optional<PictureAxes> axes;
  if (features && moves.how.moves()) {
    require_movable(moves.how);
    axes = picture_axes(row_);
  }
  std::vector<std::uint8_t> moved_bytes;
  std::vector<float> moved_numbers;
  if (targets && !has_targets_)
    throw UsageError(file_ + " was encoded without targets; encode it with them to gather them");
  const auto width = static_cast<std::size_t>(width_), outputs = static_cast<std::size_t>(outputs_);
  for (const std::int64_t row : rows)
    if (row < 0 || row >= rows_)
      throw UsageError(fmt::format("row {} does not exist; {} has {} rows", row, file_, rows_));
  if (in_file_ && features) gather_stored(rows, std::exchange(features, nullptr), moves);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t row = rows[i];
    const auto at = static_cast<std::size_t>(row);
    const auto next = static_cast<std::size_t>(i + 1 < rows.size() ? rows[i + 1] : row);
    if (const auto* bytes = std::get_if<0>(features_.get()); bytes && features) {
      if (next < static_cast<std::size_t>(rows_)) prefetch(bytes->data() + next * width, width);
      scale_bytes(stored_row(*bytes, at, width, moves, axes, moved_bytes), features, width, shift_,
                  scale_);
    } else if (features) {
      const auto& numbers = std::get<1>(*features_);
      std::copy_n(stored_row(numbers, at, width, moves, axes, moved_numbers), width, features);
    }
    if (features) features += width;
    if (!targets) continue;
    if (!classes_.empty()) {
      const std::int32_t k = classes_[at];
      std::fill_n(targets, outputs, k < 0 ? std::numeric_limits<float>::quiet_NaN() : 0.0f);
      if (k >= 0) targets[k] = 1;
    } else {
      std::copy_n(numbers_.data() + at * outputs, outputs, targets);
    }
    targets += outputs;
  }
}

std::int32_t Dataset::class_of(std::int64_t row) const {
  return classes_.empty() ? -1 : classes_.at(static_cast<std::size_t>(row));
}

void Dataset::set_row_weights(std::vector<float> weights, std::int64_t per_row) {
  if (per_row < 1 || static_cast<std::int64_t>(weights.size()) != rows_ * per_row)
    throw UsageError(fmt::format("{} rows and {} weights; give {} to each row", rows_,
                                 weights.size(),
                                 per_row == 1 ? "one weight" : fmt::format("{} weights", per_row)));
  row_weights_ = std::move(weights);
  weights_per_row_ = per_row;
}

std::vector<std::uint64_t> Dataset::hashes(std::span<const std::int64_t> rows) const {
  const auto width = static_cast<std::size_t>(width_), outputs = static_cast<std::size_t>(outputs_);
  std::vector<std::uint64_t> all;
  all.reserve(rows.size());
  const auto add = [&](std::int64_t row, const auto features) {
    auto hash = static_cast<std::uint64_t>(class_of(row));
    if constexpr (std::is_same_v<decltype(features[0]), const std::uint8_t&>)
      hash =
          chainrule::hash({reinterpret_cast<const char*>(features.data()), features.size()}, hash);
    else
      hash = chainrule::hash(features, hash);
    if (!numbers_.empty())
      hash = chainrule::hash(
          std::span(numbers_).subspan(static_cast<std::size_t>(row) * outputs, outputs), hash);
    all.push_back(hash);
  };
  if (in_file_) {
    RowReader reader(*in_file_->rows);
    std::vector<float> scaled(width);
    for (const std::int64_t row : rows)
      reader.read(row, [&](const auto numbers) {
        if constexpr (std::is_same_v<decltype(numbers[0]), const std::uint8_t&>) {
          add(row, numbers);
        } else {
          scale(numbers, scaled.data());
          add(row, std::span<const float>(scaled));
        }
      });
    in_file_->rows->require_unchanged();
    return all;
  }
  std::visit(
      [&](const auto& features) {
        for (const std::int64_t row : rows)
          add(row, std::span(features).subspan(static_cast<std::size_t>(row) * width, width));
      },
      *features_);
  return all;
}

std::uint64_t Dataset::hash(std::int64_t row) const { return hashes(std::span(&row, 1)).front(); }

std::vector<std::int64_t> Dataset::rows_with_target() const {
  std::vector<std::int64_t> rows;
  if (!has_targets_) return rows;
  const auto outputs = static_cast<std::size_t>(outputs_);
  const auto has_numbers = [&](std::size_t row) {
    const float* y = numbers_.data() + row * outputs;
    return std::none_of(y, y + outputs, [](float v) { return std::isnan(v); });
  };
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows_); ++i)
    if (classes_.empty() ? has_numbers(i) : classes_[i] >= 0)
      rows.push_back(static_cast<std::int64_t>(i));
  return rows;
}

FilePlace Dataset::place(std::int64_t row) const {
  if (names_.empty()) return {file_, lines_.of(row)};
  return {(std::filesystem::path(file_) / name(row)).lexically_normal().string()};
}

std::string Dataset::name(std::int64_t row) const {
  return names_.empty() ? "" : names_.at(static_cast<std::size_t>(row));
}

std::string Dataset::text(std::int64_t row, std::string_view column) const {
  const auto found = texts_.find(column);
  return found == texts_.end() ? "" : found->second.at(static_cast<std::size_t>(row));
}

}  // namespace chainrule::data
