// What windows and their overlap share: attributes and shapes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "chainrule/ops.h"
#include "graph/op.h"
#include "kernels/convolve.h"
#include "kernels/windows.h"

namespace chainrule {

// attributes.ints of both operations: five pairs, in the order of struct Windows.
std::vector<std::int64_t> window_attributes(const Windows& where);
Windows windows_from(const Attributes& attributes);

// The windows of an image [batch, height, width, channels]; throws UsageError if there are none.
Shape windows_shape(std::string_view op, const Shape& image, const Windows& where);

kernels::WindowProblem window_problem(const Shape& image, const Shape& windows,
                                      const Windows& where);

// Windows as rows of a matrix: [windows, numbers of a window].
Value window_rows(Value x, const Windows& where);
Shape matrix_of_windows(const Shape& windows);

// Shapes of what a convolution computes: images [batch, height, width, channels], filters [numbers
// of a window, outputs], result [batch, down, across, outputs]. Throw UsageError.
Shape convolved_shape(std::string_view op, const Shape& image, const Shape& filters,
                      const Windows& where);
void require_shape(std::string_view op, std::string_view what, const Shape& given,
                   const Shape& expected);

kernels::Convolution convolution(const Shape& image, const Shape& result, const Windows& where);

}  // namespace chainrule
