// What the compiler works on: a graph, the groups of nodes that one kernel call computes, and the
// memory that their results live in.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/graph.h"

namespace chainrule {

// Nodes computed by one kernel call, in order: a single operation, or an elementwise chain, perhaps
// with sums over rows that it ends in, or an operation that takes an epilogue followed by the chain
// that is its epilogue. A broadcast is listed in every group that reads through it: it is loaded
// again, not stored. So is an elementwise node that several groups make for themselves.
struct Group {
  std::vector<NodeId> nodes;
};

// Does the group compute the node, rather than only read through it?
bool computes(const Graph& graph, const Group& group, NodeId node);

// A piece of memory.
struct Buffer {
  enum class Home {
    arena,     // the program's own, at `offset`
    input,     // written by the caller before a run
    variable,  // kept by the session
    constant,  // filled once
  };
  Home home = Home::arena;
  NodeId owner = -1;  // the node that it was made for
  std::int64_t floats = 0;
  std::int64_t offset = 0;  // floats, within the arena
};

struct Draft {
  Graph graph{};
  std::vector<Group> groups{};  // in the order of execution
  std::vector<Buffer> buffers{};
  std::vector<int> buffer_of{};  // by node; -1: not in memory
  std::vector<Update> copies{};  // updates that are not made in place, done last
  std::int64_t arena_floats = 0;
  Parts parts{};                // that are to be computed at once
  bool generates_code = false;  // elementwise chains may become machine code
};

struct Pass {
  std::string_view name;
  bool required;  // the others can be left out: slower, same meaning
  void (*run)(Draft& draft);
};

std::vector<Pass> pipeline();

// Looks at the draft after a pass that took so many seconds.
using PassWatcher = std::function<void(const Pass& pass, const Draft& draft, double seconds)>;

// Runs the passes, checking the draft after each. Throws UsageError for an unknown or required name
// in `skip`.
Draft compile(const Graph& graph, const std::set<std::string>& skip = {},
              const PassWatcher& watch = {}, const Parts& parts = {});

// The graph, and as far as there are any the kernel calls with the places of their results; floats
// of the arena from its first one on.
std::string print(const Draft& draft);

// Every live operation is computed, and before it is read. Throws InternalError.
void verify(const Draft& draft);

// Buffers begin on cache lines: a length in floats, rounded up to one.
inline std::int64_t round_up(std::int64_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace chainrule
