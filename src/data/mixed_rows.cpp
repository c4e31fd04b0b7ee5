#include "data/mixed_rows.h"

#include <algorithm>

#include <fmt/format.h>

namespace chainrule::data {

MixedRows::MixedRows(const Encoder& encoder) : first_{0} {
  if (encoder.columns().empty())
    throw UsageError("the data is arrays, which have no columns that could be exchanged");
  for (const ColumnEncoding& column : encoder.columns())
    first_.push_back(first_.back() + static_cast<std::size_t>(column.width()));
  at_hand_.resize(first_.back());
  rows_.width_ = encoder.width();
  rows_.row_ = encoder.row();
  rows_.outputs_ = encoder.target().outputs();
  *rows_.features_ = std::vector<float>();
}

void MixedRows::start(const Dataset& from, std::int64_t row) {
  std::ranges::copy(row_of(from, row), at_hand_.begin());
}

void MixedRows::take(std::size_t column, const Dataset& from, std::int64_t row) {
  std::ranges::copy(features(column, from, row),
                    at_hand_.begin() + static_cast<std::ptrdiff_t>(first_[column]));
}

void MixedRows::add() {
  auto& all = std::get<std::vector<float>>(*rows_.features_);
  all.insert(all.end(), at_hand_.begin(), at_hand_.end());
  ++rows_.rows_;
}

void MixedRows::clear() {
  std::get<std::vector<float>>(*rows_.features_).clear();
  rows_.rows_ = 0;
}

std::span<const float> MixedRows::features(std::size_t column, const Dataset& from,
                                           std::int64_t row) const {
  return row_of(from, row).subspan(first_[column], first_[column + 1] - first_[column]);
}

std::span<const float> MixedRows::row_of(const Dataset& from, std::int64_t row) const {
  const auto* all = std::get_if<std::vector<float>>(from.features_.get());
  if (all == nullptr || from.width_ != rows_.width_ || row < 0 || row >= from.rows_)
    throw UsageError(fmt::format("row {} is none of a table of {} rows with {} features", row,
                                 from.rows_, rows_.width_));
  return std::span(*all).subspan(static_cast<std::size_t>(row) * at_hand_.size(), at_hand_.size());
}

}  // namespace chainrule::data
