#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "data/array_files.h"
#include "data/one_hot.h"
#include "data/validate.h"
#include "data/words.h"
#include "words/messages.h"

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
      in_words(whole ? Phrase::distinct_whole_numbers : Phrase::distinct_numbers, distinct.size());
  if (target.task == Task::classification) {
    const int zeros = column == nullptr || !whole ? 0 : column->zeros;
    for (const double x : distinct)
      target.classes.push_back(zeros > 0 ? fmt::format("{:.{}f}", x, zeros) : number_text(x));
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
  target.reason = in_words(Phrase::column_text);
  refuse_useless(target, target.classes.size(), place);
}

const Column& named_column(const Table& table, const std::string& name) {
  if (const Column* column = table.find(name)) return *column;
  throw UsageError(fmt::format("target: {} has no column {}; {}", table.file, quote(name),
                               suggestion(name, table.names())));
}

// The columns that a target names, with commas between; a name may have commas of its own.
std::vector<const Column*> named_columns(const Table& table, std::string_view names) {
  std::vector<const Column*> columns;
  while (true) {
    while (names.starts_with(' ')) names.remove_prefix(1);
    std::size_t end = names.size();  // the longest beginning that is a name
    while (end != std::string_view::npos && table.find(names.substr(0, end)) == nullptr)
      end = end == 0 ? std::string_view::npos : names.rfind(',', end - 1);
    if (end == std::string_view::npos) end = columns.empty() ? names.size() : names.find(',');
    columns.push_back(&named_column(table, std::string(names.substr(0, end))));
    if (std::ranges::count(columns, columns.back()) > 1)
      throw UsageError(fmt::format("target: {} is named twice", quote(columns.back()->name)));
    if (end >= names.size()) return columns;
    names.remove_prefix(end + 1);
  }
}

Place place_of(const Table& table, const Column& column) {
  return {table.file, "column " + quote(column.name), &table.lines,
          &column - table.columns.data() + 1};
}

void decide_one(Target& target, const Table& table, const Column& column,
                std::optional<Task> task) {
  const Place place = place_of(table, column);
  target.name = column.name;
  if (column.kind == ColumnKind::date)
    throw DataError({table.file}, place.what +
                                      " holds dates, which are not predicted; choose "
                                      "another target");
  if (column.kind == ColumnKind::numeric)
    decide_numbers(target, column.numbers, place, task, &column);
  else
    decide_texts(target, column, place, task);
}

void decide_one_hot(Target& target, const Table& table, std::span<const Column* const> columns) {
  OneHotNames names = one_hot_names(target.columns);
  target.name = std::move(names.name);
  target.classes = std::move(names.classes);
  target.outputs = static_cast<std::int64_t>(columns.size());
  target.reason = in_words(Phrase::one_column_is_1, columns.size());
  for (std::int64_t row = 0; row < table.rows; ++row)
    target.class_of.push_back(*class_in_row(columns, row));
  note_rows(target, target.class_of.size(), [&](std::size_t i) { return target.class_of[i] >= 0; });
  refuse_useless(target, columns.size(), {table.file, "the target"});
}

// Several columns are numbers: a text is a class of its own.
void refuse_text_among(const Table& table, const Column& column) {
  const Place place = place_of(table, column);
  const auto text = std::ranges::find_if(column.codes, [](std::int32_t code) { return code >= 0; });
  if (text == column.codes.end())
    throw DataError({table.file}, place.what + " has no value in any row; leave it out");
  throw DataError(
      place.of(static_cast<std::size_t>(text - column.codes.begin())),
      fmt::format("{} holds text such as {}, and a target of several columns is numbers, or one "
                  "class of 0 and 1; name it alone, or leave it out",
                  place.what, quote(column.categories[static_cast<std::size_t>(*text)])));
}

void decide_several(Target& target, const Table& table, std::span<const Column* const> columns,
                    std::optional<Task> task) {
  const bool is_class = are_one_hot(columns, table.rows);
  if (is_class && task != Task::regression) return decide_one_hot(target, table, columns);
  if (task == Task::classification)
    throw DataError({table.file},
                    "these columns are no class, of which exactly one is 1 in every row; name one "
                    "column to classify");
  for (const Column* column : columns) {
    if (column->kind == ColumnKind::categorical) refuse_text_among(table, *column);
    Target one;
    decide_one(one, table, *column, Task::regression);
    target.name += (target.name.empty() ? "" : ",") + column->name;
  }
  note_rows(target, static_cast<std::size_t>(table.rows), [&](std::size_t i) {
    return std::ranges::none_of(
        columns, [&](const Column* column) { return std::isnan(column->numbers[i]); });
  });
  target.task = Task::regression;
  target.outputs = static_cast<std::int64_t>(columns.size());
  target.reason = in_words(Phrase::numbers_per_row, columns.size());
  refuse_useless(target, 2, {table.file, "the target"});
}

Target decide(const Table& table, const TargetOptions& options) {
  validate(table);
  if (table.columns.empty() || table.rows == 0) throw DataError({table.file}, "holds no rows");
  if (table.columns.size() == 1)
    throw DataError(
        {table.file},
        fmt::format("holds one column only, {}, and nothing to learn from beside it; if "
                    "there are more, say what is between them: --delimiter space, say",
                    quote(table.columns[0].name)));
  std::vector<const Column*> columns;
  if (!options.column.empty()) columns = named_columns(table, options.column);
  Target target;
  const Column& first = columns.empty() ? table.columns.back() : *columns[0];
  if (columns.size() < 2) {
    const std::vector<const Column*> block = one_hot_around(table, first);
    if (columns.empty() && block.size() > 2)
      columns = block;
    else
      for (const Column* column : block)
        if (column != &first) target.told_by.push_back(column->name);
  }
  if (columns.empty()) columns = {&first};
  for (const Column* column : columns) target.columns.push_back(column->name);
  if (columns.size() == 1)
    decide_one(target, table, first, options.task);
  else
    decide_several(target, table, columns, options.task);
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
        examples.features.names.empty()
            ? "has no targets beside it (y.npy, or a file of labels); they are needed to train"
            : "holds pictures without classes; to train on them put those of each class into a "
              "folder of their own");
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
  target.reason = in_words(Phrase::numbers_per_row, width);
  refuse_useless(target, 2, place);
  return target;
}

}  // namespace

Target decide_target(const Source& source, const TargetOptions& options) try {
  TargetOptions wanted = options;
  if (!options.quantiles.empty() && !options.task) wanted.task = Task::regression;
  Target target = std::visit([&](const auto& main) { return decide(main, wanted); }, source.main);
  target.is_log = target.task == Task::regression && options.scale == TargetScale::log;
  target.probabilities = options.probabilities;
  if (options.quantiles.empty()) return target;
  if (target.task != Task::regression || target.outputs != 1)
    throw UsageError(
        fmt::format("quantiles are of one number, and the target is {}; leave them out",
                    target.task == Task::regression ? "several" : "a class"));
  target.quantiles = options.quantiles;
  target.outputs = static_cast<std::int64_t>(target.quantiles.size());
  return target;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
