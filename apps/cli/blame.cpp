// chainrule blame RUN
#include <cmath>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/error.h"
#include "chainrule/influence.h"
#include "commands.h"
#include "options.h"
#include "page_options.h"
#include "progress.h"
#include "report.h"
#include "run_options.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

struct BlameArguments {
  std::string run;
  RunOptions run_options;
  BlameOptions options;
  std::optional<std::int64_t> row, test_row;
  bool suspects = false, json = false;
  bool is_quiet = false;
  Language language = Language::en;
};

std::string label(const std::string& words) { return shortened(words, 16); }

// All that is printed, in one language.
class BlameWriter {
 public:
  explicit BlameWriter(Language language) : language_(language) {}

  std::string text_of(const Blame& blame) const {
    const RunRow& asked = blame.asked;
    Table table = table_of(asked, {say(Phrase::blame_influence), say(Phrase::blame_pushed)});
    for (const Blame::Influence& entry : blame.strongest)
      add(table, entry.row, {fmt::format("{:+.4g}", entry.influence), way(entry, asked)});
    return about(asked) + "\n\n" + say(Phrase::blame_heading) + "\n" + printed(table, asked) +
           "\n" +
           say(Phrase::blame_counts, counted(blame.rows, "training row"),
               counted(blame.towards, "row"), label(asked.label), counted(blame.away_from, "row"),
               steps(blame.points), blame.rows, blame.towards, blame.away_from) +
           "\n";
  }

  std::string text_of(const Suspects& suspects) const {
    const RunRow& example = suspects.first.front().row;
    Table table = table_of(example, {say(Phrase::loss)});
    for (const auto& [row, loss] : suspects.first) add(table, row, {fmt::format("{:.4g}", loss)});
    return say(Phrase::suspects_heading, counted(suspects.rows, "training row"), suspects.rows) +
           "\n" + printed(table, example) + "\n" +
           say(Phrase::suspects_text, steps(suspects.points)) + "\n";
  }

 private:
  using Table = std::vector<std::vector<std::string>>;

  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return said(which, language_, arguments...);
  }

  // "line 523 of digits.csv", "cat/7.png (example 7)"
  std::string place_of(const RunRow& row) const {
    return say(row.is_picture ? Phrase::picture_example
               : row.is_line  ? Phrase::line_of
                              : Phrase::example_of,
               row.number, shortened(row.file, 40));
  }

  // "line 523 of digits.csv, a test row", and what it was taken for.
  std::string about(const RunRow& row) const {
    const Phrase part = row.part == "training"     ? Phrase::training
                        : row.part == "validation" ? Phrase::validation
                                                   : Phrase::test;
    return say(Phrase::blame_about, place_of(row), say(part), shortened(row.label, 20),
               shortened(row.predicted, 20),
               std::isnan(row.probability) ? "" : say(Phrase::blame_probability, row.probability));
  }

  std::string way(const Blame::Influence& entry, const RunRow& asked) const {
    const std::string words =
        say(entry.influence < 0 ? Phrase::blame_away : Phrase::blame_towards, label(asked.label));
    const bool is_itself = entry.row.number == asked.number && entry.row.part == asked.part;
    return is_itself ? words + say(Phrase::blame_itself) : words;
  }

  std::string steps(const std::vector<std::int64_t>& steps) const {
    std::string text = say(steps.size() == 1 ? Phrase::steps_after_one : Phrase::steps_after);
    for (std::size_t i = 0; i < steps.size(); ++i)
      text += fmt::format("{} {}",
                          i == 0                  ? ""
                          : i + 1 == steps.size() ? say(Phrase::steps_and)
                                                  : ",",
                          steps[i]);
    return text;
  }

  // Rows, each with further cells; probabilities only where there are classes.
  Table table_of(const RunRow& example, const std::vector<std::string>& further) const {
    std::vector<std::string> header{say(example.is_line ? Phrase::row_line : Phrase::row_example)};
    if (example.is_picture) header.push_back(say(Phrase::row_file));
    header.insert(header.end(), {say(Phrase::row_labelled), say(Phrase::predicted)});
    if (!std::isnan(example.probability)) header.push_back(say(Phrase::row_probability));
    header.insert(header.end(), further.begin(), further.end());
    return {header};
  }
  static void add(Table& table, const RunRow& row, const std::vector<std::string>& further) {
    std::vector<std::string> cells{fmt::format("{}", row.number)};
    if (row.is_picture) cells.push_back(shortened(row.file, 40));
    cells.insert(cells.end(), {label(row.label), label(row.predicted)});
    if (!std::isnan(row.probability)) cells.push_back(fmt::format("{:.2f}", row.probability));
    cells.insert(cells.end(), further.begin(), further.end());
    table.push_back(cells);
  }
  static std::string printed(const Table& table, const RunRow& example) {
    return table_text(table, fmt::format("r{}ll{}rl", example.is_picture ? "l" : "",
                                         std::isnan(example.probability) ? "" : "r"));
  }

  Language language_;
};

void require_one_question(const BlameArguments& arguments) {
  if (arguments.row.has_value() + arguments.test_row.has_value() + arguments.suspects != 1)
    throw UsageError(
        "blame: ask for one thing: --row K or --test-row K, a row whose prediction is in "
        "question, or --suspects, the rows whose labels are");
}

void run_blame(const BlameArguments& arguments) {
  require_one_question(arguments);
  Run run = open_run(arguments.run, arguments.run_options, arguments.language);
  BlameOptions options = arguments.options;
  std::optional<ShareLine> line(std::in_place, Phrase::looks_at_rows, arguments.language,
                                arguments.is_quiet);
  options.on_share = line->show();
  const auto show = [&](const auto& result) {
    line.reset();
    print(arguments.json ? to_json(result) + "\n"
                         : BlameWriter(arguments.language).text_of(result));
  };
  if (arguments.suspects)
    show(suspects(run, options));
  else
    show(blame(run, arguments.row ? *arguments.row : *arguments.test_row,
               arguments.test_row.has_value(), options));
}

template <class Number>
auto from_one(const char* flag) {
  return [flag](const std::string& text) { return at_least(Number{1}, flag, text); };
}

}  // namespace

void add_blame(CLI::App& app, int& /*exit_code*/) {
  const auto arguments = std::make_shared<BlameArguments>();
  CLI::App* command =
      app.add_subcommand("blame", "Names the training rows behind a prediction, or wrong labels");
  command->footer(
      "Examples:\n"
      "  chainrule blame runs/1 --row 523                      line 523 of the table\n"
      "  chainrule blame runs/2 --test-row 37                  example 37 of the test images\n"
      "  chainrule blame runs/1 --suspects --top 50            labels that may be wrong\n\n"
      "The training is played again and looked at after five steps, spread evenly up to the\n"
      "model that it kept. At each, the gradient of every training row's loss is multiplied\n"
      "with that of the row asked for (TracIn, Pruthi et al. 2020). Suspects are the rows whose\n"
      "own loss was large throughout the training.");
  command->add_option("RUN", arguments->run, "A run folder")->required();
  add_word(command, "--row", "K", arguments->row, from_one<std::int64_t>("--row"),
           "The row on line K of the table, or the K-th example, in any part of the data");
  add_word(command, "--test-row", "K", arguments->test_row, from_one<std::int64_t>("--test-row"),
           "The same of a test row, in the file that the test rows are in");
  command->add_flag("--suspects", arguments->suspects,
                    "Training rows whose labels are probably wrong, the likeliest first");
  add_word(command, "--top", "N", arguments->options.top, from_one<int>("--top"),
           "How many rows are named (default: 10)");
  add_word(command, "--step", "N", arguments->options.step, from_one<std::int64_t>("--step"),
           "The training up to this step (default: to the model it kept; for suspects all)");
  command->add_flag("--quiet", arguments->is_quiet, "Without the line that tells how far it is");
  add_language(command, arguments->language);
  command->add_flag("--json", arguments->json, "All numbers as one JSON object");
  add_run_options(command, arguments->run_options);
  command->callback([arguments] { run_blame(*arguments); });
}
