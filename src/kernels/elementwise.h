// Elementwise kernels: y[i] = f(x[0][i], x[1][i], ...), chosen for this machine's instruction set.
#pragma once

#include <cstddef>

namespace chainrule::kernels {

// Any n (0 too) and any alignment; y may be exactly one of the inputs, not overlap one by part.
// y[i] depends on the inputs at i alone: its bits do not change with i, n or the address.
using TileKernel = void (*)(const float* const* x, float* y, std::size_t n);

// Each getter costs a table look-up; fetch once, call often. The results follow IEEE 754 at zeros,
// infinities and NaN as std:: does. max_ulp is the largest error against the exact value, in units
// in the last place of float; the tests hold the kernels to it.

TileKernel add();
TileKernel subtract();
TileKernel multiply();
TileKernel divide();
TileKernel negate();
TileKernel abs();
TileKernel sign();  // -1, 0 or 1; keeps -0 and NaN
TileKernel square();
TileKernel reciprocal();  // 1 / x, correctly rounded
TileKernel sqrt();        // correctly rounded
TileKernel power();       // computed in double, rounded once; a scalar loop, about 20 ns each
TileKernel minimum();     // NaN if either is NaN
TileKernel maximum();     // likewise

TileKernel exp();      // max_ulp 1.5; subnormal results are kept
TileKernel expm1();    // max_ulp 2
TileKernel log();      // max_ulp 1.5; subnormal arguments are understood
TileKernel log1p();    // max_ulp 1.5
TileKernel tanh();     // max_ulp 2
TileKernel sigmoid();  // 1 / (1 + e^-x), max_ulp 3, in the tails too
TileKernel erf();      // max_ulp 2

// 1.0f where it holds, else 0.0f. A comparison with NaN does not hold; not_equal then does.
TileKernel greater();
TileKernel greater_equal();
TileKernel less();
TileKernel less_equal();
TileKernel equal();
TileKernel not_equal();

TileKernel select();        // x[0] != 0 ? x[1] : x[2]
TileKernel multiply_add();  // x[0] x[1] + x[2], rounded once

}  // namespace chainrule::kernels
