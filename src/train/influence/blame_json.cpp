#include <cmath>

#include <nlohmann/json.hpp>

#include "base/boundary.h"
#include "base/json_text.h"
#include "train/influence/row_json.h"

namespace chainrule {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json json_of(const RunRow& row) {
  Json json{{"file", row.file}, {row.is_line ? "line" : "example", row.number}};
  json["part"] = row.part;
  json["label"] = row.label;
  json["predicted"] = row.predicted;
  json["probability"] = std::isfinite(row.probability) ? Json(row.probability) : Json(nullptr);
  return json;
}

std::string to_json(const Blame& blame) try {
  Json json{{"asked", json_of(blame.asked)}, {"step", blame.step}, {"points", blame.points}};
  json["rows"] = blame.rows;
  json["towards"] = blame.towards;
  json["away_from"] = blame.away_from;
  json["influences"] = Json::array();
  for (const auto& [row, influence] : blame.strongest) {
    json["influences"].push_back(json_of(row));
    json["influences"].back()["influence"] = influence;
  }
  return json_text(json);
} catch (...) {
  throw_ours();
}

std::string to_json(const Suspects& suspects) try {
  Json json{{"points", suspects.points}, {"rows", suspects.rows}, {"suspects", Json::array()}};
  for (const auto& [row, loss] : suspects.first) {
    json["suspects"].push_back(json_of(row));
    json["suspects"].back()["loss"] = loss;
  }
  return json_text(json);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
