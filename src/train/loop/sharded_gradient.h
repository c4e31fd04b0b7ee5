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
#include <utility>
#include <vector>

#include "ranks/all_reduce.h"
#include "ranks/rank_times.h"
#include "train/loop/steps.h"
#include "train/loop/training_step.h"

namespace chainrule {

class ShardedGradient {
 public:
  // For batches of these many rows. A batch of fewer rows than shards has a shard for each; where
  // layers look at other rows, for each two. The model and the ranks, if there are any, must
  // outlive it. Shards of as many rows each that are a branch of the tree are computed together
  // where what lies between takes no more than `together` bytes.
  ShardedGradient(Model& model, std::int64_t shards, std::span<const std::int64_t> batches,
                  const StepOptions& options, Communicator* ranks = nullptr,
                  RankTimes* times = nullptr, std::int64_t together = most_together);
  static constexpr std::int64_t most_together = std::int64_t{64} << 20;
  ~ShardedGradient();

  // The sums over a batch's shards, on each rank. They stay until the next call, and where they
  // are.
  struct Sums {
    double loss = 0;
    bool stops = false;  // a rank wants to
    // Of the model's parameters, in their order, the gradients; then of moved_buffers what they
    // become.
    std::vector<std::span<const float>> variables{};
  };
  const Sums& run(const data::Dataset& data, const Steps::Batch& batch, bool wants_stop = false);
  // Where the sums of the variables are, if that is memory for an input; else nothing.
  std::span<const std::span<float>> memory() const;

 private:
  class Shards;

  // Compiles what add_up will run.
  void prepare(Model& model, const StepOptions& options, std::int64_t together,
               std::span<const std::int64_t> bounds, std::int64_t first, std::int64_t last);
  // Of these shards, if they are computed together, or null.
  Shards* program_of(std::span<const std::int64_t> bounds, std::int64_t first,
                     std::int64_t last) const;
  // Writes the sum over these shards in the tree's place at `depth`, or adds it to what is there.
  void add_up(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
              std::int64_t last, std::size_t depth, bool adds);

  RankShards own_;
  std::map<std::int64_t, std::vector<std::int64_t>> bounds_;  // by a batch's rows
  std::optional<AllReduce> over_ranks_;
  using Clock = std::chrono::steady_clock;
  RankTimes* times_;
  Clock::time_point summed_{};  // when the last sum was there
  // By the rows of a shard, and how many shards are computed together.
  std::map<std::pair<std::int64_t, std::int64_t>, std::unique_ptr<Shards>> programs_;
  Shards* home_ = nullptr;  // whose results are the sums, where no others are added to them
  // Of the tree's branches on the way to the shard at work: the loss, who wants to stop, and all
  // variables behind each other.
  std::vector<std::vector<float>> branches_;
  Sums sums_;
};

}  // namespace chainrule
