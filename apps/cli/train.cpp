// chainrule train DATA
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/fields.h"
#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "commands.h"
#include "data_options.h"
#include "launched.h"
#include "options.h"
#include "profile_report.h"
#include "progress.h"
#include "report.h"
#include "terminal.h"
#include "train/settings/config.h"

using namespace chainrule;

namespace {

struct TrainArguments {
  TrainRequest request;
  std::string config, resume;
  bool quiet = false, json = false;
  double time_limit = 0;  // seconds; 0: none
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

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

// Until somebody wants it to stop, or its time is up.
bool goes_on(const TrainArguments& arguments) {
  if (stop_is_wanted) return false;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - arguments.start;
  return arguments.time_limit <= 0 || taken.count() < arguments.time_limit;
}

std::string stop_text(const RunResult& result) {
  const History& history = result.history;
  const std::string epochs = counted(static_cast<std::int64_t>(history.epochs.size()), "epoch");
  std::string text = fmt::format("{} in {}", epochs, duration(history.seconds));
  if (history.stopped == StopReason::patience)
    text += fmt::format(", stopped early: no better validation {} for {}",
                        words_of(result.config.fit.metric),
                        counted(result.config.fit.patience, "epoch"));
  if (history.stopped == StopReason::caller) text += ", interrupted";
  if (history.best_epoch < static_cast<std::int64_t>(history.epochs.size()) &&
      result.config.fit.keep_best && result.validation.rows > 0)
    text += fmt::format("; the weights are those of epoch {}", history.best_epoch);
  return text + "\n\n";
}

// What was learnt from the validation rows when training was over, and what the coverage is of.
std::string calibration_text(const RunResult& result) {
  std::string text;
  const std::vector<double>& levels = result.target.quantiles;
  if (levels.size() > 1)
    text += fmt::format(
        "\nCoverage: rows from the {0:.6g}% to the {1:.6g}% quantile; {2:.6g}% is "
        "meant. RMSE, MAE and R2 are of the {3:.6g}% quantile.\n",
        100 * levels.front(), 100 * levels.back(), 100 * (levels.back() - levels.front()),
        100 * levels[result.target.main_output()]);
  if (result.target.threshold)
    text += fmt::format("\nA row is taken for {} from a probability of {:.4g} on.\n",
                        visible(result.target.classes[1]), *result.target.threshold);
  if (!result.calibration) return text;
  if (levels.empty())
    text += fmt::format(
        "\nProbabilities are calibrated: logits divided by {:.4g} (temperature, "
        "from the validation rows).\n",
        *result.calibration);
  else
    text += fmt::format(
        "Quantiles are calibrated: {:.4g} times as far apart (from the validation "
        "rows).\n",
        *result.calibration);
  return text;
}

std::string result_text(const RunResult& result) {
  std::string text = stop_text(result);
  text += scores_text(
      {{"Training", &result.train}, {"Validation", &result.validation}, {"Test", &result.test}},
      &result.linear, result.config.fit.metric);
  if (result.test.rows > 0 && !result.test.confusion.empty())
    text += "\n" + confusion_text(result.test, result.target);
  if (result.profile) text += "\n" + profile_text(*result.profile, result.folder + "/profile.json");
  text += calibration_text(result);
  if (const std::string signs = signs_text(result); !signs.empty()) text += "\n" + signs;
  const std::string run = shell_word(result.folder);
  const std::string of_columns =
      result.target.columns.empty()
          ? ""
          : fmt::format("  chainrule importance {}          which columns matter\n", run);
  return text + fmt::format(
                    "\nSaved in {0}. Next:\n  chainrule predict {1} {2}\n"
                    "  chainrule explain {1} loss        where any number came from\n"
                    "{3}and {0}/report.html in a browser.\n",
                    visible(result.folder), run, shell_word(result.config.data), of_columns);
}

// With what to do about it.
void tell_divergence(const RunResult& result) {
  Optimizer optimizer = result.config.optimizer;
  const double rate = learning_rate(optimizer);
  const std::string saved =
      result.has_model
          ? fmt::format("the weights of epoch {} are saved in {}", result.history.best_epoch,
                        visible(result.folder))
          : fmt::format("no epoch is worth keeping; the record is in {}", visible(result.folder));
  message(
      fmt::format("{} the loss became infinite or NaN at step {}, and {}; try a smaller "
                  "learning rate, such as --lr {:.1g}. Where it began:\n"
                  "  chainrule trace {} --nan\n",
                  styled("chainrule:", Style::red, stderr), result.history.steps, saved,
                  std::min(rate / 10, 0.01), shell_word(result.folder)));
}

TrainRequest request_of(const TrainArguments& arguments) {
  if (!arguments.config.empty()) {
    const TrainRequest again = read_config(arguments.config);
    if (!is_as_written(arguments.config))
      message(fmt::format("note: {} was changed since a run wrote it, so this is another run\n",
                          arguments.config));
    return overridden(again, arguments.request);
  }
  if (arguments.request.data.empty())
    throw UsageError(
        "train: name the data: a CSV file, a folder with IDX files or with pictures by class, or "
        ".npy "
        "arrays");
  return arguments.request;
}

// What decides the run is in its folder already; the data may have been moved.
void require_no_changes(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    const bool is_fine = option->count() == 0 || name == "DATA" || name == "--resume" ||
                         name == "--threads" || name == "--quiet" || name == "--json" ||
                         name == "--time-limit";
    if (!is_fine)
      throw UsageError(
          fmt::format("{} would change the run that --resume goes on with; leave it "
                      "out, or begin a new run with --config",
                      name));
  }
}

// 130 after Ctrl-C, 4 after a divergence.
int exit_code_of(const RunResult& result) {
  if (result.history.stopped == StopReason::diverged) return exit_codes::diverged;
  return result.history.stopped == StopReason::caller ? exit_codes::interrupted : exit_codes::fine;
}

int tell_end(const RunResult& result) {
  if (result.history.stopped == StopReason::diverged) tell_divergence(result);
  if (result.history.stopped != StopReason::caller) return exit_code_of(result);
  message(
      fmt::format("interrupted; what was learnt until then is saved in {}. To go on:\n"
                  "  chainrule train --resume {}\n",
                  visible(result.folder), shell_word(result.folder)));
  return exit_code_of(result);
}

std::string folds_text(const FoldsResult& result) {
  std::vector<ScoredRows> folds;
  for (std::size_t k = 0; k < result.folds.size(); ++k)
    folds.push_back({fmt::format("Fold {}", k + 1), &result.folds[k].test});
  std::string text = scores_text(folds, nullptr, result.folds.front().config.fit.metric);
  if (result.scores.empty()) return text;
  text += "\n" + styled("Mean", Style::bold, stdout) + "  ";
  for (const auto& [name, spread] : result.scores) {
    const bool is_share = name == "accuracy";
    text += fmt::format("{}{} {:.4g} ± {:.2g}{}", name == result.scores.front().first ? "" : ", ",
                        name, is_share ? 100 * spread.mean : spread.mean,
                        is_share ? 100 * spread.deviation : spread.deviation, is_share ? "%" : "");
  }
  return text + fmt::format("\n\nSaved in {0}: a run per fold, such as {0}/fold1.\n",
                            visible(result.folder));
}

int run_folds(const TrainRequest& request, RunObserver observer, ProgressLine& line,
              const TrainArguments& arguments) {
  // Called by rank 0 alone, or who has no others.
  observer.on_plan = [&, first = observer.on_plan, fold = 0](const RunPlan& plan) mutable {
    line.finish();
    if (++fold == 1 && first) first(plan);
    if (!arguments.quiet) message(fmt::format("fold {} of {}\n", fold, request.folds));
  };
  const FoldsResult result = train_folds(request, observer);
  line.finish();
  const bool tells = !result.folder.empty();  // rank 0, or who has no others
  if (tells) print(arguments.json ? to_json(result) + "\n" : folds_text(result));
  int worst = exit_codes::fine;
  for (const RunResult& fold : result.folds)
    worst = std::max(worst, tells ? tell_end(fold) : exit_code_of(fold));
  return worst;
}

// What is told of a run and asked while it trains.
RunObserver observer_of(const TrainArguments& arguments, ProgressLine& line) {
  RunObserver observer;
  observer.on_plan = [&](const RunPlan& plan) {
    line.judge_by(plan.config.fit.metric);
    if (arguments.quiet) return;
    const std::string& network = arguments.request.model_file;
    if (!network.empty() && names_data(network))
      message(fmt::format("note: [data] of {} is not used; --config repeats a run on its data\n",
                          visible(network)));
    if (plan.step > 0)
      message(fmt::format("{} goes on after step {}\n", visible(plan.folder), plan.step));
    if (arguments.json)
      message(plan_text(plan));
    else
      print(plan_text(plan));
  };
  observer.on_progress = [&](const Progress& progress) {
    if (!arguments.quiet) line.show(progress);
    return goes_on(arguments);
  };
  observer.on_warning = [&](const std::string& what) {
    line.finish();
    message("warning: " + visible(what) + "\n");
  };
  observer.on_saved = [&](const RunPlan& plan, const RunResult& result) {
    write_file(plan.folder + "/report.html", report(plan, result));
  };
  return observer;
}

int run_train(const TrainArguments& arguments, Communicator* ranks) {
  stop_on_signals();
  ProgressLine line;
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
  if (!tells) return exit_code_of(result);
  if (arguments.json)
    print(to_json(result) + "\n");
  else if (result.has_model)
    print(result_text(result));
  return tell_end(result);
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

// "128,64", or "0" for no hidden layer.
std::vector<std::int64_t> units_of(const std::string& text) {
  std::vector<std::int64_t> units;
  for (const std::string_view field : fields_of(text)) {
    const auto number = number_in<std::int64_t>(field);
    if (!number)
      throw UsageError(fmt::format("--hidden {}: give units per layer, such as 128,64", text));
    units.push_back(*number);
  }
  if (units == std::vector<std::int64_t>{0}) units.clear();
  return units;
}

// "0.05,0.5,0.95", in any order.
std::vector<double> levels_of(const std::string& text) {
  std::vector<double> levels;
  for (const std::string_view field : fields_of(text)) {
    const auto level = number_of<double>("--quantiles", field);
    if (!(level > 0 && level < 1))
      throw UsageError(
          fmt::format("--quantiles {}: each is above 0 and below 1, such as "
                      "0.05,0.5,0.95",
                      text));
    levels.push_back(level);
  }
  std::ranges::sort(levels);
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  return levels;
}

// "90", "45s", "30m" or "12h", in seconds.
double duration_of(const std::string& text) {
  constexpr std::array<std::pair<char, double>, 3> units{{{'s', 1}, {'m', 60}, {'h', 3600}}};
  std::string_view digits = text;
  double unit = 1;
  for (const auto& [letter, seconds] : units)
    if (digits.ends_with(letter)) {
      unit = seconds;
      digits.remove_suffix(1);
      break;
    }
  const auto number = number_in<double>(digits);
  if (!number || !(*number > 0))
    throw UsageError(fmt::format("--time-limit {}: give a time, such as 45s, 30m or 12h", text));
  return *number * unit;
}

void add_network_options(CLI::App* command, TrainArguments& to) {
  constexpr const char* group = "Network";
  TrainRequest& request = to.request;
  word(command, group, "--hidden", "UNITS", request.hidden, units_of,
       "Units of the hidden layers, such as 128,64; 0 for none");
  option(command, group, "--activation", "NAME", request.activation,
         "relu, tanh, sigmoid, leaky_relu, elu, gelu, silu, softplus, ...");
  option(command, group, "--dropout", "RATE", request.dropout, "After every hidden layer");
  option(command, group, "--model", "FILE.toml", request.model_file,
         "The network, perhaps with loss, optimizer, training and schedule, from a file");
}

void add_training_options(CLI::App* command, TrainArguments& to) {
  constexpr const char* group = "Training";
  TrainRequest& request = to.request;
  option(command, group, "--effort", "HOW", request.effort,
         "What a table's model is worth: quick, within a second; default; or best, up to eight "
         "times as long");
  option(command, group, "--loss", "NAME", request.loss,
         "cross_entropy, mean_squared_error, huber, mean_absolute_error, ...");
  option(command, group, "--optimizer", "NAME", request.optimizer,
         "adamw, adam, sgd, rmsprop or adagrad");
  option(command, group, "--lr", "RATE", request.learning_rate, "Learning rate");
  option(command, group, "--weight-decay", "DECAY", request.weight_decay,
         "Pull of the weights towards 0");
  option(command, group, "--momentum", "SHARE", request.momentum,
         "Of sgd: how much of the last step's direction is kept");
  const auto shape = [](const std::string& name) {
    return Schedule{.shape = schedule_named(name)};
  };
  word(command, group, "--schedule", "SHAPE", request.schedule, shape,
       "Of the learning rate over the run: constant, cosine, flat_cosine, exponential, step, "
       "one_cycle or coslog4");
  word(command, group, "--dropout-schedule", "SHAPE", request.dropout_schedule, shape,
       "Of dropout's rates, likewise (default: constant)");
  word(command, group, "--weight-decay-schedule", "SHAPE", request.weight_decay_schedule, shape,
       "Of the weight decay, likewise (default: constant)");
  option(command, group, "--shift", "PIXELS", request.shift,
         "Shift each picture by up to so many pixels, anew in every step (a padded random crop)");
  command
      ->add_flag_callback(
          "--flip", [&request] { request.flip = true; },
          "Mirror every second picture, left and right, anew in every step; not for digits")
      ->group(group);
  option(command, group, "--clip-norm", "NORM", request.clip_norm,
         "Scale gradients down to this common norm; 0: never");
  option(command, group, "--weight-average", "DECAY", request.weight_average,
         "End with a moving average of the weights, such as 0.999; 0: with the last ones");
  option(command, group, "--batch-size", "ROWS", request.batch_size, "Rows per step");
  option(
      command, group, "--shards,--accumulate", "N", request.shards,
      "Compute each batch in so many shards, one at a time or by several ranks: in that share of "
      "the memory (default: 1; under mpirun 16)");
  option(command, group, "--epochs", "N", request.epochs, "Times through the training rows");
  word(command, group, "--quantiles", "LEVELS", request.target.quantiles, levels_of,
       "Predict these quantiles of a number, such as 0.05,0.5,0.95: the middle and between what "
       "nine of ten rows lie");
  option(command, group, "--class-weights", "HOW", request.class_weights,
         "balanced: all classes count the same, however rare; or how many times each, yes=3,no=1");
  option(command, group, "--threshold", "P", request.threshold,
         "Of two classes: take a row for the second one from this probability of it on, such as "
         "0.3; auto: what is best on the validation rows");
  word(command, group, "--metric", "NAME", request.metric, metric_named,
       "What is best on the validation rows, and shown first: accuracy, log_loss, auc or f1 of "
       "classes, rmse, mae or r2 of numbers (default: the loss)");
  option(command, group, "--patience", "EPOCHS", request.patience,
         "Stop after so many epochs that are no better on the validation rows; 0: never");
  option(command, group, "--seed", "N", request.seed,
         "Of everything random: the same seed gives the same bits");
  option(command, group, "--threads", "N", request.threads,
         "Default: all of the machine's; the result is the same for any number");
}

void add_output_options(CLI::App* command, TrainArguments& to) {
  constexpr const char* group = "Output";
  option(command, group, "--out", "DIR", to.request.out,
         "The run folder, which must be new or empty (default: runs/1, runs/2, ...)");
  option(command, group, "--config", "FILE.toml", to.config,
         "Repeat a run from its config.toml; options for data and training change it");
  option(command, group, "--resume", "RUN", to.resume,
         "Go on with a run that was interrupted or killed, as if it had not been");
  option(command, group, "--checkpoint-every", "STEPS", to.request.checkpoint_every,
         "Steps between checkpoints; 0: first and last only (default: by time)");
  word(command, group, "--time-limit", "TIME", to.time_limit, duration_of,
       "Stop after 45s, 30m or 12h as after Ctrl-C, to be resumed");
  command->add_flag("--quiet", to.quiet, "Results only")->group(group);
  command->add_flag("--json", to.json, "Results as one JSON object")->group(group);
  command
      ->add_flag("--profile", to.request.profile,
                 "Tell where the time goes, layer by layer; with a trace in profile.json")
      ->group(group);
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
  command->add_option(
      "DATA", arguments->request.data,
      "A CSV file, - for standard input, a folder with IDX files or with pictures by "
      "class, or .npy arrays");
  add_data_options(command, arguments->request);
  add_split_options(command, arguments->request);
  word(
      command, "Split", "--folds", "K", arguments->request.folds,
      [](const std::string& text) { return at_least(2, "--folds", text); },
      "Cross-validation: K runs, each tested on another part of the rows");
  add_network_options(command, *arguments);
  add_training_options(command, *arguments);
  add_output_options(command, *arguments);
  command->callback([arguments, command, &exit_code] {
    if (!arguments->resume.empty()) require_no_changes(*command);
    if (const auto launched = Launched::find())
      exit_code = run_beside(*arguments, *launched);
    else
      exit_code = run_train(*arguments, nullptr);
  });
}
