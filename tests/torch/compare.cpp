#include "compare.h"

#include <algorithm>
#include <cmath>

namespace chainrule::beside_torch {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double largest(const Numbers& numbers) {
  double size = 0;
  for (const double number : numbers) size = std::max(size, std::abs(number));
  return size;
}

double largest(const Named& all) {
  double size = 0;
  for (const auto& [name, numbers] : all) size = std::max(size, largest(numbers));
  return size;
}

// Keeps number i, in parts of `allowed`, if it is the furthest so far.
void note(Difference& furthest, std::size_t i, double ours, double theirs, double allowed) {
  const double apart = std::abs(ours - theirs) / allowed;
  // Not: apart > furthest.size, which no NaN would be seen by.
  if (i > 0 && apart <= furthest.size) return;
  furthest.size = std::isfinite(apart) ? apart : infinity;
  furthest.at = i;
  furthest.ours = ours;
  furthest.theirs = theirs;
}

// `scale`: what the numbers are compared with, if their own largest one is less.
Difference difference(Part part, const std::string& name, const Numbers& ours,
                      const Numbers& theirs, double scale) {
  Difference furthest{.part = part, .name = name};
  if (ours.size() != theirs.size()) {
    furthest.size = infinity;
    return furthest;
  }
  scale = std::max({scale, largest(theirs), std::numeric_limits<double>::min()});
  for (std::size_t i = 0; i < ours.size() && furthest.size < infinity; ++i)
    note(furthest, i, ours[i], theirs[i], scale);
  return furthest;
}

void add(std::vector<Difference>& list, Part part, const Named& ours, const Named& theirs,
         double scale) {
  static const Numbers nothing;
  for (const auto& [name, numbers] : theirs) {
    const auto found = ours.find(name);
    list.push_back(
        difference(part, name, found == ours.end() ? nothing : found->second, numbers, scale));
  }
}

bool is_of_the_first_step(Part part) { return part < Part::variable; }

// How far the optimizer may carry a gradient's error, per number of it; `g` is the gradient that it
// takes.
double change_error(const Optimizer& optimizer, double g, double error, double rate) {
  if (const auto* sgd = std::get_if<SGD>(&optimizer))
    return rate * error * (sgd->nesterov ? 1 + sgd->momentum : 1);
  double share = 1, epsilon = 0;
  if (const auto* adam = std::get_if<Adam>(&optimizer)) epsilon = adam->epsilon;
  if (const auto* adamw = std::get_if<AdamW>(&optimizer)) epsilon = adamw->epsilon;
  if (const auto* adagrad = std::get_if<Adagrad>(&optimizer)) epsilon = adagrad->epsilon;
  if (const auto* rmsprop = std::get_if<RMSProp>(&optimizer)) {
    epsilon = rmsprop->epsilon;
    share = std::sqrt(1 - rmsprop->decay);
  }
  // The first change is rate g / (share |g| + epsilon): as steep as this, and no more than rate /
  // share.
  return rate * std::min(2 / share, error / (share * std::abs(g) + epsilon));
}

double weight_decay(const Optimizer& optimizer) {
  return std::visit([](const auto& rule) { return rule.weight_decay; }, optimizer);
}

// By how much clipping scales the first step's gradients.
double clipping(const DrawnTraining& training, const Outcome& reference) {
  double square = 0;
  for (const auto& [name, gradient] : reference.gradients)
    for (const double g : gradient) square += g * g;
  const double norm = training.clip_norm;
  return norm > 0 && std::sqrt(square) > norm ? norm / std::sqrt(square) : 1;
}

// A parameter after one step in single precision; the difference's size is in parts of what is
// allowed.
Difference updated(const DrawnTraining& training, const Outcome& ours, const Outcome& reference,
                   const std::string& name, double limit, double least_scale) {
  const Numbers &w = reference.variables.at(name), &start = training.start.at(name).values,
                &v = ours.variables.at(name);
  Difference furthest{.part = Part::variable, .name = name};
  const auto gradient = reference.gradients.find(name);
  const double clipped = clipping(training, reference), rate = training.rates[0],
               scale = std::max(largest(w), largest(start));
  for (std::size_t i = 0; i < w.size() && furthest.size < infinity; ++i) {
    double allowed = limit * scale;
    if (gradient != reference.gradients.end()) {
      const double g = clipped * gradient->second[i],
                   error = limit * clipped * std::max(least_scale, largest(gradient->second));
      const double decayed = g + weight_decay(training.optimizer) * start[i];
      // Whether the parameter decays is not asked: the steeper of the two.
      const double nearest = std::min(std::abs(g), std::abs(decayed));
      allowed += change_error(training.optimizer, nearest, error, rate) + limit * rate;
    }
    note(furthest, i, v[i], w[i], allowed);
  }
  return furthest;
}

// Where a sum's terms cancel, what is left of them has the rounding of the largest.
double gradient_scale(const Outcome& outcome, double share) {
  return share * std::max(largest(outcome.gradients), largest(outcome.node_gradients));
}

}  // namespace

std::string_view name_of(Part part) {
  switch (part) {
    case Part::output:
      return "output";
    case Part::loss:
      return "loss";
    case Part::node:
      return "number";
    case Part::node_gradient:
      return "gradient by the number";
    case Part::gradient:
      return "gradient by the parameter";
    case Part::variable:
      return "variable";
    case Part::last_loss:
      return "last loss";
  }
  return "";
}

std::vector<Difference> differences(const Outcome& ours, const Outcome& theirs) {
  std::vector<Difference> list;
  const double nodes = 1e-3 * largest(theirs.nodes), gradients = gradient_scale(theirs, 1e-3);
  list.push_back(difference(Part::output, "output", ours.output, theirs.output, nodes));
  list.push_back(difference(Part::loss, "loss", {ours.loss}, {theirs.loss}, 1e-3));
  add(list, Part::node, ours.nodes, theirs.nodes, nodes);
  add(list, Part::node_gradient, ours.node_gradients, theirs.node_gradients, gradients);
  add(list, Part::gradient, ours.gradients, theirs.gradients, gradients);
  // Ours too: a parameter that has no gradient there must have none here.
  if (ours.gradients.size() != theirs.gradients.size())
    list.push_back({.part = Part::gradient, .name = "how many", .size = infinity});
  add(list, Part::variable, ours.variables, theirs.variables, 1e-2);
  list.push_back(difference(Part::last_loss, "loss", {ours.last_loss}, {theirs.last_loss}, 1e-3));
  return list;
}

Growth growth(const Outcome& disturbed, const Outcome& undisturbed, double disturbance) {
  Growth grown;
  for (const Difference& difference : differences(disturbed, undisturbed)) {
    double& most = is_of_the_first_step(difference.part) ? grown.first : grown.last;
    most = std::max(most, difference.size / disturbance);
  }
  return grown;
}

double limit_of(Part part, const Growth& growth) {
  return std::ldexp(is_of_the_first_step(part) ? growth.first : growth.last, -38);
}

double single_limit(const Growth& growth) { return std::ldexp(growth.first, -17); }

std::vector<Difference> single_differences(const DrawnTraining& training, const Outcome& ours,
                                           const Outcome& reference, const Growth& growth) {
  std::vector<Difference> list;
  const double gradients = gradient_scale(reference, 0.1);
  list.push_back(difference(Part::output, "output", ours.output, reference.output,
                            1e-3 * largest(reference.nodes)));
  list.push_back(difference(Part::loss, "loss", {ours.loss}, {reference.loss}, 1e-3));
  add(list, Part::gradient, ours.gradients, reference.gradients, gradients);
  for (const auto& [name, start] : training.start)
    list.push_back(updated(training, ours, reference, name, single_limit(growth), gradients));
  return list;
}

bool is_within_single(const Difference& difference, const Growth& growth) {
  return difference.size <= (difference.part == Part::variable ? 1 : single_limit(growth));
}

}  // namespace chainrule::beside_torch
