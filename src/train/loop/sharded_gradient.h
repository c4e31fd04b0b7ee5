// The gradient of a batch, shard by shard: each has its own sums, and these are added along one
// binary tree over the shards' numbers. Where a shard is computed changes nothing: all of them
// here, or each rank of several those of an aligned subtree; one after the other, or a branch of
// the tree by one program.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "base/aligned.h"
#include "ranks/all_reduce.h"
#include "ranks/overlapped_sum.h"
#include "ranks/rank_times.h"
#include "ranks/shared_team.h"
#include "train/loop/steps.h"
#include "train/loop/training_step.h"

namespace chainrule {

// Where shards are computed.
struct ShardPlaces {
  Communicator* ranks = nullptr;  // if there are others
  RankTimes* times = nullptr;     // if somebody wants to know
  GivenMemory variables{};        // that do not lie in the session
  // Shards of as many rows each that are a branch of the tree are computed together where what lies
  // between takes no more bytes than this.
  std::int64_t together = std::int64_t{64} << 20;
};

class ShardedGradient {
 public:
  // For batches of these many rows. A batch of fewer rows than shards has a shard for each; where
  // layers look at other rows, for each two. The model and what it is given must outlive it.
  ShardedGradient(Model& model, std::int64_t shards, std::span<const std::int64_t> batches,
                  const StepOptions& options, const ShardPlaces& places = {});
  ~ShardedGradient();

  // The sums over a batch's shards, on each rank. They stay until the next call.
  struct Sums {
    double loss = 0;
    bool stops = false;  // a rank wants to
  };
  Sums run(const data::Dataset& data, const Steps::Batch& batch, bool wants_stop = false);
  // Of the model's parameters, in their order, the gradients; then of moved_buffers what they
  // become. They stay where they are, and may be an input's memory.
  std::span<const std::span<float>> variables() const { return variables_; }
  // Since the last sum so long was not computed, but waited for other ranks.
  void add_waiting(double seconds) { waited_ += seconds; }

 private:
  class Shards;
  // So many shards of so many rows each, and whether they are all that this rank computes.
  struct Kind {
    std::int64_t rows = 0, count = 0;
    bool is_all = false;
    bool operator<(const Kind& other) const {
      return std::tie(rows, count, is_all) < std::tie(other.rows, other.count, other.is_all);
    }
  };
  static Kind kind_of(std::span<const std::int64_t> bounds, std::int64_t first, std::int64_t last,
                      bool is_all);

  void place_sums(Model& model, Communicator* ranks);
  // Compiles what add_up will run.
  void prepare(Model& model, const StepOptions& options, const ShardPlaces& places,
               std::span<const std::int64_t> bounds, std::int64_t first, std::int64_t last,
               bool is_all);
  // Writes the sum over these shards in the tree's place at `depth`, or adds it to what is there.
  void add_up(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
              std::int64_t last, std::size_t depth, bool adds);
  std::span<float> branch(std::size_t depth);

  RankShards own_;
  std::map<std::int64_t, std::vector<std::int64_t>> bounds_;  // by a batch's rows
  std::map<Kind, std::unique_ptr<Shards>> programs_;

  // A branch of the tree is one array: the loss, who wants to stop, and the variables, each from a
  // cache line on. The first branch is this rank's sum, the others lie on the way to the shard at
  // work.
  std::vector<std::vector<float>> branches_;
  AlignedBuffer<float> alone_;
  std::unique_ptr<SharedSum> shared_;          // or else its place, where the ranks share memory
  std::unique_ptr<OverlappedSum> overlapped_;  // or else a sum while others are computed
  std::optional<AllReduce> over_ranks_;        // where they do not
  std::span<float> sums_;                      // over the ranks
  std::vector<std::span<float>> variables_;

  using Clock = std::chrono::steady_clock;
  RankTimes* times_;
  Clock::time_point summed_{};  // when the last sum was there
  double waited_ = 0;           // since then
};

}  // namespace chainrule
