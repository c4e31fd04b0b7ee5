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
#include "progress.h"
#include "report.h"
#include "run_options.h"
#include "terminal.h"

using namespace chainrule;

namespace {

struct BlameArguments {
  std::string run;
  RunOptions run_options;
  BlameOptions options;
  std::optional<std::int64_t> row, test_row;
  bool suspects = false, json = false;
  bool is_quiet = false;
};

std::string label(const std::string& words) { return shortened(words, 16); }

// "line 523 of digits.csv", "cat/7.png (example 7)"
std::string place_of(const RunRow& row) {
  if (row.is_picture) return fmt::format("{} (example {})", shortened(row.file, 40), row.number);
  return fmt::format("{} {} of {}", row.is_line ? "line" : "example", row.number,
                     shortened(row.file, 40));
}

// "line 523 of digits.csv, a test row", and what it was taken for.
std::string about(const RunRow& row) {
  return fmt::format(
      "{}, a {} row\nlabelled {}, predicted {}{}\n", place_of(row), row.part,
      shortened(row.label, 20), shortened(row.predicted, 20),
      std::isnan(row.probability) ? "" : fmt::format(" (probability {:.2f})", row.probability));
}

std::string way(const Blame::Influence& entry, const RunRow& asked) {
  std::string words = (entry.influence < 0 ? "away from " : "towards ") + label(asked.label);
  const bool is_itself = entry.row.number == asked.number && entry.row.part == asked.part;
  return is_itself ? words + ", itself" : words;
}

// A table of rows, each with further cells; probabilities only where there are classes.
class RowTable {
 public:
  RowTable(const RunRow& example, const std::vector<std::string>& further)
      : has_classes_(!std::isnan(example.probability)), are_pictures_(example.is_picture) {
    std::vector<std::string> header{example.is_line ? "line" : "example"};
    if (are_pictures_) header.emplace_back("file");
    header.insert(header.end(), {"label", "predicted"});
    if (has_classes_) header.emplace_back("probability");
    header.insert(header.end(), further.begin(), further.end());
    rows_.push_back(header);
  }
  void add(const RunRow& row, const std::vector<std::string>& further) {
    std::vector<std::string> cells{fmt::format("{}", row.number)};
    if (are_pictures_) cells.push_back(shortened(row.file, 40));
    cells.insert(cells.end(), {label(row.label), label(row.predicted)});
    if (has_classes_) cells.push_back(fmt::format("{:.2f}", row.probability));
    cells.insert(cells.end(), further.begin(), further.end());
    rows_.push_back(cells);
  }
  std::string text() const {
    return table_text(rows_,
                      fmt::format("r{}ll{}rl", are_pictures_ ? "l" : "", has_classes_ ? "r" : ""));
  }

 private:
  bool has_classes_, are_pictures_;
  std::vector<std::vector<std::string>> rows_;
};

std::string steps_text(const std::vector<std::int64_t>& steps) {
  std::string text = steps.size() == 1 ? "step" : "steps";
  for (std::size_t i = 0; i < steps.size(); ++i)
    text += fmt::format("{} {}", i == 0 ? "" : i + 1 == steps.size() ? " and" : ",", steps[i]);
  return text;
}

std::string text_of(const Blame& blame) {
  const RunRow& asked = blame.asked;
  RowTable table(asked, {"influence", "pushed"});
  for (const Blame::Influence& entry : blame.strongest)
    table.add(entry.row, {fmt::format("{:+.4g}", entry.influence), way(entry, asked)});
  return about(asked) + "\nThe training rows that pushed this prediction most\n" + table.text() +
         fmt::format(
             "\nOf {}, {} pushed towards {}, {} away from it.\n"
             "Influence: learning rate x inner product of the two rows' gradients, summed\n"
             "over the network after {}.\n",
             counted(blame.rows, "training row"), counted(blame.towards, "row"), label(asked.label),
             counted(blame.away_from, "row"), steps_text(blame.points));
}

std::string text_of(const Suspects& suspects) {
  RowTable table(suspects.first.front().row, {"loss"});
  for (const auto& [row, loss] : suspects.first) table.add(row, {fmt::format("{:.4g}", loss)});
  return "The training rows whose labels are most suspicious, of " +
         counted(suspects.rows, "training row") + "\n" + table.text() +
         fmt::format(
             "\nLoss and prediction are averages over the network after {}.\n"
             "A large loss throughout says that the other rows do not lead to this label: it\n"
             "may be wrong, or the row a rare one.\n",
             steps_text(suspects.points));
}

void require_one_question(const BlameArguments& arguments) {
  if (arguments.row.has_value() + arguments.test_row.has_value() + arguments.suspects != 1)
    throw UsageError(
        "blame: ask for one thing: --row K or --test-row K, a row whose prediction is in "
        "question, or --suspects, the rows whose labels are");
}

void run_blame(const BlameArguments& arguments) {
  require_one_question(arguments);
  Run run = open_run(arguments.run, arguments.run_options);
  BlameOptions options = arguments.options;
  std::optional<ShareLine> line(std::in_place, "looking at the training rows", arguments.is_quiet);
  options.on_share = line->show();
  const auto show = [&](const auto& result) {
    line.reset();
    print(arguments.json ? to_json(result) + "\n" : text_of(result));
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
  command->add_flag("--json", arguments->json, "All numbers as one JSON object");
  add_run_options(command, arguments->run_options);
  command->callback([arguments] { run_blame(*arguments); });
}
