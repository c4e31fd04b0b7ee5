// A computation as data: immutable nodes in topological order, each with a shape and perhaps a
// name. A graph is only ever appended to, so an id stays valid and inputs always come before their
// users. Threads: many may read a graph while none appends to it, and every operation on its values
// appends.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "chainrule/tensor.h"

namespace chainrule {

struct Op;  // the record of an operation; see chainrule/ops.h for the operations themselves
class Graph;

using NodeId = std::int32_t;

// What an operation needs to know besides its operands, such as axes or a probability.
// The operation's record says what the numbers mean.
struct Attributes {
  std::vector<std::int64_t> ints{};
  std::vector<double> reals{};

  // Numbers are the same if their bits are: NaN is itself, and -0 is not 0.
  friend bool operator==(const Attributes& a, const Attributes& b);
};

// What of a training step a node belongs to. Profiles say it; no result depends on it.
enum class Phase { forward, input_gradient, weight_gradient, update };
std::string_view name_of(Phase phase);  // "forward", "input gradient", ...

struct Origin {
  std::string layer{};  // "dense1", "loss", "optimizer"; empty: nobody said
  Phase phase = Phase::forward;

  friend bool operator==(const Origin&, const Origin&) = default;
};

struct Node {
  const Op* op = nullptr;
  std::vector<NodeId> inputs{};
  Attributes attributes{};
  Shape shape{};
  std::string name{};  // the user's word for it, such as "dense1.z"; empty if it has none
  Origin origin{};
};

// A node of a graph, as the user holds it. The graph must outlive it and stay where it is.
class Value {
 public:
  Value() = default;
  Value(Graph& graph, NodeId id) : graph_(&graph), id_(id) {}

  explicit operator bool() const { return graph_ != nullptr; }
  Graph& graph() const {  // throws UsageError for an empty value, as all below but id() do
    if (graph_ == nullptr) refuse_empty();
    return *graph_;
  }
  NodeId id() const { return id_; }
  const Node& node() const;
  const Shape& shape() const;
  std::int64_t dim(int axis) const { return shape()[axis]; }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  [[noreturn]] static void refuse_empty();

  Graph* graph_ = nullptr;
  NodeId id_ = -1;
};

// A result that the caller wants, by name.
struct Output {
  std::string name;
  NodeId node;
};

// After a run, the variable takes the value of the node: this is how a training step learns.
struct Update {
  NodeId variable;
  NodeId value;
};

// What the one value of an input or variable must be at least, or a run is refused.
struct Bound {
  NodeId leaf;
  double least;
  std::string why;  // "adam counts its steps from 1"
};

// Throws UsageError, with the leaf's name, unless the value is in bounds; NaN is not.
void require_holds(const Bound& bound, std::string_view name, double value);

class Graph {
 public:
  // Leaves. An input is given anew for every run; a variable keeps its value between runs.
  // Throws UsageError if the name is taken or empty.
  Value input(std::string name, Shape shape);
  Value variable(std::string name, Shape shape);
  Value constant(double value, Shape shape = {});
  Value constant(const DoubleTensor& values);

  // Appends an operation. Throws UsageError if the operands' shapes do not fit.
  Value apply(const Op& op, std::span<const Value> operands, Attributes attributes = {});

  // Names a node for messages and explanations; throws UsageError if the name is taken.
  Value name(Value value, std::string name);

  // Nodes that are appended from now on belong to `origin`; returns what it was. See OriginScope.
  Origin enter(Origin origin);
  void assign(Value value, Origin origin);  // says it of a node that is there already

  void output(std::string name, Value value);  // throws UsageError if an output has this name
  // Throws UsageError unless the shapes are equal and the variable has no update yet.
  void update(Value variable, Value next_value);

  // From now on, runs throw UsageError unless the leaf, of one element, is at least this. Throws
  // UsageError for a constant that is not, and for what is no leaf.
  void require_at_least(Value leaf, double least, std::string why);

  // Memory for so many nodes, so that appending them moves none.
  void reserve(std::int64_t nodes) { nodes_.reserve(static_cast<std::size_t>(nodes)); }
  std::int64_t size() const { return static_cast<std::int64_t>(nodes_.size()); }
  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  std::span<const Node> nodes() const { return nodes_; }
  std::span<const Output> outputs() const { return outputs_; }
  std::span<const Update> updates() const { return updates_; }
  std::span<const Bound> bounds() const { return bounds_; }

  Value value(NodeId id) { return {*this, id}; }
  std::optional<NodeId> find(std::string_view name) const;

 private:
  NodeId append(Node node);
  void require_free(const std::string& name) const;
  void require_own(Value value, std::string_view user) const;

  std::vector<Node> nodes_;
  std::vector<Output> outputs_;
  std::vector<Update> updates_;
  std::vector<Bound> bounds_;
  // Of std::string and std::string_view alike.
  struct HashOfName {
    using is_transparent = void;  // NOLINT: the standard's name
    std::size_t operator()(std::string_view name) const {
      return std::hash<std::string_view>{}(name);
    }
  };

  // What names and variables are taken: looked up for every node.
  std::unordered_map<std::string, NodeId, HashOfName, std::equal_to<>> named_;
  std::unordered_set<std::string> output_names_;
  std::unordered_set<NodeId> updated_;
  Origin origin_;
};

// Nodes that are appended while it lives belong to `origin`.
class OriginScope {
 public:
  OriginScope(Graph& graph, Origin origin)
      : graph_(graph), before_(graph.enter(std::move(origin))) {}
  ~OriginScope() { graph_.enter(std::move(before_)); }
  OriginScope(const OriginScope&) = delete;
  OriginScope& operator=(const OriginScope&) = delete;

 private:
  Graph& graph_;
  Origin before_;
};

// How many equal parts of a batch are computed at once by a program whose graph says what one of
// them is. Its inputs `rows` are cut along their first axis, one part behind the other; `counter`,
// if it is an input of three values, has as its last the number of the first row, of the first of
// `rows`. Other inputs and all variables are the same for each. Its outputs are sums over the
// parts: of n, the sum of the largest power of 2 below n, plus the sum of the rest. The bits are
// those of each part computed by itself.
struct Parts {
  std::int64_t count = 1;
  std::vector<std::string> rows{};
  std::string counter{};
};

// One line per node: "%5 dense1.z = add(%3, %4) : [64, 128]".
std::string print(const Graph& graph);

// Checks what every graph must hold: inputs before users, shapes that the records agree with,
// unique names, updates of variables only. Throws InternalError with the first line that does not.
void verify(const Graph& graph);

}  // namespace chainrule
