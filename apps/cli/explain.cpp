#include "explain.h"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "commands.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "run_options.h"
#include "terminal.h"

namespace {

using namespace chainrule;

struct ExplainArguments {
  std::string path, output;
  RunQuestion question;  // of a run; of a network file, `quantity` is one weight or bias
  bool asks_of_run = false;
  RunOptions run;
  ExplainOptions options;
};

Explanation explanation_of(const ExplainArguments& arguments) {
  std::error_code ignored;
  if (std::filesystem::is_directory(arguments.path, ignored)) {
    Run run = open_run(arguments.path, arguments.run);
    return explain(run, arguments.question, arguments.options);
  }
  if (!std::filesystem::exists(arguments.path, ignored)) read_file(arguments.path);  // says so
  if (arguments.asks_of_run || !arguments.run.data.empty())
    throw UsageError(
        fmt::format("--step, --sample, --top, --depth and --data are for run folders; {} is a file",
                    arguments.path));
  const std::filesystem::path path(arguments.path), folder = path.parent_path();
  if (path.filename() == "config.toml" && std::filesystem::exists(folder / "record.csv", ignored))
    throw UsageError(fmt::format("{}: is a file in a run; give its folder, {}", arguments.path,
                                 folder.empty() ? "." : folder.string()));
  ExplainOptions options = arguments.options;
  options.parameter = arguments.question.quantity;
  return explain_file(arguments.path, options);
}

int run_explain(const ExplainArguments& arguments) {
  require_safe_output(arguments.output, {arguments.path});
  return show_page(explanation_of(arguments), arguments.output);
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ExplainArguments>();
  CLI::App* command = app.add_subcommand(
      "explain", "Tells where a number comes from: of a small network's step, or of a whole run");
  command->footer(
      "Examples:\n"
      "  chainrule explain examples/tutorial.toml\n"
      "  chainrule explain examples/tutorial.toml W5 --lang ko\n"
      "  chainrule explain examples/tutorial.toml --format html -o tutorial.html\n"
      "  chainrule explain runs/1 dense1.weight[3,5] --step 1203\n\n"
      "QUANTITY is a number of the run, by its name; indices count from 0:\n"
      "  dense1.weight[3,5]            its update, from the row's values to the new weight\n"
      "  dense1.weight[3,5].gradient   ... without the optimizer\n"
      "  dense2.z[4], dense1.h[7], output[2], loss, accuracy\n"
      "  dense1.weight                 the whole tensor at a glance\n"
      "Without it, all names are listed. Of a network file it is one weight or bias: W5, b2.");
  command->add_option("PATH", arguments->path, "A run folder, or a network and an example, as TOML")
      ->required();
  command->add_option("QUANTITY", arguments->question.quantity, "What to explain");
  RunQuestion& question = arguments->question;
  const auto of_run = [arguments](auto least) {
    return [arguments, least](const char* flag, const std::string& text) {
      arguments->asks_of_run = true;
      return at_least(least, flag, text);
    };
  };
  add_word(
      command, "--step", "N", question.step,
      [=](const std::string& text) { return of_run(std::int64_t{1})("--step", text); },
      "The step of the run (default: the last)");
  add_word(
      command, "--sample", "K", question.sample,
      [=](const std::string& text) { return of_run(std::int64_t{0})("--sample", text); },
      "The sample of the step's batch, from 0, where there is a choice (default: 0)");
  add_word(
      command, "--top", "K", question.top,
      [=](const std::string& text) { return of_run(1)("--top", text); },
      "How many of a sum's terms are shown, the strongest (default: 3)");
  add_word(
      command, "--depth", "D", question.depth,
      [=](const std::string& text) { return of_run(1)("--depth", text); },
      "How many sums are opened on the way to the loss (default: 3)");
  add_page_options(command, arguments->options, arguments->output);
  add_run_options(command, arguments->run);
  command->callback([arguments, &exit_code] { exit_code = run_explain(*arguments); });
}
