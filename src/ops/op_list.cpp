#include "ops/op_list.h"

#include <algorithm>

namespace chainrule {

std::span<const Op* const> all_ops() {
  static constexpr std::array list{
#define CHAINRULE_OP(name) &name##_op,
#include "ops/ops.inc"
#undef CHAINRULE_OP
  };
  return list;
}

const Op* find_op(std::string_view name) {
  const auto found = std::ranges::find(all_ops(), name, &Op::name);
  return found == all_ops().end() ? nullptr : *found;
}

std::vector<OpSummary> list_operations() {
  std::vector<OpSummary> list;
  for (const Op* op : all_ops()) {
    const std::string_view kind = op->kind == OpKind::elementwise ? "elementwise"
                                  : op->kind == OpKind::composite ? "composite"
                                                                  : "primitive";
    list.push_back(
        {.name = op->name, .kind = kind, .summary = op->summary.en, .operands = op->arity});
  }
  return list;
}

}  // namespace chainrule
