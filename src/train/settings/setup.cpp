// What a run works with: from the request to data and settings.
#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "data/words.h"
#include "ranks/broadcast.h"
#include "train/loop/baseline.h"
#include "train/settings/chosen_loss.h"
#include "train/settings/chosen_network.h"
#include "train/settings/config.h"
#include "train/settings/defaults.h"
#include "train/settings/setup.h"
#include "train/settings/shared_setup.h"
#include "words/messages.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

// "" where the folder that this process stands in is gone.
std::string absolute_path(const std::string& path) {
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  return error ? "" : absolute.lexically_normal().string();
}

// A part of its own, or a fraction of the rows: not both.
void require_one(const std::optional<double>& fraction, bool has_own, const char* name,
                 const std::string& whose) {
  if (has_own && fraction.value_or(0) > 0)
    throw UsageError(
        fmt::format("{0} = {1}, but {2} a {0} part of its own, which is used; leave "
                    "{0} out",
                    name, *fraction, whose));
}

// How the rows are divided, as far as it can be said before they are read.
data::SplitOptions split_of(const TrainRequest& request, const data::Source& source,
                            std::int64_t rows, bool members_validate) {
  const bool own_test = source.test.has_value(), own_validation = source.validation.has_value();
  require_one(request.test, own_test, "test", request.data + " has");
  require_one(request.validation, own_validation, "validation", request.data + " has");
  if (own_test && request.folds > 0)
    throw UsageError(
        fmt::format("folds = {}, but there is a test part; leave one of them out", request.folds));
  const double validation = members_validate ? 0 : default_validation(rows);
  return {.validation = own_validation ? 0 : request.validation.value_or(validation),
          .test = own_test ? 0 : request.test.value_or(default_test),
          .group = request.group,
          .time = request.time,
          .in_order = request.in_order,
          .folds = request.folds,
          .fold = request.fold};
}

// Whether the members' own rows are enough to judge them by, so that none need be kept.
bool can_members_validate(const TrainRequest& request, const RunConfig& config,
                          const std::optional<NetworkFile>& file) {
  return config.members_see != data::MembersSee::all && request.time.empty() && !request.in_order &&
         !(file && members_share(file->model));
}

// As asked for, or as the defaults have it.
data::MembersSee members_see_of(const TrainRequest& request, const data::Source& source,
                                const data::Target& target) {
  if (!request.members_see.empty()) return data::members_see_named(request.members_see);
  const bool is_in_sequence = !request.time.empty() || request.in_order;
  const bool has_validation = source.validation.has_value() || request.validation.has_value();
  if (!is_for_defaults(request) || !std::holds_alternative<data::Table>(source.main) ||
      is_in_sequence || has_validation)
    return data::MembersSee::all;
  const double test = source.test ? 0 : request.test.value_or(default_test);
  const auto rows = static_cast<std::int64_t>(static_cast<double>(target.rows.size()) * (1 - test));
  return default_members_see(target.task, rows, effort_named(request.effort));
}

// What can be said of the data before it is read.
void name_data(const TrainRequest& request, RunConfig& config) {
  config.data = request.data;
  config.data_absolute = absolute_path(request.data);
  config.table = request.table;
  config.pictures = request.pictures;
  if (!request.validation_file.empty())
    config.validation_file = absolute_path(request.validation_file);
  if (!request.test_file.empty()) config.test_file = absolute_path(request.test_file);
  config.encode = request.encode;
  config.weight = request.weight;
}

// Reads the data and fills in what the configuration says of it.
data::Prepared prepare(const TrainRequest& request, RunConfig& config,
                       const std::optional<NetworkFile>& file,
                       const std::string& expected_fingerprint) {
  name_data(request, config);
  data::Source source = open_data(request);
  config.fingerprint = fingerprint(source);
  if (!expected_fingerprint.empty() && config.fingerprint != expected_fingerprint)
    throw DataError({request.data},
                    fmt::format("the data has changed since the run was begun: its fingerprint is "
                                "{}, was {}; bring the old data back, or begin a new run",
                                config.fingerprint, expected_fingerprint));
  const data::Target target = data::decide_target(source, request.target);
  config.rows = static_cast<std::int64_t>(target.rows.size()) + target.left_out;
  config.target = {.column = fmt::format("{}", fmt::join(target.columns, ",")),
                   .task = target.task,
                   .quantiles = request.target.quantiles,
                   .scale = target.is_log ? data::TargetScale::log : data::TargetScale::linear,
                   .probabilities = target.probabilities};
  config.members_see = members_see_of(request, source, target);
  config.split = split_of(request, source, static_cast<std::int64_t>(target.rows.size()),
                          can_members_validate(request, config, file));
  config.split.seed = config.seed;
  data::Prepared prepared = data::prepare(std::move(source), {.target = config.target,
                                                              .encode = config.encode,
                                                              .split = config.split,
                                                              .weight = config.weight});
  if (const std::vector<std::string> doubts = english(prepared.encoder.doubts());
      request.strict && !doubts.empty())
    throw DataError({request.data},
                    fmt::format("{}; say what is meant with --type, --missing, --drop or --keep, "
                                "or leave --strict out",
                                fmt::join(doubts, "; ")));
  return prepared;
}

}  // namespace

int threads_of(const std::optional<int>& asked, const Communicator* ranks) {
  const auto machine = static_cast<int>(std::thread::hardware_concurrency());
  return asked.value_or(
      std::clamp(machine / (ranks == nullptr ? 1 : ranks->on_this_machine()), 1, 1024));
}

data::Source open_data(const TrainRequest& request) {
  data::CsvOptions options = request.table;
  options.uses = [drop = request.encode.drop](std::string_view column) {
    return std::ranges::find(drop, column) == drop.end();
  };
  data::Source source = data::open(request.data, options, request.pictures);
  if (!request.test_file.empty())
    source.test = data::open_like(source.main, request.test_file, options);
  if (!request.validation_file.empty())
    source.validation = data::open_like(source.main, request.validation_file, options);
  return source;
}

DataPlan plan_data(const TrainRequest& request) try {
  const StandardArithmetic arithmetic;
  DataPlan plan;
  plan.config.seed = request.seed.value_or(0);
  plan.data = prepare(request, plan.config, {}, "");
  return plan;
} catch (...) {
  throw_ours();
}

namespace {

// So many rows at least, to decide anything by.
constexpr std::int64_t fewest_to_ask = 400;

// Whether the numbers to learn are above 0 and have a long tail above, as prices have.
bool is_skewed(const data::Prepared& data) {
  const data::TargetEncoding& target = data.encoder.target();
  if (target.task != data::Task::regression || data.target.columns.size() != 1) return false;
  std::vector<float> standard(static_cast<std::size_t>(target.outputs()));
  double squares = 0, cubes = 0, mean = 0;
  for (const data::Part* part : {&data.train, &data.validation, &data.test})
    for (const std::int64_t row : part->rows) {
      part->data->gather(std::span(&row, 1), nullptr, standard.data());
      if (target.in_units(static_cast<double>(standard[0])) <= 0) return false;
      if (part == &data.train) mean += static_cast<double>(standard[0]);
    }
  const auto count = static_cast<double>(data.train.size());
  mean /= count;
  for (const std::int64_t row : data.train.rows) {
    data.train.data->gather(std::span(&row, 1), nullptr, standard.data());
    const double off = static_cast<double>(standard[0]) - mean;
    squares += off * off;
    cubes += off * off * off;
  }
  return cubes / count > std::pow(squares / count, 1.5);
}

// The error of linear models of which each was fitted to one half of the training rows and judged
// by the other, in the target's own units.
double error_across_halves(const RunSetup& setup) {
  const data::Part& train = setup.data.train;
  std::array<data::Part, 2> halves{data::Part{train.data, {}}, data::Part{train.data, {}}};
  for (std::size_t i = 0; i < train.rows.size(); ++i) halves[i % 2].rows.push_back(train.rows[i]);
  double squares = 0;
  for (const std::size_t half : {0, 1}) {
    const Scores scores =
        linear_scores(setup.config, setup.data.encoder, halves[half], halves[1 - half]);
    squares += scores.rmse * scores.rmse * static_cast<double>(scores.rows);
  }
  return std::sqrt(squares / static_cast<double>(train.size()));
}

// A target with a long tail is learnt on a log scale where linear models say so.
void choose_scale(const TrainRequest& request, RunSetup& setup) {
  if (setup.data.train.size() < fewest_to_ask || !is_skewed(setup.data)) return;
  TrainRequest in_log = request;
  in_log.target.scale = data::TargetScale::log;
  in_log.members_see = name_of(setup.config.members_see);
  RunSetup other{.config = setup.config, .data = {}};
  other.data = prepare(in_log, other.config, {}, setup.config.fingerprint);
  const double as_it_is = error_across_halves(setup), logarithm = error_across_halves(other);
  if (!(logarithm < as_it_is)) return;
  setup = std::move(other);
  setup.data.notes.push_back(
      in_words(Phrase::learnt_in_log, data::quote(setup.data.target.name), logarithm, as_it_is));
}

// Reads the data, in this process.
void read_alone(const TrainRequest& request, RunSetup& setup,
                const std::optional<NetworkFile>& file, const std::string& expected_fingerprint) {
  setup.data = prepare(request, setup.config, file, expected_fingerprint);
  if (request.members_see.empty() && setup.config.members_see != data::MembersSee::all &&
      !setup.data.encoder.text_features().empty()) {
    // What a text's words become is learnt by all members together.
    TrainRequest of_text = request;
    of_text.members_see = name_of(data::MembersSee::all);
    setup.data = prepare(of_text, setup.config, file, expected_fingerprint);
  }
  if (setup.data.train.rows.empty())
    throw DataError({request.data}, "no rows are left to train on; keep fewer for the test");
  if (request.target.scale == data::TargetScale::automatic && is_for_defaults(request))
    choose_scale(request, setup);
}

// Rank 0 reads the data for all; what ends it there ends it everywhere.
void read_together(const TrainRequest& request, RunSetup& setup,
                   const std::optional<NetworkFile>& file,
                   const std::string& expected_fingerprint) {
  require_same_request(*request.ranks, request);
  const Broadcast all(*request.ranks);
  name_data(request, setup.config);
  std::exception_ptr thrown;
  std::string failure;
  try {
    if (all.is_source()) read_alone(request, setup, file, expected_fingerprint);
  } catch (const std::exception& error) {
    thrown = std::current_exception();
    failure = error.what();
  }
  all(failure);
  if (thrown) std::rethrow_exception(thrown);
  if (!failure.empty()) throw DataError({}, failure);
  give(*request.ranks, setup, request);
}

}  // namespace

RunSetup set_up(const TrainRequest& asked, const std::string& expected_fingerprint) {
  const StandardArithmetic arithmetic;
  validate(asked);
  TrainRequest request = asked;
  std::optional<NetworkFile> file;
  if (!request.model_file.empty()) {
    file = read_network_file(request.model_file, config_tables);
    take_training(request, request.model_file);
    if (file->loss && request.target.quantiles.empty())
      request.target.quantiles = file->loss->levels;
    if (request.loss.empty()) request.target.probabilities = probability_outputs(*file);
  }
  RunSetup setup;
  RunConfig& config = setup.config;
  config.seed = request.seed.value_or(file ? file->seed : 0);
  config.threads = threads_of(request.threads, request.ranks);
  if (request.ranks == nullptr)
    read_alone(request, setup, file, expected_fingerprint);
  else
    read_together(request, setup, file, expected_fingerprint);
  decide_settings(config, request, file, setup.data);
  if (const std::optional<double> threshold = threshold_in(config))
    setup.data.encoder = setup.data.encoder.with_threshold(threshold);
  config.id = run_id(config);
  return setup;
}

}  // namespace chainrule
