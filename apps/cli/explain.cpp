#include "explain.h"

#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/importance.h"
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
  RunQuestion question;  // of a run; of a network file, `quantity` is a number of its page
  RowQuestion row;       // if its number is not 0
  bool asks_of_run = false, asks_of_step = false, asks_of_row = false, asks_of_page = false;
  const CLI::Option* digits = nullptr;
  RunOptions run;
  ExplainOptions options;
};

// Throws UsageError for what does not go together.
bool asks_of_row(const ExplainArguments& arguments) {
  const RowQuestion& row = arguments.row;
  if (!arguments.asks_of_row) return false;
  if (row.number == 0)
    throw UsageError(
        "--from, --set, --for and --evaluations are about a row's prediction; say which row: "
        "--row K");
  if (!arguments.question.quantity.empty() || arguments.asks_of_step)
    throw UsageError(
        fmt::format("--row asks why the final model predicts what it does for a row; {} about a "
                    "step of the training: ask for one of both",
                    arguments.question.quantity.empty() ? "--step, --sample and --depth are"
                                                        : arguments.question.quantity + " is"));
  if (row.is_test && !row.file.empty())
    throw UsageError("--test-row is a row of the run's own data; of another file give --row");
  return true;
}

// A contribution's error is in its first digits, so that more would only be noise.
ExplainOptions row_options(const ExplainArguments& arguments) {
  constexpr int row_digits = 3;
  ExplainOptions options = arguments.options;
  if (arguments.digits->count() == 0 && options.significant == 0) options.digits = row_digits;
  return options;
}

Explanation explanation_of(const ExplainArguments& arguments) {
  std::error_code ignored;
  if (std::filesystem::is_directory(arguments.path, ignored)) {
    if (arguments.asks_of_page)
      throw UsageError(fmt::format(
          "--form, --notation and --full are for network files; {} is a run", arguments.path));
    const bool of_row = asks_of_row(arguments);
    Run run = open_run(arguments.path, arguments.run, arguments.options.language);
    return of_row ? explain_prediction(run, arguments.row, row_options(arguments))
                  : explain(run, arguments.question, arguments.options);
  }
  if (!std::filesystem::exists(arguments.path, ignored))
    throw DataError({arguments.path}, "there is no such run folder or file; check the path");
  if (arguments.asks_of_run || !arguments.run.data.empty())
    throw UsageError(fmt::format("{} are for run folders; {} is a file",
                                 arguments.asks_of_row
                                     ? "--row, --test-row, --from, --set, --for and --evaluations"
                                     : "--epoch, --sample, --top, --depth and --data",
                                 arguments.path));
  const std::filesystem::path path(arguments.path), folder = path.parent_path();
  if (path.filename() == "config.toml" && std::filesystem::exists(folder / "record.csv", ignored))
    throw UsageError(fmt::format("{}: is a file in a run; give its folder, {}", arguments.path,
                                 folder.empty() ? "." : folder.string()));
  ExplainOptions options = arguments.options;
  options.parameter = arguments.question.quantity;
  options.step = arguments.question.step;
  return explain_file(arguments.path, options);
}

// "age=40"
std::pair<std::string, std::string> change_of(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(
        fmt::format("--set {}: give a column and its value, as in --set age=40", text));
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void add_row_options(CLI::App* command, const std::shared_ptr<ExplainArguments>& arguments) {
  RowQuestion& row = arguments->row;
  const auto of_row = [arguments] { arguments->asks_of_run = arguments->asks_of_row = true; };
  const auto number = [=](const char* flag, bool is_test) {
    return [=](const std::string& text) {
      of_row();
      arguments->row.is_test = is_test;
      return at_least(std::int64_t{1}, flag, text);
    };
  };
  const auto words = [=](const std::string& text) { return of_row(), text; };
  CLI::Option* own = add_word(command, "--row", "K", row.number, number("--row", false),
                              "Why the model predicts what it does for the row on line K");
  add_word(command, "--test-row", "K", row.number, number("--test-row", true),
           "The same of a test row, in the file that the test rows are in")
      ->excludes(own);
  add_word(command, "--from", "FILE", row.file, words, "The row is one of this table's");
  command
      ->add_option_function<std::vector<std::string>>(
          "--set",
          [=](const std::vector<std::string>& all) {
            of_row();
            for (const std::string& text : all) arguments->row.changes.push_back(change_of(text));
          },
          "And what if the row had this value; may be given again for another column")
      ->type_name("COLUMN=VALUE")
      ->expected(1)
      ->take_all();
  add_word(command, "--for", "NAME", row.outcome, words,
           "The class that is explained (default: the predicted one), or the predicted column");
  add_word(
      command, "--evaluations", "N", row.evaluations,
      [=](const std::string& text) {
        of_row();
        return at_least(std::int64_t{1}, "--evaluations", text);
      },
      "How many rows are predicted for it, about (default: 131072)");
}

// Of a network file's page.
void add_form_options(CLI::App* command, const std::shared_ptr<ExplainArguments>& arguments) {
  ExplainOptions& options = arguments->options;
  add_word(
      command, "--form", "FORM", options.form,
      [=](const std::string& name) {
        arguments->asks_of_page = true;
        if (name != "scalar" && name != "matrix")
          throw UsageError(fmt::format("--form {}: scalar or matrix", name));
        return name == "matrix" ? PageForm::matrix : PageForm::scalar;
      },
      "A network file's page number by number (scalar, the default), or in matrices: z = W x + b");
  add_word(
      command, "--notation", "NAME", options.notation,
      [=](const std::string& name) {
        arguments->asks_of_page = true;
        return name;
      },
      "What it calls its numbers: tutorial, mazur, nielsen or matrix (default: as the file's "
      "[notation] says, else tutorial)");
  command->add_flag_callback(
      "--full", [arguments] { arguments->asks_of_page = arguments->options.is_full = true; },
      "All numbers of it, however many");
}

int run_explain(const ExplainArguments& arguments) {
  require_safe_output(arguments.output, {arguments.path});
  return show_page(explanation_of(arguments), arguments.output, arguments.options.language);
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
      "  chainrule explain examples/tutorial.toml --form matrix --notation nielsen\n"
      "  chainrule explain examples/tutorial.toml --format html -o tutorial.html\n"
      "  chainrule explain examples/cs231n.toml              a free expression: f = (x + y) z\n"
      "  chainrule explain runs/1 dense1.weight[3,5] --step 1203\n"
      "  chainrule explain runs/1 --row 523                  why this prediction, by columns\n"
      "  chainrule explain runs/1 --row 523 --set age=40     and what it would be then\n"
      "  chainrule explain runs/1 --row 2 --from new.csv     of a row of another file\n\n"
      "QUANTITY is a number of the run, by its name; indices count from 0:\n"
      "  dense1.weight[3,5]            its update, from the row's values to the new weight\n"
      "  dense1.weight[3,5].gradient   ... without the optimizer\n"
      "  dense2.z[4], dense1.h[7], output[2], loss, accuracy\n"
      "  dense1.weight                 the whole tensor at a glance\n"
      "  validation.loss               epoch by epoch; --epoch 12: which rows got worse then\n"
      "  eta, beta1, m                 the letters of the optimizer's rule, and its schedule\n"
      "Without it, all names are listed. Of a network file it is any number of its page, such as\n"
      "W5, h2, z3, E_o1, dE/dz3 or x1.gradient, and a run's names do, too; of an expression a "
      "value\n"
      "or a derivative: q, df/dx. What pages print may be asked for as it stands.");
  command
      ->add_option("PATH", arguments->path,
                   "A run folder, or a network and an example, or an expression, as TOML")
      ->required();
  command->add_option("QUANTITY", arguments->question.quantity, "What to explain");
  RunQuestion& question = arguments->question;
  const auto of_run = [arguments](auto least, bool of_step = true) {
    return [arguments, least, of_step](const char* flag, const std::string& text) {
      arguments->asks_of_run = true;
      arguments->asks_of_step = arguments->asks_of_step || of_step;
      return at_least(least, flag, text);
    };
  };
  add_word(
      command, "--step", "N", question.step,
      [=](const std::string& text) {
        arguments->asks_of_step = true;
        return at_least(std::int64_t{1}, "--step", text);
      },
      "The step of the run (default: the last whose learning rate is no less than half of the "
      "largest), or of a file with several (default: a table)");
  add_word(
      command, "--epoch", "N", question.epoch,
      [=](const std::string& text) {
        return of_run(std::int64_t{1}, /*of_step=*/false)("--epoch", text);
      },
      "The epoch whose validation.loss is told row by row (default: a table of all)");
  add_word(
      command, "--sample", "K", question.sample,
      [=](const std::string& text) { return of_run(std::int64_t{0})("--sample", text); },
      "The sample of the step's batch, from 0, where there is a choice (default: 0)");
  add_word(
      command, "--top", "K", question.top,
      [=](const std::string& text) {
        return arguments->row.top = of_run(1, /*of_step=*/false)("--top", text);
      },
      "How many of a sum's terms are shown, the strongest (default: 3), or of a row's columns "
      "(12)");
  add_word(
      command, "--depth", "D", question.depth,
      [=](const std::string& text) { return of_run(1)("--depth", text); },
      "How many sums are opened on the way to the loss (default: 3)");
  add_row_options(command, arguments);
  add_form_options(command, arguments);
  add_page_options(command, arguments->options, arguments->output);
  arguments->digits = command->get_option("--digits");
  add_run_options(command, arguments->run);
  command->callback([arguments, &exit_code] { exit_code = run_explain(*arguments); });
}
