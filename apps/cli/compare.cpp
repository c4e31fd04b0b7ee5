// chainrule compare RUN RUN
#include "compare.h"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "commands.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "progress.h"
#include "run_options.h"

using namespace chainrule;

namespace {

struct CompareArguments {
  std::string first, second, output;
  RunOptions options;
  ExplainOptions page;
  bool is_quiet = false;
};

int run_compare(const CompareArguments& arguments) {
  require_safe_output(arguments.output,
                      {arguments.first, arguments.second, arguments.options.data});
  Run first = open_run(arguments.first, arguments.options, arguments.page.language);
  Run second = open_run(arguments.second, arguments.options, arguments.page.language);
  return show_comparison(first, second, arguments.page, arguments.output, arguments.is_quiet);
}

}  // namespace

int show_comparison(Run& first, Run& second, const ExplainOptions& options,
                    const std::string& output, bool is_quiet) {
  const RunComparison comparison = [&] {
    ShareLine line(Phrase::is_playing_both, options.language, is_quiet);
    return compare(first, second, line.show());
  }();
  return show_page(explain_comparison(comparison, options), output, options.language);
}

void add_compare(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = app.add_subcommand(
      "compare", "Two runs: settings, data, curves, scores, and where their bits part");
  command->footer(
      "Examples:\n"
      "  chainrule compare runs/1 runs/2\n"
      "  chainrule compare runs/1 runs/2 --lang ko\n"
      "  chainrule compare runs/1 runs/2 --json\n\n"
      "Scores are those of the models that the runs ended with, with 95% intervals; on the same\n"
      "data also their difference, row by row, and McNemar's test. The records say between\n"
      "which steps the states part; both runs are then played from there, step by step.");
  command->add_option("RUN", arguments->first, "A run folder")->required();
  command->add_option("OTHER", arguments->second, "Another one")->required();
  add_page_options(command, arguments->page, arguments->output, 3);
  command->add_flag("--quiet", arguments->is_quiet, "Without the line that tells how far it is");
  add_run_options(command, arguments->options);
  command->callback([arguments, &exit_code] { exit_code = run_compare(*arguments); });
}
