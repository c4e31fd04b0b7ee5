#include <algorithm>
#include <numeric>

#include "compile/lifetimes.h"
#include "compile/passes.h"

namespace chainrule {
namespace {

struct Block {
  std::int64_t begin, end;  // floats
  Lifetime lifetime;
};

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

// The lowest place where `floats` fit beside the blocks that are alive at the same time.
std::int64_t lowest_gap(std::vector<Block>& blocks, std::int64_t floats, const Lifetime& lifetime) {
  std::ranges::sort(blocks, {}, &Block::begin);
  std::int64_t place = 0;
  for (const Block& block : blocks) {
    if (!meet(block.lifetime, lifetime)) continue;
    if (place + floats <= block.begin) break;
    place = std::max(place, block.end);
  }
  return place;
}

}  // namespace

void share(Draft& draft) {
  const std::vector<Lifetime> lifetimes = find_lifetimes(draft);
  std::vector<std::size_t> largest_first(draft.buffers.size());
  std::iota(largest_first.begin(), largest_first.end(), 0U);
  std::ranges::stable_sort(largest_first, std::greater{},
                           [&](std::size_t i) { return draft.buffers[i].floats; });
  std::vector<Block> blocks;
  draft.arena_floats = 0;
  for (const std::size_t i : largest_first) {
    Buffer& buffer = draft.buffers[i];
    if (buffer.home != Buffer::Home::arena || lifetimes[i].last < lifetimes[i].first) continue;
    const std::int64_t floats = round_up(buffer.floats);
    buffer.offset = lowest_gap(blocks, floats, lifetimes[i]);
    blocks.push_back({buffer.offset, buffer.offset + floats, lifetimes[i]});
    draft.arena_floats = std::max(draft.arena_floats, buffer.offset + floats);
  }
}

}  // namespace chainrule
