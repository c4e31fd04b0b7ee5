#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/fields.h"
#include "chainrule/error.h"
#include "nn/place.h"
#include "train/loop/training_step.h"
#include "train/network/optimizer_fields.h"
#include "train/network/toml_text.h"
#include "train/settings/chosen_loss.h"
#include "train/settings/chosen_network.h"
#include "train/settings/defaults.h"
#include "train/settings/require.h"
#include "train/settings/setup.h"

namespace chainrule {
namespace {

constexpr std::int64_t most_units = 10'000'000, most_layers = 1000;

template <class T>
T first_of(const std::optional<T>& given, T otherwise) {
  return given ? *given : otherwise;
}

bool describes_network(const TrainRequest& request) {
  return request.hidden || !request.activation.empty() || request.dropout;
}

Optimizer optimizer_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
                       const Defaults& defaults) {
  const bool is_described = request.optimizer.empty() && file && file->optimizer;
  Optimizer optimizer = is_described                 ? *file->optimizer
                        : !request.optimizer.empty() ? default_optimizer(request.optimizer)
                                                     : defaults.optimizer;
  bool has_momentum = false;
  for_each_field(optimizer, [&](std::string_view name, auto& field) {
    if constexpr (std::is_same_v<decltype(field), double&>) {
      if (name == "learning_rate") field = first_of(request.learning_rate, field);
      if (name == "weight_decay") field = first_of(request.weight_decay, field);
      if (name == "momentum") field = first_of(request.momentum, field);
      has_momentum = has_momentum || name == "momentum";
    }
  });
  require(has_momentum || !request.momentum,
          fmt::format("momentum = {}, but {} has no momentum; leave it out, or take sgd",
                      request.momentum.value_or(0), name_of(optimizer)));
  // Nesterov's way was our choice, and without momentum there is none.
  if (auto* sgd = std::get_if<SGD>(&optimizer); sgd != nullptr && !is_described)
    sgd->nesterov = sgd->nesterov && sgd->momentum != 0;
  validate(optimizer);
  return optimizer;
}

// Nothing says which epoch was the best where no rows are kept to try it on.
template <class Number>
Number early_stop_of(const std::optional<Number>& asked, Number chosen, bool is_blind,
                     const char* name) {
  if (!is_blind) return first_of(asked, chosen);
  if (asked.value_or(0) > 0)
    throw UsageError(
        fmt::format("{0} = {1}, but no rows are kept for validation; set validation above 0, or "
                    "leave {0} out",
                    name, *asked));
  return 0;
}

// It says something of schedules with cycles alone.
void decide_cycle_gain(RunConfig& config, const TrainRequest& request, const Defaults& defaults,
                       bool is_blind) {
  const bool has_cycles = cycles_at(config.fit.schedule, 1) > 0;
  if (!has_cycles && request.cycle_gain.value_or(0) > 0)
    throw UsageError(
        fmt::format("cycle_gain = {}, but the learning rate has no cycles; set [schedule] type = "
                    "\"coslog4\", or leave cycle_gain out",
                    *request.cycle_gain));
  config.fit.cycle_gain = early_stop_of(request.cycle_gain, has_cycles ? defaults.cycle_gain : 0.0,
                                        is_blind, "cycle_gain");
}

Shape input_row(const nn::Network& network, const Shape& row, const std::string& model_file) {
  return told_with(model_file, [&] { return nn::input_shape(network, row.batch(1)).row(); });
}

// A convolution would take the rows of a picture with channels last for its channels.
void require_channels_first(const nn::Network& network, const Shape& row) {
  const auto takes = [&](const nn::Layer& layer) { return layer.record().takes; };
  if (!has_channels_last(row) || network.layers.front().get_if<nn::ChannelsFirst>() != nullptr ||
      std::ranges::find(network.layers, nn::RowKind::picture, takes) == network.layers.end())
    return;
  throw UsageError(fmt::format(
      "the pictures are {}, which seems to be [height, width, channels], and the network takes "
      "[channels, height, width]; begin it with a layer of type \"channels_first\"",
      row.to_string()));
}

// "price (1) and age (2)", with their widths.
std::string outputs_text(const nn::Network& network, const std::vector<nn::PlacedLayer>& layers) {
  std::vector<std::string> outputs;
  for (const nn::PlacedOutput& output : nn::placed_outputs(network, layers))
    outputs.push_back(fmt::format("{} ({})", layers[output.place].name, output.width));
  return fmt::format("{}", fmt::join(outputs, ", "));
}

// Whether the file's network takes what the data gives, and gives what the data asks for.
void require_fit(const NetworkFile& file, const std::string& path, const data::Prepared& data) {
  const std::int64_t width = data.encoder.width();
  const std::int64_t outputs = data.encoder.target().outputs();
  const bool says = file.input.rank() > 0;
  if (says && file.input.size() != width)
    throw DataError({path},
                    fmt::format("input = {}, but the data has {} features per row, as "
                                "encoded; set input = {}, or leave it out",
                                toml_shape(file.input), width, toml_shape(data.encoder.row())));
  const std::string wanted = data.target.task == data::Task::classification ? "classes"
                             : outputs == 1                                 ? "number to predict"
                                                                            : "numbers to predict";
  const Shape row = says ? file.input : data.encoder.row();
  const std::vector<nn::PlacedLayer> layers = told_with(path, [&] {
    require_channels_first(file.model, row);
    return placed(file.model, row.batch(1));
  });
  for (const data::ColumnEncoding& column : data.encoder.columns())
    if (column.kind == data::ColumnKind::text && nn::input_ids(file.model, row.batch(1)).empty())
      throw DataError({path},
                      fmt::format("no layer of the network takes ids, and the column \"{}\" is a "
                                  "text, which becomes ids of its words; give it an embedding_bag "
                                  "(train without --model writes one into config.toml), or leave "
                                  "the column out",
                                  column.name));
  const Shape given = prediction_shape(file.model, layers, {1, width});
  if (given == Shape{1, outputs}) return;
  if (!file.model.outputs.empty())
    throw DataError({path},
                    fmt::format("the network's outputs, {}, are {} numbers, but the data "
                                "has {} {}; change their units, or the target",
                                outputs_text(file.model, layers), given[1], outputs, wanted));
  // The field that decides it.
  const auto last = std::find_if(layers.rbegin(), layers.rend(), [](const nn::PlacedLayer& at) {
    return nn::width_field(at.layer.record()) != nullptr;
  });
  if (given.rank() != 2 || last == layers.rend() || last->y[last->y.rank() - 1] != given[1])
    throw DataError({path},
                    fmt::format("the network gives rows of shape {}, but the data has {} {}; "
                                "end it in a dense layer with units = {}",
                                given.row().to_string(), outputs, wanted, outputs));
  throw DataError(
      {path}, fmt::format("the last layer has {0} = {1}, but the data has {2} {3}; "
                          "set {0} = {2} there",
                          nn::width_field(last->layer.record())->name, given[1], outputs, wanted));
}

void require_calibration(const RunConfig& config, const std::string& model_file) {
  told_with(model_file, [&] {
    require(!config.network.is_calibrated || can_be_calibrated(config.loss),
            fmt::format("calibrated = true is for losses of logits or quantiles, and {} has none; "
                        "leave it out, or take cross_entropy or pinball",
                        to_string(config.loss)));
  });
}

void require_metric(const RunConfig& config, const std::string& model_file) {
  const Metric metric = config.fit.metric;
  const bool has_classes = config.target.task == data::Task::classification;
  told_with(model_file, [&] {
    require(is_for(metric, *config.target.task),
            fmt::format("metric = {} is of {}, and the target is {}; take {}", name_of(metric),
                        has_classes ? "numbers" : "classes", has_classes ? "a class" : "a number",
                        has_classes ? "accuracy, log_loss, auc or f1" : "rmse, mae or r2"));
  });
}

void decide_threshold(RunConfig& config, const TrainRequest& request, const data::Prepared& data) {
  config.threshold = request.threshold;
  if (config.threshold.empty()) return;
  require(data.encoder.target().classes.size() == 2,
          "a threshold decides between two classes; leave it out");
  if (config.threshold == automatic_threshold)
    return require(!data.validation.rows.empty(),
                   "threshold = auto, but no rows are kept for validation; say a number, or set "
                   "validation above 0");
  require(threshold_in(config).has_value(),
          fmt::format("threshold = {}; it must be auto, or a probability above 0 and below 1",
                      config.threshold));
}

// Those of dropout and weight decay; of what there is not, a schedule would say nothing.
void decide_schedules(RunConfig& config, const TrainRequest& request) {
  config.fit.dropout_schedule = request.dropout_schedule.value_or(Schedule{});
  config.fit.weight_decay_schedule = request.weight_decay_schedule.value_or(Schedule{});
  require(is_constant(config.fit.dropout_schedule) || nn::draws(config.network),
          "a schedule for dropout, but the network has no dropout layer; leave it out, or set "
          "dropout");
  const double decay =
      std::visit([](const auto& rule) { return rule.weight_decay; }, config.optimizer);
  require(is_constant(config.fit.weight_decay_schedule) || decay > 0,
          "a schedule for the weight decay, which is 0; leave it out, or set the weight decay");
}

// Gives members rows of their own, where they are to have them.
void divide_among_members(const RunConfig& config, const TrainRequest& request,
                          data::Prepared& data) {
  if (config.members_see == data::MembersSee::all) return;
  const std::string_view see = name_of(config.members_see);
  const std::int64_t members = members_of(config.network);
  told_with(request.model_file, [&] {
    require(members > 0,
            fmt::format("members see {}, and the network ends in no members; end it in a layer of "
                        "type \"member_dense\", or let them see all",
                        see));
  });
  const bool is_in_sequence = !config.split.time.empty() || config.split.in_order;
  require(!is_in_sequence || config.members_see != data::MembersSee::folds,
          "members see folds, and the rows follow each other in time: a member would be judged by "
          "rows before those that it learnt from. Let all see all rows");
  const bool is_blind = data.validation.rows.empty();
  const bool validates = is_blind && !is_in_sequence && !members_share(config.network);
  require(!is_blind || validates || request.validation,
          fmt::format("members see {}, and what they share has seen all rows, so none of them can "
                      "be judged by its own; keep rows for it: --validation 0.1",
                      see));
  data::divide_among_members(data, config.members_see, members, config.seed, validates);
}

// Never by the number of ranks, which changes nothing about a run.
constexpr std::int64_t shards_of_ranks = 16;

void decide_shards(RunConfig& config, const TrainRequest& request) {
  FitOptions& fit = config.fit;
  fit.ranks = request.ranks;
  const std::int64_t most = most_shards(config.network, fit.batch_size);
  fit.shards =
      request.shards.value_or(request.ranks == nullptr ? 1 : std::min(shards_of_ranks, most));
  require_shards(config.network, fit.shards, fit.batch_size);
  require(fit.shards == 1 || !request.profile || request.ranks != nullptr,
          fmt::format("shards = {}: a profile is of steps in one shard, or of several ranks; leave "
                      "one of the two out",
                      fit.shards));
}

}  // namespace

std::optional<double> threshold_in(const RunConfig& config) {
  const auto number = number_in<double>(config.threshold);
  return number && *number > 0 && *number < 1 ? number : std::nullopt;
}

bool is_for_defaults(const TrainRequest& request) {
  return request.model_file.empty() && !describes_network(request);
}

void validate(const TrainRequest& request) {
  const auto at_least = [](const std::optional<std::int64_t>& value, std::int64_t low,
                           const char* name) {
    require(!value || *value >= low,
            fmt::format("{} = {}; it must be at least {}", name, value.value_or(0), low));
  };
  at_least(request.epochs, 1, "epochs");
  at_least(request.batch_size, 1, "batch size");
  at_least(request.patience, 0, "patience");
  at_least(request.shift, 0, "shift");
  at_least(request.checkpoint_every, 0, "checkpoint every");
  at_least(request.shards, 1, "shards");
  require(!request.threads || (*request.threads >= 1 && *request.threads <= 1024),
          fmt::format("threads = {}; it must be from 1 to 1024", request.threads.value_or(0)));
  require(request.folds == 0 || (request.fold >= 1 && request.fold <= request.folds),
          fmt::format("fold = {} of {}: name one of the folds", request.fold, request.folds));
  // TOML's whole numbers have a sign.
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  require(!request.seed || *request.seed <= most,
          fmt::format("seed = {}; it must be at most {}", request.seed.value_or(0), most));
  const auto positive = [](const std::optional<double>& value, bool or_zero, const char* name) {
    require(!value || (std::isfinite(*value) && (or_zero ? *value >= 0 : *value > 0)),
            fmt::format("{} = {}; it must be {}", name, value.value_or(0),
                        or_zero ? "0 or a positive number" : "a positive number"));
  };
  positive(request.learning_rate, false, "learning rate");
  positive(request.weight_decay, true, "weight decay");
  positive(request.clip_norm, true, "clip norm");
  const auto fraction = [](const std::optional<double>& value, const char* name) {
    require(!value || (*value >= 0 && *value < 1),
            fmt::format("{} = {}; it must be at least 0 and below 1", name, value.value_or(0)));
  };
  fraction(request.dropout, "dropout");
  fraction(request.weight_average, "weight average");
  fraction(request.cycle_gain, "cycle gain");
  if (request.hidden) {
    require(request.hidden->size() <= most_layers,
            fmt::format("hidden: {} layers; at most {}", request.hidden->size(), most_layers));
    for (const std::int64_t units : *request.hidden)
      require(units >= 1 && units <= most_units,
              fmt::format("hidden: {} units; a layer has from 1 to {}", units, most_units));
  }
  require(request.model_file.empty() || !describes_network(request),
          fmt::format("the network is described by {} already; leave out hidden, activation and "
                      "dropout, or the file",
                      request.model_file));
  if (!request.activation.empty()) nn::activation_named(request.activation);
  effort_named(request.effort);
  require(
      request.effort.empty() || is_for_defaults(request),
      fmt::format("effort = {} chooses a table's network, which is described already; leave one "
                  "of the two out",
                  request.effort));
  if (!request.optimizer.empty()) optimizer_named(request.optimizer);
  if (!request.loss.empty()) loss_named(request.loss);
}

void decide_settings(RunConfig& config, const TrainRequest& request,
                     const std::optional<NetworkFile>& file, data::Prepared& data) {
  const data::TargetEncoding& target = data.encoder.target();
  const DataFacts facts{.task = target.task,
                        .rows = data.train.size(),
                        .width = data.encoder.width(),
                        .outputs = target.outputs(),
                        .is_array = data.encoder.array().has_value(),
                        .row = data.encoder.row(),
                        .effort = effort_named(request.effort),
                        .may_have_members = is_for_defaults(request),
                        .numbers = data.encoder.number_features(),
                        .texts = data.encoder.text_features(),
                        .has_rows_of_members = config.members_see != data::MembersSee::all};
  require(
      request.effort.empty() || !facts.is_array,
      fmt::format("effort = {} is for tables, and this is pictures or arrays; leave it out, and "
                  "say epochs or hidden",
                  request.effort));
  const Defaults defaults = choose_defaults(facts);
  if (file) require_fit(*file, request.model_file, data);
  config.network = network_of(request, file, defaults, facts);
  const Shape row = file && file->input.rank() > 0 ? file->input : data.encoder.row();
  config.row = input_row(config.network, row, request.model_file);
  divide_among_members(config, request, data);
  config.loss = loss_of(request, file, defaults, target);
  told_with(request.model_file, [&] { require_probabilities(config, data); });
  weigh_classes(config.loss, request.class_weights, data);
  if (!file)
    config.network.is_calibrated =
        (defaults.is_calibrated && takes_logits(config.loss)) || !config.loss.levels.empty();
  require_calibration(config, request.model_file);
  config.optimizer = optimizer_of(request, file, defaults);
  config.fit.epochs = first_of(request.epochs, defaults.epochs);
  config.fit.batch_size = first_of(request.batch_size, defaults.batch_size);
  const bool is_blind = data.validation.rows.empty();
  config.fit.patience = early_stop_of(request.patience, defaults.patience, is_blind, "patience");
  config.fit.metric = request.metric.value_or(Metric::loss);
  require_metric(config, request.model_file);
  decide_threshold(config, request, data);
  // Whoever asks for early stopping, or says what the best is, wants the weights of the best epoch.
  const bool asks_for_best = (request.patience && *request.patience > 0) || request.metric;
  config.fit.keep_best = first_of(request.keep_best, asks_for_best || defaults.keep_best);
  config.fit.clip_norm = first_of(request.clip_norm, defaults.clip_norm);
  config.fit.schedule = first_of(request.schedule, defaults.schedule);
  decide_cycle_gain(config, request, defaults, is_blind);
  config.fit.weight_average = first_of(request.weight_average, defaults.weight_average);
  decide_schedules(config, request);
  decide_shards(config, request);
  config.fit.what_if = request.what_if;
  config.fit.augmentation = {.shift = request.shift.value_or(0),
                             .flip = request.flip.value_or(false)};
  data.train.data->require_movable(config.fit.augmentation);
  config.fit.seed = config.seed;
  config.checkpoint_every = request.checkpoint_every;
}

Model make_model(const RunSetup& setup, const std::string& model_file) {
  const RunConfig& config = setup.config;
  return told_with(model_file, [&] {
    Model model(config.network, config.loss, config.row,
                {.seed = config.seed, .threads = config.threads});
    set_first_weights(model, setup.data.train);
    return model;
  });
}

}  // namespace chainrule
