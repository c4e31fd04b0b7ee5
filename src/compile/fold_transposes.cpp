#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

// Are the last two axes swapped, and no others?
bool is_matrix_transpose(Value x) {
  const std::vector<std::int64_t>& order = x.node().attributes.ints;
  const std::size_t rank = order.size();
  if (x.node().op != &transpose_op || rank < 2) return false;
  for (std::size_t axis = 0; axis + 2 < rank; ++axis)
    if (order[axis] != static_cast<std::int64_t>(axis)) return false;
  return order[rank - 2] > order[rank - 1];
}

Attributes with_both_flags(Attributes attributes) {
  attributes.ints.resize(2, 0);
  return attributes;
}

// matmul(transpose(a), b) becomes matmul(a, b) with its first operand read transposed.
Value read_transposed(Graph& target, const Node& node, std::span<const Value> x) {
  std::vector<Value> operands(x.begin(), x.end());
  Attributes attributes = with_both_flags(node.attributes);
  for (std::size_t i = 0; i < 2; ++i)
    if (is_matrix_transpose(operands[i])) {
      operands[i] = target.value(operands[i].node().inputs[0]);
      attributes.ints[i] ^= 1;
    }
  return target.apply(matmul_op, operands, attributes);
}

// (A B)^T = B^T A^T: the gradient of a weight that is read transposed ends in such a transpose.
Value swap_product(Graph& target, const Node& product) {
  const Attributes attributes = with_both_flags(product.attributes);
  return target.apply(matmul_op,
                      {{target.value(product.inputs[1]), target.value(product.inputs[0])}},
                      {.ints = {1 - attributes.ints[1], 1 - attributes.ints[0]}});
}

Value with_folded_transposes(Graph& target, const Node& node, std::span<const Value> x) {
  if (node.op == &matmul_op) return read_transposed(target, node, x);
  const Value made = keep(target, node, x);
  if (is_matrix_transpose(made) && x[0].node().op == &matmul_op) {
    const Node product = x[0].node();
    return swap_product(target, product);
  }
  return made;
}

}  // namespace

void fold_transposes(Draft& draft) {
  draft.graph = rewrite(draft.graph, with_folded_transposes);
  draft.graph = rewrite(draft.graph, keep);  // drops the transposes that nobody reads now
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
