#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "compile/part_rows.h"
#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "kernels/tree_order.h"
#include "ops/op_list.h"

namespace chainrule {
namespace {

class PartedGraph {
 public:
  PartedGraph(const Graph& part, const Parts& parts)
      : part_(part), parts_(parts), rows_(part, parts, graph_) {}

  Graph run() {
    require_meaning();
    const std::vector<char> live = find_live(part_);
    for (NodeId id = 0; id < part_.size(); ++id) {
      graph_.enter(node(id).origin);
      if (is_leaf(node(id)))
        rows_.add_leaf(id, live[index(id)] != 0);
      else if (live[index(id)])
        rows_.add(id);
    }
    for (const Output& output : part_.outputs())
      graph_.output(output.name, copy_if_leaf(summed(output.node)));
    return std::move(graph_);
  }

 private:
  const Node& node(NodeId id) const { return part_.node(id); }
  std::int64_t count() const { return parts_.count; }

  void require_meaning() const {
    if (!part_.updates().empty())
      throw UsageError("parts: the graph updates variables; take its outputs, which are summed.");
    for (const std::string& name : parts_.rows) {
      const auto input = std::ranges::find_if(
          part_.nodes(), [&](const Node& x) { return x.op == &input_op && x.name == name; });
      if (input == part_.nodes().end() || input->shape.rank() == 0)
        throw UsageError(fmt::format("parts: there is no input {} with rows.", name));
    }
  }

  // Each part by itself, where all at once is not possible.
  const std::vector<Value>& each(NodeId id) {
    std::vector<Value>& values = each_[id];
    if (values.empty()) {
      const OriginScope scope(graph_, node(id).origin);
      values = make_each(id);
    }
    return values;
  }

  std::vector<Value> make_each(NodeId id) {
    const Node& x = node(id);
    std::vector<Value> values;
    for (std::int64_t part = 0; part < count(); ++part) {
      if (rows_.is_counter(id)) {
        const auto first = static_cast<double>(part * rows_.rows());
        values.push_back(rows_.made(id).shared + graph_.constant(DoubleTensor({3}, {0, 0, first})));
      } else if (rows_.made(id).shared) {
        values.push_back(rows_.made(id).shared);
      } else if (rows_.made(id).rows) {
        const int axis = rows_.made(id).axis;
        const Shape all = rows_.made(id).rows.shape();
        std::vector<std::int64_t> begin(static_cast<std::size_t>(all.rank()), 0),
            end(all.begin(), all.end());
        const auto a = static_cast<std::size_t>(axis);
        begin[a] = part * x.shape[axis];
        end[a] = begin[a] + x.shape[axis];
        values.push_back(slice(rows_.made(id).rows, begin, end));
      } else {
        std::vector<Value> operands;
        for (const NodeId input : x.inputs)
          operands.push_back(each(input)[static_cast<std::size_t>(part)]);
        values.push_back(keep(graph_, x, operands));
      }
    }
    return values;
  }

  // The sum over the parts, along the tree.
  Value summed(NodeId id) {
    Value& value = summed_[id];
    if (!value) {
      const OriginScope scope(graph_, node(id).origin);
      value = make_sum(id);
    }
    return value;
  }

  Value make_sum(NodeId id) {
    const Node& x = node(id);
    const bool is_by_itself = !rows_.made(id).shared && !rows_.made(id).rows;
    if (is_by_itself) {
      if (x.op == &transpose_op || x.op == &reshape_op)
        return keep(graph_, x, {{summed(x.inputs[0])}});
      Value value;
      if (x.op == &matmul_op) value = summed_product(x);
      if (x.op == &filter_gradient_op) value = summed_filter_gradient(x);
      if (value) return value;
    }
    std::vector<Value> sums;
    for (std::int64_t part = 0; part < count(); ++part) {
      sums.push_back(each(id)[static_cast<std::size_t>(part)]);
      for (int joins = kernels::joins_behind(part, count()); joins > 0; --joins) {
        const Value right = sums.back();
        sums.pop_back();
        sums.back() = sums.back() + right;
      }
    }
    return sums[0];
  }

  // The parts behind each other in what the product sums over.
  Value summed_product(const Node& x) {
    const OfParts &a = rows_.made(x.inputs[0]), &b = rows_.made(x.inputs[1]);
    if (!a.rows || !b.rows || count() > kernels::most_parts) return {};
    if (a.axis != a.rows.shape().rank() - 1 - product_axis_from_end(x, 0, true) ||
        b.axis != b.rows.shape().rank() - 1 - product_axis_from_end(x, 1, true))
      return {};
    if (kernels::sum_order(problem_of(part_, x)) == kernels::SumOrder::lanes) return {};
    Attributes attributes = x.attributes;
    attributes.ints.resize(3, 0);
    attributes.ints.push_back(count());
    return graph_.apply(matmul_op, {{a.rows, b.rows}}, attributes);
  }

  Value summed_filter_gradient(const Node& x) {
    const OfParts &images = rows_.made(x.inputs[0]), &g = rows_.made(x.inputs[1]);
    if (!images.rows || !g.rows || images.axis != 0 || g.axis != 0) return {};
    Attributes attributes = x.attributes;
    attributes.ints.push_back(count());
    return graph_.apply(filter_gradient_op, {{images.rows, g.rows}}, attributes);
  }

  const Graph& part_;
  const Parts& parts_;
  Graph graph_{};
  PartRows rows_;
  std::map<NodeId, std::vector<Value>> each_{};
  std::map<NodeId, Value> summed_{};
};

}  // namespace

void in_parts(Draft& draft) {
  draft.graph = PartedGraph(draft.graph, draft.parts).run();
  draft.graph = rewrite(draft.graph, keep);  // drops what nobody reads now
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
