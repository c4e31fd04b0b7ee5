#include "train/loop/sharded_gradient.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "train/loop/step_inputs.h"

namespace chainrule {
namespace {

// What stands in a branch before the variables.
constexpr std::size_t loss_place = 0, stop_place = 1, first_variable = 2;

double seconds(std::chrono::steady_clock::time_point from,
               std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

// One compiled shard, with the places that change from one to the next.
class ShardedGradient::Shard {
 public:
  Shard(Model& model, std::int64_t rows, const StepOptions& options)
      : program_(shard_graph(model, rows, options), model.session()),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        share_(program_.input("share").data()),
        inputs_(program_),
        loss_(program_.output("loss").data()) {
    for (const auto& parameter : model.parameters())
      sums_.push_back(program_.output(parameter.name));
    for (const std::string& buffer : moved_buffers(model)) sums_.push_back(program_.output(buffer));
  }

  // The rows of the batch from this one on.
  void run(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
           std::int64_t rows) {
    data.gather(batch.rows.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows)),
                x_, target_, batch.moves);
    *share_ =
        static_cast<float>(static_cast<double>(rows) / static_cast<double>(batch.rows.size()));
    inputs_.set(data, batch, first);
    program_.run();
  }

  void write(std::vector<float>& branch) const {
    branch[loss_place] = *loss_;
    auto to = branch.begin() + first_variable;
    for (const std::span<const float> sum : sums_) to = std::ranges::copy(sum, to).out;
  }

  void add(std::vector<float>& branch) const {
    branch[loss_place] += *loss_;
    float* to = branch.data() + first_variable;
    for (const std::span<const float> sum : sums_)
      for (const float number : sum) *to++ += number;
  }

 private:
  Program program_;
  float *x_, *target_, *share_;
  StepInputs inputs_;
  const float* loss_;
  std::vector<std::span<const float>> sums_;
};

ShardedGradient::ShardedGradient(Model& model, std::int64_t shards,
                                 std::span<const std::int64_t> batches, const StepOptions& options,
                                 Communicator* ranks, RankTimes* times)
    : own_{0, shards}, times_(times) {
  if (ranks != nullptr) {
    own_ = shards_of(ranks->rank(), ranks->size(), shards);
    over_ranks_.emplace(*ranks);
  }
  for (const std::int64_t rows : batches) {
    const auto& bounds = bounds_[rows] = shard_bounds(model.network(), shards, rows);
    for (auto shard = static_cast<std::size_t>(own_.first);
         shard < static_cast<std::size_t>(own_.last) && shard + 1 < bounds.size(); ++shard) {
      const std::int64_t size = bounds[shard + 1] - bounds[shard];
      std::unique_ptr<Shard>& program = programs_[size];
      if (program == nullptr) program = std::make_unique<Shard>(model, size, options);
    }
  }
  std::size_t size = first_variable;
  for (const auto& parameter : model.parameters())
    size += static_cast<std::size_t>(parameter.shape.size());
  const std::vector<std::string> moved = moved_buffers(model);
  for (const std::string& buffer : moved) size += model.session().values(buffer).size();
  // A branch at each height of the tree.
  branches_.assign(1 + static_cast<std::size_t>(
                           std::bit_width(static_cast<std::uint64_t>(own_.last - own_.first))),
                   std::vector<float>(size));
  const float* at = branches_[0].data() + first_variable;
  const auto place = [&](std::size_t numbers) {
    sums_.variables.emplace_back(at, numbers);
    at += numbers;
  };
  for (const auto& parameter : model.parameters())
    place(static_cast<std::size_t>(parameter.shape.size()));
  for (const std::string& buffer : moved) place(model.session().values(buffer).size());
}

ShardedGradient::~ShardedGradient() = default;

const ShardedGradient::Sums& ShardedGradient::run(const data::Dataset& data,
                                                  const Steps::Batch& batch, bool wants_stop) {
  const auto& bounds = bounds_.at(static_cast<std::int64_t>(batch.rows.size()));
  const std::int64_t last = std::min(own_.last, static_cast<std::int64_t>(bounds.size()) - 1);
  std::vector<float>& all = branches_[0];
  if (summed_ == Clock::time_point{}) summed_ = Clock::now();
  if (own_.first < last)
    add_up(data, batch, own_.first, last, 0, false);
  else
    std::ranges::fill(all, nothing);
  all[stop_place] = wants_stop ? 1 : 0;
  const auto computed = Clock::now();
  if (over_ranks_) over_ranks_->sum(all);
  const auto before = std::exchange(summed_, Clock::now());
  if (times_ != nullptr) times_->add(seconds(before, computed), seconds(computed, summed_));
  sums_.loss = static_cast<double>(all[loss_place]);
  sums_.stops = all[stop_place] > 0;
  return sums_;
}

// The sums over these shards: of the largest power of 2 that is less than their number, and of the
// rest.
void ShardedGradient::add_up(const data::Dataset& data, const Steps::Batch& batch,
                             std::int64_t first, std::int64_t last, std::size_t depth, bool adds) {
  if (last - first == 1) {
    const auto& bounds = bounds_.at(static_cast<std::int64_t>(batch.rows.size()));
    const std::int64_t from = bounds[static_cast<std::size_t>(first)],
                       to = bounds[static_cast<std::size_t>(last)];
    Shard& shard = *programs_.at(to - from);
    shard.run(data, batch, from, to - from);
    if (adds)
      shard.add(branches_[depth]);
    else
      shard.write(branches_[depth]);
    return;
  }
  // A branch of several shards is summed up in a place of its own before it is added.
  const std::size_t own = depth + (adds ? 1 : 0);
  const auto count = static_cast<std::uint64_t>(last - first);
  const std::int64_t middle = first + static_cast<std::int64_t>(std::bit_floor(count - 1));
  add_up(data, batch, first, middle, own, false);
  add_up(data, batch, middle, last, own, true);
  if (!adds) return;
  for (std::size_t i = 0; i < branches_[depth].size(); ++i)
    branches_[depth][i] += branches_[own][i];
}

}  // namespace chainrule
