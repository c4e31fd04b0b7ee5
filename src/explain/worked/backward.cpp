// Backpropagation, one section per layer, from the output to the input. Every derivative on the
// page is multiplied and added up here from its printed factors; the engine's own gradient is only
// looked at in the end, to compare.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "explain/worked/builder.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

std::string derivative(const std::string& of, const std::string& by) {
  return "d" + of + "/d" + by;
}

Expression product(const std::vector<Quantity>& factors) {
  Expression result(factors.front());
  for (std::size_t i = 1; i < factors.size(); ++i)
    result = Expression(multiply_op, {result, Expression(factors[i])});
  return result;
}

bool is_condition(const Expression& formula) {
  return formula.op()->notation.text.starts_with('[');
}

Quantity computed(const std::string& symbol, const Expression& formula) {
  return {.symbol = symbol, .value = evaluate(formula), .role = Role::gradient};
}

// A number that the user gave, or that is plain to see (as 0 or 1 of a condition), keeps its short
// form.
bool is_given(const Expression& formula) {
  if (formula.op() != nullptr && is_condition(formula)) return true;
  return formula.is_constant() || (formula.quantity() != nullptr && formula.quantity()->given);
}

}  // namespace

Section Builder::step_section(std::size_t l) {
  const std::size_t step = traced_.layers.size() - l;
  Section section{{Phrase::step_title, {static_cast<std::int64_t>(step)}}, {}};
  step_introduction(section, l);
  last_chain_ = std::move(chain_);
  last_dE_dz_ = std::move(dE_dz_);
  chain_.assign(z_[l].size(), {});
  dE_dz_.clear();
  if (step == 1)
    chains_from_output(section);
  else
    chains_from_next_layer(section, l);
  add_updates(section, l);
  // Each output enters its own error only, which a sentence says of the first of them.
  for (std::size_t j = 0; step == 1 && traced_.dE_do && !has_deltas_ && j < target_.size(); ++j)
    if (const std::string own = derivative(errors_[j].symbol, output_symbol(j));
        separable_ && asked_ == own)
      section.blocks.emplace_back(
          Group{{computed(own, Expression(chain_[j].front())), Expression(chain_[j].front())}});
  // A product of two factors that needs no line of its own, unless it is what is asked for.
  for (std::size_t i = 0; i < dE_dz_.size(); ++i)
    if (dE_dz_[i].symbol == asked_ && chain_[i].size() > 1)
      section.blocks.emplace_back(Group{{dE_dz_[i], product(chain_[i])}});
  return section;
}

void Builder::step_introduction(Section& section, std::size_t l) const {
  auto& blocks = section.blocks;
  const std::size_t step = traced_.layers.size() - l;
  if (step == 1) {
    const bool only = traced_.layers.size() == 1;
    blocks.emplace_back(Sentence{only ? Phrase::only_step_text : Phrase::first_step_text});
    if (!traced_.dE_do) blocks.emplace_back(Sentence{Phrase::logits_text});
    return;
  }
  blocks.emplace_back(Sentence{Phrase::inner_step_text, {static_cast<std::int64_t>(l + 1)}});
  const bool outputs = step == 2 && separable_ && target_.size() > 1 && !has_deltas_;
  if (z_[l + 1].size() > 1)
    blocks.emplace_back(Sentence{outputs ? Phrase::sum_over_outputs : Phrase::sum_over_neurons});
  if (outputs) {
    const std::string& by = output_symbol(0);
    blocks.emplace_back(
        Sentence{Phrase::one_error_text,
                 {Quantity{derivative(errors_[0].symbol, by)}, Quantity{derivative(total_, by)}}});
  }
}

// By which the chain's first derivative is: o1, or z3 where the loss starts from the logits.
const std::string& Builder::output_symbol(std::size_t unit) const {
  return (traced_.dE_do ? h_ : z_).back()[unit].symbol;
}

void Builder::chains_from_output(Section& section) {
  const std::size_t l = traced_.layers.size() - 1;
  const Layer& layer = traced_.layers[l];
  Quantities dE_do;
  std::vector<Group> groups(z_[l].size());
  if (traced_.dE_do) {
    const std::vector<Expression> formulas = formulas_.formulas(traced_.dE_do);
    for (std::size_t j = 0; j < z_[l].size(); ++j) {
      dE_do.push_back(
          factor(total_, h_[l][j].symbol, traced_.at(traced_.dE_do, static_cast<std::int64_t>(j))));
      dE_do[j].element = {traced_.dE_do.id(), static_cast<std::int64_t>(j)};
      groups[j].push_back({dE_do[j], tidy(formulas[j], target_)});
    }
  }
  if (layer.dE_dz) {
    for (Group& group : groups)
      if (!group.empty()) section.blocks.emplace_back(std::move(group));
    whole_layer_chains(section, l, dE_do);
    return;
  }
  for (std::size_t j = 0; j < groups.size(); ++j) {
    chain_to_z(groups[j], l, j, dE_do[j]);
    section.blocks.emplace_back(std::move(groups[j]));
    parameter_lines(section, l, j);
  }
}

void Builder::chains_from_next_layer(Section& section, std::size_t l) {
  const bool in_one_go = l + 2 == traced_.layers.size() && (separable_ || z_[l + 1].size() == 1);
  // A single factor down to z is its own name: dE_total/dz3 was shown in the step before.
  if (!in_one_go && last_chain_[0].size() > 1) {
    section.blocks.emplace_back(Sentence{Phrase::deltas_text});
    Group group;
    for (std::size_t j = 0; j < last_chain_.size(); ++j)
      if (last_dE_dz_[j].symbol != asked_)  // which has its line already
        group.push_back({last_dE_dz_[j], product(last_chain_[j])});
    section.blocks.emplace_back(std::move(group));
  }
  const Layer& layer = traced_.layers[l];
  Quantities dE_dh;
  std::vector<Group> groups(h_[l].size());
  for (std::size_t i = 0; i < h_[l].size(); ++i) dE_dh.push_back(derivative_at_h(groups[i], l, i));
  if (layer.dE_dz) {
    for (Group& group : groups) section.blocks.emplace_back(std::move(group));
    whole_layer_chains(section, l, dE_dh);
    return;
  }
  for (std::size_t i = 0; i < h_[l].size(); ++i) {
    chain_to_z(groups[i], l, i, dE_dh[i]);
    section.blocks.emplace_back(std::move(groups[i]));
    parameter_lines(section, l, i);
  }
}

// dE_total/dh as the sum over what h flows into: the errors of the outputs where each stands by
// itself, else the weighted sums of the next layer.
Quantity Builder::derivative_at_h(Group& group, std::size_t l, std::size_t i) {
  const std::string symbol = derivative(total_, h_[l][i].symbol);
  const bool through_errors =
      l + 2 == traced_.layers.size() && separable_ && z_[l + 1].size() > 1 && !has_deltas_;
  const auto& weights = parameters_[traced_.layers[l + 1].weight_at];
  std::vector<Expression> terms;
  for (std::size_t j = 0; j < z_[l + 1].size(); ++j) {
    const Quantity& weight = weights[j * h_[l].size() + i];
    const Quantity dz_dh = factor(z_[l + 1][j].symbol, h_[l][i].symbol, weight.value, weight.given);
    group.push_back({dz_dh, Expression(weight)});
    Quantities factors{last_dE_dz_[j]};
    if (through_errors || (l + 2 == traced_.layers.size() && z_[l + 1].size() == 1))
      factors = last_chain_[j];
    factors.push_back(dz_dh);
    if (!through_errors) {
      terms.push_back(product(factors));
      continue;
    }
    const std::string own = derivative(errors_[j].symbol, output_symbol(j));
    told_on_[own] = std::exchange(factors[0].symbol, own);
    const Quantity part =
        computed(derivative(errors_[j].symbol, h_[l][i].symbol), product(factors));
    group.push_back({part, product(factors)});
    terms.emplace_back(part);
  }
  const Expression total = sum_of(std::move(terms));
  Quantity dE_dh = computed(symbol, total);
  dE_dh.element = {traced_.run.gradient_of(traced_.layers[l].h).id(), static_cast<std::int64_t>(i)};
  group.push_back({dE_dh, total});
  return dE_dh;
}

// Appends dh/dz and keeps dE/dh, dh/dz as the unit's chain.
void Builder::chain_to_z(Group& group, std::size_t l, std::size_t i, Quantity dE_dh) {
  const Layer& layer = traced_.layers[l];
  const auto element = static_cast<std::int64_t>(i);
  const Expression formula = layer.is_identity()
                                 ? Expression(1.0)
                                 : tidy(formulas_.formula({layer.dh_dz.id(), element}), target_);
  const double value = layer.is_identity() ? 1.0 : traced_.at(layer.dh_dz, element);
  const Quantity dh_dz = factor(h_[l][i].symbol, z_[l][i].symbol, value, is_given(formula));
  group.push_back({dh_dz, formula});
  chain_[i] = {std::move(dE_dh), dh_dz};
  dE_dz_.push_back(computed(derivative(total_, z_[l][i].symbol), product(chain_[i])));
  if (!has_deltas_) return;
  group.push_back({dE_dz_[i], product(chain_[i])});
  chain_[i] = {dE_dz_[i]};
}

// Where z enters every output of the layer (softmax), or the loss starts from z: dE/dz is one
// factor with a formula of its own. It follows from the page's dE/dh where there are any.
void Builder::whole_layer_chains(Section& section, std::size_t l, const Quantities& dE_dh) {
  const Layer& layer = traced_.layers[l];
  if (!dE_dh.empty()) formulas_.name(layer.seed, dE_dh);
  const std::vector<Expression> formulas = formulas_.formulas(layer.dE_dz);
  for (std::size_t i = 0; i < z_[l].size(); ++i) {
    const double value = dE_dh.empty() ? traced_.at(layer.dE_dz, static_cast<std::int64_t>(i))
                                       : evaluate(formulas[i]);
    const Quantity dE_dz = factor(total_, z_[l][i].symbol, value);
    chain_[i] = {dE_dz};
    dE_dz_.push_back(dE_dz);
    section.blocks.emplace_back(Group{{dE_dz, tidy(formulas[i], target_)}});
    parameter_lines(section, l, i);
  }
}

void Builder::parameter_lines(Section& section, std::size_t l, std::size_t i) {
  const Layer& layer = traced_.layers[l];
  const Quantities& inputs = l == 0 ? x_ : h_[l - 1];
  const std::string& z = z_[l][i].symbol;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const std::size_t element = i * inputs.size() + k;
    const Quantity& weight = parameters_[layer.weight_at][element];
    if (!wanted(weight) || !traced_.is_trained(layer.weight_at)) continue;
    const Quantity dz_dW = factor(z, weight.symbol, inputs[k].value, inputs[k].given);
    parameter_group(section, layer.weight_at, element, {dz_dW, Expression(inputs[k])}, chain_[i]);
  }
  if (!layer.bias_at || !traced_.is_trained(*layer.bias_at)) return;
  if (parameters_[*layer.bias_at].size() < z_[l].size()) {  // one that all units share
    if (i + 1 == z_[l].size()) shared_bias_lines(section, l);
    return;
  }
  if (!wanted(parameters_[*layer.bias_at][i])) return;
  const Quantity dz_db = factor(z, parameters_[*layer.bias_at][i].symbol, 1.0, true);
  parameter_group(section, *layer.bias_at, i, {dz_db, Expression(1.0)}, chain_[i]);
}

// A bias that every unit adds acts through each of their sums.
void Builder::shared_bias_lines(Section& section, std::size_t l) {
  const std::size_t p = *traced_.layers[l].bias_at;
  const Quantity& bias = parameters_[p][0];
  if (!wanted(bias)) return;
  Group group;
  std::vector<Expression> terms;
  Quantities all;
  for (std::size_t i = 0; i < z_[l].size(); ++i) {
    const Quantity dz_db = factor(z_[l][i].symbol, bias.symbol, 1.0, true);
    group.push_back({dz_db, Expression(1.0)});
    Quantities factors = chain_[i];
    factors.push_back(dz_db);
    terms.push_back(product(factors));
    all.insert(all.end(), factors.begin(), factors.end());
  }
  const Expression sum = sum_of(std::move(terms));
  Quantity gradient = computed(derivative(total_, bias.symbol), sum);
  gradient.element = gradients_[p][0].element;
  gradients_[p][0] = gradient;
  page_.gradients.push_back({bias.symbol, gradient.value, false});
  page_.factors[bias.symbol] = std::move(all);
  pending_.push_back({section.blocks.size(), p, 0});
  group.push_back({gradient, sum});
  section.blocks.emplace_back(std::move(group));
}

void Builder::parameter_group(Section& section, std::size_t p, std::size_t element,
                              Line last_factor, Quantities chain) {
  const std::string& symbol = parameters_[p][element].symbol;
  chain.push_back(last_factor.quantity);
  const Expression formula = product(chain);
  Quantity gradient = computed(derivative(total_, symbol), formula);
  gradient.element = gradients_[p][element].element;
  gradients_[p][element] = gradient;
  page_.gradients.push_back({symbol, gradient.value, false});
  page_.factors[symbol] = chain;
  pending_.push_back({section.blocks.size(), p, element});
  section.blocks.emplace_back(Group{std::move(last_factor), {gradient, formula}});
}

Quantity Builder::after(const std::string& symbol, Value next, std::size_t element) {
  return {.symbol = symbol + "+",
          .value = traced_.at(next, static_cast<std::int64_t>(element)),
          .element = {next.id(), static_cast<std::int64_t>(element)},
          .role = Role::next};
}

// What the optimizer's letters stand for, and their numbers.
void Builder::add_rule(std::vector<Block>& blocks) {
  // Weights have all of them; biases do not decay.
  const nn::Parameter& weight = traced_.parameters()[traced_.layers[0].weight_at];
  std::vector<Sentence> words = rule_words(traced_.run, weight);
  if (words.empty() && asked_ != "rate") return;
  for (Sentence& sentence : words) blocks.emplace_back(std::move(sentence));
  blocks.emplace_back(Listing{Phrase::rule_constants, rule_constants(traced_.run, weight)});
}

std::vector<RuleLine> Builder::lines_of_update(std::size_t p, std::size_t e) {
  const nn::Parameter& parameter = traced_.parameters()[p];
  const std::string& symbol = parameters_[p][e].symbol;
  const auto element = static_cast<std::int64_t>(e);
  const RuleNames names{.weight = parameters_[p][e],
                        .next = after(symbol, traced_.run.next_value(parameter.variable), e),
                        .gradient = gradients_[p][e],
                        .engine_gradient = traced_.at(traced_.gradient(p), element),
                        .suffix = "_" + symbol};
  page_.updated.push_back({symbol, names.next.value, false});
  std::vector<RuleLine> lines = rule_lines(traced_.run, parameter, element, names);
  for (const RuleLine& line : lines)
    if (line.element.node >= 0) updates_.push_back(line);
  return lines;
}

// Now that all gradients of the layer are known: the update behind each, by the optimizer's rule.
void Builder::add_updates(Section& section, std::size_t l) {
  if (row_ > 0) return pending_.clear();  // the batch updates, when its last row is known
  std::vector<std::size_t> owners{traced_.layers[l].weight_at};
  if (traced_.layers[l].bias_at) owners.push_back(*traced_.layers[l].bias_at);
  std::erase_if(owners, [this](std::size_t p) { return !traced_.is_trained(p); });
  for (const auto& [block, p, e] : pending_) {
    if (std::ranges::find(owners, p) == owners.end()) continue;
    auto& group = std::get<Group>(section.blocks[block]);
    for (const RuleLine& line : lines_of_update(p, e)) group.push_back(line.line);
  }
  std::erase_if(pending_, [&](const Pending& pending) {
    return std::ranges::find(owners, pending.parameter) != owners.end();
  });
}

}  // namespace chainrule::page
