#include "runtime/tape_builder.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "compile/chains.h"
#include "graph/op.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {
namespace {

// Turns the elementwise nodes of one group into a tape. Neighbouring nodes for which code can be
// generated make one instruction, a run; every other node is an instruction of its own.
class TapeBuilder {
 public:
  TapeBuilder(const Draft& draft, Memory& memory, const Group& group)
      : draft_(draft), memory_(memory), group_(group) {}

  Tape build() {
    find_runs();
    find_last_uses();
    // All loads run before all instructions, so they take their slots first.
    for (const NodeId id : group_.nodes)
      if (!computes(draft_.graph, group_, id)) add_load(id, node(id));
    for (std::size_t at = 0; at < runs_.size(); ++at)
      if (!is_generated(runs_[at]) || !add_generated(at)) add_each(at);
    for (const NodeId id : sums_) add_sum(id);
    tape_.tile_floats = tile_floats_for(slots_);
    fit_periods();
    if (slots_ * tape_.tile_floats > scratch_floats)
      throw InternalError(fmt::format("an elementwise chain needs {} slots", slots_));
    return std::move(tape_);
  }

 private:
  using Run = std::vector<NodeId>;

  const Node& node(NodeId id) const { return draft_.graph.node(id); }

  void find_runs() {
    bool extends = false;
    for (const NodeId id : group_.nodes) {
      if (ends_in(id)) sums_.push_back(id);
      if (!is_elementwise(node(id))) continue;
      const bool can = has_code(id);
      if (!extends || !can || 4 * runs_.back().size() + 4 > most_streams) runs_.emplace_back();
      runs_.back().push_back(id);
      run_of_[id] = runs_.size() - 1;
      extends = can;
    }
  }

  // A sum by itself is an operation, not the end of a chain.
  bool ends_in(NodeId id) const { return node(id).op == &sum_op && group_.nodes.size() > 1; }

  bool has_code(NodeId id) const {
    const auto kernel = node(id).op->kernel;
    return draft_.generates_code && kernel != nullptr && kernels::can_generate(kernel);
  }

  // A single operation's kernel is as good as generated code, unless a scalar must be repeated.
  bool is_generated(const Run& run) const {
    if (run.size() > 1) return true;
    return has_code(run.front()) &&
           std::ranges::any_of(node(run.front()).inputs, [&](NodeId x) { return is_repeated(x); });
  }

  // A broadcast of one number.
  bool is_repeated(NodeId id) const {
    return node(id).op == &broadcast_op && !computes(draft_.graph, group_, id) &&
           node(node(id).inputs[0]).shape.size() == 1;
  }

  void find_last_uses() {
    for (std::size_t at = 0; at < runs_.size(); ++at)
      for (const NodeId id : runs_[at])
        for (const NodeId input : node(id).inputs) last_use_[input] = at;
    for (const NodeId id : sums_) last_use_[node(id).inputs[0]] = runs_.size();
  }

  std::int32_t take_slot() {
    if (free_.empty()) return slots_++;
    const std::int32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  // The address of something that is in memory, or the one number that is repeated.
  TileAddress address(NodeId id) {
    if (const auto slot = slot_of_.find(id); slot != slot_of_.end()) return {.slot = slot->second};
    if (is_repeated(id)) return {.base = tile_of(id), .moves = false};
    const int buffer = draft_.buffer_of[index(id)];
    if (buffer < 0) throw InternalError(fmt::format("%{} is nowhere", id));
    const bool is_tile = node(id).op == &constant_op && node(id).attributes.reals.size() == 1;
    return {.base = memory_.buffers[static_cast<std::size_t>(buffer)], .moves = !is_tile};
  }

  float* tile_of(NodeId repeated) {
    const auto [place, is_new] = tile_of_.try_emplace(repeated);
    if (!is_new) return place->second;
    const std::int64_t floats = std::min(node(repeated).shape.size(), longest_tile);
    memory_.owned.emplace_back(static_cast<std::size_t>(floats));
    place->second = memory_.owned.back().data();
    tape_.scalars.push_back({.source = address(node(repeated).inputs[0]).base,
                             .tile = place->second,
                             .floats = floats});
    return place->second;
  }

  void add_load(NodeId id, const Node& node) {
    if (is_repeated(id)) return;
    BroadcastLoad load{.slot = take_slot(), .shape = node.shape};
    slot_of_[id] = load.slot;
    const NodeId source = node.inputs[0];
    load.source = address(source).base;
    const Shape& x = draft_.graph.node(source).shape;
    const auto x_strides = row_major_strides(x);
    const int lead = node.shape.rank() - x.rank();
    // Repeated leading axes make a period, repeated trailing axes a stretch.
    int first = node.shape.rank(), last = -1;
    for (int axis = 0; axis < x.rank(); ++axis)
      if (x[axis] != 1) {
        last = lead + axis;
        load.strides[static_cast<std::size_t>(last)] = x_strides[static_cast<std::size_t>(axis)];
        first = std::min(first, last);
      }
    std::int64_t spanned = 1, after = 1;
    for (int axis = first; axis <= last; ++axis) spanned *= node.shape[axis];
    for (int axis = last + 1; axis < node.shape.rank(); ++axis) after *= node.shape[axis];
    const bool is_dense = spanned == x.size();
    const bool starts_first =
        std::all_of(node.shape.begin(), node.shape.begin() + std::max(first, 0),
                    [](std::int64_t extent) { return extent == 1; });
    if (x.size() == 1)
      load.stretch = std::max<std::int64_t>(node.shape.size(), 1);
    else if (is_dense && after == 1)
      load.period = x.size();
    else if (is_dense && starts_first)
      load.stretch = after;
    if (is_kept_for_tiles(load)) kept_slots_.insert(load.slot);
    tape_.loads.push_back(load);
  }

  // Does a load keep its slot, so that it need not be made again for every tile?
  static bool is_kept_for_tiles(const BroadcastLoad& load) {
    return load.period > 0 && load.period <= longest_tile / 2;
  }

  // Lets a tile hold a whole number of periods of the loads that keep their slot, and of the rows
  // that are added up, if it can.
  void fit_periods() {
    std::int64_t step = 16;
    for (const BroadcastLoad& load : tape_.loads)
      if (is_kept_for_tiles(load))
        if (const std::int64_t next = std::lcm(step, load.period); next <= tape_.tile_floats)
          step = next;
    if (const std::int64_t next = std::lcm(step, tape_.columns);
        tape_.columns > 0 && next <= tape_.tile_floats)
      step = next;
    tape_.tile_floats = tape_.tile_floats / step * step;
    for (BroadcastLoad& load : tape_.loads)
      load.stays = is_kept_for_tiles(load) && tape_.tile_floats % load.period == 0;
  }

  // Where generated code reads an operand: of a repeated number, the number itself.
  TileAddress source(NodeId id) {
    if (!is_repeated(id)) return address(id);
    return {.base = address(node(id).inputs[0]).base, .moves = false};
  }

  // Written once for all chains that are the same but for their addresses.
  kernels::ChainKernel code_for(const kernels::Chain& chain) {
    std::vector<std::uintptr_t> key{chain.is_scalar.size()};
    for (const bool scalar : chain.is_scalar) key.push_back(scalar ? 1 : 0);
    for (const kernels::ChainInstruction& instruction : chain.instructions) {
      key.push_back(reinterpret_cast<std::uintptr_t>(instruction.op));
      key.push_back(static_cast<std::uintptr_t>(instruction.output + 1));
      key.push_back(instruction.x.size());
      for (const int x : instruction.x) key.push_back(static_cast<std::uintptr_t>(x));
    }
    const auto [place, is_new] = memory_.code.try_emplace(std::move(key));
    if (is_new) place->second = kernels::generate(chain);
    return place->second.get();
  }

  // False if the machine gives no code for it.
  bool add_generated(std::size_t at) {
    kernels::Chain chain;
    std::vector<TileAddress> streams;  // inputs, then outputs
    std::map<NodeId, int> value_of;    // by the chain's numbering: inputs, then results
    std::vector<NodeId> kept;
    for (const NodeId id : runs_[at])
      for (const NodeId x : node(id).inputs) {
        const auto run = run_of_.find(x);
        const bool is_inside = run != run_of_.end() && run->second == at;
        if (is_inside || !value_of.try_emplace(x, static_cast<int>(streams.size())).second)
          continue;
        streams.push_back(source(x));
        chain.is_scalar.push_back(!streams.back().moves);
      }
    for (const NodeId id : runs_[at]) {
      kernels::ChainInstruction instruction{.op = node(id).op->kernel};
      for (const NodeId x : node(id).inputs) instruction.x.push_back(value_of.at(x));
      if (is_kept(id, at)) {
        instruction.output = chain.outputs++;
        kept.push_back(id);
      }
      value_of[id] = static_cast<int>(chain.is_scalar.size() + chain.instructions.size());
      chain.instructions.push_back(std::move(instruction));
    }
    const kernels::ChainKernel code = code_for(chain);
    if (code == nullptr) return false;
    for (const NodeId id : kept) streams.push_back(place_of_result(id));
    tape_.instructions.push_back({.chain = code, .streams = std::move(streams)});
    for (const NodeId id : runs_[at]) {
      count(id);
      for (const NodeId x : node(id).inputs) release(x, at);
    }
    return true;
  }

  void add_sum(NodeId id) {
    const RowSum rows = row_sum(draft_.graph, node(id)).value();
    tape_.columns = rows.columns;
    tape_.block_rows = rows.block;
    const std::int64_t blocks = (rows.rows + rows.block - 1) / rows.block;
    memory_.owned.emplace_back(static_cast<std::size_t>(blocks * rows.columns));
    tape_.sums.push_back({.x = address(node(id).inputs[0]),
                          .blocks = memory_.owned.back().data(),
                          .y = address(id).base});
    ++tape_.operations;
  }

  // Is the result read by a later run, by a sum, or by another group?
  bool is_kept(NodeId id, std::size_t run) const {
    const auto use = last_use_.find(id);
    return draft_.buffer_of[index(id)] >= 0 || (use != last_use_.end() && use->second > run);
  }

  TileAddress place_of_result(NodeId id) {
    if (draft_.buffer_of[index(id)] < 0) slot_of_[id] = take_slot();
    return address(id);
  }

  // One instruction per node; within the run, a slot is free after the node that reads it last.
  void add_each(std::size_t at) {
    std::map<NodeId, NodeId> last_reader;
    for (const NodeId id : runs_[at])
      for (const NodeId x : node(id).inputs) last_reader[x] = id;
    for (const NodeId id : runs_[at]) {
      const Op& op = *node(id).op;
      TapeInstruction step{.kernel = op.kernel != nullptr ? op.kernel() : nullptr,
                           .scalar = op.scalar};
      for (const NodeId x : node(id).inputs) step.streams.push_back(address(x));
      // A slot that is read for the last time can take the result: kernels allow exact overlap.
      for (const NodeId x : node(id).inputs)
        if (last_reader[x] == id) release(x, at);
      step.streams.push_back(place_of_result(id));
      tape_.instructions.push_back(std::move(step));
      count(id);
    }
  }

  void count(NodeId id) {
    tape_.size = node(id).shape.size();
    ++tape_.operations;
  }

  // Frees the slot of what no later run reads.
  void release(NodeId id, std::size_t run) {
    const auto slot = slot_of_.find(id);
    if (slot == slot_of_.end() || last_use_.at(id) > run || kept_slots_.contains(slot->second))
      return;
    free_.push_back(slot->second);
    slot_of_.erase(slot);
  }

  const Draft& draft_;
  Memory& memory_;
  const Group& group_;
  Tape tape_;
  std::vector<Run> runs_;
  std::vector<NodeId> sums_;                         // that the chain ends in
  std::map<NodeId, std::size_t> run_of_, last_use_;  // by index into runs_
  std::map<NodeId, std::int32_t> slot_of_;
  std::map<NodeId, float*> tile_of_;
  std::vector<std::int32_t> free_;
  std::set<std::int32_t> kept_slots_;  // by loads, for all tiles
  std::int32_t slots_ = 0;
};

}  // namespace

Tape build_tape(const Draft& draft, const Group& group, Memory& memory) {
  return TapeBuilder(draft, memory, group).build();
}

}  // namespace chainrule
