// Every case of every record, compiled and run: the float loops give what the double ones give, to
// the bit where arithmetic is exact.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "kernels/dispatch.h"
#include "ops/numbers.h"
#include "ops/op_names.h"

namespace chainrule {
namespace {

using Operands = std::vector<DoubleTensor>;

std::vector<CheckCase> cases_of(const Op& op) {
  if (op.check.cases != nullptr) return op.check.cases();
  std::vector<CheckCase> cases;
  for (const Shape& shape : {Shape{3, 4}, Shape{1}, Shape{}, Shape{5, 37}})
    cases.push_back({.operands = std::vector<Shape>(static_cast<std::size_t>(op.arity), shape)});
  return cases;
}

// Numbers from `draw`, but for the operands whose values the case gives.
template <class Draw>
Operands operands_of(const CheckCase& c, Draw draw) {
  Operands operands;
  for (const Shape& shape : c.operands) {
    operands.emplace_back(shape);
    std::ranges::generate(operands.back().values, draw);
  }
  std::ranges::copy(c.fixed, operands.end() - static_cast<std::ptrdiff_t>(c.fixed.size()));
  return operands;
}

struct OneOperation {
  OneOperation(const Op& op, const CheckCase& c) {
    std::vector<Value> x;
    for (const Shape& shape : c.operands)
      x.push_back(graph.input(fmt::format("x{}", x.size()), shape));
    const Value y = graph.apply(op, x, c.attributes);
    // A composite may give back an operand as it is.
    graph.output("y", y);
    id = y.id();
  }

  Floats run(const Operands& operands, const std::set<std::string>& skip) const {
    Session session;
    Program program(graph, session, {.skip = skip});
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (const std::string name = fmt::format("x{}", i); program.has_input(name))
        std::ranges::copy(operands[i].values, program.input(name).begin());
    program.run();
    const auto y = program.output("y");
    return {y.begin(), y.end()};
  }
  Numbers reference(const Operands& operands) const {
    Feeds feeds;
    for (std::size_t i = 0; i < operands.size(); ++i)
      feeds.emplace(fmt::format("x{}", i), operands[i]);
    return evaluate(graph, feeds)[static_cast<std::size_t>(id)].values;
  }

  Graph graph;
  NodeId id;
};

Floats rounded(const Numbers& numbers) {
  Floats list;
  for (const double number : numbers) list.push_back(static_cast<float>(number));
  return list;
}

const std::vector<std::set<std::string>> ways{
    {}, {"generate"}, {"fuse"}, {"simplify", "fold_transposes"}};

class EveryCase : public testing::TestWithParam<std::string> {
 protected:
  const Op& op() const { return *find_op(GetParam()); }
};

// Whole numbers whose sums and products are whole numbers below 2^24: then no order of a sum, and
// no fusing of a product with it, changes a bit.
TEST_P(EveryCase, OfAPrimitiveGivesTheReferencesBitsOnWholeNumbers) {
  if (op().kind != OpKind::primitive) return;
  RandomStream random(5, 0);
  const auto draw = [&] { return static_cast<double>(random.below(41)) - 20; };
  for (const CheckCase& c : cases_of(op()))
    for (const auto& skip : ways) {
      const OneOperation one(op(), c);
      const Operands operands = operands_of(c, draw);
      const Floats got = one.run(operands, skip), expected = rounded(one.reference(operands));
      // Zeros alone may differ in sign: a kernel's sum begins with 0, the reference's with -0.
      EXPECT_EQ(got, expected);
    }
}

// What only moves numbers about keeps them whatever they are.
const std::set<std::string_view> movers{"broadcast", "reshape",     "transpose", "slice",
                                        "pad",       "concatenate", "gather",    "windows"};

TEST_P(EveryCase, OfWhatMovesNumbersKeepsTheirBits) {
  if (!movers.contains(GetParam())) return;
  const Floats special{-0.0F, HUGE_VALF, -HUGE_VALF, std::nanf(""), -std::nanf(""), 1e-45F, -3e38F};
  RandomStream random(6, 0);
  const auto draw = [&] {
    const std::uint64_t which = random.below(14);
    return which < special.size() ? static_cast<double>(special[which])
                                  : static_cast<double>(static_cast<float>(random.normal()));
  };
  for (const CheckCase& c : cases_of(op()))
    for (const auto& skip : ways) {
      const OneOperation one(op(), c);
      const Operands operands = operands_of(c, draw);
      EXPECT_EQ(all_bits(one.run(operands, skip)), all_bits(rounded(one.reference(operands))));
    }
}

// Elementwise operations and compositions: generated code, kernels and the scalar function. Code
// and kernels promise the same bits, and the largest error that elementwise.h states is 3 ulp.
TEST_P(EveryCase, GivesTheSameBitsWithAndWithoutGeneratedCode) {
  if (op().kind != OpKind::elementwise) return;
  RandomStream random(7, 0);
  const auto draw = [&] {
    return static_cast<double>(
        static_cast<float>(op().check.low + (op().check.high - op().check.low) * random.uniform()));
  };
  for (const CheckCase& c : cases_of(op())) {
    const OneOperation one(op(), c);
    const Operands operands = operands_of(c, draw);
    const Floats got = one.run(operands, {});
    EXPECT_EQ(all_bits(got), all_bits(one.run(operands, {"generate"})));
    const Numbers expected = one.reference(operands);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const double ulp = std::abs(expected[i]) * 0x1p-23 + 0x1p-149;
      EXPECT_NEAR(static_cast<double>(got[i]), expected[i], 3 * ulp) << operands[0].values[i];
    }
  }
}

TEST_P(EveryCase, OfACompositionIsCloseToTheReference) {
  if (op().kind != OpKind::composite) return;
  RandomStream random(9, 0);
  const auto draw = [&] {
    return static_cast<double>(
        static_cast<float>(op().check.low + (op().check.high - op().check.low) * random.uniform()));
  };
  for (const CheckCase& c : cases_of(op()))
    for (const auto& skip : ways) {
      const OneOperation one(op(), c);
      const Operands operands = operands_of(c, draw);
      const Floats got = one.run(operands, skip);
      const Numbers expected = one.reference(operands);
      ASSERT_EQ(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_NEAR(static_cast<double>(got[i]), expected[i], 2e-6 * (1 + std::abs(expected[i])));
    }
}

INSTANTIATE_TEST_SUITE_P(Ops, EveryCase, testing::ValuesIn(op_names()),
                         [](const auto& op) { return op.param; });

TEST(FloatLoops, OfGatherAndScatterRefuseRowsThatAreNotThere) {
  for (const std::string_view name : {"gather", "scatter_add"})
    for (const double row : {-1.0, 4.0, 1e9, 1e30, std::nan("")}) {
      CheckCase c = find_op(name)->check.cases()[0];
      c.fixed[0].values[2] = row;
      const OneOperation one(*find_op(name), c);
      const Operands operands = operands_of(c, [] { return 1.0; });
      EXPECT_THROW(one.run(operands, {}), std::invalid_argument) << name << " " << row;
      EXPECT_THROW(one.reference(operands), std::invalid_argument) << name << " " << row;
    }
}

}  // namespace
}  // namespace chainrule
