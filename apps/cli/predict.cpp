// chainrule predict RUN DATA
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/file.h"
#include "chainrule/run.h"
#include "commands.h"
#include "data/spreadsheet.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "report.h"
#include "terminal.h"
#include "train/settings/setup.h"

using namespace chainrule;

namespace {

struct PredictArguments {
  std::string run, data, output;
  bool spreadsheet_safe = false;
  Language language = Language::en;
  SavedRun::PredictOptions options;
};

void run_predict(const PredictArguments& arguments) {
  const bool prints = arguments.output.empty() || arguments.output == "-";
  if (!prints) require_safe_output(arguments.output, {arguments.run, arguments.data});
  const int threads = threads_of({});
  auto [csv, notes] =
      SavedRun::open(arguments.run, threads).predict(arguments.data, arguments.options);
  for (const Text& note : notes) tell_note(note.in(arguments.language), arguments.language);
  if (arguments.spreadsheet_safe) csv = data::spreadsheet_safe(csv);
  if (prints)
    print_data(csv);
  else
    write_file(arguments.output, csv);
}

}  // namespace

void add_predict(CLI::App& app, int& /*exit_code*/) {
  const auto arguments = std::make_shared<PredictArguments>();
  CLI::App* command =
      app.add_subcommand("predict", "Predicts each row: class and probability, or value");
  command->footer(
      "Examples:\n"
      "  chainrule predict runs/1 new.csv                      CSV on standard output\n"
      "  chainrule predict runs/1 new.csv -o answers.csv\n"
      "  chainrule predict runs/1 new.csv --key name           each answer behind its row's name\n"
      "  generate | chainrule predict runs/1 -                 rows from another program\n"
      "  chainrule predict runs/1 new.csv --spreadsheet-safe -o answers.csv\n\n"
      "Names of classes come back exactly as the training data had them; on a terminal, control\n"
      "characters in them are shown as symbols.");
  command->add_option("RUN", arguments->run, "A run folder, or its model.safetensors")->required();
  command
      ->add_option("DATA", arguments->data,
                   "Data of the same kind, without a target; - for standard input")
      ->required();
  add_text(command, "--key", "COLUMN", arguments->options.key,
           "Put this column of the data first, to join the answers by; line: the row's line");
  command->add_flag("--probabilities", arguments->options.probabilities,
                    "The probability of every class");
  add_text(command, "-o,--output", "FILE", arguments->output, "Write to this file");
  command->add_flag("--spreadsheet-safe", arguments->spreadsheet_safe,
                    "Put an apostrophe before text that a spreadsheet would run as a formula: what "
                    "begins with = + - @");
  add_language(command, arguments->language);
  command->callback([arguments] { run_predict(*arguments); });
}
