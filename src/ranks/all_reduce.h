// Sums over ranks, in one order of additions whatever the number of ranks.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "chainrule/communicator.h"

namespace chainrule {

// A batch's shards are added along one binary tree over their numbers: of n, the sum of the largest
// power of 2 below n, plus the sum of the rest. Each rank computes an aligned subtree, so many
// shards that they are a power of 2 (the last ones may be fewer), and its ranks' sums are added
// along the same tree. From `first` to below `last`; both are `shards` for a rank with nothing to
// do.
struct RankShards {
  std::int64_t first = 0, last = 0;
};
// How many of them, two at least, are in the first of the tree's two branches.
inline std::int64_t first_branch(std::int64_t count) {
  return static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(count - 1)));
}

RankShards shards_of(int rank, int ranks, std::int64_t shards);
int ranks_at_work(int ranks, std::int64_t shards);

// What adds nothing to a sum, not even to -0: +0 would make that +0.
inline constexpr float nothing = -0.0F;

// Puts in the place of each rank's numbers the sums over the ranks, on every rank with the same
// bits: along the tree above. As many numbers on each rank. A power of 2 of ranks, P: each sends
// and receives 2 (P - 1) / P of the numbers in 2 log2(P) messages, or, of few numbers, all of them
// in log2(P) messages (recursive halving and doubling; Thakur, Rabenseifner and Gropp 2005). Ranks
// beyond the largest power of 2 add theirs to those within it.
class AllReduce {
 public:
  explicit AllReduce(Communicator& ranks) : ranks_(ranks) {}
  void sum(std::span<float> numbers);

 private:
  struct Team {
    int first = 0, size = 0;
  };
  void sum(std::span<float> numbers, const Team& team);
  void sum_small(std::span<float> numbers, const Team& team);
  void scatter(std::span<float> numbers, const Team& team);
  void gather(std::span<float> numbers, const Team& team);
  void add_received(int from, std::span<float> to, std::span<const float> send = {});

  Communicator& ranks_;
  std::vector<float> received_;
};

}  // namespace chainrule
