// The methods are the usual ones (Cody and Waite, "Software Manual for the Elementary Functions",
// 1980): reduce the argument, add up a series, put the exponent back. The series are Taylor's.
#include "base/elementary.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>

namespace chainrule::elementary {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// ln 2 in two parts; the first has 32 bits, so that its product with an exponent is exact.
constexpr double ln2_high = 0x1.62e42fefp-1, ln2_low = 0x1.473de6af278edp-34;

// 2^n for -1022 <= n <= 1023.
double power_of_two(int n) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

// c[0] + c[1] x + c[2] x^2 + ... by Horner's rule.
template <std::size_t terms>
double polynomial(double x, const std::array<double, terms>& c) {
  double y = c[terms - 1];
  for (std::size_t i = terms - 1; i-- > 0;) y = y * x + c[i];
  return y;
}

// sign^i / (first + step i)!, the factors from step to step multiplied in turn.
template <std::size_t terms>
constexpr std::array<double, terms> factorial_series(int first, int step, double sign) {
  std::array<double, terms> c{};
  double factorial = 1;
  for (int i = 2; i <= first; ++i) factorial *= i;
  double signs = 1;
  for (std::size_t i = 0; i < terms; ++i) {
    c[i] = signs / factorial;
    for (int next = 1; next <= step; ++next) factorial *= first + static_cast<int>(i) * step + next;
    signs *= sign;
  }
  return c;
}

// x = n ln 2 + r with |r| <= ln 2 / 2, give or take a rounding; expm1_r = e^r - 1.
struct ReducedExp {
  int n;
  double expm1_r;
};
ReducedExp reduce_exp(double x, double rest = 0) {
  static constexpr auto series = factorial_series<12>(2, 1, 1);
  const double n = std::floor(x * std::numbers::log2e + 0.5);
  const double r = (x - n * ln2_high) - (n * ln2_low - rest);
  return {static_cast<int>(n), r + r * r * polynomial(r, series)};
}

// x = 2^e m with sqrt(1/2) <= m < sqrt(2), for finite x > 0.
struct Split {
  int e;
  double m;
};
Split split(double x) {
  const int subnormal = x < 0x1p-1022 ? 54 : 0;
  const auto bits = std::bit_cast<std::uint64_t>(subnormal > 0 ? x * 0x1p54 : x);
  constexpr auto sqrt_half = std::bit_cast<std::uint64_t>(std::numbers::sqrt2 / 2);
  const std::int64_t e = static_cast<std::int64_t>(bits - sqrt_half) >> 52;
  return {static_cast<int>(e) - subnormal,
          std::bit_cast<double>(bits - (static_cast<std::uint64_t>(e) << 52))};
}

// 2/first, 2/(first + 2), ...: with s = f / (2 + f), log(1 + f) is 2 s + 2/3 s^3 + 2/5 s^5 + ...
template <std::size_t terms>
constexpr std::array<double, terms> log_series(int first) {
  std::array<double, terms> c{};
  for (std::size_t i = 0; i < terms; ++i) c[i] = 2.0 / (first + 2 * static_cast<int>(i));
  return c;
}

// log(2^e (1 + f)) for sqrt(1/2) <= 1 + f < sqrt(2). As 2 s is f - s f, and s f is f^2/2 - s f^2/2,
// the largest term is exact.
double log_reduced(double f, int e) {
  static constexpr auto series = log_series<13>(3);
  const double s = f / (2 + f), z = s * s, half = 0.5 * f * f;
  const double rest = s * (half + z * polynomial(z, series));
  return e * ln2_high - ((half - (rest + e * ln2_low)) - f);
}

// What log gives outside 0 < x < infinity.
double log_special(double x) {
  if (x == 0) return -infinity;
  return x < 0 ? nan : x;
}

bool is_in_range(double x) { return x > 0 && x < infinity; }

// A number in two parts, the second of which the first has no digits for (Dekker 1971).
struct Twofold {
  double high, low;
};
Twofold sum(double a, double b) {
  const double high = a + b, part = high - a;
  return {high, (a - (high - part)) + (b - part)};
}
Twofold product(double a, double b) {
  const double high = a * b;
  return {high, std::fma(a, b, -high)};
}
Twofold operator+(Twofold a, Twofold b) {
  const auto [high, low] = sum(a.high, b.high);
  return sum(high, low + (a.low + b.low));
}
Twofold operator*(Twofold a, Twofold b) {
  const auto [high, low] = product(a.high, b.high);
  return sum(high, low + (a.high * b.low + a.low * b.high));
}

// As log, with some ten more digits in two parts.
Twofold long_log(double x) {
  static constexpr auto series = log_series<12>(5);
  const auto [e, m] = split(x);
  const double f = m - 1;
  const Twofold divisor = sum(2, f);
  const double quotient = f / divisor.high;
  const double rest = std::fma(-quotient, divisor.high, f) - quotient * divisor.low;
  const Twofold s{quotient, rest / divisor.high}, z = s * s;
  const Twofold two_thirds{2.0 / 3, 0x1.5555555555555p-55};
  const double tail = z.high * z.high * s.high * polynomial(z.high, series);
  const Twofold log_m = (s + s) + (two_thirds * s * z + Twofold{tail, 0});
  return (Twofold{e * ln2_high, 0} + product(e, ln2_low)) + log_m;
}

double whole_power(double a, int n) {
  double y = a;
  for (int i = 1; i < n; ++i) y *= a;
  return y;
}

double exp(Twofold x) {
  if (x.high > 710) return infinity;
  if (x.high < -746) return 0;
  const auto [n, expm1_r] = reduce_exp(x.high, x.low);
  // Two factors: 2^n alone leaves the range of double before e^x does, at both ends.
  return (1 + expm1_r) * power_of_two(n / 2) * power_of_two(n - n / 2);
}

// a^b for finite a > 0 and b.
double positive_power(double a, double b) {
  if (b == 0.5) return std::sqrt(a);
  if (const double n = std::abs(b); n <= 8 && n == std::floor(n)) {
    const double y = whole_power(a, static_cast<int>(n));
    if (is_in_range(y)) return b < 0 ? 1 / y : y;
  }
  if (std::abs(b) > 0x1p100) b = std::copysign(0x1p100, b);  // the result is 0 or infinite
  return exp(long_log(a) * Twofold{b, 0});
}

}  // namespace

double exp(double x) { return std::isnan(x) ? x : exp(Twofold{x, 0}); }

double expm1(double x) {
  if (std::isnan(x) || std::abs(x) < 0x1p-54) return x;
  if (x > 710) return infinity;
  if (x < -40) return -1;
  const auto [n, expm1_r] = reduce_exp(x);
  if (n == 0) return expm1_r;
  // 2^n (e^r - 1) + (2^n - 1), halved so that n = 1024 stays in range.
  const double scale = power_of_two(n - 1);
  return 2 * (scale * expm1_r + (scale - 0.5));
}

double log(double x) {
  if (!is_in_range(x)) return log_special(x);
  const Split x_parts = split(x);
  return log_reduced(x_parts.m - 1, x_parts.e);
}

double log1p(double x) {
  if (std::abs(x) < 0x1p-54) return x;
  const double u = 1 + x;
  if (!is_in_range(u)) return log_special(u);
  // What the sum lost, exactly.
  const double lost = x >= 1 ? 1 - (u - x) : x - (u - 1);
  return log(u) + lost / u;
}

double tanh(double x) {
  if (std::isnan(x) || std::abs(x) < 0x1p-28) return x;
  const double magnitude = std::abs(x);
  // Both are tanh; the second is 1 to the last bit from 20 on.
  const double t = expm1(2 * (magnitude < 22 ? magnitude : 22));
  const double y = magnitude < 1 ? t / (t + 2) : 1 - 2 / (t + 2);
  return std::copysign(y, x);
}

double sigmoid(double x) { return 1 / (1 + exp(-x)); }

double erf(double x) {
  if (std::isnan(x)) return x;
  const double magnitude = std::abs(x), squared = x * x;
  if (magnitude < 1.5) {
    // 2 / sqrt(pi) e^-x^2 (x + 2 x^3/3 + 4 x^5/15 + ...): no term is negative.
    double term = x, sum = x;
    for (int n = 1; n < 40; ++n) {
      term *= 2 * squared / (2 * n + 1);
      sum += term;
    }
    return 2 * std::numbers::inv_sqrtpi * exp(-squared) * sum;
  }
  if (magnitude > 6) return std::copysign(1.0, x);
  // 1 - e^-x^2 / sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ...)))).
  double fraction = magnitude;
  for (int n = 150; n > 0; --n) fraction = magnitude + 0.5 * n / fraction;
  return std::copysign(1 - std::numbers::inv_sqrtpi * exp(-squared) / fraction, x);
}

double cos_of_turns(double x) {
  if (!std::isfinite(x)) return nan;
  static constexpr auto sine = factorial_series<9>(1, 2, -1);
  static constexpr auto cosine = factorial_series<10>(0, 2, -1);
  const double quarters = std::floor(4 * x + 0.5);
  const double angle = 2 * std::numbers::pi * (x - 0.25 * quarters), squared = angle * angle;
  const auto quadrant = static_cast<std::int64_t>(quarters) & 3;
  const double y =
      quadrant % 2 == 0 ? polynomial(squared, cosine) : angle * polynomial(squared, sine);
  return quadrant == 0 || quadrant == 3 ? y : -y;
}

double power(double a, double b) {
  if (b == 0 || a == 1) return 1;
  if (std::isnan(a) || std::isnan(b)) return nan;
  const double magnitude = std::abs(a);
  const bool is_whole = b == std::floor(b);  // the infinite ones too
  const bool is_odd = is_whole && std::abs(b) < 0x1p53 && std::floor(b / 2) != b / 2;
  if (a < 0 && !is_whole && magnitude < infinity) return nan;
  double y = 0;
  if (magnitude == 1)
    y = 1;
  else if (magnitude == 0 || magnitude == infinity || std::isinf(b))
    y = (magnitude > 1) == (b > 0) ? infinity : 0;
  else
    y = positive_power(magnitude, b);
  return std::signbit(a) && is_odd ? -y : y;
}

}  // namespace chainrule::elementary
