// The record of an operation: all that the engine, the tests, the documentation and the
// explanations know of it. Nothing outside src/ops names an operation to treat it specially.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "chainrule/graph.h"
#include "chainrule/language.h"
#include "kernels/elementwise.h"
#include "kernels/epilogue.h"

namespace chainrule {

class ThreadPool;
class Expression;

// A node's place in a table with one entry per node.
inline std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

enum class OpKind {
  leaf,         // input, variable, constant
  elementwise,  // all operands and the result have one shape; given by a scalar function
  primitive,    // anything else that has a loop of its own
  composite,    // a composition of other operations, kept as one node until it is lowered
};

// f(x), f(a, b) or f(a, b, c) on single numbers: the meaning of an elementwise operation.
struct ScalarFunction {
  double (*unary)(double) = nullptr;
  double (*binary)(double, double) = nullptr;
  double (*ternary)(double, double, double) = nullptr;

  constexpr ScalarFunction() = default;
  template <class F>
  constexpr ScalarFunction(F f) {  // NOLINT: a lambda is meant to convert
    if constexpr (std::is_invocable_v<F, double>)
      unary = f;
    else if constexpr (std::is_invocable_v<F, double, double>)
      binary = f;
    else
      ternary = f;
  }
  double operator()(const double* x) const {
    if (unary != nullptr) return unary(x[0]);
    return binary != nullptr ? binary(x[0], x[1]) : ternary(x[0], x[1], x[2]);
  }
};

// What a loop gets: operands and result as dense row-major arrays.
template <class T>
struct Call {
  std::span<const T* const> x{};
  std::span<const Shape> x_shapes{};
  T* y = nullptr;
  Shape y_shape{};
  const Attributes* attributes = nullptr;
  std::int64_t only = -1;  // y[only] is wanted and no other element has to be made; -1: all
  T* workspace = nullptr;  // as many elements as the record's workspace() asked for
  kernels::Epilogue epilogue{};
};

// The place where a chain rule is asked for: y = op(x...).
struct Local {
  std::span<const Value> x;
  Value y;
  const Attributes& attributes;
};

// One operand tuple of the gradient check, for operations whose operands are not all of one shape.
struct CheckCase {
  std::vector<Shape> operands;
  Attributes attributes{};
  std::vector<DoubleTensor> fixed{};  // the last operands' values, where they cannot be drawn
};

// A few things, in a form that a constant-initialised record can hold.
template <class T, std::size_t most>
struct ShortList {
  std::array<T, most> values{};
  std::size_t count = 0;

  constexpr ShortList() = default;
  constexpr ShortList(std::initializer_list<T> list) : count(list.size()) {
    std::copy(list.begin(), list.end(), values.begin());
  }
  constexpr const T* begin() const { return values.data(); }
  constexpr const T* end() const { return values.data() + count; }
};

using Points = ShortList<double, 8>;

// Where the gradient check looks, and how closely.
struct Check {
  double low = -2, high = 2;  // random operands are drawn from here
  Points points{};            // places where a careless formula goes wrong
  Points kinks{};             // no derivative there: random operands keep 0.01 away
  double tolerance = 1e-6;    // relative error of the directional derivative
  int differentiable = 7;     // bit i: operand i has a derivative
  std::vector<CheckCase> (*cases)() = nullptr;
};

// What an operation on two numbers gives when one of them is known, whatever the other may be.
struct Identity {
  // `to_the_bit` holds for every float: infinities, NaN and signed zeros too, so code may rest on
  // it. (Which NaN comes out of a NaN is left open, as IEEE 754 does.) `finite` holds as an
  // equation between finite numbers, which is what a reader wants: x + 0 is x, though -0 + 0 is +0,
  // and 0 x is 0, though x may be infinite.
  enum class Holds { to_the_bit, finite };

  std::size_t operand = 1;        // the one that is known
  double number = 0;              // and what it is, to the bit: -0 is not 0
  std::optional<double> gives{};  // nothing: the other operand
  Holds holds = Holds::to_the_bit;
};

using Identities = ShortList<Identity, 4>;  // of one operation

// How a formula is written: {0} is the first operand. `binding` orders + below x below powers.
struct Notation {
  std::string_view text{};   // empty: name(a, b)
  std::string_view latex{};  // empty: \operatorname{name}(a, b)
  int binding = 4;           // 1 sum, 2 product, 3 power, 4 atom or call
  bool tight_right = false;  // a - (b + c): the last operand is bracketed at equal binding too
};

struct Op {
  std::string_view name;
  Words summary;
  OpKind kind = OpKind::primitive;
  int arity = 1;                       // -1: any number
  std::string_view attribute_names{};  // "axes", "slope": what the attributes mean, for printing

  // The result's shape; throws UsageError. Elementwise operations need none.
  Shape (*shape)(std::span<const Shape> x, const Attributes& attributes) = nullptr;

  // The meaning, in double precision: exactly one of these three.
  ScalarFunction scalar{};
  Identities identities{};  // of `scalar`
  void (*reference)(const Call<double>& call) = nullptr;
  Value (*compose)(std::span<const Value> x, const Attributes& attributes) = nullptr;

  // The same function for readers. `symbolic` is `reference` over formulas in place of numbers, and
  // makes call.only alone where that saves work;
  // `textbook` is what books write where the meaning above is written for accuracy.
  void (*symbolic)(const Call<Expression>& call) = nullptr;
  // In place of `symbolic` where numbers say which others are taken, as ids do: operands without a
  // derivative are given as constants.
  void (*selecting)(const Call<Expression>& call) = nullptr;
  // The formulas that give the bits of `fast`, where those of `symbolic` do not.
  void (*exact)(const Call<Expression>& call) = nullptr;
  Value (*textbook)(std::span<const Value> x, const Attributes& attributes) = nullptr;

  // The derivative: either the local partials, which the engine multiplies with what comes from
  // above, or the whole product; an empty Value stands for zero. A composite without either is
  // differentiated through its composition.
  std::vector<Value> (*partials)(const Local& at) = nullptr;
  std::vector<Value> (*chain_rule)(const Local& at, Value g) = nullptr;

  // Single precision. An elementwise operation without a kernel runs through `scalar`.
  kernels::TileKernel (*kernel)() = nullptr;
  void (*fast)(const Call<float>& call, ThreadPool& threads) = nullptr;
  std::int64_t (*workspace)(std::span<const Shape> x, const Attributes& attributes,
                            int threads) = nullptr;  // floats
  bool takes_epilogue = false;  // `fast` calls call.epilogue on ranges that it has finished
  bool may_overwrite = false;   // `fast` may write its result over its first operand
  bool is_costly = false;       // elementwise, and slower than reading a number from memory

  Notation notation{};
  Check check{};
};

// The leaves' records; their values come from outside.
extern const Op input_op, variable_op, constant_op;

// By which numbers are told apart where -0 is not 0 and NaN is itself.
inline std::uint64_t bits_of(double number) { return std::bit_cast<std::uint64_t>(number); }

inline bool is_leaf(const Node& node) { return node.op->kind == OpKind::leaf; }
inline bool is_elementwise(const Node& node) { return node.op->kind == OpKind::elementwise; }

// What is known of op(.., number, ..) with `number` as this operand, or null. With `finite` also
// what holds between finite numbers only.
const Identity* find_identity(const Op& op, std::size_t operand, double number,
                              Identity::Holds holds = Identity::Holds::to_the_bit);

// The shape that `op` gives for these operands, all checks included; throws UsageError.
Shape infer_shape(const Op& op, std::span<const Shape> x, const Attributes& attributes);

}  // namespace chainrule
