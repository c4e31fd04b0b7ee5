// chainrule importance RUN [DATA]
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/error.h"
#include "chainrule/importance.h"
#include "commands.h"
#include "options.h"
#include "page_options.h"
#include "report.h"
#include "run_options.h"
#include "terminal.h"
#include "train/settings/setup.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

struct ImportanceArguments {
  std::string run, data;
  RunOptions run_options;
  ImportanceOptions options;
  int top = 20;
  Language language = Language::en;
  bool json = false;
};

// What the run has not trained on, if it kept any rows for that.
struct Judged {
  Importance importance;
  std::optional<Phrase> part{};  // of the run's; none: of a file
};

Judged judged(const ImportanceArguments& arguments) {
  if (!arguments.data.empty()) {
    SavedRun saved = SavedRun::open(arguments.run, threads_of(arguments.run_options.threads));
    return {importance(saved, arguments.data, arguments.options)};
  }
  const Run run = open_run(arguments.run, arguments.run_options, arguments.language);
  const data::Prepared& data = run.data();
  SavedRun saved = SavedRun::open(arguments.run, run.config().threads);
  const bool has_test = data.test.size() >= 2,
             has_validation = data.validation.size() >= 2 && !data.validation.out_of_sample;
  if (!has_test && !has_validation)
    tell_note(said(Phrase::importance_no_rows, arguments.language), arguments.language);
  const data::Part& part = has_test ? data.test : has_validation ? data.validation : data.train;
  return {importance(saved.model(), saved.encoder(), part, arguments.options),
          has_test         ? Phrase::test
          : has_validation ? Phrase::validation
                           : Phrase::training};
}

std::string bar_text(double value, double largest) {
  constexpr double widest = 12;
  const double share = largest > 0 ? std::max(value, 0.0) / largest : 0;
  std::string bar;
  for (int i = 0; i < static_cast<int>(std::lround(widest * share)); ++i) bar += "█";
  return bar;
}

std::string signed_number(double value, double largest) {
  const std::string text = aligned_number(value, largest);
  return value > 0 && text.find_first_of("123456789") != std::string::npos ? "+" + text : text;
}

std::string columns_text(const Importance& result, int top, Language language) {
  const bool has_classes = std::isfinite(result.accuracy);
  std::vector<std::vector<std::string>> rows{
      {said(Phrase::column, language), has_classes ? said(Phrase::log_loss, language) : "RMSE",
       said(Phrase::interval_95, language)}};
  if (has_classes) rows[0].push_back(said(Phrase::accuracy, language));
  rows[0].emplace_back("");
  const auto shown = std::min(result.columns.size(), static_cast<std::size_t>(top));
  const double largest = shown > 0 ? result.columns[0].interval[1] : 0;
  for (std::size_t i = 0; i < shown; ++i) {
    const ColumnImportance& column = result.columns[i];
    std::vector<std::string> row{
        shortened(column.column, 24), signed_number(column.increase, largest),
        said(Phrase::interval_to, language, aligned_number(column.interval[0], largest),
             aligned_number(column.interval[1], largest))};
    if (has_classes) row.push_back(signed_number(-100 * column.accuracy_drop, 100) + "%");
    row.push_back(bar_text(column.increase, result.columns[0].increase));
    rows.push_back(std::move(row));
  }
  std::string text = table_text(rows, has_classes ? "lrrrl" : "lrrl");
  if (shown < result.columns.size())
    text += fmt::format("  {}\n",
                        said(Phrase::importance_more, language, result.columns.size() - shown));
  return text;
}

double largest_of(const ColumnCurve& curve) {
  double largest = 0;
  for (const ColumnCurve::Point& point : curve.points)
    for (const double value : point.prediction) largest = std::max(largest, std::abs(value));
  return largest;
}

std::string curve_text(const ColumnCurve& curve, const Importance& result, Language language) {
  if (curve.points.empty()) return "";
  const bool has_classes = std::isfinite(result.accuracy);
  constexpr std::size_t most_outcomes = 3;
  const std::vector<std::size_t> shown = strongest_outcomes(curve, most_outcomes);
  std::vector<std::vector<std::string>> rows{{shortened(curve.column, 24)}};
  for (const std::size_t k : shown) rows[0].push_back(shortened(result.outcomes[k], 16));
  for (const ColumnCurve::Point& point : curve.points) {
    std::vector<std::string> row{shortened(value_words(point, language), 24)};
    for (const std::size_t k : shown)
      row.push_back(has_classes ? fmt::format("{:.3f}", point.prediction[k])
                                : aligned_number(point.prediction[k], largest_of(curve)));
    rows.push_back(std::move(row));
  }
  return "\n" + table_text(rows, "r" + std::string(shown.size(), 'r'));
}

void show(const Judged& judged, int top, Language language) {
  const Importance& result = judged.importance;
  const auto say = [&](Phrase which, const auto&... arguments) {
    return said(which, language, arguments...);
  };
  const bool has_classes = std::isfinite(result.accuracy);
  const std::string rows = result.rows == result.of_rows
                               ? fmt::format("{}", result.rows)
                               : say(Phrase::some_of, result.rows, result.of_rows);
  const std::string part = judged.part ? say(Phrase::rows_of_part, say(*judged.part)) : "";
  std::string text = say(Phrase::importance_heading, rows, part, result.repeats,
                         result.repeats == 1 ? "shuffle" : "shuffles") +
                     "\n";
  text += columns_text(result, top, language);
  text += (has_classes ? say(Phrase::importance_score_classes, result.score, 100 * result.accuracy)
                       : say(Phrase::importance_score_numbers, result.score)) +
          "\n";
  if (!result.curves.empty())
    text += "\n" +
            say(has_classes ? Phrase::importance_curve_classes : Phrase::importance_curve_numbers) +
            "\n";
  for (const ColumnCurve& curve : result.curves) text += curve_text(curve, result, language);
  print(text);
}

void run_importance(const ImportanceArguments& arguments) {
  const Judged result = judged(arguments);
  for (const Text& note : result.importance.notes)
    tell_note(note.in(arguments.language), arguments.language);
  if (arguments.json)
    print(to_json(result.importance) + "\n");
  else
    show(result, arguments.top, arguments.language);
}

}  // namespace

void add_importance(CLI::App& app, int& /*exit_code*/) {
  const auto arguments = std::make_shared<ImportanceArguments>();
  CLI::App* command = app.add_subcommand(
      "importance",
      "Tells which columns matter to a run's model, and what it makes of their values");
  command->footer(
      "Examples:\n"
      "  chainrule importance runs/1                 on the run's test rows\n"
      "  chainrule importance runs/1 new.csv         on any rows with targets\n\n"
      "A column's values are shuffled among the rows, and the score gets as much worse as the\n"
      "model relies on them (permutation importance, Breiman 2001). Columns that say the same\n"
      "stand in for each other, so that both look unimportant. Below stands what the model\n"
      "predicts on average if all rows have a value (partial dependence, Friedman 2001).");
  command
      ->add_option("RUN", arguments->run, "A run folder; with DATA its model.safetensors will do")
      ->required();
  command->add_option("DATA", arguments->data,
                      "A table of the same kind, with targets (default: the run's test rows, or "
                      "else its validation rows)");
  ImportanceOptions& options = arguments->options;
  const auto from = [](auto least, const char* flag) {
    return [least, flag](const std::string& text) { return at_least(least, flag, text); };
  };
  add_word(command, "--shuffles", "N", options.repeats, from(1, "--shuffles"),
           "How often each column is shuffled, at most (default: 10)");
  add_word(command, "--top", "N", arguments->top, from(1, "--top"),
           "How many columns are shown as text (default: 20)");
  add_word(command, "--curves", "N", options.curves, from(0, "--curves"),
           "How many columns get their predictions by value (default: 4)");
  add_word(
      command, "--evaluations", "N", options.evaluations, from(std::int64_t{1}, "--evaluations"),
      "How many rows are predicted at most, which bounds rows and shuffles (default: 1048576)");
  add_language(command, arguments->language);
  command->add_flag("--json", arguments->json, "All numbers as one JSON object");
  add_run_options(command, arguments->run_options);
  command->callback([arguments] { run_importance(*arguments); });
}
