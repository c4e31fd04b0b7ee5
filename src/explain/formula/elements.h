// One element of any node of a graph: its value, and the formula that makes it from the elements
// that have a name. Nothing else is written out, so that large tensors cost nothing.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "chainrule/graph.h"
#include "ops/expression.h"

namespace chainrule::page {

// How a composite is opened: as books write it, or as it is computed.
enum class Manner { textbook, computed };

class Elements {
 public:
  // The values of the graph's nodes, by id. Opening composites appends to the graph; what is there
  // already is not touched.
  Elements(Graph& graph, std::vector<DoubleTensor> values, Manner manner = Manner::textbook)
      : graph_(&graph), values_(std::move(values)), manner_(manner) {}
  // The same numbers, of which none has a name yet.
  Elements unnamed(Manner manner) const { return {*graph_, values_, manner}; }

  // From now on the node's elements are called name[i,j], dE/dname[i,j] or name[i,j]+, and are not
  // written out.
  void name(Value node, std::string name, Role role = Role::itself);
  // ... are these numbers.
  void name(Value node, std::vector<Quantity> numbers);
  bool has_name(NodeId node) const { return names_.contains(node); }

  const DoubleTensor& values(NodeId node);
  double value(Element element);
  Quantity quantity(Element element);  // of a named node
  Quantity whole(NodeId node);         // the named node itself, without a value
  // How the element is made: one step, in terms of what has a name.
  Expression formula(Element element);
  std::vector<Expression> formulas(Value node);  // of all elements

 private:
  Expression operand(Element element);
  Expression elementwise(const Node& node, std::int64_t index);
  Expression added_up(const Node& node, std::int64_t index);
  Expression looped(const Node& node, std::int64_t index);
  NodeId opened(NodeId node);
  Expression filled_in(const Expression& formula, const Node& node);
  const std::vector<Expression>& places(std::size_t operand, std::int64_t count);
  NodeId known(NodeId node) const;

  Graph* graph_;
  std::vector<DoubleTensor> values_;
  Manner manner_;
  struct Naming {
    std::string name{};
    Role role = Role::itself;
    std::vector<Quantity> numbers{};  // if each has a name of its own
  };
  std::map<NodeId, Naming> names_;
  std::map<NodeId, NodeId> opened_;              // composites, to what they are composed of
  std::vector<std::vector<Expression>> places_;  // by operand: what loops run over
  std::vector<Expression> results_;              // where loops write
};

}  // namespace chainrule::page
