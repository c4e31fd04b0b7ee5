// chainrule replay RUN
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "commands.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "report.h"
#include "run_options.h"
#include "terminal.h"

using namespace chainrule;

namespace {

struct ReplayArguments {
  std::string run, output;
  RunOptions options;
  std::optional<std::int64_t> to;
  bool verify = false, is_quiet = false;
};

int verify(Run& run, const ReplayArguments& arguments) {
  const Run::Verification result = [&] {
    ShareLine line("replaying", arguments.is_quiet);
    return run.verify(arguments.to, line.show());
  }();
  if (result.difference) {
    print(fmt::format("step {}: the run recorded {}, the replay gives {}\n",
                      result.difference->step, visible(result.difference->recorded),
                      result.difference->replayed));
    message(fmt::format("the replay differs from the record, first seen at step {}\n",
                        result.difference->step));
    return exit_codes::check_failed;
  }
  print(fmt::format("steps 0 to {}: the {} recorded {} met again\n", run.step(), result.compared,
                    result.compared == 1 ? "hash is" : "hashes are"));
  return exit_codes::fine;
}

// The step itself is always played, since its loss is shown.
void play(Run& run, const ReplayArguments& arguments) {
  const std::int64_t step = arguments.to.value_or(run.steps());
  run.go_to(step > 0 && step <= run.steps() ? step - 1 : step);
  if (step == 0) {
    print(fmt::format("step 0 of {}: before training\nhash {}\n", run.steps(), run.hash()));
    return;
  }
  const double loss = run.advance();
  const Run::Batch batch = run.batch(step);
  print(fmt::format("step {} of {}, in epoch {}: learning rate {}, {}\nloss {}\nhash {}\n", step,
                    run.steps(), batch.epoch, batch.learning_rate,
                    counted(static_cast<std::int64_t>(batch.rows.size()), "row"),
                    static_cast<float>(loss), run.hash()));
}

int run_replay(const ReplayArguments& arguments) {
  require_safe_output(arguments.output, {arguments.run, arguments.options.data});
  Run run = open_run(arguments.run, arguments.options);
  int exit_code = exit_codes::fine;
  if (arguments.verify)
    exit_code = verify(run, arguments);
  else
    play(run, arguments);
  if (!arguments.output.empty()) {
    run.save_model(arguments.output);
    print(fmt::format("Saved the model of step {} in {}\n", run.step(), visible(arguments.output)));
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
      "  chainrule replay runs/1 --to 100 -o early.safetensors  the model then, for predict");
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
  add_run_options(command, arguments->options);
  command->callback([arguments, &exit_code] { exit_code = run_replay(*arguments); });
}
