#include "runtime/number_code.h"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <string>

#include "compile/rewrite.h"
#include "graph/op.h"
#include "kernels/matmul.h"
#include "ops/expression.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Where vectors begin to be quicker than numbers one by one, and code takes milliseconds to write.
constexpr int longest_code = 1000;  // machine instructions
// Of one tensor. What is larger the product's kernels may sum in another order.
constexpr std::int64_t most_elements = kernels::small_operand;

// Thrown where there is no code for an operation, or too much.
struct NotPossible {};

class CodeBuilder {
 public:
  CodeBuilder(const Draft& draft, const std::vector<float*>& buffers)
      : draft_(draft), buffers_(buffers), elements_(draft.buffer_of.size()) {}

  kernels::NumberCode build() {
    const std::vector<char> live = find_live(draft_.graph);
    for (NodeId id = 0; id < draft_.graph.size(); ++id)
      if (live[index(id)]) add(id);
    for (const Output& output : draft_.graph.outputs()) keep(output.node);
    for (const Update& update : draft_.graph.updates()) keep(update.value);
    number_values();
    return std::move(code_);
  }

 private:
  using Elements = std::vector<Expression>;

  const Node& node(NodeId id) const { return draft_.graph.node(id); }
  float* address(NodeId id) const {
    const int buffer = draft_.buffer_of[index(id)];
    if (buffer < 0) throw NotPossible();
    return buffers_[static_cast<std::size_t>(buffer)];
  }

  // Values are numbered from 0 as instructions, from -1 downwards as inputs.
  static Expression named(int value) { return Expression(Quantity{.element = {.index = value}}); }
  static int value_named(const Quantity& quantity) {
    return static_cast<int>(quantity.element.index);
  }

  int add_input(kernels::NumberCode::Input input) {
    code_.inputs.push_back(input);
    return -static_cast<int>(code_.inputs.size());
  }

  void add(NodeId id) {
    if (node(id).shape.size() > most_elements) throw NotPossible();
    const auto size = static_cast<std::size_t>(node(id).shape.size());
    Elements& elements = elements_[index(id)];
    elements.resize(size);
    if (node(id).op == &constant_op) {
      const std::vector<double>& numbers = node(id).attributes.reals;
      for (std::size_t i = 0; i < size; ++i)
        elements[i] = named(value_of(numbers[numbers.size() == 1 ? 0 : i]));
    } else if (is_leaf(node(id))) {
      for (std::size_t i = 0; i < size; ++i)
        elements[i] = named(add_input({.address = address(id) + i}));
    } else if (is_elementwise(node(id))) {
      add_elementwise(id);
    } else {
      add_other(id);
    }
    for (Expression& element : elements) element = computed(element);
  }

  void add_elementwise(NodeId id) {
    for (std::size_t i = 0; i < elements_[index(id)].size(); ++i) {
      std::vector<Expression> operands;
      for (const NodeId x : node(id).inputs) operands.push_back(elements_[index(x)][i]);
      elements_[index(id)][i] = Expression(*node(id).op, std::move(operands));
    }
  }

  // The operation's own loop, over formulas in place of numbers. Constants have names as well: what
  // is computed with them is computed in single precision.
  void add_other(NodeId id) {
    const Op& op = *node(id).op;
    const auto loop = op.exact != nullptr ? op.exact : op.symbolic;
    if (loop == nullptr) throw NotPossible();
    std::vector<const Expression*> x;
    std::vector<Shape> shapes;
    for (const NodeId input : node(id).inputs) {
      x.push_back(elements_[index(input)].data());
      shapes.push_back(node(input).shape);
    }
    loop({.x = x,
          .x_shapes = shapes,
          .y = elements_[index(id)].data(),
          .y_shape = node(id).shape,
          .attributes = &node(id).attributes});
  }

  // What is left of a formula once instructions compute it: a number, or a value's name.
  Expression computed(const Expression& formula) {
    if (formula.op() == nullptr) return formula;
    kernels::ChainInstruction instruction{.op = formula.op()->kernel};
    if (instruction.op == nullptr || !kernels::can_generate(instruction.op)) throw NotPossible();
    const auto arity = static_cast<std::size_t>(formula.op()->arity);
    std::optional<int> result;
    for (const Expression& operand : formula.operands()) {
      instruction.x.push_back(value_of(computed(operand)));
      if (instruction.x.size() < arity) continue;
      result = emit(instruction);
      instruction.x = {*result};  // a sum goes on with its next term
    }
    return named(result.value());
  }

  int emit(const kernels::ChainInstruction& instruction) {
    length_ += kernels::code_length(instruction.op);
    if (length_ > longest_code) throw NotPossible();
    code_.instructions.push_back(instruction);
    return static_cast<int>(code_.instructions.size()) - 1;
  }

  int value_of(const Expression& element) {
    if (!element.is_constant()) return value_named(*element.quantity());
    const auto number = static_cast<float>(element.constant());
    const auto [place, is_new] = constants_.try_emplace(std::bit_cast<std::uint32_t>(number));
    if (is_new) place->second = add_input({.constant = number});
    return place->second;
  }

  void keep(NodeId id) {
    float* to = address(id);
    for (const Expression& element : elements_[index(id)])
      code_.outputs.push_back({.value = value_of(element), .address = to++});
  }

  // Inputs first, then instructions.
  void number_values() {
    const auto inputs = static_cast<int>(code_.inputs.size());
    const auto number = [&](int& value) { value = value < 0 ? -1 - value : inputs + value; };
    for (kernels::ChainInstruction& instruction : code_.instructions)
      std::ranges::for_each(instruction.x, number);
    for (kernels::NumberCode::Output& output : code_.outputs) number(output.value);
  }

  const Draft& draft_;
  const std::vector<float*>& buffers_;
  std::vector<Elements> elements_;          // by node
  std::map<std::uint32_t, int> constants_;  // by their bits: -0 is not 0, and NaN is itself
  kernels::NumberCode code_;
  int length_ = 0;  // machine instructions
};

}  // namespace

std::optional<kernels::NumberCode> number_code(const Draft& draft,
                                               const std::vector<float*>& buffers) {
  try {
    return CodeBuilder(draft, buffers).build();
  } catch (const NotPossible&) {
    return std::nullopt;
  }
}

}  // namespace chainrule
