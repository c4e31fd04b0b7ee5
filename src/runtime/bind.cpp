#include "runtime/bind.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "compile/chains.h"
#include "graph/op.h"
#include "ops/op_list.h"
#include "runtime/kernel_call.h"
#include "runtime/number_code.h"
#include "runtime/tape_builder.h"

namespace chainrule {
namespace {

void fill_constant(const Node& node, AlignedBuffer<float>& buffer) {
  const std::vector<double>& numbers = node.attributes.reals;
  for (std::size_t i = 0; i < buffer.size(); ++i)
    buffer[i] = static_cast<float>(numbers.size() == 1 ? numbers[0] : numbers[i]);
}

// Nodes that are read element by element in memory, not only by chains.
std::vector<char> find_read_whole(const Draft& draft) {
  std::vector<char> whole(draft.buffer_of.size(), 0);
  for (const Node& node : draft.graph.nodes())
    if (!is_elementwise(node))
      for (const NodeId input : node.inputs) whole[index(input)] = 1;
  for (const Output& output : draft.graph.outputs()) whole[index(output.node)] = 1;
  for (const Update& update : draft.graph.updates()) whole[index(update.value)] = 1;
  return whole;
}

// A constant of one value is a tile long for chains, which read the same tile everywhere.
std::int64_t floats_to_own(const Draft& draft, const Buffer& buffer, bool is_read_whole) {
  const Node& node = draft.graph.node(buffer.owner);
  const bool is_tile = node.op == &constant_op && node.attributes.reals.size() == 1;
  if (!is_tile) return buffer.floats;
  return is_read_whole ? std::max(buffer.floats, longest_tile) : longest_tile;
}

// By buffer: memory of the caller's for it, or null. An output that is an input or a constant, or
// lies where another one does, has none of its own: it is copied there when a run is over.
std::vector<float*> find_given(const Draft& draft, const GivenMemory& given) {
  std::vector<float*> places(draft.buffers.size(), nullptr);
  for (const auto& [name, numbers] : given) {
    const auto output = std::ranges::find(draft.graph.outputs(), name, &Output::name);
    const std::optional<NodeId> input = draft.graph.find(name);
    const bool is_input = input && draft.graph.node(*input).op == &input_op;
    if (!is_input && output == draft.graph.outputs().end())
      throw UsageError(
          fmt::format("there is no input or output {} to lie in memory that is given", name));
    const NodeId id = is_input ? *input : output->node;
    const Shape& shape = draft.graph.node(id).shape;
    if (static_cast<std::int64_t>(numbers.size()) != shape.size())
      throw UsageError(fmt::format("the memory for {} has {} numbers, the {} {}", name,
                                   numbers.size(), is_input ? "input" : "output",
                                   shape.to_string()));
    const auto place = static_cast<std::size_t>(draft.buffer_of[index(id)]);
    const Buffer& buffer = draft.buffers[place];
    const bool is_own = buffer.home == (is_input ? Buffer::Home::input : Buffer::Home::arena);
    if (is_own && places[place] == nullptr && buffer.floats <= shape.size())
      places[place] = numbers.data();
  }
  return places;
}

void allocate(const Draft& draft, Memory& memory, const GivenMemory& given) {
  const std::vector<float*> places = find_given(draft, given);
  memory.arena = AlignedBuffer<float>(static_cast<std::size_t>(draft.arena_floats));
  const std::vector<char> read_whole = find_read_whole(draft);
  for (std::size_t i = 0; i < draft.buffers.size(); ++i) {
    const Buffer& buffer = draft.buffers[i];
    if (buffer.home == Buffer::Home::variable) continue;
    if (places[i] != nullptr) {
      memory.buffers[i] = places[i];
      continue;
    }
    if (buffer.home == Buffer::Home::arena) {
      memory.buffers[i] = memory.arena.data() + buffer.offset;
      continue;
    }
    memory.owned.emplace_back(static_cast<std::size_t>(
        floats_to_own(draft, buffer, read_whole[index(buffer.owner)] != 0)));
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

// A small program is one call of code written for it.
bool bind_as_numbers(const Draft& draft, const Memory& memory, std::deque<Step>& steps) {
  if (!draft.generates_code) return false;
  const std::optional<kernels::NumberCode> code = number_code(draft, memory.buffers);
  if (!code) return false;
  kernels::Generated<kernels::NumberKernel> kernel = kernels::generate(*code);
  if (kernel.get() == nullptr) return false;
  Step& step = steps.emplace_back();
  step.work = describe_all(draft);
  step.work.what = fmt::format("the whole program, in {} operations on single numbers",
                               code->instructions.size());
  step.numbers = std::move(kernel);
  return true;
}

}  // namespace

std::deque<Step> bind(const Draft& draft, int threads, Memory& memory, const GivenMemory& given) {
  allocate(draft, memory, given);
  std::deque<Step> steps;
  if (bind_as_numbers(draft, memory, steps)) return steps;
  std::int64_t workspace = 0;
  std::vector<KernelCall> calls = describe(draft);
  for (std::size_t i = 0; i < draft.groups.size(); ++i) {
    const Group& group = draft.groups[i];
    const NodeId root = group.nodes.front();
    const Node& node = draft.graph.node(root);
    const bool has_root = root_of(draft.graph, group) >= 0;
    const bool is_alias = node.op == &reshape_op &&
                          draft.buffer_of[index(root)] == draft.buffer_of[index(node.inputs[0])];
    if (is_alias) continue;
    Step& step = steps.emplace_back();
    step.work = std::move(calls[i]);
    step.tape = build_tape(draft, group, memory);
    for (const NodeId id : group.nodes) {
      step.buffers.push_back(draft.buffer_of[index(id)]);
      for (const NodeId input : draft.graph.node(id).inputs)
        step.buffers.push_back(draft.buffer_of[index(input)]);
    }
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

}  // namespace chainrule
