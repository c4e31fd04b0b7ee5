// The largest number of each window, and its gradient.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/threads.h"
#include "kernels/epilogue.h"
#include "kernels/windows.h"

namespace chainrule::kernels {

// Windows of at most so many numbers per channel are reduced in one block, as reduce_max does it.
constexpr std::int64_t most_pooled = 256;

// y [batch, down.count, across.count, channels] has the bits of reduce_max over the windows, around
// whose images lies `fill`.
void max_pool(const WindowProblem& p, const float* x, float fill, float* y, Epilogue epilogue,
              ThreadPool& pool);

// dE/dx from g = dE/dy: g / n goes to each of the n numbers of a window that are its largest, and
// 0 g / n to the others; where windows overlap, these are added up as `overlap` does it.
void max_pool_gradient(const WindowProblem& p, const float* x, float fill, const float* y,
                       const float* g, float* dx, Epilogue epilogue, float* workspace,
                       ThreadPool& pool);
std::size_t max_pool_gradient_floats(const WindowProblem& p, int threads);

}  // namespace chainrule::kernels
