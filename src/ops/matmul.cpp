#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "kernels/matmul.h"
#include "kernels/tree_order.h"
#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// attributes.ints = {a is stored transposed, b is stored transposed, order, parts}; none means
// neither, the usual order (else 1 + that of SumOrder) and one part. Tracing makes plain products;
// the compiler absorbs transposes into the product that reads them, and computes several parts of a
// batch at once.
// Operands of more than two axes are stacks of matrices.
namespace {

bool flag(const Attributes& attributes, std::size_t which) {
  return which < attributes.ints.size() && attributes.ints[which] != 0;
}

// Extents counted from the last axis.
std::int64_t rows_of(const Shape& x) { return x[x.rank() - 2]; }
std::int64_t columns_of(const Shape& x) { return x[x.rank() - 1]; }

template <class T>
kernels::MatmulProblem problem(const Call<T>& call) {
  const std::vector<std::int64_t>& ints = call.attributes->ints;
  const bool transpose_a = flag(*call.attributes, 0);
  const Shape& a = call.x_shapes[0];
  return {.m = rows_of(call.y_shape),
          .n = columns_of(call.y_shape),
          .k = transpose_a ? rows_of(a) : columns_of(a),
          .transpose_a = transpose_a,
          .transpose_b = flag(*call.attributes, 1),
          .parts = ints.size() > 3 ? ints[3] : 1,
          .order = flag(*call.attributes, 2)
                       ? std::optional(static_cast<kernels::SumOrder>(ints[2] - 1))
                       : std::nullopt};
}

// How many products there are, and from one to the next in each operand.
struct Stack {
  std::int64_t count = 1, a_step = 0, b_step = 0;
};

template <class T>
Stack stack_of(const Call<T>& call) {
  Stack stack;
  for (int axis = 0; axis + 2 < call.y_shape.rank(); ++axis) stack.count *= call.y_shape[axis];
  const kernels::MatmulProblem product = problem(call);
  if (call.x_shapes[0].rank() > 2) stack.a_step = product.m * product.k;
  if (call.x_shapes[1].rank() > 2) stack.b_step = product.k * product.n;
  return stack;
}

template <class T>
void add_product(T& sum, const T& a, const T& b) {
  sum += a * b;
}
// Each product is rounded together with its sum. The first is added to -0, as if alone.
void add_fused(Expression& sum, const Expression& a, const Expression& b) {
  sum = sum.is_constant() ? a * b : Expression(multiply_add_op, {a, b, sum});
}

// Row by row of B, as it lies in memory; each sum goes over p in ascending order. It begins with
// its first term: -0 changes none, as 0 would change -0.
template <class T, void (*add_product)(T& sum, const T& a, const T& b)>
void multiply_matrices(const kernels::MatmulProblem& product, const T* a, const T* b, T* y,
                       std::int64_t only, std::int64_t begin, std::int64_t end) {
  const auto& [m, n, k, transpose_a, transpose_b, parts, order] = product;
  const bool all = only < 0;
  const T start = k == 0 ? 0.0 : -0.0;
  const std::int64_t row = all ? 0 : only / n, column = all ? 0 : only % n;
  const std::int64_t rows = all ? m : row + 1, columns = all ? n : column + 1;
  for (std::int64_t i = row; i < rows; ++i) {
    for (std::int64_t j = column; j < columns; ++j) y[i * n + j] = start;
    for (std::int64_t p = begin; p < end; ++p) {
      const T& factor = a[transpose_a ? p * m + i : i * k + p];
      const T* const b_row = b + (transpose_b ? p : p * n);
      for (std::int64_t j = column; j < columns; ++j)
        add_product(y[i * n + j], factor, b_row[transpose_b ? j * k : j]);
    }
  }
}

// The same, part by part.
template <class T, void (*add_product)(T& sum, const T& a, const T& b)>
void multiply_parts(const kernels::MatmulProblem& product, const T* a, const T* b, T* y,
                    std::int64_t only) {
  const std::int64_t length = product.k / product.parts;
  if (product.parts == 1)
    return multiply_matrices<T, add_product>(product, a, b, y, only, 0, product.k);
  std::vector<std::vector<T>> sums;
  for (std::int64_t part = 0; part < product.parts; ++part) {
    sums.emplace_back(static_cast<std::size_t>(product.m * product.n));
    multiply_matrices<T, add_product>(product, a, b, sums.back().data(), only, part * length,
                                      (part + 1) * length);
    for (int joins = kernels::joins_behind(part, product.parts); joins > 0; --joins) {
      const std::vector<T> right = std::move(sums.back());
      sums.pop_back();
      for (std::size_t i = 0; i < right.size(); ++i)
        if (only < 0 || static_cast<std::size_t>(only) == i) sums.back()[i] += right[i];
    }
  }
  if (only < 0)
    std::ranges::copy(sums.front(), y);
  else
    y[only] = sums.front()[static_cast<std::size_t>(only)];
}

template <class T, void (*add_product)(T& sum, const T& a, const T& b)>
void reference_matmul(const Call<T>& call) {
  const kernels::MatmulProblem product = problem(call);
  const Stack stack = stack_of(call);
  const std::int64_t floats = product.m * product.n;
  const bool all = call.only < 0;
  const std::int64_t begin = all ? 0 : call.only / floats, end = all ? stack.count : begin + 1;
  for (std::int64_t i = begin; i < end; ++i)
    multiply_parts<T, add_product>(product, call.x[0] + i * stack.a_step,
                                   call.x[1] + i * stack.b_step, call.y + i * floats,
                                   all ? -1 : call.only % floats);
}

Shape product_shape(std::span<const Shape> x, const Attributes& attributes) {
  const Shape &a = x[0], &b = x[1];
  const auto names = [&] { return a.to_string() + " and " + b.to_string(); };
  if (a.rank() < 2 || b.rank() < 2)
    throw UsageError("matmul: expected two matrices, got " + names());
  const bool transpose_a = flag(attributes, 0), transpose_b = flag(attributes, 1);
  if ((transpose_a ? rows_of(a) : columns_of(a)) != (transpose_b ? columns_of(b) : rows_of(b)))
    throw UsageError("matmul: the inner extents of " + names() + " differ");
  if (a.rank() > 2 && b.rank() > 2 && !std::equal(a.begin(), a.end() - 2, b.begin(), b.end() - 2))
    throw UsageError("matmul: the leading extents of " + names() + " differ");
  const Shape& stacked = a.rank() > 2 ? a : b;
  std::vector<std::int64_t> extents(stacked.begin(), stacked.end() - 2);
  extents.push_back(transpose_a ? columns_of(a) : rows_of(a));
  extents.push_back(transpose_b ? rows_of(b) : columns_of(b));
  return Shape(extents);
}

// The matrices of a stack transposed, not the stack.
Value transposed(Value x) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(x.shape().rank()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[order.size() - 2], order[order.size() - 1]);
  return transpose(x, order);
}

// What goes back to an operand: every product of the stack adds to one that has no stack itself.
Value summed_to(Value flow, const Shape& shape) {
  if (flow.shape() == shape) return flow;
  std::vector<std::int64_t> leading(static_cast<std::size_t>(flow.shape().rank() - 2));
  std::iota(leading.begin(), leading.end(), 0);
  return reshape(sum(flow, leading), shape);
}

// With A and B as the product sees them, dE/dA = g B^T and dE/dB = A^T g; what is stored
// transposed gets its gradient transposed.
Values undo_product(const Local& at, Value g) {
  const bool transpose_a = flag(at.attributes, 0), transpose_b = flag(at.attributes, 1);
  const Value a = at.x[0], b = at.x[1];
  const Value to_a = matmul(g, transpose_b ? b : transposed(b));
  const Value to_b = matmul(transpose_a ? a : transposed(a), g);
  return {summed_to(transpose_a ? transposed(to_a) : to_a, a.shape()),
          summed_to(transpose_b ? transposed(to_b) : to_b, b.shape())};
}

void fast_matmul(const Call<float>& call, ThreadPool& threads) {
  const auto [count, a_step, b_step] = stack_of(call);
  if (count == 1)
    kernels::matmul(problem(call), call.x[0], call.x[1], call.y, call.epilogue, call.workspace,
                    threads);
  else
    kernels::matmul_stack({problem(call), count, a_step, b_step}, call.x[0], call.x[1], call.y,
                          call.epilogue, call.workspace, threads);
}

std::int64_t workspace(std::span<const Shape> x, const Attributes& attributes, int threads) {
  const Call<float> call{
      .x_shapes = x, .y_shape = product_shape(x, attributes), .attributes = &attributes};
  const auto [count, a_step, b_step] = stack_of(call);
  return static_cast<std::int64_t>(
      count == 1 ? kernels::workspace_floats(problem(call), threads)
                 : kernels::workspace_floats({problem(call), count, a_step, b_step}, threads));
}

}  // namespace

constinit const Op matmul_op{
    .name = "matmul",
    .summary = {"The matrix product: rows of the first times columns of the second.",
                "행렬 곱: 첫째의 행과 둘째의 열을 곱합니다."},
    .arity = 2,
    .attribute_names = "transposed",
    .shape = product_shape,
    .reference = reference_matmul<double, add_product>,
    .symbolic = reference_matmul<Expression, add_product>,
    .exact = reference_matmul<Expression, add_fused>,
    .chain_rule = undo_product,
    .fast = fast_matmul,
    .workspace = workspace,
    .takes_epilogue = true,
    .check = {.cases =
                  [] {
                    return std::vector<CheckCase>{
                        {.operands = {{3, 4}, {4, 2}}},
                        {.operands = {{4, 3}, {4, 2}}, .attributes = {.ints = {1, 0}}},
                        {.operands = {{3, 4}, {2, 4}}, .attributes = {.ints = {0, 1}}},
                        {.operands = {{4, 3}, {2, 4}}, .attributes = {.ints = {1, 1}}},
                        {.operands = {{1, 5}, {5, 1}}}};
                  }},
};

Value matmul(Value a, Value b) {
  if (a.shape().rank() <= 2 || b.shape().rank() != 2) return a.graph().apply(matmul_op, {{a, b}});
  // The rows of all of the stack times one matrix are one product.
  std::vector<std::int64_t> extents(a.shape().begin(), a.shape().end());
  const std::int64_t k = extents.back();
  extents.back() = b.dim(1);
  std::int64_t rows = 1;
  for (std::size_t axis = 0; axis + 1 < extents.size(); ++axis) rows *= extents[axis];
  return reshape(matmul(reshape(a, {rows, k}), b), Shape(extents));
}

}  // namespace chainrule
