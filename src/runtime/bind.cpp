#include "runtime/bind.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chainrule/error.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {
namespace {

std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

// Turns the elementwise nodes of one group into a tape.
class TapeBuilder {
 public:
  TapeBuilder(const Draft& draft, Memory& memory, const Group& group)
      : draft_(draft), memory_(memory), group_(group) {}

  Tape build() {
    find_last_uses();
    // All loads run before all instructions, so they take their slots first.
    for (const NodeId id : group_.nodes)
      if (!computes(draft_.graph, group_, id)) add_load(id, draft_.graph.node(id));
    for (std::size_t at = 0; at < group_.nodes.size(); ++at)
      if (const Node& node = draft_.graph.node(group_.nodes[at]); is_elementwise(node))
        add_instruction(group_.nodes[at], node, at);
    tape_.tile_floats = tile_floats_for(slots_);
    if (slots_ * tape_.tile_floats > scratch_floats)
      throw InternalError(fmt::format("an elementwise chain needs {} slots", slots_));
    return std::move(tape_);
  }

 private:
  void find_last_uses() {
    for (std::size_t at = 0; at < group_.nodes.size(); ++at)
      for (const NodeId input : draft_.graph.node(group_.nodes[at]).inputs) last_use_[input] = at;
  }

  std::int32_t take_slot() {
    if (free_.empty()) return slots_++;
    const std::int32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  TileAddress address(NodeId id) const {
    if (const auto slot = slot_of_.find(id); slot != slot_of_.end()) return {.slot = slot->second};
    if (const auto tile = tile_of_.find(id); tile != tile_of_.end())
      return {.base = tile->second, .moves = false};
    const int buffer = draft_.buffer_of[index(id)];
    if (buffer < 0) throw InternalError(fmt::format("%{} is nowhere", id));
    const Node& node = draft_.graph.node(id);
    const bool is_tile = node.op == &constant_op && node.attributes.reals.size() == 1;
    return {.base = memory_.buffers[static_cast<std::size_t>(buffer)], .moves = !is_tile};
  }

  void add_scalar(NodeId id, const Node& node) {
    const std::int64_t floats = std::min(node.shape.size(), longest_tile);
    memory_.owned.emplace_back(static_cast<std::size_t>(floats));
    float* tile = memory_.owned.back().data();
    tile_of_[id] = tile;
    tape_.scalars.push_back(
        {.source = address(node.inputs[0]).base, .tile = tile, .floats = floats});
  }

  void add_load(NodeId id, const Node& node) {
    if (draft_.graph.node(node.inputs[0]).shape.size() == 1) return add_scalar(id, node);
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
        load.strides[static_cast<std::size_t>(lead + axis)] =
            x_strides[static_cast<std::size_t>(axis)];
        first = std::min(first, lead + axis);
        last = lead + axis;
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
    tape_.loads.push_back(load);
  }

  void add_instruction(NodeId id, const Node& node, std::size_t at) {
    TapeInstruction step{.kernel = node.op->kernel != nullptr ? node.op->kernel() : nullptr,
                         .scalar = node.op->scalar,
                         .arity = node.inputs.size()};
    for (std::size_t k = 0; k < step.arity; ++k) step.x[k] = address(node.inputs[k]);
    // A slot that is read for the last time can take the result: kernels allow exact overlap.
    for (const NodeId input : node.inputs)
      if (last_use_[input] == at) release(input);
    if (draft_.buffer_of[index(id)] < 0) slot_of_[id] = take_slot();
    step.y = address(id);
    tape_.instructions.push_back(step);
    tape_.size = node.shape.size();
    ++tape_.operations;
  }

  void release(NodeId id) {
    const auto slot = slot_of_.find(id);
    if (slot == slot_of_.end()) return;
    free_.push_back(slot->second);
    slot_of_.erase(slot);
  }

  const Draft& draft_;
  Memory& memory_;
  const Group& group_;
  Tape tape_;
  std::map<NodeId, std::size_t> last_use_;
  std::map<NodeId, std::int32_t> slot_of_;
  std::map<NodeId, float*> tile_of_;
  std::vector<std::int32_t> free_;
  std::int32_t slots_ = 0;
};

void fill_constant(const Node& node, AlignedBuffer<float>& buffer) {
  const std::vector<double>& numbers = node.attributes.reals;
  for (std::size_t i = 0; i < buffer.size(); ++i)
    buffer[i] = static_cast<float>(numbers.size() == 1 ? numbers[0] : numbers[i]);
}

// A constant of one value is at least a tile long, so that chains of any length can read it.
std::int64_t floats_to_own(const Draft& draft, const Buffer& buffer) {
  const Node& node = draft.graph.node(buffer.owner);
  const bool is_tile = node.op == &constant_op && node.attributes.reals.size() == 1;
  return is_tile ? std::max(buffer.floats, longest_tile) : buffer.floats;
}

void allocate(const Draft& draft, Memory& memory) {
  memory.arena = AlignedBuffer<float>(static_cast<std::size_t>(draft.arena_floats));
  for (std::size_t i = 0; i < draft.buffers.size(); ++i) {
    const Buffer& buffer = draft.buffers[i];
    if (buffer.home == Buffer::Home::variable) continue;
    if (buffer.home == Buffer::Home::arena) {
      memory.buffers[i] = memory.arena.data() + buffer.offset;
      continue;
    }
    memory.owned.emplace_back(static_cast<std::size_t>(floats_to_own(draft, buffer)));
    memory.buffers[i] = memory.owned.back().data();
    if (buffer.home == Buffer::Home::constant)
      fill_constant(draft.graph.node(buffer.owner), memory.owned.back());
  }
}

float* address_of(const Draft& draft, const Memory& memory, NodeId id) {
  return memory.buffers[static_cast<std::size_t>(draft.buffer_of[index(id)])];
}

void run_epilogue(const void* tape, std::int64_t begin, std::int64_t end) {
  run_tape(*static_cast<const Tape*>(tape), begin, end);
}

void bind_operation(const Draft& draft, const Memory& memory, NodeId id, Step& step) {
  const Node& node = draft.graph.node(id);
  step.op = node.op;
  step.attributes = node.attributes;
  for (const NodeId input : node.inputs) {
    step.x.push_back(address_of(draft, memory, input));
    step.x_shapes.push_back(draft.graph.node(input).shape);
  }
  step.call = {.x = step.x,
               .x_shapes = step.x_shapes,
               .y = address_of(draft, memory, id),
               .y_shape = node.shape,
               .attributes = &step.attributes};
}

}  // namespace

std::deque<Step> bind(const Draft& draft, int threads, Memory& memory) {
  allocate(draft, memory);
  std::deque<Step> steps;
  std::int64_t workspace = 0;
  for (const Group& group : draft.groups) {
    const NodeId root = group.nodes.front();
    const Node& node = draft.graph.node(root);
    const bool has_root = !is_elementwise(node) && computes(draft.graph, group, root);
    const bool is_alias = node.op == &reshape_op &&
                          draft.buffer_of[index(root)] == draft.buffer_of[index(node.inputs[0])];
    if (is_alias) continue;
    Step& step = steps.emplace_back();
    step.tape = TapeBuilder(draft, memory, group).build();
    if (!has_root) continue;
    bind_operation(draft, memory, root, step);
    if (!step.tape.instructions.empty()) step.call.epilogue = {run_epilogue, &step.tape};
    if (node.op->workspace != nullptr)
      workspace = std::max(workspace, node.op->workspace(step.x_shapes, node.attributes, threads));
  }
  memory.workspace = AlignedBuffer<float>(static_cast<std::size_t>(workspace));
  for (Step& step : steps) step.call.workspace = memory.workspace.data();
  return steps;
}

std::string describe(const Draft& draft, const Group& group) {
  std::vector<std::string> parts;
  for (const NodeId id : group.nodes) {
    const Node& node = draft.graph.node(id);
    parts.push_back(node.name.empty() ? std::string(node.op->name)
                                      : fmt::format("{}={}", node.name, node.op->name));
  }
  return fmt::format("{} {}", draft.graph.node(group.nodes.back()).shape.to_string(),
                     fmt::join(parts, " "));
}

}  // namespace chainrule
