// chainrule trace RUN
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "called.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "commands.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "progress.h"
#include "run_options.h"
#include "terminal.h"

using namespace chainrule;

namespace {

struct TraceArguments {
  std::string run, output;
  RunOptions options;
  ExplainOptions page;
  bool nan = false, is_quiet = false;
};

Explanation traced(Run& run, const TraceArguments& arguments) {
  ShareLine line(Phrase::is_replaying, arguments.page.language, arguments.is_quiet);
  return trace_nan(run, arguments.page, line.show());
}

int run_trace(const TraceArguments& arguments) {
  if (!arguments.nan)
    throw UsageError(
        fmt::format("trace: say what to look for: --nan, for the first number that is NaN or "
                    "infinite; {} explain {} tells of any other",
                    program_name(), shell_word(arguments.run)));
  require_safe_output(arguments.output, {arguments.run, arguments.options.data});
  Run run = open_run(arguments.run, arguments.options, arguments.page.language);
  return show_page(traced(run, arguments), arguments.output, arguments.page.language);
}

}  // namespace

void add_trace(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<TraceArguments>();
  CLI::App* command = app.add_subcommand(
      "trace", "Finds where the first NaN or infinity of a run that diverged came from");
  command->footer(
      "Examples:\n"
      "  chainrule trace runs/1 --nan                       the step, operation and sample\n"
      "  chainrule trace runs/1 --nan --lang ko             the same in Korean\n"
      "  chainrule trace runs/1 --nan --format json");
  command->add_option("RUN", arguments->run, "A run folder")->required();
  command->add_flag("--nan", arguments->nan, "The first number that is NaN or infinite");
  command->add_flag("--quiet", arguments->is_quiet, "Without the line that tells how far it is");
  add_run_options(command, arguments->options);
  add_page_options(command, arguments->page, arguments->output);
  command->callback([arguments, &exit_code] { exit_code = run_trace(*arguments); });
}
