// What an encoder learns from the training rows.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "data/array_encoding.h"
#include "data/column_checks.h"
#include "data/column_doubts.h"
#include "data/column_report.h"
#include "data/expected_column.h"
#include "data/scaling.h"
#include "data/text_fit.h"
#include "data/validate.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return std::midpoint(*std::max_element(values.begin(), middle), *middle);
}

std::int64_t rows_of(const Table& table) { return table.rows; }
std::int64_t rows_of(const Examples& examples) { return examples.features.rows(); }

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
    encoder_.target_ = {.name = target.name,
                        .columns = target.columns,
                        .task = target.task,
                        .classes = target.classes,
                        .is_log = target.is_log,
                        .quantiles = target.quantiles};
    std::visit([&](const auto& main) { fit(main); }, source.main);
    if (target.left_out > 0)
      note(in_words(Phrase::rows_without_target, plural(target.left_out, "row"), target.left_out));
  }

  Encoder take() { return std::move(encoder_); }

 private:
  void note(Text text) { encoder_.notes_.push_back(std::move(text)); }
  void doubt(Text text) { encoder_.doubts_.push_back(std::move(text)); }

  void fit(const Table& table) {
    encoder_.names_ = names_in_file(table);
    encoder_.dialect_ = table.dialect;
    encoder_.missing_ = table.missing;
    if (const Dialect usual{.header = table.dialect.header}; table.dialect != usual)
      note(read_as(table.dialect));
    if (!table.doubt.empty()) doubt(table.doubt);
    if (!table.skipped.empty()) note(in_words(Phrase::beside_the_rows, table.skipped));
    if (table.encoding != "UTF-8") note(in_words(Phrase::read_as_encoding, table.encoding));
    if (const Totals totals = totals_in(table); totals.column != nullptr)
      doubt(doubt_of_totals(totals));
    if (!table.dialect.header) note(in_words(Phrase::no_row_of_names));
    check_names(table, options_.drop, "drop");
    check_names(table, options_.keep, "keep");
    for (const std::string& name : target_.columns) {
      if (contains(options_.drop, name))
        throw UsageError(
            fmt::format("drop: {} is the target; name another with target", quote(name)));
      if (target_.task != Task::regression) continue;
      const Column& column = *table.find(name);
      encoder_.target_.written.push_back(expected_like(column));
      learn_target(column.numbers, {table.file}, "column " + quote(name));
    }
    const auto is_plain = [](const ExpectedColumn& column) {
      return column.unit.empty() && column.words.empty() && column.number_kind == NumberKind::plain;
    };
    if (std::ranges::all_of(encoder_.target_.written, is_plain)) encoder_.target_.written.clear();
    for (const Column& column : table.columns)
      if (contains(target_.columns, column.name))
        report_target(table, column);
      else
        report_input(table, column);
    if (encoder_.columns_.empty())
      throw DataError(
          {table.file},
          fmt::format("no column is left to learn from beside the target {}{}; "
                      "add columns, or keep one that was left out{}",
                      quote(target_.name),
                      left_out_.empty() ? "" : ": " + fmt::to_string(fmt::join(left_out_, "; ")),
                      left_out_.empty() ? "" : ", with --keep"));
  }

  void report_input(const Table& table, const Column& column) {
    const bool is_dropped = contains(options_.drop, column.name);
    const bool tells =
        contains(target_.told_by, column.name) && !contains(options_.keep, column.name);
    ColumnReport line = describe(table, column);
    if (!is_dropped && !tells) {
      note_leak(table, column);
      tell_reading(column);
    }
    line.treatment = is_dropped ? in_words(Phrase::column_left_out_asked)
                     : tells    ? leave_out(column, in_words(Phrase::tells_one_hot))
                     : column.kind == ColumnKind::categorical ? fit_texts(column, line)
                                                              : fit_numeric(table, column, line);
    encoder_.report_.push_back(std::move(line));
  }

  static void check_names(const Table& table, const std::vector<std::string>& wanted,
                          const char* option) {
    const std::vector<std::string> names = table.names();
    for (const std::string& name : wanted)
      if (!contains(names, name))
        throw UsageError(fmt::format("{}: {} has no column {}; {}", option, table.file, quote(name),
                                     suggestion(name, names)));
  }

  void tell_reading(const Column& column) {
    if (column.kind == ColumnKind::categorical && looks_merged(column))
      doubt(doubt_of_merged(column));
    for (const Text& what : column.doubts)
      doubt(in_words(Phrase::of_column, quote(column.name), what));
    for (const Text& what : column.notes)
      note(in_words(Phrase::of_column, quote(column.name), what));
  }

  void note_leak(const Table& table, const Column& column) {
    if (target_.columns.size() > 1) return;
    const double told = told_alone(column, *table.find(target_.name), target_, rows_);
    if (told > 0)
      note(target_.task == Task::classification
               ? in_words(Phrase::tells_classes, quote(column.name), 100 * told)
               : in_words(Phrase::tells_number, quote(column.name), told));
  }

  void doubt_sentinel(const Column& column) {
    const std::optional<Sentinel> sentinel = sentinel_of(column);
    if (!sentinel) return;
    doubt(in_words(Phrase::seems_a_sentinel, quote(column.name), sentinel->rows,
                   number_text(column, sentinel->value)));
  }

  void note_rounded(const Column& column) {
    if (!column.rounded) return;
    doubt(in_words(Phrase::holds_rounded, quote(column.name), quote(column.rounded->text),
                   column.rounded->line, column.name));
  }

  void report_target(const Table& table, const Column& column) {
    note_rounded(column);
    if (Text twins = doubt_of_twins(column); !twins.empty()) doubt(std::move(twins));
    doubt_sentinel(column);
    constexpr std::size_t many_numbers = 6;
    if (target_.task == Task::classification && column.kind == ColumnKind::numeric &&
        target_.columns.size() == 1 && target_.classes.size() >= many_numbers)
      note(in_words(Phrase::classes_are_numbers, target_.classes.size(), quote(column.name)));
    ColumnReport line = describe(table, column);
    const auto output = std::ranges::find(target_.columns, column.name) - target_.columns.begin();
    Text scaled = scaling_words(scaling_of(output));
    if (target_.is_log) scaled = in_words(Phrase::column_logarithm, scaled);
    line.treatment = target_.task == Task::regression
                         ? in_words(Phrase::column_regression, scaled)
                         : in_words(Phrase::column_classes, target_.classes.size());
    if (!column.written.empty()) line.treatment += "; " + column.written;
    tell_reading(column);
    encoder_.report_.push_back(std::move(line));
  }

  Text fit_numeric(const Table& table, const Column& column, const ColumnReport& line) {
    std::vector<double> values;
    values.reserve(rows_.size());
    for (const std::int64_t row : rows_) {
      const double x = column.numbers[static_cast<std::size_t>(row)];
      if (!std::isnan(x)) values.push_back(x);
    }
    if (values.empty()) return leave_out(column, in_words(Phrase::has_no_value));
    if (const Text what = identifier(column);
        !what.empty() && !contains(options_.keep, column.name))
      return leave_out(column, what);
    ColumnEncoding learnt{column.name, column.kind};
    learnt.order = column.order;
    learnt.has_time = column.has_time;
    learnt.unit = column.unit;
    learnt.number_kind = column.number_kind;
    learnt.words = column.words;
    const auto field = &column - table.columns.data() + 1;
    const auto [shift, scale] =
        learn_scaling(values, options_.scaling, {table.file, table.lines.of(0), field},
                      "column " + quote(column.name));
    learnt.shift = shift;
    learnt.scale = scale;
    learnt.missing_feature = values.size() < rows_.size();
    const auto [least, most] = std::ranges::minmax(values);
    learnt.range = {least, most};
    learnt.fill = median(std::move(values));
    encoder_.columns_.push_back(learnt);
    note_rounded(column);
    if (!column.padded.empty())
      doubt(in_words(Phrase::holds_padded, quote(column.name), quote(column.padded), column.name));
    doubt_sentinel(column);
    return treatment(column, learnt, line.missing, options_.scaling);
  }

  Text fit_texts(const Column& column, ColumnReport& line) {
    const bool is_kept = contains(options_.keep, column.name);
    TextFit fit = fit_text_column(column, rows_, is_kept);
    for (Text& what : fit.doubts) doubt(std::move(what));
    if (!fit.learnt) return leave_out(column, fit.treatment, fit.hint);
    if (fit.learnt->kind == ColumnKind::text) line.kind = in_words(Phrase::column_text);
    encoder_.columns_.push_back(std::move(*fit.learnt));
    return fit.treatment;
  }

  Text leave_out(const Column& column, const Text& why, const Text& hint = {}) {
    doubt(in_words(Phrase::column_is_left_out, quote(column.name), why, hint));
    constexpr std::size_t told = 5;
    if (left_out_.size() < told)
      left_out_.push_back(fmt::format("column {} {}", quote(column.name), why.en));
    return in_words(Phrase::column_left_out, why);
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
    learnt.of_pictures = !x.names.empty();
    const bool bytes = x.values.index() == 0;
    for (const Text& what : x.notes) note(what);
    Text treatment;
    if (options_.scaling == Scaling::none) {
      learnt.shift = {0}, learnt.scale = {1};
      treatment = scaling_words(Scaling::none);
    } else if ((bytes || learnt.of_pictures) && options_.scaling == Scaling::automatic) {
      learnt.shift = {0}, learnt.scale = {1.0 / 255};
      treatment = in_words(Phrase::column_by_255);
    } else {
      learn_each(x, rows_, options_.scaling, learnt);
      treatment = scaling_words(options_.scaling);
    }
    encoder_.report_.push_back(
        {.name = "x",
         .kind = fmt::format("{} {}", bytes ? "uint8" : "float", fmt::join(extents, " x ")),
         .values = {},
         .treatment = treatment});
    encoder_.array_ = std::move(learnt);
    if (target_.task == Task::regression && examples.targets) learn_array_target(*examples.targets);
  }

  void learn_array_target(const Array& y) {
    std::vector<double> numbers(static_cast<std::size_t>(y.rows()));
    for (std::int64_t k = 0; k < y.width(); ++k) {
      for (std::int64_t row = 0; row < y.rows(); ++row)
        numbers[static_cast<std::size_t>(row)] = y.at(row * y.width() + k);
      learn_target(numbers, {y.file}, "the target");
    }
  }

  // Of one output of a regression: as the features are scaled, but for a probability.
  Scaling scaling_of(std::int64_t output) const {
    const auto& probabilities = target_.probabilities;
    return std::ranges::find(probabilities, output) == probabilities.end() ? options_.scaling
                                                                           : Scaling::none;
  }

  void learn_target(const std::vector<double>& numbers, const FilePlace& place,
                    const std::string& what) {
    std::vector<double> values;
    values.reserve(rows_.size());
    for (const std::int64_t row : rows_) values.push_back(numbers[static_cast<std::size_t>(row)]);
    const std::size_t outputs = std::max<std::size_t>(1, target_.quantiles.size());
    if (target_.is_log) {
      const auto [low, high] = std::ranges::minmax(values);
      encoder_.target_.range.insert(encoder_.target_.range.end(), outputs, {low, high});
      for (double& y : values) y = logarithm(y, place, what);
    }
    const auto output = static_cast<std::int64_t>(encoder_.target_.mean.size());
    const auto [mean, scale] = learn_scaling(values, scaling_of(output), place, what);
    // A target that is constant over the training rows still has to be decoded.
    encoder_.target_.mean.insert(encoder_.target_.mean.end(), outputs, mean);
    encoder_.target_.deviation.insert(encoder_.target_.deviation.end(), outputs,
                                      scale > 0 ? 1 / scale : 1);
  }

  const Target& target_;
  std::span<const std::int64_t> rows_;
  const EncodeOptions& options_;
  std::vector<std::string> left_out_;  // columns and why, the first few
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
