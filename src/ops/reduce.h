// Runs a single-axis kernel over any set of axes.
#pragma once

#include "base/threads.h"
#include "graph/op.h"
#include "kernels/reduce.h"

namespace chainrule {

using ReduceKernel = void (*)(const float* x, float* y, std::int64_t outer, std::int64_t reduce,
                              std::int64_t inner, kernels::ReduceRange range);

// Neighbouring axes are reduced as one. Axes that are apart are reduced one after another, last
// first, the partial results in call.workspace.
void reduce(ReduceKernel kernel, const Call<float>& call, ThreadPool& threads);

// Elements of workspace that reduce() needs.
std::int64_t reduce_workspace(std::span<const Shape> x, const Attributes& attributes, int threads);

}  // namespace chainrule
