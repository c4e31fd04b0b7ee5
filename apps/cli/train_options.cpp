#include "train_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/fields.h"
#include "chainrule/error.h"
#include "data_options.h"
#include "options.h"
#include "page_options.h"
#include "terminal.h"
#include "train/settings/config.h"

using namespace chainrule;

namespace {

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
  option(command, group, "--members-see", "ROWS", request.members_see,
         "Which training rows each member of a network sees: all; bags, a bootstrap sample of its "
         "own; or folds, all but one fold. Members that share nothing are validated by the rows "
         "that they do not see");
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
      "Compute each batch as the sum of so many shards, which ranks may share (default: 1; under "
      "mpirun 16)");
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
  option(command, group, "--cycle-gain", "SHARE", request.cycle_gain,
         "Leave out the last cycle of the learning rate (coslog4) if the one before lowers the "
         "training loss by this share, but not the validation loss; 0: never");
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
  add_language(command, to.language)->group(group);
  command->add_flag("--quiet", to.quiet, "Results only")->group(group);
  command->add_flag("--json", to.json, "Results as one JSON object")->group(group);
  command
      ->add_flag("--profile", to.request.profile,
                 "Tell where the time goes, layer by layer; with a trace in profile.json")
      ->group(group);
}

}  // namespace

void add_train_options(CLI::App* command, TrainArguments& to) {
  command->add_option(
      "DATA", to.request.data,
      "A CSV file, - for standard input, a folder with IDX files or with pictures by "
      "class, or .npy arrays");
  add_data_options(command, to.request);
  add_split_options(command, to.request);
  word(
      command, "Split", "--folds", "K", to.request.folds,
      [](const std::string& text) { return at_least(2, "--folds", text); },
      "Cross-validation: K runs, each tested on another part of the rows");
  add_network_options(command, to);
  add_training_options(command, to);
  add_output_options(command, to);
}

// What decides the run is in its folder already; the data may have been moved.
void require_no_changes(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    const bool is_fine = option->count() == 0 || name == "DATA" || name == "--resume" ||
                         name == "--threads" || name == "--quiet" || name == "--json" ||
                         name == "--time-limit" || name == "--lang";
    if (!is_fine)
      throw UsageError(
          fmt::format("{} would change the run that --resume goes on with; leave it "
                      "out, or begin a new run with --config",
                      name));
  }
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
