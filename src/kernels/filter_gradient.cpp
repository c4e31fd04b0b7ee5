#include <algorithm>
#include <array>

#include "kernels/convolve.h"
#include "kernels/matmul_kernels.h"
#include "kernels/padded_images.h"
#include "kernels/tiling.h"

namespace chainrule::kernels {
namespace {

using std::int64_t;

// The longest block of a sum.
constexpr int64_t most_places_of_block = 384;

// Places that are gone through at a time: their numbers of one pixel's channels, and their part of
// a panel of g, stay in the first-level cache while all rows of the product go by.
constexpr int64_t most_places_of_pass = 192;

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
    numbers_floats = whole_lines(2 * p.window_floats());
    sums_floats =
        whole_lines(divide_up(x.filters, f.panel_columns) * f.panel_columns * p.window_floats());
  }
  std::size_t floats(int threads) const {
    return static_cast<std::size_t>(numbers_floats + threads * task_floats());
  }

  int64_t task_floats() const { return images_floats + g_floats + sums_floats; }

  PaddedImages images;
  int64_t block, rows = 0;
  int64_t images_floats = 0, g_floats = 0, sums_floats = 0;
  int64_t numbers_floats = 0;
};

// Some window numbers and some filters.
struct Share {
  int64_t row, row_end, column, column_end;
};

class FilterGradient {
 public:
  FilterGradient(const Convolution& x, const GradientPlan& plan, const float* images,
                 const float* g, float* y, float* workspace)
      : x_(x),
        f_(matmul_kernels()),
        plan_(plan),
        images_(images),
        g_(g),
        y_(y),
        numbers_(reinterpret_cast<int64_t*>(workspace)) {
    for (int64_t k = 0; k < x.images.window_floats(); ++k) numbers_[k] = plan.images.place(k);
  }

  // All blocks of the sum, one after the other.
  void run(const Share& share, float* space) const {
    for (int64_t begin = 0; begin < x_.places(); begin += plan_.block)
      add_block(share, begin, std::min(begin + plan_.block, x_.places()), space);
  }

 private:
  struct Block {
    int64_t begin, end;
    const float* origin = nullptr;
    std::array<int64_t, most_places_of_block> places{};  // of its windows
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
        const float* at = rows + (i - row) * p.down.stride * plan_.images.pitch() +
                          j * p.across.stride * plan_.images.pixel();
        for (const int64_t end = std::min(place + width - j, block.end); place < end; ++place) {
          block.places[static_cast<std::size_t>(place - block.begin)] = at - block.origin;
          at += p.across.stride * plan_.images.pixel();
        }
      }
    }
  }

  void add_block(const Share& share, int64_t begin, int64_t end, float* space) const {
    Block block{.begin = begin, .end = end};
    gather(block, space);
    float* const packed = space + plan_.images_floats;
    const int64_t panel = f_.panel_columns, length = end - begin;
    pack(share, begin, length, packed);
    const int64_t pass = equal_pieces(length, most_places_of_pass);
    for (int64_t from = 0; from < length; from += pass)
      for (int64_t column = share.column; column < share.column_end; column += panel)
        add_panel(block, share, from, std::min(from + pass, length), column, packed);
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

  // Places [from, end) of a block, for a panel of g. The sums so far lie in scratch memory.
  void add_panel(const Block& block, const Share& share, int64_t from, int64_t end, int64_t column,
                 float* packed) const {
    const int64_t panel = f_.panel_columns, length = block.end - block.begin;
    const int64_t rows = share.row_end - share.row, step = equal_pieces(rows, most_gathered_rows);
    float* const sums = packed + plan_.g_floats + (column - share.column) * rows;
    std::array<const float*, most_gathered_rows> a;
    for (int64_t row = 0; row < rows; row += step) {
      const int64_t height = std::min(step, rows - row);
      for (int64_t r = 0; r < height; ++r)
        a[static_cast<std::size_t>(r)] = block.origin + numbers_[share.row + row + r];
      f_.multiply_gathered({.rows = height,
                            .columns = std::min(panel, share.column_end - column),
                            .k = end - from,
                            .tile_rows = equal_pieces(height, f_.max_tile_rows),
                            .a = a.data(),
                            .places = block.places.data() + from,
                            .b = packed + (column - share.column) * length + from * panel,
                            .b_stride = panel,
                            .c = y_ + (share.row + row) * x_.filters + column,
                            .c_stride = x_.filters,
                            .add_to_c = block.begin > 0,
                            .sums = sums + row * panel,
                            .goes_on = from > 0,
                            .is_last = end == length});
    }
  }

  const Convolution& x_;
  const MatmulKernels& f_;
  const GradientPlan& plan_;
  const float *images_, *g_;
  float* y_;
  int64_t* numbers_;  // where each number of a window lies from its first
};

}  // namespace

std::size_t filter_gradient_floats(const Convolution& problem, int threads) {
  return GradientPlan(problem, matmul_kernels()).floats(threads);
}

void filter_gradient(const Convolution& problem, const float* x, const float* g, float* y,
                     Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const MatmulKernels& f = matmul_kernels();
  const GradientPlan plan(problem, f);
  const FilterGradient work(problem, plan, x, g, y, workspace);
  const int64_t k = problem.images.window_floats(), n = problem.filters, panel = f.panel_columns;
  // Each task goes through all images, so tasks are few: first panels of filters, then, where there
  // are not enough of them, ranges of window numbers.
  const int64_t panels = divide_up(n, panel), tiles = divide_up(k, f.max_tile_rows);
  const int64_t wanted =
      std::min<int64_t>(tasks_worth(problem.by_filters(), pool.size()), pool.size());
  const int64_t across = std::min(panels, wanted);
  const int64_t down = std::min(tiles, divide_up(wanted, across));
  pool.parallel_for(across * down, [&](int64_t task, int worker) {
    const int64_t i = task / across, j = task % across;
    work.run({.row = tiles * i / down * f.max_tile_rows,
              .row_end = std::min(tiles * (i + 1) / down * f.max_tile_rows, k),
              .column = panels * j / across * panel,
              .column_end = std::min(panels * (j + 1) / across * panel, n)},
             workspace + plan.numbers_floats + worker * plan.task_floats());
  });
  if (epilogue.call == nullptr) return;
  const int64_t pieces = std::clamp<int64_t>(k * n / 16384, 1, int64_t{4} * pool.size());
  pool.parallel_for(pieces, [&](int64_t piece, int) {
    epilogue.call(epilogue.context, k * n * piece / pieces, k * n * (piece + 1) / pieces);
  });
}

}  // namespace chainrule::kernels
