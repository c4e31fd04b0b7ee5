#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "data/array_files.h"
#include "data/validate.h"
#include "data/words.h"

#include "chainrule/data.h"

namespace chainrule::data {
namespace {

// Where the targets came from, for messages: "column "species"" or a file of targets.
struct Place {
  std::string file, what;
  const LineNumbers* lines = nullptr;  // none for arrays
  std::int64_t field = 0;
  bool names_classes = false;  // a file of labels

  FilePlace of(std::size_t row) const {
    const std::int64_t line = lines == nullptr ? 0 : lines->of(static_cast<std::int64_t>(row));
    return line == 0 ? FilePlace{file} : FilePlace{file, line, field};
  }
};

std::vector<double> distinct_of(std::span<const double> numbers) {
  std::vector<double> distinct;
  distinct.reserve(numbers.size());
  for (const double x : numbers)
    if (!std::isnan(x)) distinct.push_back(x == 0 ? 0.0 : x);  // -0 is 0
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  return distinct;
}

void refuse_useless(const Target& target, std::size_t distinct, const Place& place) {
  if (target.rows.empty())
    throw DataError({place.file}, place.what + " has no value in any row; choose another target");
  if (distinct == 1 && target.task == Task::classification)
    throw DataError({place.file},
                    fmt::format("{} holds one class only, {}; a classification needs two or more",
                                place.what, quote(target.classes[0])));
  if (distinct == 1)
    throw DataError({place.file}, place.what +
                                      " holds the same number in every row; there is nothing "
                                      "to learn, choose another target");
  if (target.task == Task::classification && distinct > 50 && 2 * distinct > target.rows.size())
    throw DataError(
        {place.file},
        fmt::format("{} holds {} classes in {} rows, so it names rows rather than classes; "
                    "choose another target",
                    place.what, distinct, target.rows.size()));
}

// Rows with a target: those where `present` says so.
template <class Present>
void note_rows(Target& target, std::size_t rows, Present present) {
  target.rows.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i)
    if (present(i))
      target.rows.push_back(static_cast<std::int64_t>(i));
    else
      ++target.left_out;
}

// Two names that are whole numbers beyond 2^53 may have become the same double.
void refuse_rounded(const Column& column, const Place& place) {
  throw DataError({place.file, column.rounded->line, place.field},
                  fmt::format("{}: {} is a whole number that double does not hold, so that two "
                              "classes might become one; train with the column as text: "
                              "--categorical {}",
                              place.what, quote(column.rounded->text), column.name));
}

// `column` is where the numbers are from, if that is a table.
void decide_numbers(Target& target, std::span<const double> numbers, const Place& place,
                    std::optional<Task> task, const Column* column = nullptr) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (std::isinf(numbers[i]))
      throw DataError(place.of(i), fmt::format("{}: row {} is infinite; mend it or leave it out",
                                               place.what, i + 1));
  note_rows(target, numbers.size(), [&](std::size_t i) { return !std::isnan(numbers[i]); });
  const std::vector<double> distinct = distinct_of(numbers);
  const bool whole =
      std::all_of(distinct.begin(), distinct.end(), [](double x) { return x == std::floor(x); });
  const std::size_t few =
      std::min<std::size_t>(20, std::max<std::size_t>(2, target.rows.size() / 5));
  const bool classes = whole && (distinct.size() <= few || place.names_classes);
  target.task = task.value_or(classes ? Task::classification : Task::regression);
  if (target.task == Task::classification && column != nullptr && column->rounded)
    refuse_rounded(*column, place);
  target.reason =
      fmt::format("{} distinct {}", distinct.size(), whole ? "whole numbers" : "numbers");
  if (target.task == Task::classification) {
    for (const double x : distinct) target.classes.push_back(number_text(x));
    target.class_of.assign(numbers.size(), -1);
    for (const std::int64_t row : target.rows) {
      const auto i = static_cast<std::size_t>(row);
      target.class_of[i] = static_cast<std::int32_t>(
          std::lower_bound(distinct.begin(), distinct.end(), numbers[i]) - distinct.begin());
    }
    target.outputs = static_cast<std::int64_t>(distinct.size());
  }
  refuse_useless(target, distinct.size(), place);
}

void decide_texts(Target& target, const Column& column, const Place& place,
                  std::optional<Task> task) {
  const auto text = std::find_if(column.codes.begin(), column.codes.end(),
                                 [](std::int32_t code) { return code >= 0; });
  if (task == Task::regression && text != column.codes.end())
    throw DataError(
        place.of(static_cast<std::size_t>(text - column.codes.begin())),
        fmt::format("{} holds text such as {}; regression needs numbers: choose another "
                    "target, or classification",
                    place.what, quote(column.categories[static_cast<std::size_t>(*text)])));
  note_rows(target, column.codes.size(), [&](std::size_t i) { return column.codes[i] >= 0; });
  target.task = Task::classification;
  target.classes = column.categories;
  target.class_of = column.codes;
  target.outputs = static_cast<std::int64_t>(target.classes.size());
  target.reason = "text";
  refuse_useless(target, target.classes.size(), place);
}

Target decide(const Table& table, const TargetOptions& options) {
  validate(table);
  const std::vector<std::string> names = table.names();
  if (names.empty() || table.rows == 0) throw DataError({table.file}, "holds no rows");
  Target target;
  target.name = options.column.empty() ? names.back() : options.column;
  const Column* column = table.find(target.name);
  if (!column)
    throw UsageError(fmt::format("target: {} has no column {}; {}", table.file, quote(target.name),
                                 suggestion(target.name, names)));
  const Place place{table.file, "column " + quote(target.name), &table.lines,
                    column - table.columns.data() + 1};
  if (column->kind == ColumnKind::date)
    throw DataError({table.file}, place.what +
                                      " holds dates, which are not predicted; choose "
                                      "another target");
  if (column->kind == ColumnKind::numeric)
    decide_numbers(target, column->numbers, place, options.task, column);
  else
    decide_texts(target, *column, place, options.task);
  return target;
}

Target decide(const Examples& examples, const TargetOptions& options) {
  validate(examples);
  if (!options.column.empty())
    throw UsageError(fmt::format("target: {} holds arrays, which have no column {}; leave it out",
                                 examples.features.file, quote(options.column)));
  if (!examples.targets)
    throw DataError(
        {examples.features.file},
        "has no targets beside it (y.npy, or a file of labels); they are needed to train");
  const Array& y = *examples.targets;
  Target target;
  Place place{y.file, "the target"};
  place.names_classes = is_label_file(y.file);
  if (y.width() == 1) {
    const Column column = column_of(y);
    if (column.kind == ColumnKind::categorical)
      decide_texts(target, column, place, options.task);
    else
      decide_numbers(target, column.numbers, place, options.task);
    return target;
  }
  // Several numbers per row: regression on all of them.
  std::vector<double> numbers(static_cast<std::size_t>(y.shape.size()));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = y.at(static_cast<std::int64_t>(i));
  if (options.task == Task::classification || !y.words.empty())
    throw DataError({y.file}, fmt::format("has shape {}; classification needs one class per row",
                                          y.shape.to_string()));
  const auto width = static_cast<std::size_t>(y.width());
  if (std::any_of(numbers.begin(), numbers.end(), [](double x) { return std::isinf(x); }))
    throw DataError({y.file}, "holds an infinite target; mend it or leave the row out");
  note_rows(target, static_cast<std::size_t>(y.rows()), [&](std::size_t i) {
    return std::none_of(numbers.begin() + static_cast<long>(i * width),
                        numbers.begin() + static_cast<long>((i + 1) * width),
                        [](double x) { return std::isnan(x); });
  });
  target.task = Task::regression;
  target.outputs = y.width();
  target.reason = fmt::format("{} numbers per row", width);
  refuse_useless(target, 2, place);
  return target;
}

}  // namespace

Target decide_target(const Source& source, const TargetOptions& options) try {
  return std::visit([&](const auto& main) { return decide(main, options); }, source.main);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
