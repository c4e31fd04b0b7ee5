// Axes in another order.
#pragma once

#include <cstdint>
#include <span>

#include "base/threads.h"

namespace chainrule::kernels {

// y, dense and of these extents, from x, in which a step along axis i is strides[i] numbers; x has
// the same number of elements. At most six axes. Shared over the pool where that pays.
void transpose(std::span<const std::int64_t> extents, std::span<const std::int64_t> strides,
               const float* x, float* y, ThreadPool& pool);

}  // namespace chainrule::kernels
