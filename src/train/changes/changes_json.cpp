#include <cmath>

#include <nlohmann/json.hpp>

#include "base/boundary.h"
#include "base/json_text.h"
#include "chainrule/compare.h"
#include "train/influence/row_json.h"

namespace chainrule {
namespace {

using Json = nlohmann::ordered_json;

Json number_of(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_of(const RunComparison::Estimate& estimate) {
  Json json;
  json["value"] = number_of(estimate.value);
  json["from"] = number_of(estimate.low);
  json["to"] = number_of(estimate.high);
  return json;
}

Json json_of(const RunComparison::Side& side) {
  Json json;
  json["run"] = side.folder;
  json["data"] = side.data;
  json["fingerprint"] = side.fingerprint;
  json["rows"] = side.rows;
  json["train"] = side.train;
  json["validation"] = side.validation;
  json["test"] = side.test;
  Json& epochs = json["epochs"] = Json::array();
  for (const Progress& epoch : side.epochs) {
    Json& line = epochs.emplace_back();
    line["epoch"] = epoch.epoch;
    line["training_loss"] = number_of(epoch.train_loss);
    if (epoch.validation) line["validation_loss"] = number_of(epoch.validation->loss);
  }
  return json;
}

Json json_of(const RunComparison::Parting& parting) {
  Json json;
  json["step"] = parting.step;
  json["other_rows"] = parting.rows;
  json["other_row_weights"] = parting.row_weights;
  json["other_learning_rate"] = parting.learning_rate;
  json["losses"] = {number_of(parting.losses[0]), number_of(parting.losses[1])};
  Json& variables = json["variables"] = Json::array();
  for (const auto& variable : parting.variables) {
    Json& line = variables.emplace_back();
    line["name"] = variable.name;
    line["different"] = variable.different;
    line["of"] = variable.of;
    line["largest_difference"] = number_of(variable.largest);
  }
  return json;
}

}  // namespace

std::string to_json(const RunComparison& comparison) try {
  Json json;
  Json& runs = json["runs"] = Json::array();
  for (const auto& side : comparison.sides) runs.push_back(json_of(side));
  json["same_data"] = comparison.is_same_data;
  Json& settings = json["settings"] = Json::array();
  for (const auto& [name, values] : comparison.settings) {
    Json& line = settings.emplace_back();
    line["name"] = name;
    line["values"] = values;
  }
  Json& scores = json["scores"] = Json::array();
  for (const RunComparison::Score& score : comparison.scores) {
    Json& line = scores.emplace_back();
    line["part"] = score.part;
    line["score"] = score.name;
    line["rows"] = score.rows;
    line["runs"] = {json_of(score.sides[0]), json_of(score.sides[1])};
    line["difference"] = score.difference ? json_of(*score.difference) : Json(nullptr);
  }
  Json& tests = json["mcnemar"] = Json::array();
  for (const RunComparison::Disagreement& test : comparison.disagreements) {
    Json& line = tests.emplace_back();
    line["part"] = test.part;
    line["rows"] = test.rows;
    line["right_alone"] = test.right_alone;
    line["p"] = test.p;
  }
  json["same_until"] = comparison.same_until;
  json["parting"] = comparison.parting ? json_of(*comparison.parting) : Json(nullptr);
  return json_text(json);
} catch (...) {
  throw_ours();
}

std::string to_json(const StepChanges& changes) try {
  Json json;
  json["from"] = changes.from;
  json["to"] = changes.to;
  Json& parameters = json["parameters"] = Json::array();
  for (const StepChanges::Parameter& parameter : changes.parameters) {
    Json& line = parameters.emplace_back();
    line["name"] = parameter.name;
    line["numbers"] = parameter.numbers;
    line["trained"] = parameter.is_trained;
    line["norm"] = number_of(parameter.before);
    line["change"] = number_of(parameter.change);
    line["relative"] = number_of(parameter.relative());
  }
  Json& weights = json["weights"] = Json::array();
  for (const StepChanges::Weight& weight : changes.largest) {
    Json& line = weights.emplace_back();
    line["name"] = weight.name;
    line["before"] = number_of(weight.before);
    line["after"] = number_of(weight.after);
  }
  Json& rows = json["pushes"] = Json::array();
  for (const auto& [row, push] : changes.strongest) {
    Json& line = rows.emplace_back(json_of(row));
    line["push"] = push;
  }
  json["rows"] = changes.rows;
  json["towards"] = changes.towards;
  json["away_from"] = changes.away_from;
  json["pushed"] = changes.pushed;
  json["moved"] = number_of(changes.moved);
  return json_text(json);
} catch (...) {
  throw_ours();
}

std::string to_json(const EpochChanges& changes) try {
  const auto pair = [](const std::array<double, 2>& two) {
    return Json{number_of(two[0]), number_of(two[1])};
  };
  Json json;
  json["epoch"] = changes.epoch;
  json["rows"] = changes.rows;
  json["worse"] = changes.worse;
  json["better"] = changes.better;
  json["losses"] = pair(changes.losses);
  json["recorded"] = pair(changes.recorded);
  Json& worst = json["worst"] = Json::array();
  for (const auto& [rows, losses] : changes.worst) {
    Json& line = worst.emplace_back();
    line["before"] = json_of(rows[0]);
    line["after"] = json_of(rows[1]);
    line["losses"] = pair(losses);
  }
  json["agrees"] = changes.agrees();
  return json_text(json);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
