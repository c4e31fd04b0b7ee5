#include "kernels/matmul.h"
#include "ops/expression.h"
#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// attributes.ints = {a is stored transposed, b is stored transposed}; none means neither. Tracing
// makes plain products; the compiler absorbs transposes into the product that reads them.
namespace {

bool flag(const Attributes& attributes, std::size_t which) {
  return which < attributes.ints.size() && attributes.ints[which] != 0;
}

template <class T>
kernels::MatmulProblem problem(const Call<T>& call) {
  const bool transpose_a = flag(*call.attributes, 0);
  return {.m = call.y_shape[0],
          .n = call.y_shape[1],
          .k = call.x_shapes[0][transpose_a ? 0 : 1],
          .transpose_a = transpose_a,
          .transpose_b = flag(*call.attributes, 1)};
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
void reference_matmul(const Call<T>& call) {
  const auto [m, n, k, transpose_a, transpose_b] = problem(call);
  const bool all = call.only < 0;
  const T start = k == 0 ? 0.0 : -0.0;
  const std::int64_t row = all ? 0 : call.only / n, column = all ? 0 : call.only % n;
  const std::int64_t rows = all ? m : row + 1, columns = all ? n : column + 1;
  for (std::int64_t i = row; i < rows; ++i) {
    for (std::int64_t j = column; j < columns; ++j) call.y[i * n + j] = start;
    for (std::int64_t p = 0; p < k; ++p) {
      const T& a = call.x[0][transpose_a ? p * m + i : i * k + p];
      const T* const b = call.x[1] + (transpose_b ? p : p * n);
      for (std::int64_t j = column; j < columns; ++j)
        add_product(call.y[i * n + j], a, b[transpose_b ? j * k : j]);
    }
  }
}

Shape product_shape(std::span<const Shape> x, const Attributes& attributes) {
  if (x[0].rank() != 2 || x[1].rank() != 2)
    throw UsageError("matmul: expected two matrices, got " + x[0].to_string() + " and " +
                     x[1].to_string());
  const bool transpose_a = flag(attributes, 0), transpose_b = flag(attributes, 1);
  if (x[0][transpose_a ? 0 : 1] != x[1][transpose_b ? 1 : 0])
    throw UsageError("matmul: the inner extents of " + x[0].to_string() + " and " +
                     x[1].to_string() + " differ");
  return {x[0][transpose_a ? 1 : 0], x[1][transpose_b ? 0 : 1]};
}

// With A and B as the product sees them, dE/dA = g B^T and dE/dB = A^T g; what is stored
// transposed gets its gradient transposed.
Values undo_product(const Local& at, Value g) {
  const bool transpose_a = flag(at.attributes, 0), transpose_b = flag(at.attributes, 1);
  const Value a = at.x[0], b = at.x[1];
  const Value to_a = matmul(g, transpose_b ? b : transpose(b));
  const Value to_b = matmul(transpose_a ? a : transpose(a), g);
  return {transpose_a ? transpose(to_a) : to_a, transpose_b ? transpose(to_b) : to_b};
}

void fast_matmul(const Call<float>& call, ThreadPool& threads) {
  kernels::matmul(problem(call), call.x[0], call.x[1], call.y, call.epilogue, call.workspace,
                  threads);
}

std::int64_t workspace(std::span<const Shape> x, const Attributes& attributes, int threads) {
  const Call<float> call{
      .x_shapes = x, .y_shape = product_shape(x, attributes), .attributes = &attributes};
  return static_cast<std::int64_t>(kernels::workspace_floats(problem(call), threads));
}

}  // namespace

constinit const Op matmul_op{
    .name = "matmul",
    .summary = "The matrix product: rows of the first times columns of the second.",
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

Value matmul(Value a, Value b) { return a.graph().apply(matmul_op, {{a, b}}); }

}  // namespace chainrule
