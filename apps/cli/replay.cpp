// chainrule replay RUN
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/file.h"
#include "called.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "commands.h"
#include "compare.h"
#include "options.h"
#include "output.h"
#include "page_options.h"
#include "progress.h"
#include "report.h"
#include "run_options.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

struct ReplayArguments {
  std::string run, output;
  RunOptions options;
  std::optional<std::int64_t> to;
  bool verify = false, is_quiet = false;
  std::string rows_file, out;
  WhatIf what_if;
  Language language = Language::en;
};

bool asks_what_if(const ReplayArguments& arguments) {
  const WhatIf& what = arguments.what_if;
  const bool asks = !arguments.rows_file.empty() || !what.set.empty();
  if (asks && (arguments.verify || arguments.to || !arguments.output.empty()))
    throw UsageError(
        "--without-rows and --set make a run of its own; leave --to, --verify and -o out, and ask "
        "them of that run");
  if (what.set.empty() != (what.at == 0))
    throw UsageError("--set and --at belong together: --set dense1.weight[3,5]=0 --at 100");
  if (!asks && !arguments.out.empty())
    throw UsageError(
        "--out is where a run with --without-rows or --set is saved; give one of those");
  return asks;
}

// Trains it otherwise, and tells what that changed.
int play_otherwise(Run& run, const ReplayArguments& arguments) {
  WhatIf what = arguments.what_if;
  if (!arguments.rows_file.empty()) what.without_rows = training_rows_in(run, arguments.rows_file);
  const std::string folder = [&] {
    ShareLine line(Phrase::is_training_again, arguments.language, arguments.is_quiet);
    const OnShare show = line.show();
    RunObserver observer;
    observer.on_progress = [&](const Progress& now) {
      if (show) show(static_cast<double>(now.step) / static_cast<double>(now.steps));
      return true;
    };
    observer.on_saved = [&](const RunPlan& plan, const RunResult& result) {
      write_file(plan.folder + "/report.html",
                 report(plan, result, arguments.language, program_name()));
    };
    return what_if(run, what, arguments.out, arguments.options, observer).folder;
  }();
  message(said(Phrase::run_saved, arguments.language, visible(folder)) + "\n");
  Run other = open_run(folder, arguments.options, arguments.language);
  return show_comparison(run, other, {.language = arguments.language, .digits = 3}, "",
                         arguments.is_quiet);
}

int verify(Run& run, const ReplayArguments& arguments) {
  const Run::Verification result = [&] {
    ShareLine line(Phrase::is_replaying, arguments.language, arguments.is_quiet);
    return run.verify(arguments.to, line.show());
  }();
  if (result.difference) {
    print(said(Phrase::replay_differs_here, arguments.language, result.difference->step,
               visible(result.difference->recorded), result.difference->replayed) +
          "\n");
    message(said(Phrase::replay_differs, arguments.language, result.difference->step) + "\n");
    return exit_codes::check_failed;
  }
  print(said(result.compared == 1 ? Phrase::replay_agrees_once : Phrase::replay_agrees,
             arguments.language, run.step(), result.compared) +
        "\n");
  return exit_codes::fine;
}

// The step itself is always played, since its loss is shown.
void play(Run& run, const ReplayArguments& arguments) {
  const std::int64_t step = arguments.to.value_or(run.steps());
  run.go_to(step > 0 && step <= run.steps() ? step - 1 : step);
  if (step == 0) {
    print(said(Phrase::replay_before, arguments.language, run.steps(), run.hash()) + "\n");
    return;
  }
  const double loss = run.advance();
  const Run::Batch batch = run.batch(step);
  const auto rows = static_cast<std::int64_t>(batch.rows.size());
  print(said(Phrase::replay_step, arguments.language, step, run.steps(), batch.epoch,
             batch.learning_rate, counted(rows, "row"), thousands(rows), static_cast<float>(loss),
             run.hash()) +
        "\n");
}

int run_replay(const ReplayArguments& arguments) {
  require_safe_output(arguments.output, {arguments.run, arguments.options.data});
  Run run = open_run(arguments.run, arguments.options, arguments.language);
  if (asks_what_if(arguments)) return play_otherwise(run, arguments);
  int exit_code = exit_codes::fine;
  if (arguments.verify)
    exit_code = verify(run, arguments);
  else
    play(run, arguments);
  if (!arguments.output.empty()) {
    run.save_model(arguments.output);
    print(said(Phrase::replay_saved, arguments.language, run.step(), visible(arguments.output)) +
          "\n");
  }
  return exit_code;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<ReplayArguments>();
  CLI::App* command =
      app.add_subcommand("replay", "Plays a recorded run again, to any step, bit for bit");
  command->footer(
      "Examples:\n"
      "  chainrule replay runs/1 --verify                       is every recorded hash met again?\n"
      "  chainrule replay runs/1 --to 100                       loss and hash of step 100\n"
      "  chainrule replay runs/1 --to 100 -o early.safetensors  the model then, for predict\n"
      "  chainrule replay runs/1 --without-rows wrong.txt       what if these rows had not been\n"
      "  chainrule replay runs/1 --set dense1.weight[3,5]=0 --at 100\n\n"
      "What if makes a run of its own, and compares it with the first. Rows that it does without\n"
      "keep their places; the mean of a batch is over its other rows, and where there are none\n"
      "the gradient is 0. wrong.txt has a row's number, as blame prints it, on each line.");
  command->add_option("RUN", arguments->run, "A run folder")->required();
  add_word(
      command, "--to", "STEP", arguments->to,
      [](const std::string& text) { return number_of<std::int64_t>("--to", text); },
      "To this step; 0: before training (default: the last one recorded)");
  command->add_flag("--verify", arguments->verify,
                    "From the first step, comparing every hash in record.csv");
  command->add_flag("--quiet", arguments->is_quiet, "Without the line that tells how far it is");
  add_text(command, "-o,--output", "FILE", arguments->output,
           "Write the model of that step, in the form of model.safetensors");
  add_text(command, "--without-rows", "FILE", arguments->rows_file,
           "What if these training rows had not counted; one number or name a line");
  command
      ->add_option_function<std::vector<std::string>>(
          "--set",
          [arguments](const std::vector<std::string>& all) { arguments->what_if.set = all; },
          "What if this number of a weight were another; may be given again")
      ->type_name("WEIGHT=VALUE")
      ->expected(1)
      ->take_all();
  add_word(
      command, "--at", "STEP", arguments->what_if.at,
      [](const std::string& text) { return at_least(std::int64_t{1}, "--at", text); },
      "Before which step it is set");
  add_text(command, "--out", "FOLDER", arguments->out,
           "Where such a run is saved (default: the next free runs/N)");
  add_language(command, arguments->language);
  add_run_options(command, arguments->options);
  command->callback([arguments, &exit_code] { exit_code = run_replay(*arguments); });
}
