#include "kernels/windows.h"

namespace chainrule::kernels {
namespace {

// Below this many numbers a hand-off to other threads costs more than it saves.
constexpr std::int64_t worth_sharing_windows = 1 << 16;

// Calls run(row) for all rows, in as many chunks as pay.
template <class Run>
void share_rows(std::int64_t rows, std::int64_t floats, ThreadPool& pool, Run run) {
  const std::int64_t most = pool.size() == 1 ? 1 : 4 * pool.size();
  const std::int64_t chunks = std::clamp<std::int64_t>(floats / worth_sharing_windows, 1, most);
  pool.parallel_for(chunks, [&](std::int64_t chunk, int) {
    for (std::int64_t row = rows * chunk / chunks; row < rows * (chunk + 1) / chunks; ++row)
      run(row);
  });
}

// Row a of one window: `x` is the image's row, which the window enters at `left`.
float* copy_window_row(const WindowProblem& p, const float* x, std::int64_t left, float fill,
                       float* y) {
  const std::int64_t c = p.channels;
  if (p.across.dilation != 1) {
    for (std::int64_t b = 0; b < p.across.size; ++b) {
      const std::int64_t w = left + b * p.across.dilation;
      y = p.across.is_inside(w) ? std::copy_n(x + w * c, c, y) : std::fill_n(y, c, fill);
    }
    return y;
  }
  const std::int64_t before = std::clamp<std::int64_t>(-left, 0, p.across.size);
  const std::int64_t inside =
      std::max<std::int64_t>(std::min(p.across.size, p.across.image - left) - before, 0);
  y = std::fill_n(y, before * c, fill);
  if (inside > 0) y = std::copy_n(x + (left + before) * c, inside * c, y);
  return std::fill_n(y, (p.across.size - before - inside) * c, fill);
}

}  // namespace

void windows(const WindowProblem& p, const float* x, float fill, float* y, ThreadPool& pool) {
  const std::int64_t row_floats = p.across.count * p.window_floats();
  const std::int64_t rows = p.batch * p.down.count, width = p.across.image * p.channels;
  share_rows(rows, rows * row_floats, pool, [&](std::int64_t row) {
    const std::int64_t i = row % p.down.count;
    const float* const image = x + row / p.down.count * p.image_floats();
    float* to = y + row * row_floats;
    for (std::int64_t j = 0; j < p.across.count; ++j)
      for (std::int64_t a = 0; a < p.down.size; ++a) {
        const std::int64_t h = p.down.place(i, a);
        if (p.down.is_inside(h))
          to = copy_window_row(p, image + h * width, p.across.place(j, 0), fill, to);
        else
          to = std::fill_n(to, p.across.size * p.channels, fill);
      }
  });
}

void overlap(const WindowProblem& p, const float* x, float* y, ThreadPool& pool) {
  const std::int64_t windows_floats = p.down.count * p.across.count * p.window_floats();
  const std::int64_t c = p.channels, width = p.across.image;
  const std::int64_t rows = p.batch * p.down.image;
  share_rows(rows, p.batch * windows_floats, pool, [&](std::int64_t row) {
    const float* const from = x + row / p.down.image * windows_floats;
    for (std::int64_t w = 0; w < width; ++w) {
      float* const to = y + (row * width + w) * c;
      bool is_first = true;  // -0 + x is x
      for_each_window_at(p, row % p.down.image, w, [&](std::int64_t at) {
        const float* const next = from + at;
        if (is_first)
          std::copy_n(next, c, to);
        else
          for (std::int64_t k = 0; k < c; ++k) to[k] += next[k];
        is_first = false;
      });
      if (is_first) std::fill_n(to, c, 0.0f);
    }
  });
}

}  // namespace chainrule::kernels
