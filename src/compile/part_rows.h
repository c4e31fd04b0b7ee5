// All parts of a batch at once: what of a part's graph can be done to the rows of all of them.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "compile/draft.h"
#include "kernels/matmul.h"

namespace chainrule {

// What a node of one part became.
struct OfParts {
  Value shared{};  // the same for every part
  Value rows{};    // or all parts', behind each other along `axis`; or neither
  int axis = -1;
};

// Is this operand of a product stored transposed?
bool is_transposed(const Node& product, std::size_t operand);
// Counted from an operand's last axis: the one that the product sums over, or the one that stays.
int product_axis_from_end(const Node& product, std::size_t operand, bool is_summed);
kernels::MatmulProblem problem_of(const Graph& graph, const Node& product);

// Makes `target` of the part's graph, node by node. A result has the same bits as part by part.
class PartRows {
 public:
  PartRows(const Graph& part, const Parts& parts, Graph& target);

  void add_leaf(NodeId id, bool is_live);
  // After its operands. Where neither of both is possible, nothing becomes of it.
  void add(NodeId id);

  const OfParts& made(NodeId id) const { return made_[static_cast<std::size_t>(id)]; }
  bool is_shared(NodeId id) const;
  // The only leaf that differs from part to part, by the number of the first row.
  bool is_counter(NodeId id) const;
  std::int64_t rows() const { return rows_; }  // of a part

 private:
  const Node& node(NodeId id) const { return part_.node(id); }
  std::int64_t count() const { return parts_.count; }
  Shape of_all(const Shape& shape, int axis) const;
  Value spread(NodeId id, int axis);
  Value spread(Value x, int axis);
  OfParts rows_of(const Node& x);
  OfParts elementwise(const Node& x);
  OfParts broadcasted(const Node& x, const OfParts& from);
  OfParts reshaped(const Node& x, const OfParts& from);
  OfParts transposed(const Node& x, const OfParts& from);
  OfParts reduced(const Node& x, const OfParts& from);
  OfParts cut(const Node& x, const OfParts& from);
  OfParts concatenated(const Node& x);
  OfParts row_by_row(const Node& x, unsigned rows);
  OfParts drawn(const Node& x);
  OfParts product(const Node& x);

  const Graph& part_;
  const Parts& parts_;
  Graph& graph_;
  std::vector<OfParts> made_;
  std::int64_t rows_ = -1;
  std::map<std::pair<NodeId, int>, Value> spread_{};
};

}  // namespace chainrule
