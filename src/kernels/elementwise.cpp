#include "kernels/elementwise.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "base/elementary.h"
#include "kernels/arithmetic.h"
#include "kernels/coefficients.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/elementwise.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef CHAINRULE_ELEMENTWISE_TABLE
#define CHAINRULE_ELEMENTWISE_TABLE
namespace chainrule::kernels {
// The kernels of one instruction set.
struct ElementwiseTable {
  TileKernel add, subtract, multiply, divide, negate, absolute, sign, square, reciprocal, sqrt,
      minimum, maximum, exp, expm1, log, log1p, tanh, sigmoid, erf, greater, greater_equal, less,
      less_equal, equal, not_equal, select, multiply_add;
};
}  // namespace chainrule::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {

#include "kernels/vector.inc"
#include "kernels/vector_math.inc"

using Unary = V (*)(V);
using Binary = V (*)(V, V);
using Ternary = V (*)(V, V, V);

// One vector's worth of f(x[0], x[1], ...), with the arguments fetched by `load(input)`.
template <Unary f, class Load>
HWY_INLINE V apply(Load load) {
  return f(load(0));
}
template <Binary f, class Load>
HWY_INLINE V apply(Load load) {
  return f(load(0), load(1));
}
template <Ternary f, class Load>
HWY_INLINE V apply(Load load) {
  return f(load(0), load(1), load(2));
}

struct LoadFull {
  const float* const* x;
  std::size_t at;
  HWY_INLINE V operator()(int input) const { return hn::LoadU(D(), x[input] + at); }
};
struct LoadPart {
  const float* const* x;
  std::size_t at;
  Part part;
  HWY_INLINE V operator()(int input) const { return load(part, x[input] + at); }
};

template <auto f>
void tile(const float* const* x, float* y, std::size_t n) {
  const D d;
  constexpr auto step = static_cast<std::size_t>(lanes);
  std::size_t i = 0;
  // Two vectors at a time: the long dependency chains of the one fill the gaps of the other.
  for (; i + 2 * step <= n; i += 2 * step) {
    const V first = apply<f>(LoadFull{x, i}), second = apply<f>(LoadFull{x, i + step});
    hn::StoreU(first, d, y + i);
    hn::StoreU(second, d, y + i + step);
  }
  if (i + step <= n) {
    hn::StoreU(apply<f>(LoadFull{x, i}), d, y + i);
    i += step;
  }
  if (i < n) {
    const Part rest = first_lanes(static_cast<int64_t>(n - i));
    store(apply<f>(LoadPart{x, i, rest}), rest, y + i);
  }
}

HWY_INLINE V truth(hn::Mask<D> holds) { return hn::IfThenElseZero(holds, constant(1.0f)); }

HWY_INLINE V vector_add(V a, V b) { return hn::Add(a, b); }
HWY_INLINE V vector_subtract(V a, V b) { return hn::Sub(a, b); }
HWY_INLINE V vector_multiply(V a, V b) { return hn::Mul(a, b); }
HWY_INLINE V vector_divide(V a, V b) { return hn::Div(a, b); }
HWY_INLINE V vector_negate(V x) { return hn::Neg(x); }
HWY_INLINE V vector_absolute(V x) { return hn::Abs(x); }
HWY_INLINE V vector_sign(V x) {
  const V zero = constant(0.0f);
  return hn::IfThenElse(hn::Gt(x, zero), constant(1.0f),
                        hn::IfThenElse(hn::Lt(x, zero), constant(-1.0f), x));
}
HWY_INLINE V vector_square(V x) { return hn::Mul(x, x); }
HWY_INLINE V vector_reciprocal(V x) { return hn::Div(constant(1.0f), x); }
HWY_INLINE V vector_sqrt(V x) { return hn::Sqrt(x); }
HWY_INLINE V vector_minimum(V a, V b) { return keep_nan(a, min_of(a, b)); }
HWY_INLINE V vector_maximum(V a, V b) { return keep_nan(a, max_of(a, b)); }
HWY_INLINE V vector_greater(V a, V b) { return truth(hn::Gt(a, b)); }
HWY_INLINE V vector_greater_equal(V a, V b) { return truth(hn::Ge(a, b)); }
HWY_INLINE V vector_less(V a, V b) { return truth(hn::Lt(a, b)); }
HWY_INLINE V vector_less_equal(V a, V b) { return truth(hn::Le(a, b)); }
HWY_INLINE V vector_equal(V a, V b) { return truth(hn::Eq(a, b)); }
HWY_INLINE V vector_not_equal(V a, V b) { return truth(hn::Not(hn::Eq(a, b))); }
HWY_INLINE V vector_multiply_add(V a, V b, V c) { return multiply_add(a, b, c); }
HWY_INLINE V vector_select(V condition, V yes, V no) {
  return hn::IfThenElse(hn::Eq(condition, constant(0.0f)), no, yes);
}

const ElementwiseTable& table() {
  static constexpr ElementwiseTable kernels{.add = tile<vector_add>,
                                            .subtract = tile<vector_subtract>,
                                            .multiply = tile<vector_multiply>,
                                            .divide = tile<vector_divide>,
                                            .negate = tile<vector_negate>,
                                            .absolute = tile<vector_absolute>,
                                            .sign = tile<vector_sign>,
                                            .square = tile<vector_square>,
                                            .reciprocal = tile<vector_reciprocal>,
                                            .sqrt = tile<vector_sqrt>,
                                            .minimum = tile<vector_minimum>,
                                            .maximum = tile<vector_maximum>,
                                            .exp = tile<vector_exp>,
                                            .expm1 = tile<vector_expm1>,
                                            .log = tile<vector_log>,
                                            .log1p = tile<vector_log1p>,
                                            .tanh = tile<vector_tanh>,
                                            .sigmoid = tile<vector_sigmoid>,
                                            .erf = tile<vector_erf>,
                                            .greater = tile<vector_greater>,
                                            .greater_equal = tile<vector_greater_equal>,
                                            .less = tile<vector_less>,
                                            .less_equal = tile<vector_less_equal>,
                                            .equal = tile<vector_equal>,
                                            .not_equal = tile<vector_not_equal>,
                                            .select = tile<vector_select>,
                                            .multiply_add = tile<vector_multiply_add>};
  return kernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace chainrule::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::kernels {
namespace {

HWY_EXPORT(table);
const ElementwiseTable& chosen() { return HWY_DYNAMIC_DISPATCH(table)(); }

// Double has the digits to spare: one rounding to float is all the error there is.
void power_tile(const float* const* x, float* y, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    y[i] = static_cast<float>(
        elementary::power(static_cast<double>(x[0][i]), static_cast<double>(x[1][i])));
  }
}

}  // namespace

TileKernel add() { return chosen().add; }
TileKernel subtract() { return chosen().subtract; }
TileKernel multiply() { return chosen().multiply; }
TileKernel divide() { return chosen().divide; }
TileKernel negate() { return chosen().negate; }
TileKernel abs() { return chosen().absolute; }
TileKernel sign() { return chosen().sign; }
TileKernel square() { return chosen().square; }
TileKernel reciprocal() { return chosen().reciprocal; }
TileKernel sqrt() { return chosen().sqrt; }
TileKernel power() { return power_tile; }
TileKernel minimum() { return chosen().minimum; }
TileKernel maximum() { return chosen().maximum; }
TileKernel exp() { return chosen().exp; }
TileKernel expm1() { return chosen().expm1; }
TileKernel log() { return chosen().log; }
TileKernel log1p() { return chosen().log1p; }
TileKernel tanh() { return chosen().tanh; }
TileKernel sigmoid() { return chosen().sigmoid; }
TileKernel erf() { return chosen().erf; }
TileKernel greater() { return chosen().greater; }
TileKernel greater_equal() { return chosen().greater_equal; }
TileKernel less() { return chosen().less; }
TileKernel less_equal() { return chosen().less_equal; }
TileKernel equal() { return chosen().equal; }
TileKernel not_equal() { return chosen().not_equal; }
TileKernel select() { return chosen().select; }
TileKernel multiply_add() { return chosen().multiply_add; }

}  // namespace chainrule::kernels
#endif
