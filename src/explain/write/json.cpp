// The page's numbers as one object, with the 17 digits that give every double back.
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "explain/page/page.h"
#include "explain/write/notation.h"

namespace chainrule::page {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no word for what is not finite.
Json json_number(double value) {
  if (std::isnan(value)) return "nan";
  return std::isfinite(value) ? Json(value) : Json(fmt::format("{}", value));
}

Json object(const std::vector<Quantity>& quantities) {
  Json result = Json::object();
  for (const Quantity& quantity : quantities) result[quantity.symbol] = quantity.value;
  return result;
}

Json factors(const Page& page) {
  Json result = Json::object();
  for (const Quantity& gradient : page.gradients) {
    const auto found = page.factors.find(gradient.symbol);
    if (found == page.factors.end()) continue;  // those of matrices are matrices
    Json list = Json::array();
    for (const Quantity& factor : found->second)
      list.push_back({{"symbol", factor.symbol}, {"value", factor.value}});
    result[gradient.symbol] = std::move(list);
  }
  return result;
}

Json matrix_rows(const Matrix& matrix) {
  Json rows = Json::array();
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    Json row = Json::array();
    for (std::size_t c = 0; c < matrix.columns; ++c)
      row.push_back(json_number(matrix.at(r, c).value));
    rows.push_back(std::move(row));
  }
  return rows;
}

Json json_of(const StoryNumber& number) {
  Json json{{"symbol", number.symbol}};
  if (number.node >= 0) json["element"] = {number.node, number.index};
  json["value"] = json_number(number.value);
  return json;
}

Json json_of(const StoryTerm& term) {
  Json factors = Json::array();
  for (const StoryFactor& factor : term.factors)
    factors.push_back(
        factor.number ? json_of(*factor.number)
                      : Json{{"formula", factor.formula}, {"value", json_number(factor.value)}});
  return {{"formula", term.formula}, {"value", json_number(term.value)}, {"factors", factors}};
}

Json json_of(const StoryLine& line, std::size_t place) {
  Json json{{"line", place}, {"symbol", line.number.symbol}};
  if (line.number.node >= 0) json["element"] = {line.number.node, line.number.index};
  if (!line.formula.empty()) json["formula"] = line.formula;
  json["value"] = json_number(line.number.value);
  if (line.formula.empty()) return json;
  Json terms = Json::array();
  for (const StoryTerm& term : line.terms) terms.push_back(json_of(term));
  json["terms"] = std::move(terms);
  json["children"] = line.children;
  return json;
}

}  // namespace

std::string write_json(const Page& page) {
  Json json{
      {"forward", object(page.before.forward)},
      {"errors", object(page.before.errors)},
      {"gradients", object(page.gradients)},
      {"factors", factors(page)},
      {"updated", object(page.updated)},
      {"after", {{"forward", object(page.after.forward)}, {"errors", object(page.after.errors)}}},
      {"check",
       {{"passed", page.verdict.passed}, {"max_relative_error", page.verdict.max_relative_error}}}};
  Json matrices = Json::object();
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks)
      if (const auto* line = std::get_if<MatrixLine>(&block))
        matrices[line->result.symbol] = matrix_rows(line->result);
  if (!matrices.empty()) json["matrices"] = std::move(matrices);
  return visible_json(json.dump(2)) + "\n";
}

std::string write_story_json(const Story& story) {
  Json sections = Json::array();
  for (const StorySection& section : story.sections) {
    Json lines = Json::array();
    for (const std::size_t line : section.lines) lines.push_back(json_of(story.lines[line], line));
    sections.push_back({{"title", section.title}, {"text", section.sentences}, {"lines", lines}});
  }
  const Json json{{"title", story.title},
                  {"sections", sections},
                  {"check",
                   {{"passed", story.passed},
                    {"max_relative_error", story.max_relative_error},
                    {"difference_error", story.difference_error}}}};
  return json_text(json) + "\n";
}

}  // namespace chainrule::page
