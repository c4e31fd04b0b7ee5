// chainrule train DATA
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/file.h"
#include "called.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "commands.h"
#include "launched.h"
#include "plan.h"
#include "progress.h"
#include "report.h"
#include "terminal.h"
#include "train/settings/config.h"
#include "train_options.h"
#include "train_results.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

std::atomic<bool> stop_is_wanted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler may not wait");

// The first signal asks for the end, a second one ends the program at once.
void want_stop(int signal) {
  if (!stop_is_wanted.exchange(true)) return;
  std::signal(signal, SIG_DFL);  // NOLINT: what fails here leaves the program running
  ::raise(signal);
}

// Ctrl-C, the system's request, and a terminal that is closed. Who starts the program with one of
// them ignored, as nohup and background jobs of shells do, wants it ignored.
void stop_on_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    struct sigaction action {};
    action.sa_handler = want_stop;
    action.sa_flags = SA_RESTART;
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler != SIG_IGN)
      ::sigaction(signal, &action, nullptr);
  }
}

bool time_is_up(const TrainArguments& arguments) {
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - arguments.start;
  return arguments.time_limit > 0 && taken.count() >= arguments.time_limit;
}

// Until somebody wants it to stop, or its time is up.
bool goes_on(const TrainArguments& arguments) { return !stop_is_wanted && !time_is_up(arguments); }

// Of a training that has been stopped.
StoppedBy stopped_by(const TrainArguments& arguments) {
  return !stop_is_wanted && time_is_up(arguments) ? StoppedBy::time_limit : StoppedBy::user;
}

int run_folds(const TrainRequest& request, RunObserver observer, ProgressLine& line,
              const TrainArguments& arguments) {
  // Called by rank 0 alone, or who has no others.
  observer.on_plan = [&, first = observer.on_plan, fold = 0](const RunPlan& plan) mutable {
    line.finish();
    if (++fold == 1 && first) first(plan);
    if (!arguments.quiet)
      message(said(Phrase::fold_of, arguments.language, fold, request.folds) + "\n");
  };
  const FoldsResult result = train_folds(request, observer);
  line.finish();
  const bool tells = !result.folder.empty();  // rank 0, or who has no others
  if (tells)
    print(arguments.json ? to_json(result) + "\n" : folds_text(result, arguments.language));
  const StoppedBy by = stopped_by(arguments);
  int worst = exit_codes::fine;
  for (const RunResult& fold : result.folds)
    worst =
        std::max(worst, tells ? tell_end(fold, by, arguments.language) : exit_code_of(fold, by));
  return worst;
}

// What is told of a run and asked while it trains.
RunObserver observer_of(const TrainArguments& arguments, ProgressLine& line) {
  RunObserver observer;
  const Language language = arguments.language;
  observer.on_plan = [&, language](const RunPlan& plan) {
    line.judge_by(plan.config.fit.metric);
    if (arguments.quiet) return;
    const std::string& network = arguments.request.model_file;
    if (!network.empty() && names_data(network))
      tell_note(said(Phrase::data_is_not_used, language, network), language);
    if (plan.step > 0)
      message(said(Phrase::goes_on_after, language, visible(plan.folder), plan.step) + "\n");
    if (arguments.json)
      message(plan_text(plan, language));
    else
      print(plan_text(plan, language));
  };
  observer.on_progress = [&](const Progress& progress) {
    if (!arguments.quiet) line.show(progress);
    return goes_on(arguments);
  };
  observer.on_warning = [&, language](const Text& what) {
    line.finish();
    message(said(Phrase::warning, language, visible(what.in(language))) + "\n");
  };
  observer.on_saved = [&](const RunPlan& plan, const RunResult& result) {
    write_file(plan.folder + "/report.html",
               report(plan, result, arguments.language, program_name()));
  };
  return observer;
}

int run_train(const TrainArguments& arguments, Communicator* ranks) {
  stop_on_signals();
  ProgressLine line(arguments.language);
  const bool tells = ranks == nullptr || ranks->rank() == 0;
  const RunObserver observer =
      tells ? observer_of(arguments, line)
            : RunObserver{.on_progress = [&](const Progress&) { return goes_on(arguments); }};
  const bool is_new = arguments.resume.empty();
  TrainRequest request = is_new ? request_of(arguments) : arguments.request;
  request.ranks = ranks;
  if (is_new && request.folds > 0 && request.fold == 0)
    return run_folds(request, observer, line, arguments);
  const RunResult result =
      is_new ? train_run(request, observer)
             : resume_run(arguments.resume,
                          {.threads = request.threads, .data = request.data, .ranks = ranks},
                          observer);
  line.finish();
  if (!tells) return exit_code_of(result, stopped_by(arguments));
  if (arguments.json)
    print(to_json(result) + "\n");
  else if (result.has_model)
    print(result_text(result, stopped_by(arguments), arguments.language));
  return tell_end(result, stopped_by(arguments), arguments.language);
}

// As one of several ranks: what goes wrong on one ends all of them.
int run_beside(const TrainArguments& arguments, Launched& launched) {
  try {
    return run_train(arguments, &launched.ranks());
  } catch (const UsageError& error) {
    launched.abort(error.what(), exit_codes::usage);
  } catch (const DataError& error) {
    launched.abort(error.what(), exit_codes::data);
  } catch (const std::exception& error) {
    launched.abort(error.what(), exit_codes::internal);
  }
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<TrainArguments>();
  CLI::App* command = app.add_subcommand("train", "Trains a network on a table, images or arrays");
  command->footer(
      "Examples:\n"
      "  chainrule train data/penguins.csv --target species\n"
      "  chainrule train data/diabetes.csv --target progression --hidden 32 --seed 7\n"
      "  chainrule train mnist/ --hidden 128 --epochs 5        a folder with IDX files\n"
      "  chainrule train photos/ --size 64x48                  pictures, a folder per class\n"
      "  chainrule train data/wine.csv --json --quiet > wine.json\n"
      "  chainrule train --config runs/1/config.toml           the same run again\n"
      "  chainrule train sales.csv --time when --folds 5       five tests, each later than what it "
      "learns from\n"
      "  chainrule train --resume runs/1                       go on with it after Ctrl-C or a "
      "crash");
  add_train_options(command, *arguments);
  command->callback([arguments, command, &exit_code] {
    if (!arguments->resume.empty()) require_no_changes(*command);
    if (const auto launched = Launched::find())
      exit_code = run_beside(*arguments, *launched);
    else
      exit_code = run_train(*arguments, nullptr);
  });
}
