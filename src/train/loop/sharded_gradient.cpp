#include "train/loop/sharded_gradient.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "compile/draft.h"
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

// So many shards of as many rows each as one program, with the places that change from one run to
// the next.
class ShardedGradient::Shards {
 public:
  Shards(Model& model, const Graph& shard, std::int64_t rows, const Parts& parts)
      : program_(shard, model.session(), {.parts = parts}),
        rows_(rows),
        count_(parts.count),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        share_(program_.input("share").data()),
        inputs_(program_),
        loss_(program_.output("loss").data()) {
    for (const auto& parameter : model.parameters())
      sums_.push_back(program_.output(parameter.name));
    for (const std::string& buffer : moved_buffers(model)) sums_.push_back(program_.output(buffer));
  }

  // Of the rows of the batch from this one on.
  void run(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first) {
    const auto begin = static_cast<std::size_t>(first);
    data.gather(batch.rows.subspan(begin, static_cast<std::size_t>(rows_ * count_)), x_, target_,
                batch.moves);
    *share_ =
        static_cast<float>(static_cast<double>(rows_) / static_cast<double>(batch.rows.size()));
    inputs_.set(data, batch, first);
    program_.run();
  }

  float loss() const { return *loss_; }
  std::span<const std::span<float>> sums() const { return sums_; }

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
  std::int64_t rows_, count_;
  float *x_, *target_, *share_;
  StepInputs inputs_;
  const float* loss_;
  std::vector<std::span<float>> sums_;
};

namespace {

// Shards of a branch of the tree, [first, last), and where its halves meet.
std::int64_t middle_of(std::int64_t first, std::int64_t last) {
  const auto count = static_cast<std::uint64_t>(last - first);
  return first + static_cast<std::int64_t>(std::bit_floor(count - 1));
}

// The rows that each of these shards has, or 0 where they are not as many.
std::int64_t rows_of_each(std::span<const std::int64_t> bounds, std::int64_t first,
                          std::int64_t last) {
  const auto at = [&](std::int64_t i) { return bounds[static_cast<std::size_t>(i)]; };
  const std::int64_t rows = at(first + 1) - at(first);
  for (std::int64_t shard = first; shard < last; ++shard)
    if (at(shard + 1) - at(shard) != rows) return 0;
  return rows;
}

}  // namespace

ShardedGradient::ShardedGradient(Model& model, std::int64_t shards,
                                 std::span<const std::int64_t> batches, const StepOptions& options,
                                 Communicator* ranks, RankTimes* times, std::int64_t together)
    : own_{0, shards}, times_(times) {
  if (ranks != nullptr) {
    own_ = shards_of(ranks->rank(), ranks->size(), shards);
    over_ranks_.emplace(*ranks);
  }
  for (const std::int64_t rows : batches) {
    const auto& bounds = bounds_[rows] = shard_bounds(model.network(), shards, rows);
    const std::int64_t last = std::min(own_.last, static_cast<std::int64_t>(bounds.size()) - 1);
    if (own_.first >= last) continue;
    prepare(model, options, together, bounds, own_.first, last);
    if (home_ == nullptr && ranks == nullptr) home_ = program_of(bounds, own_.first, last);
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
  if (home_ != nullptr) {
    sums_.variables.assign(home_->sums().begin(), home_->sums().end());
    return;
  }
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

void ShardedGradient::prepare(Model& model, const StepOptions& options, std::int64_t together,
                              std::span<const std::int64_t> bounds, std::int64_t first,
                              std::int64_t last) {
  const std::int64_t rows = rows_of_each(bounds, first, last), count = last - first;
  if (rows > 0) {
    if (programs_.contains({rows, count})) return;
    const Graph graph = shard_graph(model, rows, options);
    Parts parts{.count = count, .rows = {"x", "target"}, .counter = "counter"};
    if (options.row_weights > 0) parts.rows.emplace_back("row_weight");
    const auto bytes_together = [&] {
      return static_cast<std::int64_t>(sizeof(float)) * compile(graph, {}, {}, parts).arena_floats;
    };
    if (count == 1 || bytes_together() <= together) {
      programs_[{rows, count}] = std::make_unique<Shards>(model, graph, rows, parts);
      return;
    }
  }
  const std::int64_t middle = middle_of(first, last);
  prepare(model, options, together, bounds, first, middle);
  prepare(model, options, together, bounds, middle, last);
}

ShardedGradient::Shards* ShardedGradient::program_of(std::span<const std::int64_t> bounds,
                                                     std::int64_t first, std::int64_t last) const {
  const auto found = programs_.find({rows_of_each(bounds, first, last), last - first});
  return found == programs_.end() ? nullptr : found->second.get();
}

std::span<const std::span<float>> ShardedGradient::memory() const {
  if (home_ == nullptr) return {};
  return home_->sums();
}

const ShardedGradient::Sums& ShardedGradient::run(const data::Dataset& data,
                                                  const Steps::Batch& batch, bool wants_stop) {
  const auto& bounds = bounds_.at(static_cast<std::int64_t>(batch.rows.size()));
  const std::int64_t last = std::min(own_.last, static_cast<std::int64_t>(bounds.size()) - 1);
  if (summed_ == Clock::time_point{}) summed_ = Clock::now();
  if (home_ != nullptr && program_of(bounds, own_.first, last) == home_) {
    home_->run(data, batch, 0);
    const auto before = std::exchange(summed_, Clock::now());
    if (times_ != nullptr) times_->add(seconds(before, summed_), 0);
    sums_.loss = static_cast<double>(home_->loss());
    sums_.stops = wants_stop;
    return sums_;
  }
  std::vector<float>& all = branches_[0];
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
  if (home_ != nullptr) {
    const float* from = all.data() + first_variable;
    for (const std::span<float> sum : home_->sums()) {
      std::copy_n(from, sum.size(), sum.data());
      from += sum.size();
    }
  }
  return sums_;
}

// The sums over these shards: of the largest power of 2 that is less than their number, and of the
// rest.
void ShardedGradient::add_up(const data::Dataset& data, const Steps::Batch& batch,
                             std::int64_t first, std::int64_t last, std::size_t depth, bool adds) {
  const auto& bounds = bounds_.at(static_cast<std::int64_t>(batch.rows.size()));
  if (Shards* const shards = program_of(bounds, first, last); shards != nullptr) {
    shards->run(data, batch, bounds[static_cast<std::size_t>(first)]);
    if (adds)
      shards->add(branches_[depth]);
    else
      shards->write(branches_[depth]);
    return;
  }
  // A branch of several shards is summed up in a place of its own before it is added.
  const std::size_t own = depth + (adds ? 1 : 0);
  const std::int64_t middle = middle_of(first, last);
  add_up(data, batch, first, middle, own, false);
  add_up(data, batch, middle, last, own, true);
  if (!adds) return;
  for (std::size_t i = 0; i < branches_[depth].size(); ++i)
    branches_[depth][i] += branches_[own][i];
}

}  // namespace chainrule
