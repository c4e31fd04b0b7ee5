#include <algorithm>
#include <cmath>
#include <optional>

#include "compile/passes.h"
#include "compile/rewrite.h"
#include "graph/op.h"
#include "kernels/matmul.h"
#include "kernels/pool.h"
#include "ops/op_list.h"
#include "ops/window_shape.h"

namespace chainrule {
namespace {

using Attribute = std::vector<std::int64_t>;

Value input_of(Value x, std::size_t i) { return x.graph().value(x.node().inputs[i]); }

// What `op` was applied to, or nothing.
Value under(Value x, const Op& op) { return x.node().op == &op ? input_of(x, 0) : Value{}; }

bool is_flagged(const Node& product, bool transposed_a, bool transposed_b) {
  Attribute flags = product.attributes.ints;
  flags.resize(2, 0);
  return flags == Attribute{transposed_a ? 1 : 0, transposed_b ? 1 : 0};
}

// Images, and how their windows lie in memory.
struct Source {
  Value images;
  Windows where;
  Shape shape;  // of the windows

  Shape result(std::int64_t outputs) const { return {shape[0], shape[1], shape[2], outputs}; }
};

// A matrix whose rows are windows with zeros around the images.
std::optional<Source> windows_as_rows(Value matrix) {
  const Value all = under(matrix, reshape_op);
  if (!all || all.node().op != &windows_op) return {};
  const Windows where = windows_from(all.node().attributes);
  if (bits_of(where.fill) != 0 || matrix.shape() != matrix_of_windows(all.shape())) return {};
  return Source{input_of(all, 0), where, all.shape()};
}

// Does the product of windows have something to do, and a sum of which the order is the same?
bool has_usual_sums(const kernels::MatmulProblem& product) {
  return product.m > 0 && product.n > 0 && product.k > 0 && kernels::is_summed_in_blocks(product);
}

Value convolved(const Node& product, std::span<const Value> x) {
  if (!is_flagged(product, false, false)) return {};
  const auto source = windows_as_rows(x[0]);
  if (!source || x[1].shape().rank() != 2) return {};
  const Shape y = source->result(x[1].dim(1));
  if (!has_usual_sums(convolution(source->images.shape(), y, source->where).forward())) return {};
  return reshape(convolve(source->images, x[1], source->where), product.shape);
}

Value gradient_by_filters(const Node& product, std::span<const Value> x) {
  if (!is_flagged(product, true, false)) return {};
  const auto gradient_from = [](const std::optional<Source>& source, Value g) -> Value {
    if (!source || g.shape().rank() != 2) return {};
    const Shape y = source->result(g.dim(1));
    if (!has_usual_sums(convolution(source->images.shape(), y, source->where).by_filters()))
      return {};
    return filter_gradient(source->images, reshape(g, y), source->where);
  };
  if (const Value found = gradient_from(windows_as_rows(x[0]), x[1])) return found;
  const Value found = gradient_from(windows_as_rows(x[1]), x[0]);
  return found ? transpose(found) : Value{};
}

// overlap(g W^T), where windows follow each other in steps of one.
Value gradient_by_images(const Node& node, Value all) {
  const Windows where = windows_from(node.attributes);
  const Value product = under(all, reshape_op);
  if (!product || product.node().op != &matmul_op || !is_flagged(product.node(), false, true))
    return {};
  const Value g = input_of(product, 0), filters = input_of(product, 1);
  if (where.stride != Windows::Pair{1, 1} || g.shape().rank() != 2 ||
      product.shape() != matrix_of_windows(all.shape()) || product.shape().size() == 0 ||
      g.dim(1) == 0)
    return {};
  const Shape y{all.dim(0), all.dim(1), all.dim(2), g.dim(1)};
  return image_gradient(reshape(g, y), filters, where, node.shape[1], node.shape[2]);
}

const Attribute& window_axes() {
  static const Attribute axes{3, 4};
  return axes;
}

// The largest numbers of windows, or the windows themselves.
bool is_pooling(Value largest) {
  const Node& node = largest.node();
  if (node.op != &max_op || node.attributes.ints != window_axes()) return false;
  const Value all = input_of(largest, 0);
  return all.node().op == &windows_op && all.shape().size() > 0 &&
         all.dim(3) * all.dim(4) <= kernels::most_pooled;
}

Shape without_places(const Shape& windows) {
  return {windows[0], windows[1], windows[2], windows[5]};
}

Value pooled(Value largest) {
  if (!is_pooling(largest)) return {};
  const Value all = input_of(largest, 0);
  const Value y = max_pool(input_of(all, 0), windows_from(all.node().attributes));
  return reshape(y, largest.shape());
}

// Both operands of `op`, or nothing.
struct Pair {
  Value first, second;
};
std::optional<Pair> operands_of(Value x, const Op& op) {
  if (x.node().op != &op) return {};
  return Pair{input_of(x, 0), input_of(x, 1)};
}

// overlap(is_largest * broadcast(g / sum(is_largest))), is_largest = equal(windows(x),
// broadcast(y)): as max states its gradient.
Value gradient_of_pooling(const Node& node, Value all) {
  const auto shared = operands_of(all, multiply_op);
  if (!shared) return {};
  const auto is_largest = operands_of(shared->first, equal_op);
  const Value quotient = under(shared->second, broadcast_op);
  if (!is_largest || !quotient) return {};
  const auto parts = operands_of(quotient, divide_op);
  const Value images = under(is_largest->first, windows_op);
  const Value largest = under(is_largest->second, broadcast_op);
  if (!parts || !images || !largest || under(parts->second, sum_op) != shared->first ||
      parts->second.node().attributes.ints != window_axes())
    return {};
  const Attributes& pooling = is_largest->first.node().attributes;
  const Windows where = windows_from(pooling);  // now: nodes to come may move the others
  const Shape y = without_places(all.shape());
  if (!std::equal(pooling.ints.begin(), pooling.ints.end(), node.attributes.ints.begin()) ||
      images.shape() != node.shape || largest.shape() != parts->first.shape() ||
      all.shape().size() == 0 || all.dim(3) * all.dim(4) > kernels::most_pooled)
    return {};
  return max_pool_gradient(reshape(parts->first, y), images, reshape(largest, y), where);
}

Value recognise(Graph& target, const Node& node, std::span<const Value> x) {
  Value found;
  if (node.op == &matmul_op) {
    found = convolved(node, x);
    if (!found) found = gradient_by_filters(node, x);
  } else if (node.op == &overlap_op) {
    found = gradient_by_images(node, x[0]);
    if (!found) found = gradient_of_pooling(node, x[0]);
  }
  if (found) return found;
  const Value kept = keep(target, node, x);
  found = pooled(kept);
  return found ? found : kept;
}

}  // namespace

void convolve(Draft& draft) {
  if (std::ranges::none_of(draft.graph.nodes(), [](const Node& node) {
        return node.op == &windows_op || node.op == &overlap_op;
      }))
    return;
  draft.graph = rewrite(draft.graph, recognise);
  draft.graph = rewrite(draft.graph, keep);  // drops the windows that nobody reads now
  draft.groups = single_groups(draft.graph);
}

}  // namespace chainrule
