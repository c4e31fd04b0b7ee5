#include "kernels/transpose.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "kernels/matmul_kernels.h"

namespace chainrule::kernels {
namespace {

using std::int64_t;

// Below this many numbers a hand-off to other threads costs more than it saves.
constexpr int64_t worth_sharing_copies = 1 << 16;
// So many rows of 4 bytes each are read from a column at a time: whole cache lines, and few pages.
constexpr int64_t tile_rows = 64;
// Numbers that a task copies where they lie side by side.
constexpr int64_t task_floats = 4096;

struct Axis {
  int64_t extent = 1, stride = 0;
};

// The walk with as few axes as possible: those of one step fall away, and those that follow each
// other in x as in y become one.
struct Walk {
  std::array<Axis, 8> axes{};
  std::size_t rank = 0;

  void append(Axis axis) {
    if (axis.extent == 1) return;
    if (rank > 0 && axes[rank - 1].stride == axis.stride * axis.extent)
      axes[rank - 1] = {axes[rank - 1].extent * axis.extent, axis.stride};
    else
      axes[rank++] = axis;
  }
};

// Where a task begins in x and in y, by its number among all combinations of some axes.
struct Place {
  int64_t from = 0, to = 0;
};

struct Outer {
  std::array<Axis, 8> axes{};
  std::array<int64_t, 8> steps{};  // in y
  std::size_t rank = 0;
  int64_t count = 1;

  void append(Axis axis, int64_t step) {
    axes[rank] = axis;
    steps[rank++] = step;
    count *= axis.extent;
  }
  Place place(int64_t task) const {
    Place at;
    for (std::size_t i = rank; i-- > 0;) {
      const int64_t index = task % axes[i].extent;
      task /= axes[i].extent;
      at.from += index * axes[i].stride;
      at.to += index * steps[i];
    }
    return at;
  }
};

// Runs work(task) for all tasks, which together move this many numbers.
template <class Work>
void share_tasks(int64_t tasks, int64_t floats, ThreadPool& pool, Work work) {
  const int64_t most = pool.size() == 1 ? 1 : std::min<int64_t>(4 * pool.size(), tasks);
  const int64_t chunks =
      std::clamp<int64_t>(floats / worth_sharing_copies, 1, std::max<int64_t>(most, 1));
  pool.parallel_for(chunks, [&](int64_t chunk, int) {
    for (int64_t task = tasks * chunk / chunks; task < tasks * (chunk + 1) / chunks; ++task)
      work(task);
  });
}

// The last axis is the last one of x too: runs of numbers.
void copy_runs(const Walk& walk, const float* x, float* y, int64_t floats, ThreadPool& pool) {
  const int64_t run = walk.axes[walk.rank - 1].extent;
  Outer outer;
  int64_t step = floats;
  for (std::size_t i = 0; i + 1 < walk.rank; ++i)
    outer.append(walk.axes[i], step /= walk.axes[i].extent);
  const int64_t pieces = (run + task_floats - 1) / task_floats;
  share_tasks(outer.count * pieces, floats, pool, [&](int64_t task) {
    const Place at = outer.place(task / pieces);
    const int64_t begin = task % pieces * task_floats, end = std::min(begin + task_floats, run);
    std::copy(x + at.from + begin, x + at.from + end, y + at.to + begin);
  });
}

// `rows` numbers of x side by side go to places `step` apart in y; its last axis steps `stride`.
void transpose_tile(const MatmulKernels& f, const float* x, int64_t stride, int64_t columns,
                    int64_t rows, float* y, int64_t step) {
  const int64_t whole = columns / f.lanes * f.lanes;
  if (whole > 0) f.pack_columns(x, stride, whole, rows, y, step);
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t column = whole; column < columns; ++column)
      y[row * step + column] = x[column * stride + row];
}

// The last axis of y is another one than that of x, which is axis `inner` of y.
void transpose_tiles(const Walk& walk, std::size_t inner, const float* x, float* y, int64_t floats,
                     ThreadPool& pool) {
  const Axis last = walk.axes[walk.rank - 1];
  const int64_t rows = walk.axes[inner].extent, pieces = (rows + tile_rows - 1) / tile_rows;
  Outer outer;
  int64_t step = floats, inner_step = 0;
  for (std::size_t i = 0; i + 1 < walk.rank; ++i) {
    step /= walk.axes[i].extent;
    if (i == inner)
      inner_step = step;
    else
      outer.append(walk.axes[i], step);
  }
  const MatmulKernels& f = matmul_kernels();
  share_tasks(outer.count * pieces, floats, pool, [&](int64_t task) {
    const Place at = outer.place(task / pieces);
    const int64_t row = task % pieces * tile_rows;
    transpose_tile(f, x + at.from + row, last.stride, last.extent, std::min(tile_rows, rows - row),
                   y + at.to + row * inner_step, inner_step);
  });
}

}  // namespace

void transpose(std::span<const int64_t> extents, std::span<const int64_t> strides, const float* x,
               float* y, ThreadPool& pool) {
  Walk walk;
  int64_t floats = 1;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    floats *= extents[i];
    walk.append({extents[i], strides[i]});
  }
  if (floats == 0) return;
  if (walk.rank == 0) walk.axes[walk.rank++] = {1, 1};
  std::size_t inner = walk.rank - 1;
  while (walk.axes[inner].stride != 1) --inner;
  if (inner + 1 == walk.rank)
    copy_runs(walk, x, y, floats, pool);
  else
    transpose_tiles(walk, inner, x, y, floats, pool);
}

}  // namespace chainrule::kernels
