#include "kernels/machine_floor.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <iterator>
#include <thread>

#include "base/threads.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/machine_floor.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;
using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;

// Twelve chains hide a latency of four cycles at two or even three multiply-adds per cycle, and fit
// in sixteen registers. They start from different numbers: a compiler would make equal ones one.
// `operands` holds two numbers and then twelve vectors, which also take the results. Returns the
// operations done, two per multiply-add.
double multiply_add(std::int64_t rounds, float* operands) {
  const D d;
  const V x = hn::Set(d, operands[0]), y = hn::Set(d, operands[1]);
  float* start = operands + 2;
  const auto chain = [&](std::size_t i) { return hn::LoadU(d, start + i * hn::Lanes(d)); };
  V c0 = chain(0), c1 = chain(1), c2 = chain(2), c3 = chain(3), c4 = chain(4), c5 = chain(5);
  V c6 = chain(6), c7 = chain(7), c8 = chain(8), c9 = chain(9), c10 = chain(10), c11 = chain(11);
  for (std::int64_t round = 0; round < rounds; ++round) {
    c0 = hn::MulAdd(c0, x, y), c1 = hn::MulAdd(c1, x, y), c2 = hn::MulAdd(c2, x, y);
    c3 = hn::MulAdd(c3, x, y), c4 = hn::MulAdd(c4, x, y), c5 = hn::MulAdd(c5, x, y);
    c6 = hn::MulAdd(c6, x, y), c7 = hn::MulAdd(c7, x, y), c8 = hn::MulAdd(c8, x, y);
    c9 = hn::MulAdd(c9, x, y), c10 = hn::MulAdd(c10, x, y), c11 = hn::MulAdd(c11, x, y);
  }
  const V results[] = {c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11};
  for (const V& result : results) hn::StoreU(result, d, start), start += hn::Lanes(d);
  return 24.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

// Reads every array, and writes all but g: the traffic of an update with next to no arithmetic.
void update(std::size_t count, int arrays, float* w, const float* g, float* m, float* v) {
  const D d;
  const V rate = hn::Set(d, 1e-20F);
  for (std::size_t i = 0; i + hn::Lanes(d) <= count; i += hn::Lanes(d)) {
    const V gradient = hn::LoadU(d, g + i);
    V sum = gradient;
    if (arrays == 4) {
      const V first = hn::MulAdd(rate, gradient, hn::LoadU(d, m + i));
      const V second = hn::MulAdd(rate, gradient, hn::LoadU(d, v + i));
      hn::StoreU(first, d, m + i);
      hn::StoreU(second, d, v + i);
      sum = hn::Add(first, second);
    }
    hn::StoreU(hn::MulAdd(rate, sum, hn::LoadU(d, w + i)), d, w + i);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace chainrule::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::kernels {
namespace {

HWY_EXPORT(multiply_add);
HWY_EXPORT(update);

double thread_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds_per_operation() {
  constexpr std::int64_t rounds = 100'000;  // about half a millisecond
  static_assert(HWY_MAX_BYTES <= 256);
  float operands[2 + 12 * 64];
  for (std::size_t i = 0; i < std::size(operands); ++i)
    operands[i] = 0.5F / static_cast<float>(i + 1);
  HWY_DYNAMIC_DISPATCH(multiply_add)(rounds / 10, operands);
  const double begin = thread_seconds();
  const double operations = HWY_DYNAMIC_DISPATCH(multiply_add)(rounds, operands);
  return (thread_seconds() - begin) / operations;
}

double seconds_per_update(std::size_t numbers, int arrays, std::vector<float>& memory) {
  const auto passes = std::max<std::size_t>(1, 500'000 / numbers);
  float* w = memory.data();
  float *g = w + numbers, *m = arrays == 4 ? g + numbers : w, *v = arrays == 4 ? m + numbers : w;
  const auto pass = [&] { HWY_DYNAMIC_DISPATCH(update)(numbers, arrays, w, g, m, v); };
  pass();
  const double begin = thread_seconds();
  for (std::size_t i = 0; i < passes; ++i) pass();
  return (thread_seconds() - begin) / static_cast<double>(passes);
}

// Below this many parameters the loop around the memory accesses would be what is measured.
constexpr std::size_t fewest_numbers = 1024;

}  // namespace

MachineFloor::MachineFloor(std::int64_t parameters, int arrays, int threads)
    : numbers_(std::max(static_cast<std::size_t>(parameters / threads), fewest_numbers)),
      arrays_(arrays) {
  memory_.assign(static_cast<std::size_t>(threads),
                 std::vector<float>(numbers_ * static_cast<std::size_t>(arrays_), 1.0F));
}

FloorRates MachineFloor::measure() {
  std::vector<FloorRates> rates(memory_.size());
  std::vector<std::thread> others;
  const double bytes = (arrays_ == 4 ? 28.0 : 12.0) * static_cast<double>(numbers_);
  const auto measure_thread = [&](std::size_t thread) {
    rates[thread] = {.flop = seconds_per_operation(),
                     .byte = seconds_per_update(numbers_, arrays_, memory_[thread]) / bytes};
  };
  others.reserve(memory_.size());
  for (std::size_t thread = 1; thread < memory_.size(); ++thread)
    if (!add_thread(others, [&measure_thread, thread] { measure_thread(thread); })) break;
  measure_thread(0);
  for (std::thread& other : others) other.join();
  rates.resize(others.size() + 1);  // of the threads that there are
  const auto threads = static_cast<double>(rates.size());
  return {.flop = std::ranges::max(rates, {}, &FloorRates::flop).flop / threads,
          .byte = std::ranges::max(rates, {}, &FloorRates::byte).byte / threads};
}

}  // namespace chainrule::kernels
#endif
