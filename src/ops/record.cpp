#include "ops/record.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace chainrule {

Shape broadcast_shape(std::string_view op, const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  Shape result = longer;
  const int lead = longer.rank() - shorter.rank();
  for (int axis = 0; axis < shorter.rank(); ++axis) {
    const std::int64_t one = longer[lead + axis], other = shorter[axis];
    if (one != other && one != 1 && other != 1)
      throw UsageError(
          fmt::format("{}: shapes {} and {} do not broadcast; extents must be equal or 1", op,
                      a.to_string(), b.to_string()));
    result = result.with(lead + axis, one == 1 ? other : one);
  }
  return result;
}

Value trace_broadcast(const Op& op, Value a, Value b) {
  const Shape shape = broadcast_shape(op.name, a.shape(), b.shape());
  return a.graph().apply(op, {{broadcast(a, shape), broadcast(b, shape)}});
}

Value constant_like(Value like, double number) { return like.graph().constant(number); }

std::vector<std::int64_t> normal_axes(std::string_view op, const Shape& x,
                                      std::vector<std::int64_t> axes) {
  if (axes.empty()) {
    axes.resize(static_cast<std::size_t>(x.rank()));
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (std::int64_t& axis : axes) {
    if (axis < -x.rank() || axis >= x.rank())
      throw UsageError(fmt::format("{}: shape {} has no axis {}", op, x.to_string(), axis));
    if (axis < 0) axis += x.rank();
  }
  std::ranges::sort(axes);
  if (std::ranges::adjacent_find(axes) != axes.end())
    throw UsageError(fmt::format("{}: an axis is named twice", op));
  return axes;
}

Shape same_shape(std::span<const Shape> x, const Attributes&) { return x[0]; }

Shape rows_shape(std::span<const Shape> x, const Attributes&) {
  if (x[0].rank() == 0)
    throw UsageError("softmax runs over the last axis, but a scalar has none; reshape it to [1]");
  return x[0];
}

Shape reduced_shape(std::span<const Shape> x, const Attributes& attributes) {
  Shape shape = x[0];
  for (const std::int64_t axis : attributes.ints) shape = shape.with(static_cast<int>(axis), 1);
  return shape;
}

Shape loss_shape(std::span<const Shape> x, const Attributes&) {
  if (x[0] != x[1] || x[0].rank() != 2)
    throw UsageError(
        fmt::format("a loss compares two tensors of one shape [batch, outputs], got {} and {}",
                    x[0].to_string(), x[1].to_string()));
  return {};
}

std::array<std::int64_t, Shape::max_rank> row_major_strides(const Shape& shape) {
  std::array<std::int64_t, Shape::max_rank> strides{};
  std::int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<std::size_t>(axis)] = step;
    step *= shape[axis];
  }
  return strides;
}

}  // namespace chainrule
