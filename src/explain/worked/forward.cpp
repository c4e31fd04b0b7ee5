// The network, forward propagation, errors.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/worked/builder.h"
#include "nn/place.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

Name activation_name(const Layer& layer) {
  return {layer.is_identity() ? "identity" : std::string(layer.h.node().op->name)};
}

bool is_rate(const Argument& argument) {
  const auto* quantity = std::get_if<Quantity>(&argument);
  return quantity != nullptr && quantity->symbol == "eta";
}

// Which outputs' targets an expression contains: 0 for target_o1.
std::set<std::size_t> targets_in(const Expression& e, const std::vector<Quantity>& targets) {
  std::set<std::size_t> found;
  for_each_quantity(e, [&](const Quantity& quantity) {
    for (std::size_t j = 0; j < targets.size(); ++j)
      if (quantity.symbol == targets[j].symbol) found.insert(j);
  });
  return found;
}

// E as a sum over the outputs: parts[j] gets what contains output j's target. Sums are taken apart,
// and what is linear in a sum with them: -(a + b) / 2 is -a / 2 and -b / 2.
std::vector<Expression> split(const Expression& e, const std::vector<Quantity>& targets) {
  std::vector<Expression> parts(targets.size(), Expression(0.0));
  const std::set<std::size_t> found = targets_in(e, targets);
  const auto& x = e.operands();
  if (found.size() == 1) {
    parts[*found.begin()] = e;
    return parts;
  }
  if (found.empty()) {  // a number: no output's error is rather its own
    parts[0] = e;
    return parts;
  }
  const bool scaled = (e.op() == &multiply_op || e.op() == &divide_op) && x[1].is_constant();
  const bool scaled_left = e.op() == &multiply_op && x[0].is_constant();
  if (e.op() == &add_op) {
    for (const Expression& term : x) {
      const std::vector<Expression> more = split(term, targets);
      for (std::size_t j = 0; j < parts.size(); ++j)
        parts[j] = readable(add_op, {parts[j], more[j]});
    }
  } else if (e.op() == &negate_op || scaled || scaled_left) {
    parts = split(x[scaled_left ? 1 : 0], targets);
    for (Expression& part : parts) {
      std::vector<Expression> operands = x;
      operands[scaled_left ? 1 : 0] = part;
      part = readable(*e.op(), std::move(operands), e.attributes());
    }
  } else {
    throw InternalError(fmt::format("{} is no sum over the outputs", e.op()->name));
  }
  return parts;
}

}  // namespace

Section Builder::network_section() {
  Section section{{Phrase::network_title}, {}};
  auto& blocks = section.blocks;
  if (step_.others.empty()) {
    blocks.emplace_back(Listing{Phrase::input, x_});
    blocks.emplace_back(Listing{Phrase::target, target_});
  }
  const auto& layers = traced_.layers;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Phrase about = l + 1 == layers.size() ? Phrase::output_about : Phrase::hidden_about;
    blocks.emplace_back(Sentence{
        about, {static_cast<std::int64_t>(l + 1), layers[l].units(), activation_name(layers[l])}});
    blocks.emplace_back(Listing{Phrase::weights, parameters_[layers[l].weight_at]});
    if (layers[l].bias_at)
      blocks.emplace_back(Listing{Phrase::biases, parameters_[*layers[l].bias_at]});
  }
  blocks.emplace_back(Sentence{Phrase::loss_about, {Name{std::string(step_.loss.name)}}});
  blocks.emplace_back(Sentence{Phrase::optimizer_about,
                               {Name{std::string(name_of(step_.optimizer))},
                                Quantity{"", traced_.at(traced_.run.traced().rate), true}}});
  const std::size_t before_rule = blocks.size();
  add_rule(blocks);
  // A rule's words name the rate's letter themselves.
  const bool rate_is_named =
      std::any_of(blocks.begin() + static_cast<std::ptrdiff_t>(before_rule), blocks.end(),
                  [](const Block& block) {
                    const auto* words = std::get_if<Sentence>(&block);
                    return words != nullptr && std::ranges::any_of(words->arguments, is_rate);
                  });
  for (const auto& [kind, words] :
       {std::pair{"learning_rate", Phrase::rate_name}, std::pair{"delta", Phrase::delta_name}})
    if (const std::string letter = letter_of(step_, kind);
        !letter.empty() && !(words == Phrase::rate_name && rate_is_named))
      blocks.emplace_back(Sentence{words, {Quantity{letter}}});
  if (nn::draws(step_.model)) blocks.emplace_back(Sentence{Phrase::dropout_note});
  return section;
}

// z and h of every neuron of a layer; from here on, formulas say z1 and h1 for them.
std::vector<Group> Builder::neuron_lines(std::size_t l) {
  const Layer& layer = traced_.layers[l];
  const std::vector<Expression> formulas_of_z = formulas_.formulas(layer.z);
  std::vector<Group> groups;
  const Quantities &z = z_[l], &h = h_[l];
  for (std::size_t i = 0; i < z.size(); ++i) groups.push_back({{z_[l][i], tidy(formulas_of_z[i])}});
  for (Elements* elements : {&formulas_, &computed_})
    elements->name(layer.z, layer.is_identity() ? h : z);
  const std::vector<Expression> formulas_of_h = layer.is_identity()
                                                    ? std::vector<Expression>(z.begin(), z.end())
                                                    : formulas_.formulas(layer.h);
  for (std::size_t i = 0; i < h.size(); ++i) groups[i].push_back({h_[l][i], formulas_of_h[i]});
  for (Elements* elements : {&formulas_, &computed_}) elements->name(layer.h, h);
  return groups;
}

// Once, where it first stands.
void Builder::define_activation(Section& section, const Layer& layer,
                                std::set<std::string_view>& defined) {
  const Node& node = layer.h.node();
  if (!layer.dh_dz || !defined.insert(node.op->name).second) return;
  const Expression plain(*node.op, {Expression(Quantity{"z"})}, node.attributes);
  const Expression full = definition(*node.op, node.attributes, "z");
  if (full != plain) section.blocks.emplace_back(Sentence{Phrase::definition, {plain, full}});
}

Section Builder::forward_section() {
  Section section{{Phrase::forward_title},
                  {Sentence{Phrase::forward_text,
                            {Name{letter_of(step_, "pre_activation")},
                             Name{letter_of(step_, "hidden")}, Name{letter_of(step_, "output")}}}}};
  std::set<std::string_view> defined;
  for (std::size_t l = 0; l < traced_.layers.size(); ++l) {
    const Layer& layer = traced_.layers[l];
    const bool last = l + 1 == traced_.layers.size();
    section.blocks.emplace_back(
        Heading{last ? Sentence{Phrase::output_layer}
                     : Sentence{Phrase::hidden_layer, {static_cast<std::int64_t>(l + 1)}}});
    define_activation(section, layer, defined);
    for (Group& group : neuron_lines(l)) section.blocks.emplace_back(std::move(group));
  }
  return section;
}

// Error j is the part of the loss in which output j's target appears: its formula from the way
// books write the loss, its value from the way it is computed.
void Builder::split_errors() {
  error_formulas_ = split(formulas_.formula({traced_.textbook_loss.id(), 0}), target_);
  error_parts_ = split(computed_.formula({traced_.run.loss().id(), 0}), target_);
  const Layer& last = traced_.layers.back();
  separable_ = last.is_elementwise();
  for (std::size_t j = 0; j < target_.size(); ++j) {
    errors_.push_back({"E_" + h_.back()[j].symbol, evaluate(error_parts_[j]), false});
    const std::set<std::string> own{target_[j].symbol, z_.back()[j].symbol, h_.back()[j].symbol};
    for_each_quantity(error_parts_[j], [&](const Quantity& quantity) {
      if (!own.contains(quantity.symbol)) separable_ = false;
    });
  }
  errors_.push_back({total_, traced_.at(traced_.run.loss()), false});
}

Section Builder::errors_section() {
  Section section{{Phrase::errors_title},
                  {Sentence{Phrase::errors_text, {Name{std::string(step_.loss.name)}}}}};
  if (!probabilities_.empty()) {
    section.blocks.emplace_back(
        Sentence{Phrase::probabilities_text, {Name{letter_of(step_, "probability")}}});
    const std::vector<Expression> formula = formulas_.formulas(traced_.probabilities);
    Group group;
    for (std::size_t j = 0; j < probabilities_.size(); ++j)
      group.push_back({probabilities_[j], formula[j]});
    formulas_.name(traced_.probabilities, probabilities_);
    section.blocks.emplace_back(std::move(group));
  }
  split_errors();
  for (std::size_t j = 0; j + 1 < errors_.size(); ++j)
    section.blocks.emplace_back(Group{{errors_[j], error_formulas_[j]}});
  const Expression total = sum_of({errors_.begin(), errors_.end() - 1});
  if (target_.size() > 1) section.blocks.emplace_back(Sentence{Phrase::total_text});
  section.blocks.emplace_back(Group{{errors_.back(), total}});
  return section;
}

State Builder::state(const ValuesOf& values) const {
  const auto numbers = [&](Value node) -> const std::vector<double>& {
    return values(node.id()).values;
  };
  State state;
  std::map<std::string, double> now;
  const auto take = [&](const Quantities& quantities, Value node, bool shown) {
    for (std::size_t i = 0; i < quantities.size(); ++i) {
      const double value = numbers(node)[i];
      now[quantities[i].symbol] = value;
      if (shown) state.forward.push_back({quantities[i].symbol, value, false});
    }
  };
  for (std::size_t l = 0; l < traced_.layers.size(); ++l) {
    take(z_[l], traced_.layers[l].z, true);
    take(h_[l], traced_.layers[l].h, true);
  }
  if (!probabilities_.empty()) take(probabilities_, traced_.probabilities, true);
  take(target_, traced_.run.traced().target, false);
  for (std::size_t j = 0; j < error_parts_.size(); ++j) {
    const double error = evaluate(
        error_parts_[j], [&](const Quantity& quantity) { return now.at(quantity.symbol); });
    state.errors.push_back({errors_[j].symbol, error, false});
  }
  state.errors.push_back({total_, numbers(traced_.run.loss())[0], false});
  return state;
}

}  // namespace chainrule::page
