// Which number of the page a user asks for, by any name that it has: the page's own symbol, that
// symbol as it is printed, or the name that a run would have for it.
#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "chainrule/error.h"
#include "explain/page/letters.h"
#include "explain/step/query.h"
#include "explain/worked/builder.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

constexpr std::string_view by_error = "dE_total/d";

// "m_W5+" as W5: what follows a letter of an update is the parameter that it is of.
std::string without_letter(std::string symbol) {
  for (const char* letter : {"g_", "m_", "v_", "sum_", "mhat_", "vhat_", "eta_", "lambda_"})
    if (symbol.starts_with(letter)) symbol.erase(0, std::string_view(letter).size());
  if (symbol.ends_with('+')) symbol.pop_back();
  return symbol;
}

}  // namespace

bool Builder::is_parameter(const std::string& symbol) const {
  return std::ranges::any_of(parameters_, [&](const Quantities& quantities) {
    return std::ranges::find(quantities, symbol, &Quantity::symbol) != quantities.end();
  });
}

// Empty: the page has none for it.
std::string Builder::symbol_of(Element element) const {
  std::vector<const Quantities*> all{&x_, &target_, &probabilities_};
  for (const auto* lists : {&z_, &h_, &parameters_})
    for (const Quantities& quantities : *lists) all.push_back(&quantities);
  for (const Quantities* quantities : all)
    for (const Quantity& quantity : *quantities)
      if (quantity.element == element) return quantity.symbol;
  return "";
}

// The page's symbol for a name: W5 of w5 and of dense2.weight[0,0]; the name itself if it knows no
// better.
std::string Builder::symbol_of(std::string name) {
  if (name == "E" || name == "loss") return "E_total";
  if (name.size() > 1 && std::isdigit(static_cast<unsigned char>(name[1])) != 0) {
    const auto letter = static_cast<unsigned char>(name[0]);
    for (const int as_typed : {std::tolower(letter), std::toupper(letter)}) {
      name[0] = static_cast<char>(as_typed);
      if (is_parameter(name)) return name;
    }
    name[0] = static_cast<char>(std::tolower(letter));
    if (name[0] == 'w') name[0] = 'W';  // of all others the letters are small
    return name;
  }
  if (name.find_first_of(".[") == std::string::npos) return name;
  try {
    const Asked asked = parse_quantity(traced_.run, name, 0);
    std::string symbol = symbol_of(asked.element);
    if (asked.element.node == traced_.run.prediction().id()) {  // also where the loss makes it
      const auto unit = static_cast<std::size_t>(asked.element.index);
      symbol = (probabilities_.empty() ? h_.back() : probabilities_).at(unit).symbol;
    }
    for (const Memory& memory : traced_.run.memories())
      if (memory.variable.id() == asked.element.node)
        symbol = this->memory(memory, place_of(memory.owner),
                              static_cast<std::size_t>(asked.element.index));
    return symbol.empty() ? name : symbol;
  } catch (const UsageError&) {
    return name;  // the page says what it has
  }
}

void Builder::find_asked() {
  if (asked_.empty()) return;
  std::string name = typed_symbol(asked_);
  std::erase_if(name, [](char c) { return c == '{' || c == '}'; });  // w^2_{11}
  constexpr std::string_view suffix = ".gradient", short_form = "dE/d";
  bool is_gradient = name.ends_with(suffix);
  if (is_gradient) name.resize(name.size() - suffix.size());
  name = renamed(name, reversed(names_));
  for (const std::string_view derivative : {by_error, short_form})
    if (!is_gradient && name.starts_with(derivative)) {
      is_gradient = true;
      name.erase(0, derivative.size());
    }
  const bool is_next = name.ends_with('+');
  if (is_next) name.pop_back();
  const std::string symbol = symbol_of(name);
  if (const std::string owner = without_letter(symbol); is_parameter(owner)) parameter_ = owner;
  asked_ = is_gradient ? std::string(by_error) + symbol : symbol + (is_next ? "+" : "");
  if (!parameter_.empty()) asked_ = parameter_;
  if (asked_ == "rate" || asked_ == "eta") asked_ = rate_symbol(traced_.run);
}

// The error's derivative with respect to an input, which training has no use for: the sum over the
// neurons that the input flows into.
void Builder::add_input_gradient() {
  const auto input = std::ranges::find_if(
      x_, [&](const Quantity& x) { return asked_ == std::string(by_error) + x.symbol; });
  if (input == x_.end()) return;
  const auto k = static_cast<std::size_t>(input - x_.begin());
  const Quantities& weights = parameters_[traced_.layers[0].weight_at];
  Section section{{Phrase::input_gradient_title}, {Sentence{Phrase::input_gradient_text}}};
  Group group;
  std::vector<Expression> terms;
  for (std::size_t i = 0; i < z_[0].size(); ++i) {
    Expression chain(chain_[i].front());
    for (std::size_t f = 1; f < chain_[i].size(); ++f)
      chain = Expression(multiply_op, {chain, Expression(chain_[i][f])});
    if (chain_[i].size() > 1) group.push_back({dE_dz_[i], chain});
    const Quantity& weight = weights[i * x_.size() + k];
    const Quantity dz_dx = factor(z_[0][i].symbol, input->symbol, weight.value, weight.given);
    group.push_back({dz_dx, Expression(weight)});
    terms.emplace_back(multiply_op, std::vector{Expression(dE_dz_[i]), Expression(dz_dx)});
  }
  const Expression total = sum_of(std::move(terms));
  Quantity gradient{.symbol = asked_, .value = evaluate(total), .role = Role::gradient};
  group.push_back({gradient, total});
  section.blocks.emplace_back(std::move(group));
  page_.sections.push_back(std::move(section));
}

}  // namespace chainrule::page
