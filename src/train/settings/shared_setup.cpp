#include "train/settings/shared_setup.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/hash.h"
#include "data/shared_dataset.h"
#include "ranks/agreement.h"
#include "ranks/broadcast.h"
#include "train/settings/config.h"

namespace chainrule {
namespace {

std::string last_name(const std::string& path) {
  const std::filesystem::path tidy = std::filesystem::path(path).lexically_normal();
  return (tidy.has_filename() ? tidy : tidy.parent_path()).filename().string();
}

// Everything that decides how the data is read and divided, but where it lies.
std::string wishes(const TrainRequest& request) {
  RunConfig asked;
  asked.table = request.table;
  asked.pictures = request.pictures;
  asked.target = request.target;
  asked.encode = request.encode;
  asked.split = {.validation = request.validation.value_or(-1),
                 .test = request.test.value_or(-1),
                 .group = request.group,
                 .time = request.time,
                 .in_order = request.in_order,
                 .folds = request.folds,
                 .fold = request.fold};
  asked.weight = request.weight;
  if (!request.members_see.empty())
    asked.members_see = data::members_see_named(request.members_see);
  asked.target.task = request.target.task.value_or(data::Task::regression);
  return settings_toml(asked) + (request.target.task ? "as asked" : "as decided");
}

void give(const Broadcast& all, data::TargetOptions& target) {
  all(target.column);
  data::Task task = target.task.value_or(data::Task::classification);
  all(task);
  target.task = task;
  all(target.quantiles);
  all(target.scale);
  all(target.probabilities);
}

// What settings and steps ask of a target; its classes row by row are the dataset's.
void give(const Broadcast& all, data::Target& target) {
  all(target.name);
  all(target.columns);
  all(target.task);
  all(target.classes);
  all(target.left_out);
  all(target.outputs);
  all(target.quantiles);
  all(target.is_log);
  all(target.probabilities);
}

void give(const Broadcast& all, data::Encoder& encoder) {
  std::string json = all.is_source() ? encoder.to_json() : "";
  all(json);
  if (!all.is_source()) encoder = data::Encoder::from_json(json, "rank 0");
}

void give(Communicator& ranks, data::Prepared& data, const TrainRequest& request) {
  const Broadcast all(ranks);
  give(all, data.encoder);
  give(all, data.target);
  all(data.groups);
  all(data.train.rows);
  all(data.validation.rows);
  bool is_one = data.validation.data == data.train.data;
  all(is_one);
  const auto give_part = [&](data::Part& part, const std::string& named) {
    // Nobody reads it yet, on rank 0 either.
    auto dataset = all.is_source() ? std::const_pointer_cast<data::Dataset>(part.data)
                                   : std::make_shared<data::Dataset>();
    data::SharedDataset::give(all, *dataset);
    data::SharedDataset::open_file(ranks, *dataset, named);
    part.data = dataset;
  };
  give_part(data.train, request.data);
  if (!is_one)
    give_part(data.validation,
              request.validation_file.empty() ? request.data : request.validation_file);
  else
    data.validation.data = data.train.data;
  if (!all.is_source()) data.test.data = data.train.data;
}

}  // namespace

void require_same_request(Communicator& ranks, const TrainRequest& request) {
  std::string name = last_name(request.data);
  for (const std::string& other : {request.validation_file, request.test_file})
    if (!other.empty()) name += " and " + last_name(other);
  require_agreement(ranks, "name of its data", name);
  require_agreement(ranks, "wish for how its data is read,", hash_text(hash(wishes(request))));
}

void give(Communicator& ranks, RunSetup& setup, const TrainRequest& request) {
  const Broadcast all(ranks);
  RunConfig& config = setup.config;
  all(config.fingerprint);
  all(config.rows);
  give(all, config.target);
  data::SplitOptions& split = config.split;
  all(split.validation);
  all(split.test);
  all(split.seed);
  all(split.group);
  all(split.time);
  all(split.in_order);
  all(split.folds);
  all(split.fold);
  all(config.members_see);
  give(ranks, setup.data, request);
}

}  // namespace chainrule
