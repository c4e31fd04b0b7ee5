#include "kernels/random.h"

#include <algorithm>
#include <cstddef>

#include "base/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/random.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR
// Vectors of one lane win nothing: every block is left to the scalar generator.
std::int64_t fill_blocks(const std::uint32_t*, std::uint64_t, std::uint64_t, std::int64_t, float*) {
  return 0;
}
#else
namespace hn = hwy::HWY_NAMESPACE;
using D64 = hn::ScalableTag<std::uint64_t>;
using V64 = hn::Vec<D64>;

// The product of the lower halves.
HWY_INLINE V64 multiply_low(V64 a, V64 b) {
  const hn::Repartition<std::uint32_t, D64> halves;
  return hn::MulEven(hn::BitCast(halves, a), hn::BitCast(halves, b));
}

HWY_INLINE void store_uniform(V64 bits, float* to) {
  const hn::Repartition<std::uint32_t, D64> halves;
  const hn::Repartition<std::int32_t, D64> integers;
  const hn::Repartition<float, D64> floats;
  const auto mantissa = hn::BitCast(integers, hn::ShiftRight<8>(hn::BitCast(halves, bits)));
  hn::StoreU(hn::Mul(hn::ConvertTo(floats, mantissa), hn::Set(floats, 0x1p-24f)), floats, to);
}

// philox() on one block of four numbers per 64-bit lane; returns how many of the `count` blocks
// from `block` on it did. Only the lower half of a lane counts, what is above is left as it falls.
std::int64_t fill_blocks(const std::uint32_t* key, std::uint64_t step, std::uint64_t block,
                         std::int64_t count, float* out) {
  const D64 d;
  constexpr std::int64_t lanes = static_cast<std::int64_t>(hn::MaxLanes(D64()));
  // Even lanes take the first half of the blocks, odd lanes the second: interleaving their results
  // then gives both halves in order.
  HWY_ALIGN std::uint64_t order[lanes];
  for (std::int64_t i = 0; i < lanes; ++i) {
    order[i] = static_cast<std::uint64_t>(i / 2 + i % 2 * (lanes / 2));
  }
  const V64 offset = hn::Load(d, order);
  const V64 multiplier_0 = hn::Set(d, 0xD2511F53), multiplier_1 = hn::Set(d, 0xCD9E8D57);
  std::int64_t done = 0;
  for (; done + lanes <= count; done += lanes, out += 4 * lanes) {
    V64 c0 = hn::Add(hn::Set(d, block + static_cast<std::uint64_t>(done)), offset);
    V64 c1 = hn::ShiftRight<32>(c0), c2 = hn::Set(d, step), c3 = hn::Set(d, step >> 32);
    std::uint32_t key_0 = key[0], key_1 = key[1];
    for (int round = 0; round < 10; ++round) {
      const V64 p0 = multiply_low(multiplier_0, c0), p1 = multiply_low(multiplier_1, c2);
      c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p1), c1), hn::Set(d, key_0));
      c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(p0), c3), hn::Set(d, key_1));
      c1 = p1;
      c3 = p0;
      key_0 += 0x9E3779B9;
      key_1 += 0xBB67AE85;
    }
    const V64 low = hn::Set(d, 0xFFFFFFFF);
    const V64 first = hn::Or(hn::And(c0, low), hn::ShiftLeft<32>(c1));
    const V64 second = hn::Or(hn::And(c2, low), hn::ShiftLeft<32>(c3));
    store_uniform(hn::InterleaveLower(d, first, second), out);
    store_uniform(hn::InterleaveUpper(d, first, second), out + 2 * lanes);
  }
  return done;
}
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace chainrule::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::kernels {
namespace {

HWY_EXPORT(fill_blocks);

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// 24 bits, as many as float can hold without rounding up to 1.
float to_uniform(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }

}  // namespace

void fill_uniform(const RandomKey& key, std::int64_t begin, std::int64_t end, float* out) {
  // Step and block fill the counter, so the stream goes into the generator's key. It goes there
  // scrambled, which keeps these draws apart from RandomStream's under the same seed.
  const PhiloxCounter mixed = philox({low(key.stream), high(key.stream), 0x64726f70, 0x6f757421},
                                     {low(key.seed), high(key.seed)});
  const PhiloxKey philox_key{mixed[0], mixed[1]};
  for (std::int64_t i = begin; i < end;) {
    const auto block = static_cast<std::uint64_t>(i) / 4;
    if (i % 4 == 0) {
      const std::int64_t blocks =
          HWY_DYNAMIC_DISPATCH(fill_blocks)(philox_key.data(), key.step, block, (end - i) / 4, out);
      i += 4 * blocks;
      out += 4 * blocks;
      if (blocks > 0) continue;
    }
    const PhiloxCounter bits =
        philox({low(block), high(block), low(key.step), high(key.step)}, philox_key);
    const std::int64_t stop = std::min(end, static_cast<std::int64_t>(block) * 4 + 4);
    for (; i < stop; ++i) *out++ = to_uniform(bits[static_cast<std::size_t>(i % 4)]);
  }
}

}  // namespace chainrule::kernels
#endif
