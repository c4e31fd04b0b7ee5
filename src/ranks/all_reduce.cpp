#include "ranks/all_reduce.h"

#include <algorithm>
#include <bit>

namespace chainrule {
namespace {

// Of fewer numbers, a message's latency is more than the time that its bytes take.
constexpr std::size_t few_numbers = 2048;

std::int64_t shards_of_each(int ranks, std::int64_t shards) {
  std::int64_t each = 1;
  while ((shards + each - 1) / each > ranks) each *= 2;
  return each;
}

}  // namespace

RankShards shards_of(int rank, int ranks, std::int64_t shards) {
  const std::int64_t each = shards_of_each(ranks, shards);
  return {std::min(rank * each, shards), std::min((rank + 1) * each, shards)};
}

namespace {

// Of these numbers, those whose sum a rank of a team has when half after half was given away.
std::span<float> slice(std::span<float> numbers, int self, int size) {
  for (int bit = 1; bit < size; bit *= 2) {
    const std::size_t half = numbers.size() / 2;
    numbers = (self & bit) == 0 ? numbers.first(half) : numbers.subspan(half);
  }
  return numbers;
}

}  // namespace

int ranks_at_work(int ranks, std::int64_t shards) {
  const std::int64_t each = shards_of_each(ranks, shards);
  return static_cast<int>((shards + each - 1) / each);
}

void AllReduce::sum(std::span<float> numbers) { sum(numbers, {0, ranks_.size()}); }

// The ranks of the largest power of 2, and those beyond, which are fewer: these have their own sum
// on each of them, and give it to the others slice by slice.
void AllReduce::sum(std::span<float> numbers, const Team& team) {
  if (team.size <= 1 || numbers.empty()) return;
  const int inner = static_cast<int>(std::bit_floor(static_cast<unsigned>(team.size)));
  const Team core{team.first, inner}, outer{team.first + inner, team.size - inner};
  const int self = ranks_.rank() - team.first;
  if (self >= inner) {
    sum(numbers, outer);
    // Every outer.size-th of the core hears of the outer sum from this rank.
    for (int at = self - inner; at < inner; at += outer.size) {
      const bool all = numbers.size() <= few_numbers;
      ranks_.exchange(team.first + at, std::as_bytes(all ? numbers : slice(numbers, at, inner)),
                      {});
    }
    ranks_.exchange(team.first + self - inner, {}, std::as_writable_bytes(numbers));
    return;
  }
  if (numbers.size() <= few_numbers) {
    sum_small(numbers, core);
    if (outer.size > 0) add_received(team.first + inner + self % outer.size, numbers);
  } else {
    scatter(numbers, core);
    if (outer.size > 0)
      add_received(team.first + inner + self % outer.size, slice(numbers, self, inner));
    gather(numbers, core);
  }
  if (self < outer.size) ranks_.exchange(team.first + inner + self, std::as_bytes(numbers), {});
}

// Ranks that differ in one bit of their number exchange what they have, and both add it up.
void AllReduce::sum_small(std::span<float> numbers, const Team& team) {
  const int self = ranks_.rank() - team.first;
  for (int bit = 1; bit < team.size; bit *= 2)
    add_received(team.first + (self ^ bit), numbers, numbers);
}

// The same, but each goes on with one half and sends the other.
void AllReduce::scatter(std::span<float> numbers, const Team& team) {
  const int self = ranks_.rank() - team.first;
  for (int bit = 1; bit < team.size; bit *= 2) {
    const std::size_t half = numbers.size() / 2;
    const std::span<float> low = numbers.first(half), high = numbers.subspan(half);
    const bool takes_low = (self & bit) == 0;
    add_received(team.first + (self ^ bit), takes_low ? low : high, takes_low ? high : low);
    numbers = takes_low ? low : high;
  }
}

// And back: from a slice of each to all of them on each.
void AllReduce::gather(std::span<float> numbers, const Team& team) {
  const int self = ranks_.rank() - team.first;
  for (int bit = team.size / 2; bit > 0; bit /= 2) {
    const std::span<float> both = slice(numbers, self, bit), own = slice(numbers, self, 2 * bit);
    const bool has_low = (self & bit) == 0;
    const std::span<float> others =
        has_low ? both.subspan(own.size()) : both.first(both.size() - own.size());
    ranks_.exchange(team.first + (self ^ bit), std::as_bytes(own), std::as_writable_bytes(others));
  }
}

void AllReduce::add_received(int from, std::span<float> to, std::span<const float> send) {
  received_.resize(std::max(received_.size(), to.size()));
  const std::span<float> other(received_.data(), to.size());
  ranks_.exchange(from, std::as_bytes(send), std::as_writable_bytes(other));
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += other[i];
}

}  // namespace chainrule
