// Images with their padding, as the windows of a convolution read them.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/windows.h"

namespace chainrule::kernels {

// A copy of rows of an image with what lies around it. Pixels are a little apart: where a step from
// one window to the next is a whole number of cache lines, numbers of the same place would be in
// the same bank of the cache, and loading several of them at a time would take turns.
class PaddedImages {
 public:
  explicit PaddedImages(const WindowProblem& problem)
      : p_(problem), width_(reach(p_.across, p_.across.count)) {
    const std::int64_t step = p_.across.stride * p_.channels;
    pixel_ = p_.channels + (step % 8 == 0 ? std::max<std::int64_t>(2 / p_.across.stride, 1) : 0);
  }

  std::int64_t pixel() const { return pixel_; }           // floats from one pixel to the next
  std::int64_t pitch() const { return width_ * pixel_; }  // and from one row
  std::int64_t floats_for(std::int64_t windows) const { return reach(p_.down, windows) * pitch(); }

  // Where number k of a window lies from its first.
  std::int64_t place(std::int64_t k) const {
    const std::int64_t c = k % p_.channels, b = k / p_.channels % p_.across.size;
    const std::int64_t a = k / p_.channels / p_.across.size;
    return a * p_.down.dilation * pitch() + b * p_.across.dilation * pixel_ + c;
  }

  // The rows of image n that windows [begin, end) down read.
  void copy(const float* x, std::int64_t n, std::int64_t begin, std::int64_t end, float* to) const {
    const std::int64_t top = p_.down.place(begin, 0), left = -p_.across.before;
    const std::int64_t width = p_.across.image;
    const std::int64_t first = std::clamp<std::int64_t>(-left, 0, width_);
    const std::int64_t inside = std::max<std::int64_t>(std::min(width_, width - left) - first, 0);
    for (std::int64_t h = top; h < top + reach(p_.down, end - begin); ++h, to += pitch()) {
      if (!p_.down.is_inside(h) || inside == 0) {
        std::fill_n(to, pitch(), 0.0f);
        continue;
      }
      std::fill_n(to, first * pixel_, 0.0f);
      copy_pixels(x + ((n * p_.down.image + h) * width + left + first) * p_.channels, inside,
                  to + first * pixel_);
      std::fill(to + (first + inside) * pixel_, to + pitch(), 0.0f);
    }
  }

 private:
  // The numbers over which this many windows reach.
  static std::int64_t reach(const WindowAxis& axis, std::int64_t windows) {
    return (windows - 1) * axis.stride + (axis.size - 1) * axis.dilation + 1;
  }

  void copy_pixels(const float* from, std::int64_t count, float* to) const {
    if (pixel_ == p_.channels) {
      std::copy_n(from, count * pixel_, to);
      return;
    }
    for (std::int64_t i = 0; i < count; ++i, from += p_.channels, to += pixel_)
      std::copy_n(from, p_.channels, to);
  }

  const WindowProblem& p_;
  std::int64_t width_, pixel_;
};

}  // namespace chainrule::kernels
