// Matrix products of dense row-major float matrices, either operand read as stored or transposed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/threads.h"
#include "kernels/epilogue.h"

namespace chainrule::kernels {

// C = op(A) op(B) with C [m, n], op(A) [m, k], op(B) [k, n].
// A transposed operand is stored the other way round: A as [k, m], B as [n, k].
struct MatmulProblem {
  std::int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
};

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
