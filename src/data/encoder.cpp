// Applies what an encoder has learnt.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "data/array_encoding.h"
#include "data/bound_column.h"
#include "data/needed_column.h"
#include "data/news.h"
#include "data/validate.h"
#include "data/words.h"
#include "tensor/index_text.h"
#include "words/messages.h"

namespace chainrule::data {

Encoder Encoder::with_threshold(std::optional<double> threshold) const {
  Encoder encoder = *this;
  encoder.target_.threshold = threshold;
  return encoder;
}

namespace {

// The columns of a table by name; it may have a hundred thousand.
class Columns {
 public:
  explicit Columns(const Table& table) : table_(table) {
    for (const Column& column : table.columns) by_name_.emplace(column.name, &column);
  }
  const Column& needed(const std::string& name, const char* as) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end())
      throw DataError({table_.file},
                      fmt::format("has no column {}, which the model needs as {}; {}", quote(name),
                                  as, suggestion(name, table_.names())));
    return *found->second;
  }

 private:
  const Table& table_;
  std::unordered_map<std::string_view, const Column*> by_name_;
};

std::vector<std::string> beginnings(const Table& table, const Column& column) {
  std::vector<std::string> all;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const std::string text = value_text(column, row);
    all.push_back(is_missing(text) ? "" : quote(text));
  }
  return all;
}

// Frees the columns of `own` after their last use, and those without one at once. An encoding may
// name a column twice, if only a hostile one does.
class LastUse {
 public:
  LastUse(Table* own, std::span<const Column* const> uses) : own_(own) {
    if (own_ == nullptr) return;
    for (const Column* column : uses) ++left_[column];
    for (Column& column : own_->columns)
      if (!left_.contains(&column)) release(column);
  }
  void note(const Column* used) {
    if (own_ == nullptr || --left_[used] > 0) return;
    release(own_->columns[static_cast<std::size_t>(used - own_->columns.data())]);
  }

 private:
  static void release(Column& column) {
    column.numbers = {};
    column.codes = {};
    column.categories = {};
  }

  Table* own_;
  std::unordered_map<const Column*, int> left_;
};

std::string date_part(const ColumnEncoding& how, std::int64_t part) {
  std::vector<std::string> names;
  if (how.has_days()) names.emplace_back("");
  const auto add = [&](bool has, const std::string& circle) {
    if (!has) return;
    names.push_back(fmt::format(" {} (sin)", circle));
    names.push_back(fmt::format(" {} (cos)", circle));
  };
  add(how.has_year(), "year");
  add(how.has_week(), "week");
  add(how.has_day_time(), "day");
  return names[static_cast<std::size_t>(part)];
}

}  // namespace

Shape Encoder::row() const {
  return array_ && array_->shape.rank() > 0 ? array_->shape : Shape{width()};
}

std::int64_t Encoder::width() const {
  if (array_) return array_->shape.size();
  std::int64_t total = 0;
  for (const ColumnEncoding& column : columns_) total += column.width();
  return total;
}

std::vector<std::int64_t> Encoder::number_features() const {
  std::vector<std::int64_t> numbers;
  std::int64_t first = 0;
  for (const ColumnEncoding& column : columns_) {
    const std::int64_t own = column.width() - (column.missing_feature ? 1 : 0);
    if (!column.is_of_texts())
      for (std::int64_t k = 0; k < own; ++k) numbers.push_back(first + k);
    first += column.width();
  }
  return numbers;
}

std::vector<std::int64_t> TextFeatures::features() const {
  std::vector<std::int64_t> places(static_cast<std::size_t>(slots));
  std::iota(places.begin(), places.end(), first);
  return places;
}

std::vector<TextFeatures> Encoder::text_features() const {
  std::vector<TextFeatures> texts;
  std::int64_t first = 0;
  for (const ColumnEncoding& column : columns_) {
    if (column.kind == ColumnKind::text) texts.push_back({first, column.slots, column.buckets});
    first += column.width();
  }
  return texts;
}

std::string Encoder::feature_name(std::int64_t feature) const {
  if (feature < 0 || feature >= width())
    throw UsageError(fmt::format("feature {} does not exist; there are {}", feature, width()));
  if (array_) return "x" + index_text(array_->shape, feature);
  for (const ColumnEncoding& column : columns_) {
    if (feature < column.width()) {
      if (column.missing_feature && feature == column.width() - 1) return column.name + " missing";
      const auto k = static_cast<std::size_t>(feature);
      if (column.kind == ColumnKind::categorical)
        return column.name + (k < column.categories.size() ? "=" + column.categories[k] : " other");
      if (column.kind == ColumnKind::text) return fmt::format("{} word {}", column.name, k + 1);
      return column.kind == ColumnKind::date ? column.name + date_part(column, feature)
                                             : column.name;
    }
    feature -= column.width();
  }
  throw InternalError("feature_name ran past the columns");
}

Dataset Encoder::encode(const Table& table, bool with_targets) const try {
  return encode(table, nullptr, with_targets);
} catch (...) {
  throw_ours();
}

Dataset Encoder::encode(Table&& table, bool with_targets) const try {
  Table own = std::move(table);
  return encode(own, &own, with_targets);
} catch (...) {
  throw_ours();
}

// Of a table that is `own` each column is narrowed and freed before the rows are made: the columns
// as doubles and the rows as floats at once would be half as much again.
Dataset Encoder::encode(const Table& table, Table* own, bool with_targets) const {
  if (array_)
    throw DataError({table.file},
                    fmt::format("is a table, and the model was trained on arrays of shape "
                                "{}; give such arrays",
                                array_->shape.to_string()));
  validate(table);
  Dataset data;
  data.rows_ = table.rows;
  data.width_ = width();
  data.row_ = row();
  data.outputs_ = target_.outputs();
  data.file_ = table.file;
  data.lines_ = table.lines;
  if (table.by_position)
    data.notes_.push_back(
        in_words(table.dialect.header ? Phrase::by_position_named : Phrase::by_position_unnamed,
                 table.file));
  const Columns columns(table);
  std::vector<const Column*> uses;
  for (const ColumnEncoding& how : columns_) uses.push_back(&columns.needed(how.name, "an input"));
  if (with_targets)
    for (const std::string& name : target_.columns)
      uses.push_back(&columns.needed(name, "the target"));
  LastUse last_use(own, uses);
  if (with_targets) {
    const auto targets = std::span(uses).subspan(columns_.size());
    encode_target(table, targets, data);
    for (const Column* target : targets) last_use.note(target);
  }
  std::vector<BoundColumn> bound;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    bound.push_back(bind(columns_[c], table, *uses[c]));
    if (columns_[c].kind == ColumnKind::text)
      data.texts_[columns_[c].name] = beginnings(table, *uses[c]);
    if (Text news = news_of(columns_[c], table, *uses[c]); !news.empty())
      data.notes_.push_back(std::move(news));
    last_use.note(uses[c]);
  }
  std::vector<float> features(static_cast<std::size_t>(data.rows_ * data.width_));
  // In blocks of rows, so that both the columns read and the rows written stay in the cache.
  constexpr std::int64_t block = 64;
  for (std::int64_t first = 0; first < data.rows_; first += block) {
    std::int64_t offset = 0;
    for (const BoundColumn& column : bound) {
      for (std::int64_t row = first; row < std::min(first + block, data.rows_); ++row)
        write_feature(column, static_cast<std::size_t>(row),
                      features.data() + row * data.width_ + offset);
      offset += column.encoding->width();
    }
  }
  *data.features_ = std::move(features);
  return data;
}

Dataset Encoder::encode(Examples examples, bool with_targets) const try {
  Array& x = examples.features;
  if (!array_) {
    std::string names;
    for (const ColumnEncoding& column : columns_) {
      names += (names.empty() ? "" : ", ") + quote(column.name);
      if (names.size() > 200) {
        names += ", ...";
        break;
      }
    }
    throw DataError({x.file},
                    fmt::format("is an array, and the model was trained on a table with the "
                                "columns {}; give such a table",
                                names));
  }
  // 28 x 28 and 784 are the same values in the same order.
  if (x.width() != array_->shape.size())
    throw DataError({x.file},
                    fmt::format("has {} values per row (shape {}), and the model was trained on "
                                "{} (shape {}); give arrays of that shape",
                                x.width(), x.shape.to_string(), array_->shape.size(),
                                array_->shape.to_string()));
  // Of numbers in other units than bytes nothing says what they were.
  const bool takes_bytes = array_->of_pictures || (array_->shift == std::vector<double>{0} &&
                                                   array_->scale == std::vector<double>{1.0 / 255});
  if (!x.names.empty() && !takes_bytes)
    throw DataError({x.file},
                    "is of pictures, and the model was trained on arrays of numbers in units of "
                    "their own; give such arrays, or train on bytes from 0 to 255");
  validate(examples);
  Dataset data;
  data.rows_ = x.rows();
  data.width_ = x.width();
  data.outputs_ = target_.outputs();
  data.file_ = x.file;
  data.row_ = row();
  data.names_ = std::move(x.names);
  data.notes_ = std::move(x.notes);
  if (x.stored) data.in_file_ = {x.stored, array_->shift, array_->scale};
  if (auto* bytes = std::get_if<0>(&x.values)) {
    *data.features_ = std::move(*bytes);
    data.shift_.assign(array_->shift.begin(), array_->shift.end());
    data.scale_.assign(array_->scale.begin(), array_->scale.end());
  } else {
    *data.features_ = scaled_features(x, *array_);
    data.is_scaled_by_place_ = array_->shift.size() > 1;
  }
  if (!with_targets) return data;

  if (!examples.targets)
    throw DataError({data.file_},
                    data.names_.empty()
                        ? "has no targets beside it; they are needed here"
                        : "holds pictures without classes, which are needed here; put "
                          "those of each class into a folder of their own");
  encode_target(*examples.targets, data);
  return data;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
