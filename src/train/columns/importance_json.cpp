#include <cmath>

#include <nlohmann/json.hpp>

#include "base/boundary.h"
#include "base/json_text.h"
#include "chainrule/importance.h"

namespace chainrule {
namespace {

using ColumnJson = nlohmann::ordered_json;

ColumnJson number_json(double value) {
  return std::isfinite(value) ? ColumnJson(value) : ColumnJson(nullptr);
}

// null is a missing value; of a rare category it is told that it is one.
template <class Value>
void add_value(ColumnJson& json, const Value& value) {
  json["value"] =
      value.is_missing || value.is_other ? ColumnJson(nullptr) : ColumnJson(value.value);
  if (value.is_other) json["other"] = true;
}

const char* unit_name(RowReasons::Unit unit) {
  return unit == RowReasons::Unit::log_odds ? "log-odds"
         : unit == RowReasons::Unit::output ? "output"
                                            : "target";
}

ColumnJson reasons_json(const RowReasons& reasons) {
  ColumnJson json{{"of", reasons.outcome}, {"unit", unit_name(reasons.unit)}};
  json["prediction"] = reasons.prediction;
  json["reference"] = reasons.reference;
  json["probability"] = number_json(reasons.probability);
  json["reference_probability"] = number_json(reasons.reference_probability);
  if (reasons.is_share) json["probability_is"] = "share of the outputs' sum";
  json["reference_rows"] = reasons.reference_rows;
  json["training_rows"] = reasons.training_rows;
  json["exact"] = reasons.is_exact;
  json["orders_per_row"] = reasons.is_exact ? ColumnJson(nullptr) : ColumnJson(reasons.orders);
  json["parts"] = ColumnJson::array();
  for (const ColumnPart& part : reasons.parts) {
    ColumnJson one{{"column", part.column}};
    add_value(one, part);
    one["part"] = part.part;
    one["error"] = part.error;
    json["parts"].push_back(one);
  }
  json["completeness_error"] = reasons.completeness_error;
  return json;
}

ColumnJson importance_entry(const ColumnImportance& column, const char* score) {
  ColumnJson json{{"column", column.column}};
  json[score] = {{"increase", column.increase}, {"interval", column.interval}};
  if (std::isfinite(column.accuracy_drop))
    json["accuracy"] = {{"drop", column.accuracy_drop}, {"interval", column.accuracy_interval}};
  return json;
}

ColumnJson curve_json(const ColumnCurve& curve, const std::vector<std::string>& outcomes) {
  ColumnJson json{{"column", curve.column}, {"points", ColumnJson::array()}};
  for (const ColumnCurve::Point& point : curve.points) {
    ColumnJson one;
    add_value(one, point);
    for (std::size_t k = 0; k < point.prediction.size(); ++k)
      one["prediction"][outcomes.at(k)] = point.prediction[k];
    json["points"].push_back(one);
  }
  return json;
}

}  // namespace

std::string to_json(const RowExplanation& explanation) try {
  const RunRow& row = explanation.row;
  ColumnJson json;
  json["row"] = {{"file", row.file}, {row.is_line ? "line" : "example", row.number}};
  json["row"]["part"] = row.part.empty() ? ColumnJson(nullptr) : ColumnJson(row.part);
  json["row"]["label"] = row.part.empty() ? ColumnJson(nullptr) : ColumnJson(row.label);
  json["row"]["predicted"] = row.predicted;
  json["reasons"] = reasons_json(explanation.reasons);
  for (const MemberPart& member : explanation.members) {
    ColumnJson one{{"prediction", member.prediction}};
    if (std::isfinite(member.counts)) one["counts"] = member.counts;
    json["members"].push_back(one);
  }
  if (explanation.changed) {
    json["changed"] = reasons_json(*explanation.changed);
    json["changed"]["predicted"] = explanation.changed_predicted;
  }
  json["notes"] = english(explanation.notes);
  return json_text(json);
} catch (...) {
  throw_ours();
}

std::string to_json(const Importance& importance) try {
  const bool has_classes = std::isfinite(importance.accuracy);
  const char* score = has_classes ? "log_loss" : "rmse";
  ColumnJson json{{"rows", importance.rows}, {"of_rows", importance.of_rows}};
  json["shuffles"] = importance.repeats;
  json[score] = importance.score;
  if (has_classes) json["accuracy"] = importance.accuracy;
  json["columns"] = ColumnJson::array();
  for (const ColumnImportance& column : importance.columns)
    json["columns"].push_back(importance_entry(column, score));
  json["curves"] = ColumnJson::array();
  for (const ColumnCurve& curve : importance.curves)
    json["curves"].push_back(curve_json(curve, importance.outcomes));
  json["notes"] = english(importance.notes);
  return json_text(json);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
