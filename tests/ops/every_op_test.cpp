// One table-driven test over the records: every operation's derivatives are right, and a wrong one
// would be seen.
#include <gtest/gtest.h>

#include "chainrule/gradient.h"
#include "ops/gradient_check.h"
#include "ops/op_names.h"

namespace chainrule {
namespace {

enum class Fault {
  scaled,    // every gradient 0.1 % too large
  flipped,   // one operand's gradient with the wrong sign
  dropped,   // one operand's gradient missing
  leaking,   // a gradient where there is none
  detached,  // right, but differentiated again it gives 0
};

// A record with a wrong chain rule. The rule finds the record that it stands in through the node.
struct Sabotaged : Op {
  const Op* original;
  Fault fault;
  std::size_t operand;
};

constexpr Op detached_op{
    .name = "detached",
    .summary = {"The operand, without its past."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return x; },
    .chain_rule = [](const Local&, Value) { return std::vector<Value>{Value{}}; },
};

std::vector<Value> faulty_chain_rule(const Local& at, Value g) {
  const auto& record = static_cast<const Sabotaged&>(*at.y.node().op);
  Graph& graph = g.graph();
  const Value y = graph.apply(*record.original, at.x, at.attributes);
  std::vector<Value> flow = gradient(y, at.x, g);
  Value& chosen = flow[record.operand];
  switch (record.fault) {
    case Fault::scaled:
      for (Value& value : flow) value = 1.001 * value;
      break;
    case Fault::flipped:
      chosen = -chosen;
      break;
    case Fault::dropped:
      chosen = {};
      break;
    case Fault::leaking:
      chosen = graph.constant(1.0, chosen.shape());
      break;
    case Fault::detached:
      for (Value& value : flow) value = graph.apply(detached_op, {{value}});
      break;
  }
  return flow;
}

GradientReport check_sabotaged(const Op& op, Fault fault, std::size_t operand = 0) {
  Sabotaged wrong{op, &op, fault, operand};
  wrong.chain_rule = faulty_chain_rule;
  return check_gradient(wrong);
}

class EveryOp : public testing::TestWithParam<std::string> {
 protected:
  const Op& op() const { return *find_op(GetParam()); }
  double tolerance() const { return op().check.tolerance; }
  // Operands that every case has.
  std::size_t operands() const { return op().arity > 0 ? static_cast<std::size_t>(op().arity) : 2; }
  bool is_differentiable(std::size_t operand) const {
    return (op().check.differentiable >> operand & 1) != 0;
  }
};

TEST_P(EveryOp, GradientMatchesFiniteDifferences) {
  const GradientReport report = check_gradient(op());
  EXPECT_LE(report.error, tolerance()) << report.where;
}

TEST_P(EveryOp, GradientThatIsATenthOfAPercentTooLargeIsSeen) {
  if (op().check.differentiable == 0) return;  // its gradients are zeros, which do not scale
  EXPECT_GT(check_sabotaged(op(), Fault::scaled).error, tolerance());
}

TEST_P(EveryOp, FaultInOneOperandsGradientIsSeen) {
  for (std::size_t operand = 0; operand < operands(); ++operand) {
    SCOPED_TRACE(testing::Message() << "operand " << operand);
    if (is_differentiable(operand)) {
      EXPECT_GT(check_sabotaged(op(), Fault::flipped, operand).error, tolerance());
      EXPECT_GT(check_sabotaged(op(), Fault::dropped, operand).error, tolerance());
    } else {
      EXPECT_GT(check_sabotaged(op(), Fault::leaking, operand).error, tolerance());
    }
  }
}

TEST_P(EveryOp, GradientThatIsRightOnlyOnceIsSeen) {
  if (check_gradient(op()).curvature < 0.01) return;  // linear: nothing to see the second time
  EXPECT_GT(check_sabotaged(op(), Fault::detached).error, tolerance());
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryOp, testing::ValuesIn(op_names()),
                         [](const auto& op) { return op.param; });

}  // namespace
}  // namespace chainrule
