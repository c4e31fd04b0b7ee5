#include "train/loop/sharded_gradient.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "compile/draft.h"
#include "train/loop/step_inputs.h"

namespace chainrule {
namespace {

// What stands in a branch before the variables.
constexpr std::size_t loss_place = 0, stop_place = 1;
constexpr std::int64_t first_variable = 2;

double seconds(std::chrono::steady_clock::time_point from,
               std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

struct Variable {
  std::string name;
  std::int64_t numbers = 0;
};

// The parameters, then the buffers that move.
std::vector<Variable> summed_variables(const Model& model) {
  std::vector<Variable> variables;
  for (const auto& parameter : model.parameters())
    variables.push_back({parameter.name, parameter.shape.size()});
  for (const std::string& name : moved_buffers(model))
    variables.push_back({name, model.session().shape(name).size()});
  return variables;
}

// One behind the other in a branch of the tree, each from a cache line on.
template <class Span>
std::vector<Span> places_in(Span branch, const std::vector<Variable>& variables) {
  std::vector<Span> places;
  auto at = static_cast<std::size_t>(round_up(first_variable));
  for (const Variable& variable : variables) {
    places.push_back(branch.subspan(at, static_cast<std::size_t>(variable.numbers)));
    at += static_cast<std::size_t>(round_up(variable.numbers));
  }
  return places;
}

}  // namespace

// So many shards of as many rows each as one program, with the places that change from one run to
// the next.
class ShardedGradient::Shards {
 public:
  // Where a whole branch is given, its outputs lie there.
  Shards(Model& model, const Graph& shard, std::int64_t rows, const Parts& parts,
         std::span<float> branch, const GivenMemory& variables)
      : variables_(summed_variables(model)),
        program_(shard, model.session(),
                 {.parts = parts, .memory = outputs_in(branch), .variables = variables}),
        rows_(rows),
        count_(parts.count),
        x_(program_.input("x").data()),
        target_(program_.input("target").data()),
        share_(program_.input("share").data()),
        inputs_(program_),
        loss_(program_.output("loss").data()) {
    for (const Variable& variable : variables_) sums_.push_back(program_.output(variable.name));
  }

  // Of the rows of the batch from this one on. Sums that are there are summed over the ranks.
  void run(const data::Dataset& data, const Steps::Batch& batch, std::int64_t first,
           OverlappedSum* over_ranks = nullptr) {
    const auto begin = static_cast<std::size_t>(first);
    data.gather(batch.rows.subspan(begin, static_cast<std::size_t>(rows_ * count_)), x_, target_,
                batch.moves);
    *share_ =
        static_cast<float>(static_cast<double>(rows_) / static_cast<double>(batch.rows.size()));
    inputs_.set(data, batch, first);
    if (over_ranks == nullptr) return program_.run();
    if (final_calls_.empty()) find_final_calls(*over_ranks);
    program_.run([&, piece = std::size_t{0}](std::size_t call) mutable {
      const std::size_t before = piece;
      while (piece < final_calls_.size() && final_calls_[piece] <= call) ++piece;
      if (piece > before) over_ranks->start(piece);
    });
  }

  void write(std::span<float> branch) const {
    branch[loss_place] = *loss_;
    const auto places = places_in(branch, variables_);
    for (std::size_t i = 0; i < sums_.size(); ++i) std::ranges::copy(sums_[i], places[i].begin());
  }

  void add(std::span<float> branch) const {
    branch[loss_place] += *loss_;
    const auto places = places_in(branch, variables_);
    for (std::size_t i = 0; i < sums_.size(); ++i)
      for (std::size_t k = 0; k < sums_[i].size(); ++k) places[i][k] += sums_[i][k];
  }

 private:
  GivenMemory outputs_in(std::span<float> branch) const {
    if (branch.empty()) return {};
    GivenMemory memory{{"loss", branch.subspan(loss_place, 1)}};
    const auto places = places_in(branch, variables_);
    for (std::size_t i = 0; i < places.size(); ++i) memory[variables_[i].name] = places[i];
    return memory;
  }

  // The last piece has more than variables, and is there at the end.
  void find_final_calls(const OverlappedSum& over_ranks) {
    final_calls_.assign(over_ranks.pieces() - 1, 0);
    for (std::size_t i = 0; i < variables_.size(); ++i)
      if (const std::size_t piece = over_ranks.piece_of(1 + i); piece < final_calls_.size())
        final_calls_[piece] =
            std::max(final_calls_[piece], program_.final_call(variables_[i].name));
  }

  std::vector<Variable> variables_;
  Program program_;
  std::int64_t rows_, count_;
  float *x_, *target_, *share_;
  StepInputs inputs_;
  const float* loss_;
  std::vector<std::span<const float>> sums_;
  std::vector<std::size_t> final_calls_{};  // of the variables of a piece
};

namespace {

// Shards of a branch of the tree, [first, last), and where its halves meet.
std::int64_t middle_of(std::int64_t first, std::int64_t last) {
  return first + first_branch(last - first);
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
                                 const ShardPlaces& places)
    : own_{0, shards}, times_(places.times) {
  if (places.ranks != nullptr) own_ = shards_of(places.ranks->rank(), places.ranks->size(), shards);
  place_sums(model, places.ranks);
  for (const std::int64_t rows : batches) {
    const auto& bounds = bounds_[rows] = shard_bounds(model.network(), shards, rows);
    const std::int64_t last = std::min(own_.last, static_cast<std::int64_t>(bounds.size()) - 1);
    if (own_.first < last) prepare(model, options, places, bounds, own_.first, last, true);
  }
}

ShardedGradient::~ShardedGradient() = default;

void ShardedGradient::place_sums(Model& model, Communicator* ranks) {
  const std::vector<Variable> variables = summed_variables(model);
  std::vector<std::int64_t> parts{round_up(first_variable)};
  for (const Variable& variable : variables) parts.push_back(round_up(variable.numbers));
  const auto size = static_cast<std::size_t>(std::reduce(parts.begin(), parts.end()));
  if (ranks != nullptr) shared_ = SharedSum::of(*ranks, parts);
  if (shared_ != nullptr) {
    sums_ = shared_->sums();
  } else {
    alone_ = AlignedBuffer<float>(size);
    sums_ = alone_.span();
    if (ranks != nullptr && ranks->size() > 1)
      overlapped_ = OverlappedSum::of(*ranks, sums_, parts);
    if (ranks != nullptr) over_ranks_.emplace(*ranks);
  }
  variables_ = places_in(sums_, variables);
  // One at each height of the tree; the first is elsewhere.
  const auto shards = static_cast<std::uint64_t>(own_.last - own_.first);
  branches_.assign(static_cast<std::size_t>(std::bit_width(shards)), std::vector<float>(size));
}

std::span<float> ShardedGradient::branch(std::size_t depth) {
  if (depth > 0) return branches_[depth - 1];
  return shared_ != nullptr ? shared_->own() : alone_.span();
}

ShardedGradient::Kind ShardedGradient::kind_of(std::span<const std::int64_t> bounds,
                                               std::int64_t first, std::int64_t last, bool is_all) {
  return {rows_of_each(bounds, first, last), last - first, is_all};
}

void ShardedGradient::prepare(Model& model, const StepOptions& options, const ShardPlaces& places,
                              std::span<const std::int64_t> bounds, std::int64_t first,
                              std::int64_t last, bool is_all) {
  const Kind kind = kind_of(bounds, first, last, is_all);
  if (kind.rows > 0) {
    if (programs_.contains(kind)) return;
    const Graph graph = shard_graph(model, kind.rows, options);
    Parts parts{.count = kind.count, .rows = {"x", "target"}, .counter = "counter"};
    if (options.row_weights > 0) parts.rows.emplace_back("row_weight");
    const auto bytes_together = [&] {
      return static_cast<std::int64_t>(sizeof(float)) * compile(graph, {}, {}, parts).arena_floats;
    };
    if (kind.count == 1 || bytes_together() <= places.together) {
      programs_[kind] =
          std::make_unique<Shards>(model, graph, kind.rows, parts,
                                   is_all ? branch(0) : std::span<float>(), places.variables);
      return;
    }
  }
  const std::int64_t middle = middle_of(first, last);
  prepare(model, options, places, bounds, first, middle, false);
  prepare(model, options, places, bounds, middle, last, false);
}

ShardedGradient::Sums ShardedGradient::run(const data::Dataset& data, const Steps::Batch& batch,
                                           bool wants_stop) {
  const auto& bounds = bounds_.at(static_cast<std::int64_t>(batch.rows.size()));
  const std::int64_t last = std::min(own_.last, static_cast<std::int64_t>(bounds.size()) - 1);
  if (summed_ == Clock::time_point{}) summed_ = Clock::now();
  const std::span<float> own = branch(0);
  if (own_.first >= last) {
    std::ranges::fill(own, nothing);
  } else if (const auto all = programs_.find(kind_of(bounds, own_.first, last, true));
             all != programs_.end()) {
    all->second->run(data, batch, bounds[static_cast<std::size_t>(own_.first)], overlapped_.get());
  } else {
    add_up(data, batch, own_.first, last, 0, false);
  }
  own[stop_place] = wants_stop ? 1 : 0;
  const auto computed = Clock::now();
  if (shared_ != nullptr)
    shared_->sum();
  else if (overlapped_ != nullptr)
    overlapped_->finish();
  else if (over_ranks_)
    over_ranks_->sum(own);
  const auto before = std::exchange(summed_, Clock::now());
  const double waited = std::exchange(waited_, 0);
  if (times_ != nullptr)
    times_->add(seconds(before, computed) - waited, seconds(computed, summed_) + waited);
  return {.loss = static_cast<double>(sums_[loss_place]), .stops = sums_[stop_place] > 0};
}

// The sums over these shards: of the largest power of 2 that is less than their number, and of the
// rest.
void ShardedGradient::add_up(const data::Dataset& data, const Steps::Batch& batch,
                             std::int64_t first, std::int64_t last, std::size_t depth, bool adds) {
  const auto& bounds = bounds_.at(static_cast<std::int64_t>(batch.rows.size()));
  const std::span<float> to = branch(depth);
  if (const auto found = programs_.find(kind_of(bounds, first, last, false));
      found != programs_.end()) {
    Shards& shards = *found->second;
    shards.run(data, batch, bounds[static_cast<std::size_t>(first)]);
    if (adds)
      shards.add(to);
    else
      shards.write(to);
    return;
  }
  // A branch of several shards is summed up in a place of its own before it is added.
  const std::size_t own = depth + (adds ? 1 : 0);
  const std::int64_t middle = middle_of(first, last);
  add_up(data, batch, first, middle, own, false);
  add_up(data, batch, middle, last, own, true);
  if (!adds) return;
  const std::span<const float> from = branch(own);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace chainrule
