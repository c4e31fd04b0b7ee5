// Products of windows of images with filters, whose windows are read where the images lie: they are
// in memory nowhere. Filters are [window numbers, filters], where a window's numbers are in the
// order (down, across, channel).
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/threads.h"
#include "kernels/epilogue.h"
#include "kernels/matmul.h"
#include "kernels/windows.h"

namespace chainrule::kernels {

struct Convolution {
  WindowProblem images{};
  std::int64_t filters = 0;

  std::int64_t places() const { return images.batch * images.down.count * images.across.count; }
  // The product that each stands for, on windows as rows of a matrix [places, window numbers].
  MatmulProblem forward() const {
    return {.m = places(), .n = filters, .k = images.window_floats()};
  }
  MatmulProblem by_filters() const {
    return {.m = images.window_floats(), .n = filters, .k = places(), .transpose_a = true};
  }
};

// y [places, filters], with the bits of that product; the window's numbers outside of an image are
// 0. Splits itself over the pool if that pays. Allocates nothing. forward() is_summed_in_blocks and
// nothing is empty.
void convolve(const Convolution& problem, const float* x, const float* filters, float* y,
              Epilogue epilogue, float* workspace, ThreadPool& pool);
std::size_t convolve_floats(const Convolution& problem, int threads);

// The filters' gradient, [window numbers, filters], from the result's, g [places, filters]: with
// the bits of the product of windows, read transposed, with g.
void filter_gradient(const Convolution& problem, const float* x, const float* g, float* y,
                     Epilogue epilogue, float* workspace, ThreadPool& pool);
std::size_t filter_gradient_floats(const Convolution& problem, int threads);

// The images' gradient from the result's, where the stride is 1: each number is one product of a
// window of g, from the filters' last place to the first. `problem` is that of the convolution.
void image_gradient(const Convolution& problem, const float* g, const float* filters, float* y,
                    Epilogue epilogue, float* workspace, ThreadPool& pool);
std::size_t image_gradient_floats(const Convolution& problem, int threads);

}  // namespace chainrule::kernels
