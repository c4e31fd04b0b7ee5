// The page's numbers as one object, with the 17 digits that give every double back.
#include <nlohmann/json.hpp>

#include "explain/page.h"

namespace chainrule::page {
namespace {

using Json = nlohmann::ordered_json;

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
  return json.dump(2) + "\n";
}

}  // namespace chainrule::page
