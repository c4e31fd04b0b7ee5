// The page's numbers as one object, with the 17 digits that give every double back.
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/display.h"
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
    Json list = Json::array();
    for (const Quantity& factor : page.factors.at(gradient.symbol))
      list.push_back({{"symbol", factor.symbol}, {"value", factor.value}});
    result[gradient.symbol] = std::move(list);
  }
  return result;
}

}  // namespace

std::string write_json(const Page& page) {
  const Json json{
      {"forward", object(page.before.forward)},
      {"errors", object(page.before.errors)},
      {"gradients", object(page.gradients)},
      {"factors", factors(page)},
      {"updated", object(page.updated)},
      {"after", {{"forward", object(page.after.forward)}, {"errors", object(page.after.errors)}}},
      {"check",
       {{"passed", page.verdict.passed}, {"max_relative_error", page.verdict.max_relative_error}}}};
  return visible_json(json.dump(2)) + "\n";
}

std::string write_story_json(const Page& page, const ExplainOptions& options) {
  const auto said = [&](const Sentence& words) {
    const auto same = [](const std::string& text) { return text; };
    return sentence(words, options, {false, same, same, same});
  };
  Json sections = Json::array();
  for (const Section& section : page.sections) {
    Json text = Json::array(), lines = Json::array();
    for (const Block& block : section.blocks) {
      if (const auto* words = std::get_if<Sentence>(&block)) text.push_back(said(*words));
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group) {
          Json entry{{"symbol", line.quantity.symbol}};
          if (line.formula)
            entry["formula"] = write(*line.formula, symbols(options.language, false));
          entry["value"] = json_number(line.quantity.value);
          lines.push_back(std::move(entry));
        }
      if (const auto* listing = std::get_if<Listing>(&block))
        for (const Quantity& quantity : listing->quantities)
          lines.push_back({{"symbol", quantity.symbol}, {"value", json_number(quantity.value)}});
      if (const auto* table = std::get_if<Table>(&block))
        for (const auto& row : table->rows)
          for (const Quantity& quantity : row)
            lines.push_back({{"symbol", quantity.symbol}, {"value", json_number(quantity.value)}});
    }
    sections.push_back({{"title", said(section.title)}, {"text", text}, {"lines", lines}});
  }
  const Json json{{"title", said(page.title)},
                  {"sections", sections},
                  {"check",
                   {{"passed", page.verdict.passed},
                    {"max_relative_error", page.verdict.max_relative_error},
                    {"difference_error", page.verdict.difference_error}}}};
  return visible_json(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace chainrule::page
