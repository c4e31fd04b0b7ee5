// Matrix products of dense row-major float matrices, either operand read as stored or transposed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/threads.h"
#include "kernels/epilogue.h"

namespace chainrule::kernels {

// In which order an element of C is summed over k.
enum class SumOrder {
  blocks,  // equal blocks of sum_block(k), each in increasing order, then their sums in order
  whole,   // one sum in increasing order, of more than a block
  lanes,   // sixteen sums, each of the p that are alike modulo 16, which are then joined
};

// C = op(A) op(B) with C [m, n], op(A) [m, k], op(B) [k, n].
// A transposed operand is stored the other way round: A as [k, m], B as [n, k].
struct MatmulProblem {
  std::int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  // k is cut into so many equal parts, at most most_parts. Each part's sum is that of a product of
  // its own, which may not be in lanes; they are added as in kernels/tree_order.h.
  std::int64_t parts = 1;
  // In place of sum_order: rows have the bits that they have in a product of fewer rows.
  std::optional<SumOrder> order{};
};

constexpr std::int64_t most_parts = 4096;

// The order that the shapes call for, of a product that is not in parts.
SumOrder sum_order(const MatmulProblem& problem);
// Is there a way to sum in this order?
bool allows(const MatmulProblem& problem, SumOrder order);

// Scratch memory that matmul needs for this problem with a pool of this many threads, in floats.
std::size_t workspace_floats(const MatmulProblem& problem, int threads);

// Where no operand has more elements than this, every element of C is one sum of fused
// multiply-adds over k in increasing order.
constexpr std::int64_t small_operand = 256;

// Is an element of C the sum over equal blocks of k, each summed on its own in increasing order, of
// this length? Otherwise few rows or one column are summed in another way.
bool is_summed_in_blocks(const MatmulProblem& problem);
std::int64_t sum_block(std::int64_t k);

// C may not overlap A, B or the workspace. Splits itself over the pool if that pays. The bits of C
// depend on the shapes alone: an element is one sum over k in increasing order, in blocks whose
// length depends on k, or sixteen such sums that are then joined. Allocates nothing.
void matmul(const MatmulProblem& problem, const float* a, const float* b, float* c,
            Epilogue epilogue, float* workspace, ThreadPool& pool);

// `count` such products; from one to the next a and b move on by their steps, which may be 0, and c
// by m n.
struct MatmulStack {
  MatmulProblem problem{};
  std::int64_t count = 1, a_step = 0, b_step = 0;
};

std::size_t workspace_floats(const MatmulStack& stack, int threads);

// Each product has the bits that it has alone. Small products are shared out whole.
void matmul_stack(const MatmulStack& stack, const float* a, const float* b, float* c,
                  Epilogue epilogue, float* workspace, ThreadPool& pool);

}  // namespace chainrule::kernels
