// A row's prediction, taken apart by columns.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "chainrule/importance.h"
#include "data/column_value.h"
#include "data/typed_row.h"
#include "data/words.h"
#include "train/columns/mixed_predictions.h"
#include "train/columns/outcome.h"
#include "train/columns/shapley.h"
#include "train/run/new_data.h"
#include "train/run/run_rows.h"

namespace chainrule {
namespace {

// The row that is asked about, and what holds it if that is not the run.
struct AskedRow {
  std::shared_ptr<const data::Dataset> own{};
  Place place{};
  RunRow words{};
  std::vector<Text> notes{};
  std::map<std::string, std::string> texts{};  // by column: those that changes give
};

void require_columns(const data::Encoder& encoder, const RowQuestion& question,
                     const std::string& folder) {
  if (!encoder.columns().empty()) return;
  throw UsageError(fmt::format(
      "row {}: the run was trained on {}, which have no columns to take a prediction apart by; "
      "chainrule blame {} --row {} names the training rows behind it",
      question.number, encoder.array() && encoder.array()->of_pictures ? "pictures" : "arrays",
      folder, question.number));
}

AskedRow row_of_file(const SavedRun& saved, const RowQuestion& question) {
  data::Source source = open_for(saved.encoder(), question.file, false);
  auto* table = std::get_if<data::Table>(&source.main);
  if (table == nullptr)
    throw DataError({question.file}, "is no table, and the model was trained on one");
  AskedRow asked;
  asked.own = std::make_shared<const data::Dataset>(
      saved.encoder().encode(std::move(*table), /*with_targets=*/false));
  asked.place = find_row(*asked.own, question.number);
  asked.words = {.file = std::filesystem::path(question.file).filename().string(),
                 .number = question.number,
                 .is_line = asked.own->place(asked.place.row).line > 0};
  asked.notes = asked.own->notes();
  return asked;
}

AskedRow row_of_run(const Run& run, const RowQuestion& question) {
  AskedRow asked;
  asked.place = find_row(run, question.number, question.is_test);
  asked.words = row_at(run, asked.place);
  return asked;
}

// The asked row with the fields that it is to have instead.
AskedRow changed_row(const data::Encoder& encoder, const AskedRow& asked,
                     const RowQuestion& question) {
  const data::Dataset typed =
      encoder.encode(data::typed_row(encoder, question.changes), /*with_targets=*/false);
  data::MixedRows rows(encoder);
  rows.start(*asked.place.data, asked.place.row);
  const std::vector<data::ColumnEncoding>& columns = encoder.columns();
  AskedRow changed;
  for (const data::ColumnEncoding& column : columns)
    changed.texts[column.name] = asked.place.data->text(asked.place.row, column.name);
  for (std::size_t c = 0; c < columns.size(); ++c)
    if (std::ranges::find(question.changes, columns[c].name, &data::TypedField::first) !=
        question.changes.end()) {
      rows.take(c, typed, 0);
      changed.texts[columns[c].name] = typed.text(0, columns[c].name);
      for (const Text& note : typed.notes())
        if (note.en.find(data::quote(columns[c].name)) != std::string::npos)
          changed.notes.push_back(note);
    }
  rows.add();
  changed.own = std::make_shared<const data::Dataset>(rows.data());
  changed.place = {changed.own.get(), 0};
  return changed;
}

Tensor outputs_of(Model& model, const Place& place) {
  return model.predict(*place.data, std::span(&place.row, 1));
}

Outcome outcome_of(SavedRun& saved, const data::Part& train, const std::string& name,
                   std::span<const float> of_row) {
  constexpr std::size_t looked_at = 256;
  Outcome outcome(saved.encoder().target(), name, of_row);
  const auto rows = std::span(train.rows).first(std::min(looked_at, train.rows.size()));
  const Tensor outputs = saved.model().predict(*train.data, rows);
  outcome.look_at(outputs.values);
  return outcome;
}

// Ids of words do not say what the text was.
std::string text_in(const AskedRow& asked, const std::string& column) {
  const auto given = asked.texts.find(column);
  return given == asked.texts.end() ? asked.place.data->text(asked.place.row, column)
                                    : given->second;
}

RowReasons reasons_for(SavedRun& saved, const data::Part& train, const AskedRow& asked,
                       const Outcome& outcome, std::int64_t evaluations) {
  const data::Encoder& encoder = saved.encoder();
  const ShapleyValues values = shapley_values({.model = saved.model(),
                                               .encoder = encoder,
                                               .outcome = outcome,
                                               .data = *asked.place.data,
                                               .row = asked.place.row,
                                               .train = train,
                                               .evaluations = evaluations});
  RowReasons reasons{.unit = outcome.unit(),
                     .outcome = outcome.name(),
                     .prediction = values.prediction,
                     .reference = values.reference,
                     .probability = outcome.probability(values.prediction),
                     .reference_probability = outcome.probability(values.reference),
                     .is_share = outcome.is_share(),
                     .reference_rows = values.reference_rows,
                     .training_rows = train.size(),
                     .is_exact = values.is_exact,
                     .orders = values.orders};
  const data::MixedRows rows(encoder);
  for (std::size_t c = 0; c < values.parts.size(); ++c) {
    const data::ColumnEncoding& how = encoder.columns()[c];
    auto [kind, text] =
        data::column_value(how, rows.features(c, *asked.place.data, asked.place.row));
    if (how.kind == data::ColumnKind::text) text = text_in(asked, how.name);
    reasons.parts.push_back({.column = how.name,
                             .value = text,
                             .is_missing = kind == data::ColumnValue::Kind::missing,
                             .is_other = kind == data::ColumnValue::Kind::other,
                             .part = values.parts[c],
                             .error = values.errors[c]});
  }
  std::ranges::stable_sort(reasons.parts, std::greater<>(),
                           [](const ColumnPart& part) { return std::abs(part.part); });
  double sum = 0;
  for (const ColumnPart& part : reasons.parts) sum += part.part;
  reasons.completeness_error = reasons.prediction - reasons.reference - sum;
  return reasons;
}

std::vector<MemberPart> member_parts(Model& model, const data::Part& train, const AskedRow& asked,
                                     const Outcome& outcome) {
  const auto [data, row] = asked.place;
  const Tensor all = model.member_predictions(*data, row);
  const auto width = static_cast<std::size_t>(all.shape[1]);
  const bool differ = data == train.data.get() && data->weights_per_row() > 1 &&
                      std::ranges::binary_search(train.rows, row);
  std::vector<MemberPart> members;
  for (std::int64_t member = 0; member < all.shape[0]; ++member) {
    const double value =
        outcome(std::span(all.values).subspan(static_cast<std::size_t>(member) * width, width));
    members.push_back({.prediction = outcome.unit() == RowReasons::Unit::log_odds
                                         ? outcome.probability(value)
                                         : value,
                       .counts = differ ? static_cast<double>(data->row_weight(row, member))
                                        : std::numeric_limits<double>::quiet_NaN()});
  }
  return members;
}

void require_sense(const RowQuestion& question) {
  if (question.evaluations < 1)
    throw UsageError(fmt::format("evaluations {}: take at least 1", question.evaluations));
  for (std::size_t i = 0; i < question.changes.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (question.changes[i].first == question.changes[k].first)
        throw UsageError(fmt::format("{} is set twice; give it one value",
                                     data::quote(question.changes[i].first)));
}

}  // namespace

RowExplanation explain_row(Run& run, const RowQuestion& question) try {
  const StandardArithmetic arithmetic;
  require_sense(question);
  require_columns(run.data().encoder, question, run.folder());
  SavedRun saved = SavedRun::open(run.folder(), run.config().threads);
  const data::Encoder& encoder = saved.encoder();
  const AskedRow asked =
      question.file.empty() ? row_of_run(run, question) : row_of_file(saved, question);
  const Tensor outputs = outputs_of(saved.model(), asked.place);
  const data::Part& train = run.data().train;
  const Outcome outcome = outcome_of(saved, train, question.outcome, outputs.values);

  RowExplanation explanation{.row = asked.words, .notes = asked.notes};
  add_prediction(explanation.row, encoder, outputs.values);
  explanation.reasons = reasons_for(saved, train, asked, outcome, question.evaluations);
  explanation.members = member_parts(saved.model(), train, asked, outcome);
  if (question.changes.empty()) return explanation;
  const AskedRow changed = changed_row(encoder, asked, question);
  explanation.changed = reasons_for(saved, train, changed, outcome, question.evaluations);
  RunRow predicted;
  add_prediction(predicted, encoder, outputs_of(saved.model(), changed.place).values);
  explanation.changed_predicted = predicted.predicted;
  explanation.notes.insert(explanation.notes.end(), changed.notes.begin(), changed.notes.end());
  return explanation;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
