// What the records say of x + (-0), x * 1 and such: to the bit, for every float there may be.
#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "ops/expression.h"
#include "ops/numbers.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

using Holds = Identity::Holds;

std::uint64_t bits(double x) { return std::bit_cast<std::uint64_t>(x); }

// Zeros, subnormal numbers, the largest and smallest, infinities and NaN, of both signs, and NaN
// with a payload; then random bits, all of which are some number.
const Numbers& numbers() {
  static const Numbers all = [] {
    using Limits = std::numeric_limits<double>;
    Numbers list;
    for (const double x :
         {0.0, 1.0, 0.1, 3.7, Limits::denorm_min(), Limits::min(), Limits::max(), Limits::epsilon(),
          Limits::infinity(), Limits::quiet_NaN(), std::bit_cast<double>(0x7ff8000000001234U)}) {
      list.push_back(x);
      list.push_back(-x);
    }
    RandomStream random(8, 0);
    while (list.size() < 5000) {
      const double x = std::bit_cast<double>(random.below(std::uint64_t{1} << 32) << 32 |
                                             random.below(std::uint64_t{1} << 32));
      // A signalling NaN becomes a quiet one in any operation; none is ever computed.
      if (!std::isnan(x)) list.push_back(x);
    }
    return list;
  }();
  return all;
}

// Where op(.., number, ..) is not what the identity says; empty: nowhere.
std::string fault(const Op& op, const Identity& identity) {
  double operands[2];
  operands[identity.operand] = identity.number;
  for (const double x : numbers()) {
    if (identity.holds == Holds::finite && !std::isfinite(x)) continue;
    operands[1 - identity.operand] = x;
    const double got = op.scalar(operands), said = identity.gives.value_or(x);
    // Of a NaN no sign and no payload is promised: IEEE 754 leaves them open.
    const bool same = identity.holds == Holds::to_the_bit
                          ? bits(got) == bits(said) || (std::isnan(got) && std::isnan(said))
                          : got == said;
    if (!same) return fmt::format("{}({}, {}) is {}", op.name, operands[0], operands[1], got);
  }
  return "";
}

TEST(Identities, HoldForEveryFloat) {
  int stated = 0;
  for (const Op* op : all_ops())
    for (const Identity& identity : op->identities) {
      EXPECT_EQ(op->arity, 2) << op->name;
      EXPECT_EQ(fault(*op, identity), "") << op->name;
      ++stated;
    }
  EXPECT_GE(stated, 15);
}

TEST(Identities, ThatHoldForMostNumbersOnlyAreSeen) {
  const Op &add = *find_op("add"), &multiply = *find_op("multiply"), &power = *find_op("power");
  const Op &subtract = *find_op("subtract"), &divide = *find_op("divide");
  EXPECT_NE(fault(add, {.operand = 1, .number = 0}), "");                   // -0 + 0
  EXPECT_NE(fault(subtract, {.operand = 1, .number = -0.0}), "");           // -0 - -0
  EXPECT_NE(fault(multiply, {.operand = 0, .number = 0, .gives = 0}), "");  // 0 * infinity
  EXPECT_NE(fault(divide, {.operand = 0, .number = 0, .gives = 0}), "");    // 0 / 0
  EXPECT_NE(fault(power, {.operand = 1, .number = 2}), "");
  EXPECT_NE(fault(multiply, {.operand = 0, .number = 1.0 + 1e-15}), "");
  EXPECT_NE(fault(add, {.operand = 1, .number = 1, .holds = Holds::finite}), "");
}

// The trees that they make of x.
Expression applied(const Op& op, const Expression& a, const Expression& b, Holds holds) {
  return simplified(op, {a, b}, {}, holds);
}

TEST(Identities, LeaveOutOnlyWhatChangesNoBit) {
  const Expression x(Quantity{.symbol = "x"});
  const Op &add = *find_op("add"), &multiply = *find_op("multiply");
  EXPECT_EQ(x * 1.0, x);
  EXPECT_EQ(Expression(-0.0) + x, x);
  EXPECT_EQ((x + 0.0).op(), &add);
  EXPECT_EQ((x * 0.0).op(), &multiply);
  EXPECT_EQ(applied(add, x, 0.0, Holds::finite), x);  // a reader does not miss it
  EXPECT_EQ(applied(add, -0.0, x, Holds::finite), x);
  EXPECT_EQ(applied(multiply, x, -0.0, Holds::finite), Expression(0.0));
  EXPECT_EQ(evaluate(applied(multiply, 3.0, 4.0, Holds::to_the_bit)), 12);
}

TEST(Identities, AreOfOneOperandAndItsSign) {
  const Op &subtract = *find_op("subtract"), &divide = *find_op("divide");
  EXPECT_NE(find_identity(subtract, 1, 0.0), nullptr);
  EXPECT_EQ(find_identity(subtract, 1, -0.0), nullptr);
  EXPECT_EQ(find_identity(subtract, 0, 0.0), nullptr);
  EXPECT_NE(find_identity(subtract, 1, -0.0, Holds::finite), nullptr);
  EXPECT_EQ(find_identity(divide, 0, 1.0), nullptr);
}

TEST(Identities, NumbersAreTheSameTreeIfTheirBitsAre) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(Expression(nan), Expression(nan));
  EXPECT_FALSE(Expression(0.0) == Expression(-0.0));
  EXPECT_TRUE(std::signbit(Expression(-0.0).constant()));
  EXPECT_FALSE(std::signbit(Expression(0.0).constant()));
}

// Sums begin with their first term.
TEST(Identities, SumsOfMinusZeroAreMinusZeroAndOfNothingZero) {
  const auto add_up = [](std::span<const Value> x) { return sum(x[0], {0}); };
  const auto product = [](std::span<const Value> x) { return matmul(x[0], x[1]); };
  EXPECT_TRUE(std::signbit(value_of(add_up, {row({-0.0, -0.0})}).values[0]));
  EXPECT_FALSE(std::signbit(value_of(add_up, {row({-0.0, 0.0})}).values[0]));
  EXPECT_FALSE(std::signbit(value_of(add_up, {DoubleTensor(Shape{0})}).values[0]));
  const DoubleTensor minus_zero({1, 1}, {-0.0}), one({1, 1}, {1.0});
  EXPECT_TRUE(std::signbit(value_of(product, {minus_zero, one}).values[0]));
  const DoubleTensor none_across({1, 0}, {}), none_down({0, 1}, {});
  EXPECT_FALSE(std::signbit(value_of(product, {none_across, none_down}).values[0]));
}

}  // namespace
}  // namespace chainrule
