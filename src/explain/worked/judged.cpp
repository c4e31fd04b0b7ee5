// What the worked page finds when it looks at its own gradients: the engine's, and differences.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "explain/formula/rounding.h"
#include "explain/step/line_check.h"
#include "explain/worked/builder.h"

namespace chainrule::page {
namespace {

// More finite differences than these take longer than they tell, since each works the network out
// four times and more; then every n-th parameter is taken.
std::int64_t differences_worth_taking(std::int64_t parameters) {
  constexpr std::int64_t fewest = 100, most = 2000, most_products = 20'000'000;
  return std::clamp(most_products / std::max<std::int64_t>(parameters, 1), fewest, most);
}

// The rounding of the page's derivatives, by symbol, beside exact numbers of the forward pass.
std::map<std::string, double> roundings_of(const Page& page) {
  std::map<std::string, double> errors;
  const auto value_of = [&](const Quantity& quantity) {
    const auto found = errors.find(quantity.symbol);
    return Rounded{quantity.value, found == errors.end() ? 0 : found->second};
  };
  for (const Section& section : page.sections)
    for (const Block& block : section.blocks)
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group) {
          if (!line.formula || line.quantity.role != Role::gradient) continue;
          const Rounded worked = evaluate_rounded(*line.formula, value_of);
          // A factor's value was worked out in another way, with a rounding of its own.
          const bool is_factor = worked.value != line.quantity.value;
          errors[line.quantity.symbol] = (is_factor ? 2 : 1) * worked.error;
        }
  return errors;
}

// That of the engine's gradient, beside the same numbers of the forward pass.
DoubleTensor rounding_of(WorkedStep& step, Value gradient) {
  const auto is_forward = [&](NodeId id) {
    return std::ranges::any_of(
        step.layers, [id](const Layer& layer) { return layer.z.id() == id || layer.h.id() == id; });
  };
  const auto values_of = [&](NodeId id) -> const DoubleTensor& {
    return step.run.elements().values(id);
  };
  return rounding_errors(step.run.graph(), values_of, gradient.id(), doubles, is_forward).back();
}

double largest_in(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

// Errors are relative to the gradient itself, or, where it is tiny beside the others, to a
// thousandth of the largest: what is 0 by cancellation has no digits of its own. What rounding may
// have done is only worked out where the usual tolerance is not enough.
Verdict Builder::judged() {
  double least = 0;
  for (std::size_t p = 0; p < parameters_.size() && traced_.is_trained(p); ++p)
    least = std::max(least, 1e-3 * largest_in(traced_.values(traced_.gradient(p))));
  std::optional<std::map<std::string, double>> roundings;
  std::map<std::size_t, DoubleTensor> engine_roundings;  // by parameter

  Verdict verdict;
  const auto compare = [&](std::size_t p, std::size_t e) {
    const double of_engine = traced_.at(traced_.gradient(p), static_cast<std::int64_t>(e));
    const Quantity& of_page = gradients_[p][e];
    const double scale = std::max({std::abs(of_page.value), std::abs(of_engine), least});
    const double error = scale == 0 ? 0 : std::abs(of_page.value - of_engine) / scale;
    double allowed = product_tolerance;
    if (!(error <= allowed) && std::isfinite(error)) {
      if (!roundings) roundings = roundings_of(page_);
      const auto [found, is_new] = engine_roundings.try_emplace(p);
      if (is_new) found->second = rounding_of(traced_, traced_.gradient(p));
      allowed = std::max(allowed, ((*roundings)[of_page.symbol] + found->second.values[e]) / scale);
    }
    verdict.note_product(error, allowed);
  };

  const auto count = static_cast<std::int64_t>(page_.gradients.size());
  const std::int64_t differences = differences_worth_taking(count);
  const std::int64_t stride = (count + differences - 1) / differences;
  std::int64_t seen = 0;
  for (std::size_t p = 0; p < parameters_.size() && traced_.is_trained(p); ++p)
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      if (!wanted(parameters_[p][e])) continue;
      compare(p, e);
      if (seen++ % stride != 0) continue;
      const Element variable{traced_.parameters()[p].variable.id(), static_cast<std::int64_t>(e)};
      const double start = parameters_[p][e].value;
      verdict.note(difference(
          gradients_[p][e].value,
          {.at = [&](double shift) { return traced_.run.loss_with(variable, start + shift); },
           .rounding = [&] { return traced_.run.loss_rounding(); },
           .place = start,
           .size = std::max(1.0, largest_in(traced_.values(traced_.layers.back().h))),
           .least = std::max(least, 1e-5 * std::abs(errors_.back().value))}));
    }
  for (const RuleLine& update : updates_)
    page::compare(traced_.run, update.element, update.whole, verdict);
  verdict.passed = verdict.products_agree() && verdict.differences_agree();
  return verdict;
}

}  // namespace chainrule::page
