// What an encoder learns from the training rows.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "data/date_form.h"
#include "data/scaling.h"
#include "data/validate.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

// Fewer rows than this may all differ by chance; more distinct texts than this get no feature each.
constexpr std::size_t identifier_from = 50, most_categories = 100;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Names of columns whose numbers are names.
bool is_identifier_name(std::string_view name) {
  const std::string lower = lower_case(name);
  constexpr std::array<std::string_view, 13> names{"id",    "uuid", "guid",       "no",    "nr",
                                                   "index", "idx",  "unnamed: 0", "rowid", "key",
                                                   "번호",  "순번", "아이디"};
  const std::size_t before = name.size() < 3 ? 0 : name.size() - 3;
  const bool has_word = !name.empty() && name[before] >= 'a' && name[before] <= 'z';
  return std::ranges::find(names, lower) != names.end() || lower.ends_with("_id") ||
         lower.ends_with(" id") || (has_word && (name.ends_with("Id") || name.ends_with("ID")));
}

// What kind of identifier the column is: whole numbers, another one in every row, that only say
// which row it is; "" if it is none.
std::string_view identifier(const Column& column) {
  if (column.kind == ColumnKind::date) return "";
  const std::vector<double>& x = column.numbers;
  const auto is_whole = [](double number) { return number == std::floor(number); };  // not NaN
  if (x.size() <= identifier_from || !std::ranges::all_of(x, is_whole)) return "";
  const auto [least, most] = std::ranges::minmax(x);
  const auto fewest = static_cast<double>(x.size() - 1);
  const bool counts = most - least == fewest;
  if (most - least < fewest || !(counts || is_identifier_name(column.name))) return "";
  std::vector<double> sorted = x;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return "";
  return counts ? "only counts the rows"
                : "has another number in every row, and the name of an identifier";
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

std::int64_t rows_of(const Table& table) { return table.rows; }
std::int64_t rows_of(const Examples& examples) { return examples.features.rows(); }

std::string plural(std::int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

class EncoderFitter {
 public:
  EncoderFitter(const Source& source, const Target& target, std::span<const std::int64_t> rows,
                const EncodeOptions& options)
      : target_(target), rows_(rows), options_(options) {
    if (rows.empty()) throw UsageError("an encoder needs at least one training row");
    std::visit([](const auto& main) { validate(main); }, source.main);
    const std::int64_t count =
        std::visit([](const auto& main) { return rows_of(main); }, source.main);
    for (const std::int64_t row : rows)
      if (row < 0 || row >= count)
        throw UsageError(
            fmt::format("training row {} does not exist; the source has {} rows", row, count));
    encoder_.target_ = {target.name, target.task, target.classes, {}, {}};
    std::visit([&](const auto& main) { fit(main); }, source.main);
    if (target.left_out > 0)
      note(fmt::format("{} without a target left out", plural(target.left_out, "row")));
  }

  Encoder take() { return std::move(encoder_); }

 private:
  void note(std::string text) { encoder_.notes_.push_back(std::move(text)); }

  void fit(const Table& table) {
    encoder_.dialect_ = table.dialect;
    encoder_.missing_ = table.missing;
    if (const Dialect usual{.header = table.dialect.header}; table.dialect != usual)
      note(read_as(table.dialect));
    if (table.encoding != "UTF-8") note(fmt::format("read as {}", table.encoding));
    if (!table.dialect.header) note("no row of names: the first row was read as data");
    check_names(table, options_.drop, "drop");
    check_names(table, options_.keep, "keep");
    if (contains(options_.drop, target_.name))
      throw UsageError(
          fmt::format("drop: {} is the target; name another with target", quote(target_.name)));
    for (const Column& column : table.columns) {
      if (column.name == target_.name) {
        if (target_.task == Task::regression)
          learn_target(column.numbers, {table.file}, "column " + quote(column.name));
        report_target(column);
        continue;
      }
      ColumnReport line = describe(column);
      if (!column.doubt.empty() && !contains(options_.drop, column.name))
        note(fmt::format("column {}: {}", quote(column.name), column.doubt));
      line.treatment = contains(options_.drop, column.name)     ? "left out as asked"
                       : column.kind == ColumnKind::categorical ? fit_categorical(column)
                                                                : fit_numeric(table, column, line);
      encoder_.report_.push_back(std::move(line));
    }
    if (encoder_.columns_.empty())
      throw DataError({table.file},
                      fmt::format("no column is left to learn from beside the target {}; "
                                  "add columns, or keep one that was left out",
                                  quote(target_.name)));
  }

  static std::string read_as(const Dialect& dialect) {
    const std::string between = dialect.delimiter == ' ' ? "spaces"
                                : dialect.delimiter == '\t'
                                    ? "tabs"
                                    : fmt::format("\"{}\"", dialect.delimiter);
    return fmt::format("read with {} between fields{}", between,
                       dialect.decimal == ',' ? " and decimal commas: 1,5 is one and a half" : "");
  }

  static void check_names(const Table& table, const std::vector<std::string>& wanted,
                          const char* option) {
    const std::vector<std::string> names = table.names();
    for (const std::string& name : wanted)
      if (!contains(names, name))
        throw UsageError(fmt::format("{}: {} has no column {}; {}", option, table.file, quote(name),
                                     suggestion(name, names)));
  }

  static ColumnReport describe(const Column& column) {
    ColumnReport line{column.name, "categorical", 0, "", ""};
    if (column.kind == ColumnKind::categorical) {
      line.missing = std::count(column.codes.begin(), column.codes.end(), -1);
      line.values = fmt::format("{} distinct", column.categories.size());
      return line;
    }
    const bool is_date = column.kind == ColumnKind::date;
    line.kind = is_date ? "date" : "numeric";
    double low = INFINITY, high = -INFINITY;
    for (const double x : column.numbers) {
      line.missing += std::isnan(x);
      low = x < low ? x : low;
      high = x > high ? x : high;
    }
    const auto text = [&](double x) {
      return is_date ? date_text(x, column.order, column.has_time) : number_text(x);
    };
    line.values = low > high ? "none" : fmt::format("{} .. {}", text(low), text(high));
    return line;
  }

  void note_rounded(const Column& column) {
    if (!column.rounded) return;
    note(fmt::format(
        "column {} holds whole numbers beyond 2^53, such as {} in line {}, which are "
        "rounded; if they are names, take them as text: --categorical {}",
        quote(column.name), quote(column.rounded->text), column.rounded->line, column.name));
  }

  void report_target(const Column& column) {
    note_rounded(column);
    ColumnReport line = describe(column);
    line.treatment = target_.task == Task::regression
                         ? "target: regression"
                         : fmt::format("target: {} classes", target_.classes.size());
    if (!column.written.empty()) line.treatment += "; " + column.written;
    if (!column.doubt.empty()) note(fmt::format("column {}: {}", quote(column.name), column.doubt));
    encoder_.report_.push_back(std::move(line));
  }

  std::string fit_numeric(const Table& table, const Column& column, const ColumnReport& line) {
    std::vector<double> values;
    values.reserve(rows_.size());
    for (const std::int64_t row : rows_) {
      const double x = column.numbers[static_cast<std::size_t>(row)];
      if (!std::isnan(x)) values.push_back(x);
    }
    if (values.empty()) return leave_out(column, "has no value in the training rows");
    if (const std::string_view what = identifier(column);
        !what.empty() && !contains(options_.keep, column.name))
      return leave_out(column, std::string(what));
    ColumnEncoding learnt{column.name, column.kind};
    learnt.order = column.order;
    learnt.has_time = column.has_time;
    const auto field = &column - table.columns.data() + 1;
    const auto [shift, scale] =
        learn_scaling(values, options_.scaling, {table.file, table.lines.of(0), field},
                      "column " + quote(column.name));
    learnt.shift = shift;
    learnt.scale = scale;
    learnt.missing_feature = values.size() < rows_.size();
    learnt.fill = median(std::move(values));
    encoder_.columns_.push_back(learnt);
    note_rounded(column);
    return treatment(column, learnt, line.missing);
  }

  std::string treatment(const Column& column, const ColumnEncoding& learnt,
                        std::int64_t missing) const {
    const bool is_date = column.kind == ColumnKind::date;
    std::string text = learnt.scale == 0                     ? "constant, becomes 0"
                       : options_.scaling == Scaling::none   ? "as it is"
                       : options_.scaling == Scaling::minmax ? "scaled to [0, 1]"
                                                             : "standardised";
    if (is_date)
      text = fmt::format("{}{}{}",
                         learnt.has_date() ? "days " + text + ", place in year and week" : "",
                         learnt.has_date() && learnt.has_day_time() ? ", " : "",
                         learnt.has_day_time() ? "place in the day" : "");
    if (missing > 0)
      text += fmt::format(", missing as median {}",
                          is_date ? date_text(learnt.fill, column.order, column.has_time)
                                  : number_text(learnt.fill));
    if (learnt.missing_feature) text += " and a column that says so";
    if (!column.written.empty()) text += "; " + column.written;
    return text;
  }

  std::string fit_categorical(const Column& column) {
    std::vector<std::size_t> count(column.categories.size(), 0);
    std::size_t present = 0;
    for (const std::int64_t row : rows_) {
      const std::int32_t code = column.codes[static_cast<std::size_t>(row)];
      if (code < 0) continue;
      ++count[static_cast<std::size_t>(code)];
      ++present;
    }
    if (present == 0) return leave_out(column, "has no value in the training rows");
    // The most frequent first, of equally frequent ones the earlier name.
    std::vector<std::size_t> seen;
    for (std::size_t k = 0; k < count.size(); ++k)
      if (count[k] > 0) seen.push_back(k);
    if (seen.size() == present && present > identifier_from &&
        !contains(options_.keep, column.name))
      return leave_out(column, "has another text in every row, like an identifier");
    std::string treatment, words;
    if (seen.size() > most_categories) {
      treatment = fmt::format("the {} most frequent of ", most_categories);
      std::stable_sort(seen.begin(), seen.end(),
                       [&](std::size_t a, std::size_t b) { return count[a] > count[b]; });
      seen.resize(most_categories);
      std::sort(seen.begin(), seen.end());
    }
    ColumnEncoding learnt{column.name, ColumnKind::categorical};
    for (const std::size_t k : seen) learnt.categories.push_back(column.categories[k]);
    learnt.missing_feature = present < rows_.size();
    encoder_.columns_.push_back(learnt);
    for (const std::size_t k : seen)
      if (is_missing(column.categories[k]))
        words += fmt::format("; {} is a category of its own ({})", quote(column.categories[k]),
                             plural(static_cast<std::int64_t>(count[k]), "row"));
    return fmt::format("{}one-hot, {}{}{}", treatment, plural(learnt.width(), "column"),
                       learnt.missing_feature ? " with one for missing" : "", words);
  }

  std::string leave_out(const Column& column, const std::string& why) {
    note(fmt::format("column {} {}; left out", quote(column.name), why));
    return "left out: " + why;
  }

  void fit(const Examples& examples) {
    for (const auto* names : {&options_.drop, &options_.keep})
      if (!names->empty())
        throw UsageError(fmt::format("{}: {} holds arrays, which have no column {}",
                                     names == &options_.drop ? "drop" : "keep",
                                     examples.features.file, quote(names->front())));
    const Array& x = examples.features;
    ArrayEncoding learnt;
    std::vector<std::int64_t> extents(x.shape.begin() + std::min(1, x.shape.rank()), x.shape.end());
    if (extents.empty()) extents.push_back(1);  // [rows] is one feature per row
    learnt.shape = Shape(extents);
    const bool bytes = x.values.index() == 0;
    std::string treatment;
    if (options_.scaling == Scaling::none) {
      learnt.shift = {0}, learnt.scale = {1}, treatment = "as it is";
    } else if (bytes && options_.scaling == Scaling::automatic) {
      learnt.shift = {0}, learnt.scale = {1.0 / 255}, treatment = "divided by 255";
    } else {
      learn_each(x, learnt);
      treatment = options_.scaling == Scaling::minmax ? "scaled to [0, 1]" : "standardised";
    }
    encoder_.report_.push_back(
        {"x", fmt::format("{} {}", bytes ? "uint8" : "float", fmt::join(extents, " x ")), 0, "",
         treatment});
    encoder_.array_ = std::move(learnt);
    if (target_.task == Task::regression && examples.targets) learn_array_target(*examples.targets);
  }

  void learn_each(const Array& x, ArrayEncoding& learnt) const {
    std::vector<double> values(rows_.size());
    for (std::int64_t f = 0; f < x.width(); ++f) {
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        values[i] = x.at(rows_[i] * x.width() + f);
        if (!std::isfinite(values[i]))
          throw DataError({x.file}, fmt::format("row {}, feature {} is NaN or infinite; mend it, "
                                                "or leave the row out",
                                                rows_[i] + 1, f + 1));
      }
      const auto [shift, scale] =
          learn_scaling(values, options_.scaling, {x.file}, fmt::format("feature {}", f + 1));
      learnt.shift.push_back(shift);
      learnt.scale.push_back(scale);
    }
  }

  void learn_array_target(const Array& y) {
    std::vector<double> numbers(static_cast<std::size_t>(y.rows()));
    for (std::int64_t k = 0; k < y.width(); ++k) {
      for (std::int64_t row = 0; row < y.rows(); ++row)
        numbers[static_cast<std::size_t>(row)] = y.at(row * y.width() + k);
      learn_target(numbers, {y.file}, "the target");
    }
  }

  // One output of a regression: mean and deviation over the training rows.
  void learn_target(const std::vector<double>& numbers, const FilePlace& place,
                    const std::string& what) {
    std::vector<double> values;
    values.reserve(rows_.size());
    for (const std::int64_t row : rows_) values.push_back(numbers[static_cast<std::size_t>(row)]);
    const auto [mean, scale] = learn_scaling(values, Scaling::standard, place, what);
    encoder_.target_.mean.push_back(mean);
    // A target that is constant over the training rows still has to be decoded.
    encoder_.target_.deviation.push_back(scale > 0 ? 1 / scale : 1);
  }

  const Target& target_;
  std::span<const std::int64_t> rows_;
  const EncodeOptions& options_;
  Encoder encoder_;
};

Encoder Encoder::fit(const Source& source, const Target& target,
                     std::span<const std::int64_t> training_rows,
                     const EncodeOptions& options) try {
  return EncoderFitter(source, target, training_rows, options).take();
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
