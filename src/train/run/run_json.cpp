// Results as JSON, with all the digits that the numbers have.
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/boundary.h"
#include "base/json_text.h"
#include "base/sealed.h"
#include "chainrule/run.h"
#include "train/run/summary.h"
#include "train/settings/config.h"

namespace chainrule {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_of(const Scores& scores) {
  if (scores.rows == 0) return nullptr;
  Json json{{"rows", scores.rows}, {"loss", number(scores.loss)}};
  if (!scores.confusion.empty()) {
    json["accuracy"] = number(scores.accuracy);
    json["accuracy_interval"] = accuracy_interval(scores);
    json["most_frequent_class"] = most_frequent_share(scores);
    json["macro_f1"] = number(scores.macro_f1);
    json["log_loss"] = number(scores.log_loss);
    json["auc"] = number(scores.auc);
    json["calibration_error"] = number(scores.calibration_error);
    json["confusion"] = scores.confusion;
  } else {
    json["rmse"] = number(scores.rmse);
    json["mae"] = number(scores.mae);
    json["r2"] = number(scores.r2);
    if (std::isfinite(scores.r2_interval[0])) json["r2_interval"] = scores.r2_interval;
    json["mean_rmse"] = number(scores.mean_rmse);
    if (std::isfinite(scores.coverage)) {
      json["coverage"] = scores.coverage;
      json["wanted_coverage"] = scores.wanted_coverage;
    }
  }
  return json;
}

Json json_of_ranks(const Profile& profile) {
  Json ranks = Json::array();
  for (const RankTime& rank : profile.ranks)
    ranks.push_back({{"host", rank.place},
                     {"computing_seconds", rank.computing},
                     {"waiting_seconds", rank.waiting},
                     {"exchanging_seconds", rank.exchanging}});
  return {{"seconds", profile.seconds}, {"threads", profile.threads}, {"ranks", ranks}};
}

Json json_of(const Profile& profile) {
  if (!profile.ranks.empty()) return json_of_ranks(profile);
  Json lines = Json::array();
  for (const ProfileLine& line : lines_of(profile)) {
    Json& json = lines.emplace_back(
        Json{{"layer", line.layer}, {"pass", line.what}, {"seconds", line.seconds}});
    json["share"] = line.share;
    json["flops"] = line.flops;
    json["floor_seconds"] = line.floor;
  }
  return {{"seconds", profile.seconds},
          {"steps", profile.steps()},
          {"threads", profile.threads},
          {"floor_seconds_per_flop", profile.floor_per_flop},
          {"floor_seconds_per_byte", profile.floor_per_byte},
          {"lines", lines}};
}

Json json_of(const Sign& sign) {
  Json json{{"sign", name_of(sign.kind)}};
  if (!sign.where.empty()) json["where"] = sign.where;
  if (!sign.other.empty()) json["other"] = sign.other;
  json["figure"] = number(sign.figure);
  json["beside"] = number(sign.beside);
  json["count"] = sign.count;
  json["of"] = sign.of;
  json["rows"] = sign.rows;
  return json;
}

const char* word_for(StopReason reason) {
  switch (reason) {
    case StopReason::finished:
      return "finished";
    case StopReason::patience:
      return "patience";
    case StopReason::cycle:
      return "cycle";
    case StopReason::caller:
      return "interrupted";
    case StopReason::diverged:
      return "diverged";
  }
  return "";
}

// One line per entry, so that people can read it too.
std::string dumped_by_line(const Json& json) {
  const auto text = [](const Json& value) { return json_text(value, -1); };
  std::string lines;
  for (const auto& [key, value] : json.items())
    lines += (lines.empty() ? "  " : ",\n  ") + text(key) + ": " + text(value);
  return "{\n" + lines + "\n}";
}

}  // namespace

std::string to_json(const Scores& scores) try {
  return dumped_by_line(json_of(scores));
} catch (...) {
  throw_ours();
}

std::string summary_json(const RunResult& result, const RunEnd& end) {
  const RunHeader header = header_of(result.config.id);
  const Json head{{"format", header.format},
                  {"layout", header.layout},
                  {"version", header.version},
                  {"id", header.run},
                  {"instruction_set", header.instruction_set},
                  {"files", end.files},
                  {"checkpoints", end.checkpoints}};
  return fmt::format("{},\n{}", opened_json(to_json(result)), dumped_by_line(head).substr(2));
}

void write_summary(const std::string& path, const RunResult& result, const RunEnd& end) {
  write_file(path, sealed(std::string(opened_json(summary_json(result, end))), json_seal));
}

std::string to_json(const FoldsResult& result) try {
  const RunResult& first = result.folds.front();
  Json json{{"task", name_of(first.target.task)}, {"data", first.config.data}};
  json["target"] = first.target.name;
  json["folds"] = result.folds.size();
  json["run"] = result.folder;
  for (const auto& [name, spread] : result.scores)
    json[name] = {{"mean", number(spread.mean)}, {"deviation", number(spread.deviation)}};
  json["tests"] = Json::array();
  for (const RunResult& fold : result.folds) json["tests"].push_back(json_of(fold.test));
  return dumped_by_line(json);
} catch (...) {
  throw_ours();
}

std::string to_json(const RunResult& result) try {
  Json json{{"task", name_of(result.target.task)}, {"data", result.config.data}};
  json["target"] = result.target.name;
  if (!result.target.classes.empty()) json["classes"] = result.target.classes;
  json["parameters"] = result.parameters;
  json["epochs"] = result.history.epochs.size();
  json["steps"] = result.history.steps;
  json["best_epoch"] = result.history.best_epoch;
  json["stopped"] = word_for(result.history.stopped);
  json["seconds"] = number(result.history.seconds);
  json["seed"] = result.config.seed;
  json["run"] = result.folder;
  json["train"] = json_of(result.train);
  json["validation"] = json_of(result.validation);
  json["test"] = json_of(result.test);
  json["linear_model"] = json_of(result.linear);
  if (result.calibration) json["calibration"] = *result.calibration;
  if (result.target.threshold) json["threshold"] = *result.target.threshold;
  json["signs"] = Json::array();
  for (const Sign& sign : result.signs) json["signs"].push_back(json_of(sign));
  if (result.profile) json["profile"] = json_of(*result.profile);
  return dumped_by_line(json);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
