// chainrule report RUN
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/file.h"
#include "called.h"
#include "chainrule/explain.h"
#include "commands.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

struct ReportArguments {
  std::string run, output;
  RunOptions options;
  Language language = Language::en;
};

int run_report(const ReportArguments& arguments) {
  const std::string own = arguments.run + "/report.html";
  const std::string path = arguments.output.empty() ? own : arguments.output;
  require_safe_output(path, {arguments.run, arguments.options.data}, own);
  const std::string page =
      report(arguments.run, arguments.language, arguments.options, program_name());
  write_file(path, page);
  message(said(Phrase::page_written, arguments.language, visible(path)) + "\n");
  return exit_codes::fine;
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command =
      app.add_subcommand("report", "Writes a run's report.html again, in English or Korean");
  command->footer(
      "Examples:\n"
      "  chainrule report runs/1                        runs/1/report.html, for a browser\n"
      "  chainrule report runs/1 --lang ko -o page.html");
  command->add_option("RUN", arguments->run, "A run folder")->required();
  add_language(command, arguments->language);
  add_text(command, "-o,--output", "FILE", arguments->output,
           "Write the page to this file (default: report.html in the folder)");
  add_text(command, "--data", "PATH", arguments->options.data, "The data, if it was moved");
  command->callback([arguments, &exit_code] { exit_code = run_report(*arguments); });
}
