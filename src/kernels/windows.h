// Windows of images, and their sum where they overlap.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/threads.h"

namespace chainrule::kernels {

// Along one axis of the image: window i's number a is the image's number i * stride + a * dilation
// - before, or outside.
struct WindowAxis {
  std::int64_t image = 0, count = 0, size = 1, stride = 1, dilation = 1, before = 0;

  std::int64_t place(std::int64_t i, std::int64_t a) const {
    return i * stride + a * dilation - before;
  }
  bool is_inside(std::int64_t place) const { return place >= 0 && place < image; }
};

// Images [batch, down.image, across.image, channels], windows [batch, down.count, across.count,
// down.size, across.size, channels].
struct WindowProblem {
  std::int64_t batch = 0, channels = 0;
  WindowAxis down{}, across{};

  std::int64_t image_floats() const { return down.image * across.image * channels; }
  std::int64_t window_floats() const { return down.size * across.size * channels; }
};

// Calls add(from) for each number of the windows at which the image's number (h, w) stands, in the
// order of its place in them, a and then b; `from` is where its channels begin in one image's
// windows.
template <class Add>
void for_each_window_at(const WindowProblem& p, std::int64_t h, std::int64_t w, Add add) {
  for (std::int64_t a = 0; a < p.down.size; ++a) {
    const std::int64_t above = h + p.down.before - a * p.down.dilation;
    if (above < 0) break;
    const std::int64_t i = above / p.down.stride;
    if (above % p.down.stride != 0 || i >= p.down.count) continue;
    for (std::int64_t b = 0; b < p.across.size; ++b) {
      const std::int64_t left = w + p.across.before - b * p.across.dilation;
      if (left < 0) break;
      const std::int64_t j = left / p.across.stride;
      if (left % p.across.stride != 0 || j >= p.across.count) continue;
      add((((i * p.across.count + j) * p.down.size + a) * p.across.size + b) * p.channels);
    }
  }
}

// Rows of windows, shared over the pool where that pays.
void windows(const WindowProblem& p, const float* x, float fill, float* y, ThreadPool& pool);

// Each number of the image is one sum, from -0, in the order of for_each_window_at; of nothing, 0.
void overlap(const WindowProblem& p, const float* x, float* y, ThreadPool& pool);

}  // namespace chainrule::kernels
