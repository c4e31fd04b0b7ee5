#include <algorithm>
#include <map>
#include <set>

#include "compile/lifetimes.h"
#include "compile/passes.h"

namespace chainrule {
namespace {

struct Block {
  std::int64_t begin, end;  // floats
  Lifetime lifetime;
};

bool meet(const Lifetime& a, const Lifetime& b) { return a.first <= b.last && b.first <= a.last; }

// The lowest place where `floats` fit beside the blocks that are alive at the same time; the blocks
// are in the order of their places.
std::int64_t lowest_gap(const std::vector<Block>& blocks, std::int64_t floats,
                        const Lifetime& lifetime) {
  std::int64_t place = 0;
  for (const Block& block : blocks) {
    if (!meet(block.lifetime, lifetime)) continue;
    if (place + floats <= block.begin) break;
    place = std::max(place, block.end);
  }
  return place;
}

// Largest first, each at the lowest place: little memory, and time with the square of the number of
// buffers.
void pack(Draft& draft, const std::vector<Lifetime>& lifetimes, std::vector<std::size_t> buffers) {
  std::ranges::stable_sort(buffers, std::greater{},
                           [&](std::size_t i) { return draft.buffers[i].floats; });
  std::vector<Block> blocks;
  for (const std::size_t i : buffers) {
    Buffer& buffer = draft.buffers[i];
    const std::int64_t floats = round_up(buffer.floats);
    buffer.offset = lowest_gap(blocks, floats, lifetimes[i]);
    blocks.insert(std::ranges::upper_bound(blocks, buffer.offset, {}, &Block::begin),
                  {buffer.offset, buffer.offset + floats, lifetimes[i]});
    draft.arena_floats = std::max(draft.arena_floats, buffer.offset + floats);
  }
}

// Memory that is handed out and given back, from 0 on.
class Pool {
 public:
  // The smallest gap that is large enough, or else new memory.
  std::int64_t take(std::int64_t floats) {
    const auto fits = by_size_.lower_bound({floats, 0});
    if (fits != by_size_.end()) {
      const auto [size, begin] = *fits;
      remove(begin, size);
      if (size > floats) add(begin + floats, size - floats);
      return begin;
    }
    std::int64_t begin = end_;
    if (!gaps_.empty()) {  // a gap at the end grows
      const auto [last, size] = *gaps_.rbegin();
      if (last + size == end_) remove(begin = last, size);
    }
    end_ = begin + floats;
    return begin;
  }

  void give_back(std::int64_t begin, std::int64_t floats) {
    auto next = gaps_.lower_bound(begin);
    if (next != gaps_.end() && next->first == begin + floats) {
      floats += next->second;
      remove(next->first, next->second);
    }
    next = gaps_.lower_bound(begin);
    if (next != gaps_.begin() && std::prev(next)->first + std::prev(next)->second == begin) {
      const auto [before, size] = *std::prev(next);
      remove(before, size);
      begin = before;
      floats += size;
    }
    add(begin, floats);
  }

  std::int64_t size() const { return end_; }

 private:
  void add(std::int64_t begin, std::int64_t floats) {
    gaps_[begin] = floats;
    by_size_.insert({floats, begin});
  }
  void remove(std::int64_t begin, std::int64_t floats) {
    gaps_.erase(begin);
    by_size_.erase({floats, begin});
  }

  std::map<std::int64_t, std::int64_t> gaps_;                  // begin, floats
  std::set<std::pair<std::int64_t, std::int64_t>> by_size_{};  // floats, begin
  std::int64_t end_ = 0;
};

// In the order of time, as a program would allocate and free: a little more memory, and quick.
void hand_out(Draft& draft, const std::vector<Lifetime>& lifetimes,
              std::vector<std::size_t> buffers) {
  std::ranges::stable_sort(buffers, {}, [&](std::size_t i) { return lifetimes[i].first; });
  Pool pool;
  const auto room = [&](std::size_t i) {  // what holds nothing has a place too
    return std::max<std::int64_t>(round_up(draft.buffers[i].floats), 16);
  };
  std::set<std::pair<std::int64_t, std::size_t>> alive;  // last use, buffer
  for (const std::size_t i : buffers) {
    while (!alive.empty() && alive.begin()->first < lifetimes[i].first) {
      const std::size_t dead = alive.begin()->second;
      pool.give_back(draft.buffers[dead].offset, room(dead));
      alive.erase(alive.begin());
    }
    draft.buffers[i].offset = pool.take(room(i));
    alive.insert({lifetimes[i].last, i});
  }
  draft.arena_floats = pool.size();
}

// Up to this many buffers are packed, which takes a tenth of a second then.
constexpr std::size_t most_to_pack = 4096;

}  // namespace

void plan_memory(Draft& draft) {
  const std::vector<Lifetime> lifetimes = find_lifetimes(draft);
  std::vector<std::size_t> used;
  for (std::size_t i = 0; i < draft.buffers.size(); ++i) {
    if (draft.buffers[i].home != Buffer::Home::arena) continue;
    if (lifetimes[i].last >= lifetimes[i].first)
      used.push_back(i);
    else
      draft.buffers[i].offset = 0;  // nothing writes or reads it, and there may be no arena at all
  }
  draft.arena_floats = 0;
  if (used.size() <= most_to_pack)
    pack(draft, lifetimes, std::move(used));
  else
    hand_out(draft, lifetimes, std::move(used));
}

}  // namespace chainrule
