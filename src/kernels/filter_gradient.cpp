#include <algorithm>
#include <array>

#include "kernels/convolve.h"
#include "kernels/matmul_kernels.h"
#include "kernels/padded_images.h"
#include "kernels/tiling.h"

namespace chainrule::kernels {
namespace {

using std::int64_t;

// The longest block of a sum: as many places, which are at most as many runs.
constexpr int64_t most_places_of_block = 384;

// How the work is cut, and where the scratch memory of a task lies.
struct GradientPlan {
  GradientPlan(const Convolution& x, const MatmulKernels& f)
      : images(x.images), block(sum_block(x.places())) {
    const WindowProblem& p = x.images;
    // A block begins and ends somewhere in a row of windows.
    rows = std::min(divide_up(block, p.across.count) + 1, p.batch * p.down.count);
    const int64_t whole = rows / p.down.count + 2;  // images that it has a part of
    images_floats =
        whole_lines(whole * images.floats_for(1) + rows * p.down.stride * images.pitch());
    g_floats = whole_lines(block * (x.filters + f.panel_columns) + f.lanes);
  }
  std::size_t floats(int threads) const {
    return static_cast<std::size_t>(threads * (images_floats + g_floats));
  }

  PaddedImages images;
  int64_t block, rows = 0;
  int64_t images_floats = 0, g_floats = 0;
};

// Some window numbers and some filters.
struct Share {
  int64_t row, row_end, column, column_end;
};

class FilterGradient {
 public:
  FilterGradient(const Convolution& x, const GradientPlan& plan, const float* images,
                 const float* g, float* y)
      : x_(x), f_(matmul_kernels()), plan_(plan), images_(images), g_(g), y_(y) {}

  // All blocks of the sum, one after the other.
  void run(const Share& share, float* space) const {
    for (int64_t begin = 0; begin < x_.places(); begin += plan_.block)
      add_block(share, begin, std::min(begin + plan_.block, x_.places()), space);
  }

 private:
  struct Block {
    int64_t begin, end;
    const float* origin = nullptr;
    std::array<Run, most_places_of_block> runs{};
    int64_t run_count = 0;
  };

  // The images that places [begin, end) are in, padded, and where each row of places begins.
  void gather(Block& block, float* space) const {
    const WindowProblem& p = x_.images;
    const int64_t width = p.across.count, height = p.down.count;
    block.origin = space;
    int64_t place = block.begin;
    while (place < block.end) {
      const int64_t n = place / width / height, row = place / width % height;
      const int64_t last = std::min((block.end - 1) / width - n * height, height - 1);
      float* const rows = space;
      plan_.images.copy(images_, n, row, last + 1, rows);
      space += plan_.images.floats_for(last + 1 - row);
      for (int64_t i = row; i <= last; ++i) {
        const int64_t j = place % width;
        const int64_t length = std::min(width - j, block.end - place);
        const float* const at = rows + (i - row) * p.down.stride * plan_.images.pitch() +
                                j * p.across.stride * plan_.images.pixel();
        block.runs[static_cast<std::size_t>(block.run_count++)] = {at - block.origin, length};
        place += length;
      }
    }
  }

  // Where number k of a window lies from its first.
  int64_t offset(int64_t k) const {
    const WindowProblem& p = x_.images;
    const int64_t c = k % p.channels, b = k / p.channels % p.across.size;
    const int64_t a = k / p.channels / p.across.size;
    return a * p.down.dilation * plan_.images.pitch() +
           b * p.across.dilation * plan_.images.pixel() + c;
  }

  void add_block(const Share& share, int64_t begin, int64_t end, float* space) const {
    Block block{.begin = begin, .end = end};
    gather(block, space);
    float* const packed = space + plan_.images_floats;
    const int64_t panel = f_.panel_columns, length = end - begin;
    pack(share, begin, length, packed);
    const int64_t step = equal_pieces(share.row_end - share.row, most_gathered_rows);
    for (int64_t column = share.column; column < share.column_end; column += panel)
      for (int64_t row = share.row; row < share.row_end; row += step)
        add_panel(block, row, std::min(step, share.row_end - row), column,
                  std::min(panel, share.column_end - column),
                  packed + (column - share.column) * length);
  }

  // Rows of g, panel by panel of columns; some rows at a time, as each is in a page of its own.
  void pack(const Share& share, int64_t begin, int64_t length, float* packed) const {
    constexpr int64_t strip = 32;
    const int64_t panel = f_.panel_columns;
    for (int64_t row = 0; row < length; row += strip)
      for (int64_t column = share.column; column < share.column_end; column += panel)
        f_.pack_rows(g_ + (begin + row) * x_.filters + column, x_.filters,
                     std::min(panel, share.column_end - column), std::min(strip, length - row),
                     packed + (column - share.column) * length + row * panel, panel);
  }

  void add_panel(const Block& block, int64_t row, int64_t rows, int64_t column, int64_t columns,
                 const float* packed) const {
    std::array<const float*, most_gathered_rows> a;
    for (int64_t r = 0; r < rows; ++r)
      a[static_cast<std::size_t>(r)] = block.origin + offset(row + r);
    f_.multiply_gathered({.rows = rows,
                          .columns = columns,
                          .tile_rows = equal_pieces(rows, f_.max_tile_rows),
                          .a = a.data(),
                          .runs = block.runs.data(),
                          .run_count = block.run_count,
                          .a_step = x_.images.across.stride * plan_.images.pixel(),
                          .b = packed,
                          .b_stride = f_.panel_columns,
                          .c = y_ + row * x_.filters + column,
                          .c_stride = x_.filters,
                          .add_to_c = block.begin > 0});
  }

  const Convolution& x_;
  const MatmulKernels& f_;
  const GradientPlan& plan_;
  const float *images_, *g_;
  float* y_;
};

}  // namespace

std::size_t filter_gradient_floats(const Convolution& problem, int threads) {
  return GradientPlan(problem, matmul_kernels()).floats(threads);
}

void filter_gradient(const Convolution& problem, const float* x, const float* g, float* y,
                     Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const MatmulKernels& f = matmul_kernels();
  const GradientPlan plan(problem, f);
  const FilterGradient work(problem, plan, x, g, y);
  const int64_t k = problem.images.window_floats(), n = problem.filters, panel = f.panel_columns;
  // Each task goes through all images, so tasks are few: first panels of filters, then, where there
  // are not enough of them, ranges of window numbers.
  const int64_t panels = divide_up(n, panel), tiles = divide_up(k, f.max_tile_rows);
  const int64_t wanted =
      std::min<int64_t>(tasks_worth(problem.by_filters(), pool.size()), pool.size());
  const int64_t across = std::min(panels, wanted);
  const int64_t down = std::min(tiles, divide_up(wanted, across));
  const int64_t space = plan.images_floats + plan.g_floats;
  pool.parallel_for(across * down, [&](int64_t task, int worker) {
    const int64_t i = task / across, j = task % across;
    work.run({.row = tiles * i / down * f.max_tile_rows,
              .row_end = std::min(tiles * (i + 1) / down * f.max_tile_rows, k),
              .column = panels * j / across * panel,
              .column_end = std::min(panels * (j + 1) / across * panel, n)},
             workspace + worker * space);
  });
  if (epilogue.call == nullptr) return;
  const int64_t pieces = std::clamp<int64_t>(k * n / 16384, 1, int64_t{4} * pool.size());
  pool.parallel_for(pieces, [&](int64_t piece, int) {
    epilogue.call(epilogue.context, k * n * piece / pieces, k * n * (piece + 1) / pieces);
  });
}

}  // namespace chainrule::kernels
