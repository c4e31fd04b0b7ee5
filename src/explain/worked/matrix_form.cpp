// The page in matrix form: whole layers at once, by the same numbers of the engine. What is printed
// is worked out again from the matrices that stand in it.
#include <algorithm>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/page/notation_notes.h"
#include "explain/worked/builder.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

Expression called(const std::string& symbol) { return Expression(Quantity{.symbol = symbol}); }

Expression transpose_of(const std::string& symbol) {
  return {transpose_matrix_op, {called(symbol)}};
}

}  // namespace

void Builder::name_matrices() {
  for (const char* own : {"E_total", "rate", "eta"}) lifted_[own] = renamed(own, names_);
  const auto name = [this](const Quantities& numbers, const std::string& symbol) {
    for (std::size_t e = 0; e < numbers.size(); ++e) {
      lifted_[numbers[e].symbol] = symbol;
      elements_[numbers[e].symbol] = e;
    }
  };
  x_symbol_ = of_examples(letter_of(step_, "input"));
  const std::string target = of_examples(letter_of(step_, "target"));
  name(x_, x_symbol_);
  name(target_, target);
  matrices_[x_symbol_] = matrix(x_symbol_, x_, traced_.run.traced().x, true);
  matrices_[target] = matrix(target, target_, traced_.run.traced().target, true);
  if (!probabilities_.empty()) name(probabilities_, of_examples(letter_of(step_, "probability")));
  for (std::size_t l = 0; l < traced_.layers.size(); ++l) {
    const Layer& layer = traced_.layers[l];
    const bool last = l + 1 == traced_.layers.size();
    MatrixNames& own = layer_names_.emplace_back();
    own.z = matrix_symbol("pre_activation", l);
    own.h = matrix_symbol(last ? "output" : "hidden", l);
    own.weight = matrix_symbol("weight", l);
    own.bias = matrix_symbol("bias", l);
    own.delta = matrix_symbol("delta", l);
    own.dE_dh = fmt::format("d{}/d{}", lifted_["E_total"], own.h);
    name(z_[l], own.z);
    name(h_[l], own.h);
    name(parameters_[layer.weight_at], own.weight);
    if (layer.bias_at) name(parameters_[*layer.bias_at], own.bias);
    for (const Quantity& z : z_[l]) lifted_["dE_total/d" + z.symbol] = own.delta;
  }
}

// The network as the other form has it, its listings as matrices.
Section Builder::matrix_network() {
  Section section = network_section();
  std::vector<Block> blocks;
  if (!step_.others.empty()) {
    blocks.emplace_back(Listing{Phrase::input, {}});
    blocks.emplace_back(Listing{Phrase::target, {}});
  }
  std::ranges::move(section.blocks, std::back_inserter(blocks));
  section.blocks.clear();
  std::size_t l = 0;
  for (Block& block : blocks) {
    const auto* listing = std::get_if<Listing>(&block);
    if (const auto* words = std::get_if<Sentence>(&block);
        words != nullptr && words->phrase == Phrase::output_about)
      l = traced_.layers.size() - 1;
    else if (words != nullptr && words->phrase == Phrase::hidden_about)
      l = static_cast<std::size_t>(std::get<std::int64_t>(words->arguments[0])) - 1;
    const Layer& layer = traced_.layers[l];
    if (listing != nullptr && listing->title == Phrase::input)
      add_line(section.blocks, matrices_.at(x_symbol_));
    else if (listing != nullptr && listing->title == Phrase::target)
      add_line(section.blocks, matrices_.at(lifted_.at(target_[0].symbol)));
    else if (listing != nullptr && listing->title == Phrase::weights)
      add_line(section.blocks,
               matrix(layer_names_[l].weight, parameters_[layer.weight_at], layer.weight, false));
    else if (listing != nullptr && listing->title == Phrase::biases)
      add_line(section.blocks,
               matrix(layer_names_[l].bias, parameters_[*layer.bias_at], layer.bias, false));
    else
      section.blocks.push_back(std::move(block));
  }
  return section;
}

Section Builder::matrix_forward() {
  Section section{{Phrase::forward_title}, {Sentence{Phrase::matrix_forward_text}}};
  if (!step_.others.empty()) section.blocks.emplace_back(Sentence{Phrase::matrix_columns});
  std::set<std::string_view> defined;
  for (std::size_t l = 0; l < traced_.layers.size(); ++l) {
    const Layer& layer = traced_.layers[l];
    const MatrixNames& own = layer_names_[l];
    define_activation(section, layer, defined);
    const std::vector<Group> groups = neuron_lines(l);
    Expression sum(matrix_product_op,
                   {called(own.weight), called(l == 0 ? x_symbol_ : layer_names_[l - 1].h)});
    if (layer.bias_at) sum = Expression(add_op, {sum, called(own.bias)});
    add_line(section.blocks, matrix(own.z, z_[l], layer.z, true), sum);
    const Matrix h = matrix(own.h, h_[l], layer.h, true);
    if (layer.is_identity()) {
      add_line(section.blocks, h, called(own.z));
      continue;
    }
    std::vector<Expression> formulas;
    formulas.reserve(groups.size());
    for (const Group& group : groups) formulas.push_back(*group[1].formula);
    const Node& node = layer.h.node();
    add_lifted(section.blocks, h, formulas, true,
               Expression(*node.op, {called(own.z)}, node.attributes));
  }
  return section;
}

// Each example's error as the other form has it, and their mean.
Section Builder::matrix_errors(std::vector<Builder>& rows) {
  if (rows.empty()) {
    Section section = errors_section();
    if (!probabilities_.empty()) {
      const std::string p = lifted_.at(probabilities_[0].symbol);
      matrices_[p] = matrix(p, probabilities_, traced_.probabilities, true);
    }
    return section;
  }
  Section section{{Phrase::errors_title},
                  {Sentence{Phrase::errors_text, {Name{std::string(step_.loss.name)}}}}};
  for (Builder& row : rows) {
    row.name_everything();
    row.forward_section();
    for (Block& block : row.errors_section().blocks)
      if (std::holds_alternative<Group>(block)) section.blocks.push_back(std::move(block));
  }
  errors_ = {{.symbol = total_, .value = traced_.at(traced_.run.loss())}};
  section.blocks.emplace_back(Group{{errors_[0], mean_error(rows)}});
  if (!probabilities_.empty()) {
    formulas_.name(traced_.probabilities, probabilities_);
    const std::string p = lifted_.at(probabilities_[0].symbol);
    matrices_[p] = matrix(p, probabilities_, traced_.probabilities, true);
    section.blocks.emplace_back(MatrixLine{.result = matrices_[p]});
  }
  return section;
}

// The node's formulas, each as people write it.
std::vector<Expression> Builder::tidied(Value node) {
  std::vector<Expression> formulas = formulas_.formulas(node);
  const std::size_t units = static_cast<std::size_t>(node.dim(1));
  const std::size_t outputs = target_.size() / (step_.others.size() + 1);
  for (std::size_t e = 0; e < formulas.size(); ++e) {
    const auto first = target_.begin() + static_cast<std::ptrdiff_t>(e / units * outputs);
    formulas[e] = tidy(formulas[e], {first, first + static_cast<std::ptrdiff_t>(outputs)});
  }
  return formulas;
}

std::vector<Quantity> Builder::derivatives_of(Value node, const std::string& of,
                                              const Quantities& by) {
  Quantities numbers;
  for (std::size_t e = 0; e < by.size(); ++e) {
    const auto element = static_cast<std::int64_t>(e);
    numbers.push_back({.symbol = fmt::format("d{}/d{}", of, by[e].symbol),
                       .value = traced_.at(node, element),
                       .element = {node.id(), element},
                       .role = Role::gradient});
  }
  return numbers;
}

Section Builder::matrix_step(std::size_t l) {
  const Layer& layer = traced_.layers[l];
  const MatrixNames& own = layer_names_[l];
  const bool last = l + 1 == traced_.layers.size();
  const std::size_t step = traced_.layers.size() - l;
  Section section{{Phrase::step_title, {static_cast<std::int64_t>(step)}}, {}};
  auto& blocks = section.blocks;
  if (last) {
    blocks.emplace_back(Sentence{Phrase::matrix_delta_text, {called(own.delta), called(own.z)}});
    blocks.emplace_back(Sentence{Phrase::matrix_entrywise});
  } else {
    blocks.emplace_back(
        Sentence{Phrase::matrix_back_text,
                 {static_cast<std::int64_t>(l + 1), transpose_of(layer_names_[l + 1].weight)}});
  }
  const Value dE_dh = last ? traced_.dE_do : traced_.run.gradient_of(layer.h);
  const Quantities at_h = dE_dh ? derivatives_of(dE_dh, total_, h_[l]) : Quantities{};
  if (dE_dh) {
    const Matrix at = matrix(own.dE_dh, at_h, dE_dh, true);
    if (last)
      add_lifted(blocks, at, tidied(dE_dh), true);
    else
      add_line(blocks, at,
               Expression(matrix_product_op, {transpose_of(layer_names_[l + 1].weight),
                                              called(layer_names_[l + 1].delta)}));
  } else {
    blocks.emplace_back(Sentence{Phrase::logits_text});
  }
  add_delta(blocks, l, at_h);
  for (const std::optional<std::size_t> p : {std::optional(layer.weight_at), layer.bias_at})
    if (p && traced_.is_trained(*p)) add_gradient(blocks, l, *p);
  return section;
}

void Builder::add_delta(std::vector<Block>& blocks, std::size_t l, const Quantities& at_h) {
  const Layer& layer = traced_.layers[l];
  const MatrixNames& own = layer_names_[l];
  const Value node = layer.dE_dz ? layer.dE_dz : traced_.run.gradient_of(layer.z);
  const Matrix delta = matrix(own.delta, derivatives_of(node, total_, z_[l]), node, true);
  if (layer.dE_dz) {
    if (!at_h.empty()) formulas_.name(layer.seed, at_h);
    add_lifted(blocks, delta, tidied(layer.dE_dz), true);
  } else if (layer.is_identity()) {
    add_line(blocks, delta, called(own.dE_dh));
  } else {
    const std::string slope = "f'" + own.z.substr(std::min(own.z.find('^'), own.z.size()));
    Quantities slopes = derivatives_of(layer.dh_dz, "", z_[l]);
    for (std::size_t e = 0; e < slopes.size(); ++e)
      slopes[e].symbol = fmt::format("d{}/d{}", h_[l][e].symbol, z_[l][e].symbol);
    add_lifted(blocks, matrix(slope, slopes, layer.dh_dz, true), tidied(layer.dh_dz), true);
    add_line(blocks, delta, Expression(entrywise_product_op, {called(own.dE_dh), called(slope)}));
  }
}

void Builder::add_gradient(std::vector<Block>& blocks, std::size_t l, std::size_t p) {
  const Layer& layer = traced_.layers[l];
  const MatrixNames& own = layer_names_[l];
  const bool is_weight = p == layer.weight_at;
  const std::string& input = l == 0 ? x_symbol_ : layer_names_[l - 1].h;
  Expression formula = called(own.delta);
  if (is_weight)
    formula = Expression(matrix_product_op, {formula, transpose_of(input)});
  else if (parameters_[p].size() < static_cast<std::size_t>(layer.units()))
    formula = Expression(sum_entries_op, {formula});
  else if (!step_.others.empty())
    formula = Expression(sum_rows_op, {formula});
  const Worked worked = worked_out(formula, matrices_);
  for (std::size_t e = 0; e < gradients_[p].size(); ++e) {
    gradients_[p][e].value = worked.values.at(e);
    page_.gradients.push_back({parameters_[p][e].symbol, worked.values[e], false});
  }
  const std::string symbol =
      fmt::format("d{}/d{}", lifted_.at("E_total"), is_weight ? own.weight : own.bias);
  add_line(blocks, matrix(symbol, gradients_[p], traced_.gradient(p), false), formula);
  add_matrix_update(blocks, p);
}

// The optimizer's rule, whose lines are the same for each number.
void Builder::add_matrix_update(std::vector<Block>& blocks, std::size_t p) {
  const nn::Parameter& parameter = traced_.parameters()[p];
  std::vector<std::vector<RuleLine>> all;
  for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
    all.push_back(lines_of_update(p, e));
  }
  for (std::size_t r = 0; r < all[0].size(); ++r) {
    Quantities results;
    std::vector<Expression> formulas;
    bool is_proved = false;
    for (std::vector<RuleLine>& lines : all) {
      results.push_back(lines[r].line.quantity);
      if (lines[r].line.formula) formulas.push_back(*lines[r].line.formula);
      is_proved = lines[r].element.node >= 0;  // with the updates
    }
    const Matrix result =
        matrix(renamed(results[0].symbol, lifted_), results, parameter.variable, false);
    if (formulas.size() < results.size()) {
      add_line(blocks, result);
    } else if (std::optional<Expression> formula = lifted(formulas, result, false)) {
      add_line(blocks, result, std::move(formula), is_proved);
    } else {
      add_unlifted(blocks, result, is_proved ? std::vector<Expression>{} : formulas, false,
                   std::nullopt);
    }
  }
}

Page Builder::build_matrix() {
  name_everything();
  if (!asked_.empty())
    throw UsageError(
        fmt::format("the matrix form shows whole layers; ask for {} without it", asked_));
  require_trained();
  const std::size_t examples = step_.others.size() + 1;
  std::string widths = fmt::format("{}", x_.size() / examples);
  for (const Layer& layer : traced_.layers) widths += fmt::format("-{}", layer.units());
  page_.title = {Phrase::matrix_title, {Name{widths}}};
  if (examples == 1) page_.diagram = diagram();
  if (examples > 1) divide_rows();
  std::vector<Builder> before = rows(from_);
  name_matrices();
  page_.sections = {matrix_network(), matrix_forward(), matrix_errors(before)};
  for (std::size_t l = traced_.layers.size(); l-- > 0;) page_.sections.push_back(matrix_step(l));
  if (examples > 1) {
    note_states(before);
  } else {
    const std::vector<DoubleTensor> after = traced_.run.values_after();
    page_.before =
        state([&](NodeId id) -> const DoubleTensor& { return traced_.run.elements().values(id); });
    page_.after = state([&](NodeId id) -> const DoubleTensor& { return after[index(id)]; });
  }
  page_.verdict = judged();
  page_.verdict.note_product(lines_.max_relative_error, lines_.allowed_error);
  page_.verdict.passed = page_.verdict.products_agree() && page_.verdict.differences_agree();
  page_.sections.push_back(check_section());
  add_notation_notes(page_);
  rename(page_, names_);
  return std::move(page_);
}

}  // namespace chainrule::page
