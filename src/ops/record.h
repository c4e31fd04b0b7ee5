// What the records share: tracing helpers and shape rules.
#pragma once

#include <string>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "graph/op.h"

namespace chainrule {

using Values = std::vector<Value>;

inline Value trace(const Op& op, Value x) { return x.graph().apply(op, {{x}}); }

// Broadcasts both operands to their common shape, then applies the operation.
Value trace_broadcast(const Op& op, Value a, Value b);
// A number as an operand beside `like`.
Value constant_like(Value like, double number);

// The shape to which both broadcast, as in NumPy: aligned at the last axis, 1 stretches.
Shape broadcast_shape(std::string_view op, const Shape& a, const Shape& b);

// Axes sorted and counted from 0; empty means all. Throws UsageError if one is out of range.
std::vector<std::int64_t> normal_axes(std::string_view op, const Shape& x,
                                      std::vector<std::int64_t> axes);

// Shape rules.
Shape same_shape(std::span<const Shape> x, const Attributes&);
Shape rows_shape(std::span<const Shape> x, const Attributes&);  // the same, with a last axis
Shape reduced_shape(std::span<const Shape> x, const Attributes& attributes);  // ints = axes
Shape loss_shape(std::span<const Shape> x, const Attributes&);  // two of one shape [batch, outputs]

// The row of a table that a number names; throws UsageError if there is none.
template <class T>
std::int64_t row_named(std::string_view op, T number, std::int64_t count) {
  if (!(number >= 0 && number < static_cast<T>(count)))
    throw UsageError(fmt::format("{}: row {} of a table with {} rows", op, number, count));
  return static_cast<std::int64_t>(number);
}

// A number that says which others are taken, in loops over numbers and over formulas.
inline float which(float number) { return number; }
inline double which(double number) { return number; }

// What random_uniform draws by: see there.
inline void require_counter(std::string_view op, const Shape& counter) {
  if (counter != Shape{2} && counter != Shape{3})
    throw UsageError(
        fmt::format("{}: the counter has two or three values, got {}", op, counter.to_string()));
}

// Steps of a walk over a tensor, in elements, outermost first.
std::array<std::int64_t, Shape::max_rank> row_major_strides(const Shape& shape);

// Calls visit(offset) for every element of `shape` in row-major order, where the offset moves by
// strides[axis] per step along an axis.
template <class Visit>
void for_each_offset(const Shape& shape, std::span<const std::int64_t> strides, Visit visit) {
  std::array<std::int64_t, Shape::max_rank> index{};
  const std::int64_t count = shape.size();
  std::int64_t offset = 0;
  for (std::int64_t done = 0; done < count; ++done) {
    visit(offset);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      const auto a = static_cast<std::size_t>(axis);
      offset += strides[a];
      if (++index[a] < shape[axis]) break;
      offset -= strides[a] * index[a];
      index[a] = 0;
    }
  }
}

// Copies x[offset] to y for every element of y, or for call.only, with offsets as above.
template <class T>
void copy_offsets(const Call<T>& call, std::span<const std::int64_t> strides) {
  if (call.only < 0) {
    T* next = call.y;
    for_each_offset(call.y_shape, strides,
                    [&](std::int64_t offset) { *next++ = call.x[0][offset]; });
    return;
  }
  std::int64_t offset = 0, rest = call.only;
  for (int axis = call.y_shape.rank() - 1; axis >= 0; --axis) {
    offset += strides[static_cast<std::size_t>(axis)] * (rest % call.y_shape[axis]);
    rest /= call.y_shape[axis];
  }
  call.y[call.only] = call.x[0][offset];
}

}  // namespace chainrule
