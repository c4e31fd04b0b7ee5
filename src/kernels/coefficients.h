// The polynomials of the elementary functions, for the tile kernels and for generated code alike:
// our own minimax fits (Remez exchange in 160-bit arithmetic, rounded to float).
#pragma once

#include <cstdint>

namespace chainrule::kernels::coefficients {

// ln 2 in two parts. The first has 10 bits, so its product with an exponent is exact, fused or not.
constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f;
constexpr float inverse_ln2 = 1.44269504f;
constexpr std::int32_t sqrt_half_bits = 0x3f3504f3;

// (e^r - 1 - r) / r^2
constexpr float exp[] = {0.5f, 0.166665375f, 0.0416662656f, 0.00836723391f, 0.001394758f};
// (log(1 + f) - f + f^2/2) / f^3
constexpr float log[] = {0.333333105f,  -0.249999866f, 0.200021461f,  -0.166692153f, 0.142200232f,
                         -0.123855628f, 0.11865136f,   -0.117806412f, 0.0692096576f};
// (tanh(x) - x) / x^3, in x^2
constexpr float tanh[] = {-0.333332837f, 0.13331449f, -0.0537392907f, 0.0206350833f,
                          -0.00569809973f};
// erf(x) / x - 1, in x^2, up to |x| = 1
constexpr float erf_small[] = {0.128379166f,   -0.37612626f,     0.112835914f,   -0.026854014f,
                               0.00518861273f, -0.000801183691f, 7.85645898e-05f};
// log(1 - erf(x)), 0.95 <= x <= 4
constexpr float erf_large[] = {-0.000256532861f, -1.12742567f,    -0.63760066f,   -0.103566326f,
                               0.0220517181f,    -0.00299946964f, 0.000191496802f};

}  // namespace chainrule::kernels::coefficients
