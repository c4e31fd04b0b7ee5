// chainrule diff RUN
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "commands.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "progress.h"
#include "run_options.h"

using namespace chainrule;

namespace {

struct DiffArguments {
  std::string run, output;
  std::int64_t from = 0;
  std::optional<std::int64_t> to;
  RunOptions options;
  ExplainOptions page;
  ChangesOptions changes;
  bool is_quiet = false;
};

int run_diff(const DiffArguments& arguments) {
  require_safe_output(arguments.output, {arguments.run, arguments.options.data});
  Run run = open_run(arguments.run, arguments.options, arguments.page.language);
  const StepChanges changes = [&] {
    ShareLine line(Phrase::looks_at_steps, arguments.page.language, arguments.is_quiet);
    ChangesOptions options = arguments.changes;
    options.on_share = line.show();
    return step_changes(run, arguments.from, arguments.to.value_or(run.steps()), options);
  }();
  return show_page(explain_changes(changes, arguments.page), arguments.output,
                   arguments.page.language);
}

}  // namespace

void add_diff(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<DiffArguments>();
  CLI::App* command = app.add_subcommand(
      "diff", "What moved between two steps of a run: layers, weights, and the rows that pushed");
  command->footer(
      "Examples:\n"
      "  chainrule diff runs/1 --from 100 --to 200\n"
      "  chainrule diff runs/1 --from 100 --to 200 --top 20 --lang ko\n"
      "  chainrule diff runs/1 --json                       from the start to the end\n\n"
      "The steps are played again. Each row of their batches pushes the weights that moved most\n"
      "by its share of the batch's gradient; what the optimizer makes of it is left out.");
  command->add_option("RUN", arguments->run, "A run folder")->required();
  const auto step = [](const char* flag) {
    return [flag](const std::string& text) { return at_least(std::int64_t{0}, flag, text); };
  };
  add_word(command, "--from", "STEP", arguments->from, step("--from"),
           "The state after this step; 0: before training (default: 0)");
  add_word(command, "--to", "STEP", arguments->to, step("--to"),
           "The state after this one (default: the last one recorded)");
  add_word(
      command, "--top", "N", arguments->changes.top,
      [](const std::string& text) { return at_least(1, "--top", text); },
      "How many weights and rows are named (default: 10)");
  add_page_options(command, arguments->page, arguments->output, 3);
  command->add_flag("--quiet", arguments->is_quiet, "Without the line that tells how far it is");
  add_run_options(command, arguments->options);
  command->callback([arguments, &exit_code] { exit_code = run_diff(*arguments); });
}
