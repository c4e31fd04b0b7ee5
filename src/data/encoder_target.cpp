// How targets are encoded.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/suggest.h"
#include "data/arrays.h"
#include "data/name_index.h"
#include "data/needed_column.h"
#include "data/news.h"
#include "data/one_hot.h"
#include "data/scaling.h"
#include "data/validate.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {

// No answer can meet a class that training never saw. Where such rows are few they are left out of
// the scores, and a note says how many; where they are at least half of all, another column or
// another spelling is the likely reason.
void Encoder::leave_out_unknown(const Column& column,
                                const std::function<FilePlace(std::size_t)>& place_of,
                                Dataset& data) const {
  const auto present =
      std::ranges::count_if(data.classes_, [](std::int32_t code) { return code != missing_code; });
  data.unknown_targets_ = std::ranges::count(data.classes_, unknown_code);
  if (data.unknown_targets_ == 0) return;
  const auto first = static_cast<std::size_t>(std::ranges::find(data.classes_, unknown_code) -
                                              data.classes_.begin());
  const std::string text = value_text(column, static_cast<std::int64_t>(first));
  const std::string hint = fmt::format("{} is not a class of the model; {}", quote(text),
                                       suggestion(text, target_.classes));
  if (2 * data.unknown_targets_ >= present) throw DataError(place_of(first), hint);
  const std::int64_t known = present - data.unknown_targets_;
  data.notes_.push_back(
      in_words(Phrase::unseen_classes, data.unknown_targets_, present, hint, known, quote(text)));
  std::ranges::replace(data.classes_, unknown_code, missing_code);
}

void Encoder::encode_target(const Table& table, std::span<const Column* const> columns,
                            Dataset& data) const {
  data.has_targets_ = true;
  const Column& column = *columns[0];
  if (target_.task == Task::classification && columns.size() > 1) {
    for (std::int64_t row = 0; row < table.rows; ++row) {
      const std::optional<std::int32_t> one = class_in_row(columns, row);
      if (!one)
        throw DataError({table.file, table.lines.of(row), field_of(table, column)},
                        fmt::format("of the {} columns of the target {} exactly one is to be 1 in "
                                    "every row; mend the row",
                                    columns.size(), quote(target_.name)));
      data.classes_.push_back(*one);
    }
    return;
  }
  if (target_.task == Task::classification) {
    const auto place_of = [&](std::size_t row) {
      return FilePlace{table.file, line_of(table, row), field_of(table, column)};
    };
    data.classes_ = NameIndex(target_.classes).of(column);
    if (column.rounded && std::ranges::find(data.classes_, unknown_code) != data.classes_.end())
      throw DataError({table.file, column.rounded->line, field_of(table, column)},
                      fmt::format("column {}: {} is a whole number that double does not hold, so "
                                  "its class cannot be told; read the column as text "
                                  "(categorical)",
                                  quote(column.name), quote(column.rounded->text)));
    leave_out_unknown(column, place_of, data);
    return;
  }
  for (std::size_t k = 0; k < std::min(columns.size(), target_.written.size()); ++k)
    if (const Text unit = other_unit(*columns[k], target_.written[k].unit); !unit.empty())
      data.notes_.push_back(in_words(Phrase::of_target, quote(columns[k]->name), unit));
  const auto width = static_cast<std::size_t>(target_.outputs());
  data.numbers_.resize(static_cast<std::size_t>(table.rows) * width);
  for (std::size_t k = 0; k < width; ++k) {
    const std::vector<double>& numbers =
        needed_numbers(table, *columns[target_.quantiles.empty() ? k : 0]);
    for (std::size_t row = 0; row < numbers.size(); ++row) {
      double y = numbers[row];
      if (target_.is_log)
        y = logarithm(y, {table.file, line_of(table, row)}, "column " + quote(target_.name));
      data.numbers_[row * width + k] =
          static_cast<float>((y - target_.mean[k]) / target_.deviation[k]);
    }
  }
}

void Encoder::encode_target(const Array& y, Dataset& data) const {
  data.has_targets_ = true;
  if (target_.task == Task::classification) {
    if (y.width() != 1)
      throw DataError(
          {y.file}, fmt::format("has shape {}; one class per row is needed", y.shape.to_string()));
    const Column column = column_of(y);
    data.classes_ = NameIndex(target_.classes).of(column);
    leave_out_unknown(
        column, [&](std::size_t) { return FilePlace{y.file}; }, data);
    return;
  }
  if (!y.words.empty())
    throw DataError({y.file}, fmt::format("holds text such as {}, and the model was trained on "
                                          "numbers; give numbers",
                                          quote(y.words[0])));
  const std::int64_t width = target_.quantiles.empty() ? target_.outputs() : 1;
  if (y.width() != width)
    throw DataError({y.file}, fmt::format("has {} numbers per row, and the model was trained on {}",
                                          y.width(), width));
  for (std::int64_t i = 0; i < y.shape.size(); ++i) {
    const auto k = static_cast<std::size_t>(i % width);
    const double number = target_.is_log ? logarithm(y.at(i), {y.file}, "the target") : y.at(i);
    const auto standard = static_cast<float>((number - target_.mean[k]) / target_.deviation[k]);
    data.numbers_.insert(data.numbers_.end(), static_cast<std::size_t>(target_.outputs() / width),
                         standard);
  }
}

}  // namespace chainrule::data
