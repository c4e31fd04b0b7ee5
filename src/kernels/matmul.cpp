#include "kernels/matmul.h"

#include <algorithm>
#include <utility>

#include "kernels/matmul_kernels.h"
#include "kernels/tiling.h"

namespace chainrule::kernels {
namespace {

using std::int64_t;

// Longest stretch of k that is summed in registers before it goes to C: 32 columns of B of this
// length (48 KiB) stay in the second-level cache beside a block of A.
constexpr int64_t max_k_block = 384;
// Rows of C that one task computes, at most: with k in blocks of 384, 168 KiB of packed A.
constexpr int64_t max_row_block = 112;
// Rows of C that a task for one of several threads has at least, where there are enough of them.
constexpr int64_t fewest_shared_rows = 32;
// Up to this many rows B is packed panel by panel as it is used, and tasks are column panels.
constexpr int64_t max_rows_by_columns = 56;
// Panels of B packed together: four read half a kilobyte of each row of B at a time.
constexpr int64_t group_panels = 4;
constexpr int64_t small_matrix = 4096;  // elements: half of a first-level cache
constexpr int64_t few_rows = 4, few_rows_dot = 16;
constexpr int64_t tiny_product = 128;  // multiply-adds

// Rows of C per task: equal blocks, as many for each thread as for the others, and with `tasks`
// worth sharing not so few rows that reading B outweighs them.
int64_t block_rows(int64_t m, int64_t tasks, int threads) {
  const int64_t shared = std::min(tasks, std::max<int64_t>(threads, m / fewest_shared_rows));
  int64_t blocks = std::max(divide_up(m, max_row_block), shared);
  if (tasks > 1) blocks = round_up(blocks, threads);
  return divide_up(m, blocks);
}

// Is the sum over k made of parts that are added along a tree? So are many rows in lanes.
bool is_parted(const MatmulProblem& x) { return x.parts > 1 || x.order == SumOrder::lanes; }

// Packing A pays when it is then read for several panels of B. (Parts read it packed.)
bool packs_a(const MatmulProblem& x, int64_t panel) { return x.n > 2 * panel || is_parted(x); }

// The stretch of k that is packed at a time: tiles of parts go through all of them.
int64_t depth_of(const MatmulProblem& x) { return is_parted(x) ? x.k : sum_block(x.k); }

bool by_columns(const MatmulProblem& x) { return x.m <= max_rows_by_columns; }

// Packing B pays when many rows read it, unless it lies in the first cache as it is.
bool packs_b(const MatmulProblem& x, const MatmulKernels& f) {
  if (x.transpose_b || !by_columns(x)) return true;
  return x.m > 2 * f.max_tile_rows && x.n * x.k > small_matrix;
}

// Tiles of about equal height: 15 rows are 8 + 7, not 12 + 3. Those of parts are as high as can be.
int64_t tile_height(const MatmulProblem& x, int64_t rows, const MatmulKernels& f) {
  return is_parted(x) ? f.max_tile_rows : equal_pieces(rows, f.max_tile_rows);
}

// The rows that packed tiles have room for.
int64_t tiled_rows(const MatmulProblem& x, const MatmulKernels& f) {
  return round_up(x.m, tile_height(x, x.m, f));
}

// Floats for one packed block of A; a vector more, because packing writes past the end.
int64_t packed_a_floats(const MatmulProblem& x, const MatmulKernels& f) {
  if (!packs_a(x, f.panel_columns)) return 0;
  const int64_t rows =
      by_columns(x) ? tiled_rows(x, f) : std::min(x.m, max_row_block) + f.max_tile_rows;
  return round_up(rows * (by_columns(x) ? x.k : depth_of(x)) + f.lanes, 16);
}

// Floats for one packed group of panels of B.
int64_t group_floats(const MatmulProblem& x, const MatmulKernels& f) {
  return group_panels * f.panel_columns * depth_of(x);
}

// Of the sum of each part.
int64_t block_of_part(MatmulProblem x) {
  x.k /= x.parts;
  x.parts = 1;
  return sum_order(x) == SumOrder::whole ? x.k : sum_block(x.k);
}

struct Operands {
  const MatmulProblem& problem;
  const float* a;
  const float* b;
  float* c;
  const MatmulKernels& f;
};

// Rows [row, row + rows) of op(A) at [p, p + depth), read in place.
PanelProduct view_a(const Operands& x, int64_t row, int64_t rows, int64_t p, int64_t depth) {
  const int64_t m = x.problem.m, k = x.problem.k, tile = tile_height(x.problem, rows, x.f);
  PanelProduct view{};
  view.rows = rows;
  view.k = depth;
  view.tile_rows = tile;
  view.a_row_major = !x.problem.transpose_a;
  view.a = x.problem.transpose_a ? x.a + p * m + row : x.a + row * k + p;
  view.a_stride = x.problem.transpose_a ? m : k;
  view.tile_step = x.problem.transpose_a ? tile : tile * k;
  return view;
}

// The same rows once they are packed.
PanelProduct packed_view(PanelProduct view, const float* packed) {
  view.a_row_major = false;
  view.a = packed;
  view.a_stride = view.tile_rows;
  view.tile_step = view.tile_rows * view.k;
  return view;
}

// Packs the rows in `view`, tile by tile as [k, tile_rows].
void pack_a(const Operands& x, const PanelProduct& view, float* to) {
  const auto pack = view.a_row_major ? x.f.pack_columns : x.f.pack_rows;
  const float* from = view.a;
  for (int64_t r = 0; r < view.rows; r += view.tile_rows, from += view.tile_step) {
    const int64_t width = std::min(view.tile_rows, view.rows - r);
    pack(from, view.a_stride, width, view.k, to + r * view.k, view.tile_rows);
  }
}

// One panel of C, or one stretch of k's share of it: `view` has the rows of A, `b` the rows of B.
void multiply(const Operands& x, PanelProduct view, int64_t row, int64_t j, const float* b,
              int64_t b_stride, bool add_to_c) {
  const int64_t n = x.problem.n;
  view.columns = std::min(x.f.panel_columns, n - j);
  view.b = b;
  view.b_stride = b_stride;
  view.c = x.c + row * n + j;
  view.c_stride = n;
  view.add_to_c = add_to_c;
  if (x.problem.order == SumOrder::lanes)
    x.f.multiply_parts({.all = view, .parts = 16, .block = x.problem.k, .in_lanes = true});
  else if (x.problem.parts > 1)
    x.f.multiply_parts({.all = view,
                        .parts = x.problem.parts,
                        .block = block_of_part(x.problem),
                        .in_lanes = false});
  else
    x.f.multiply_panel(view);
}

// B as stored can be read in place where the panel is a whole number of vectors wide.
bool reads_b_in_place(const Operands& x, int64_t j) {
  const int64_t width = std::min(x.f.panel_columns, x.problem.n - j);
  return !packs_b(x.problem, x.f) && width % x.f.lanes == 0;
}

// Packs the panels from column `begin` to `end` at rows [p, p + depth), panel_step floats apart.
void pack_b(const Operands& x, int64_t begin, int64_t end, int64_t p, int64_t depth,
            int64_t panel_step, float* to) {
  const int64_t n = x.problem.n, k = x.problem.k, panel = x.f.panel_columns;
  // A row of B is a memory page or more: across all panels with as many rows as the processor
  // keeps track of pages. (Transposed, a panel has that many rows and no more.)
  const int64_t strip = x.problem.transpose_b ? depth : 32;
  for (int64_t q = 0; q < depth; q += strip) {
    const int64_t rows = std::min(strip, depth - q);
    for (int64_t j = begin; j < end; j += panel) {
      if (reads_b_in_place(x, j)) continue;
      const int64_t width = std::min(panel, n - j);
      float* const here = to + (j - begin) / panel * panel_step + q * panel;
      if (x.problem.transpose_b) {
        x.f.pack_columns(x.b + j * k + p + q, k, width, rows, here, panel);
      } else {
        x.f.pack_rows(x.b + (p + q) * n + j, n, width, rows, here, panel);
      }
    }
  }
}

void run_epilogue(const MatmulProblem& x, Epilogue epilogue, int64_t tasks, ThreadPool& pool) {
  if (epilogue.call == nullptr) return;
  tasks = std::min({tasks, x.m, divide_up(x.m * x.n, 16384)});
  const int64_t rows = divide_up(x.m, tasks);
  pool.parallel_for(divide_up(x.m, rows), [&](int64_t task, int) {
    epilogue.call(epilogue.context, task * rows * x.n, std::min((task + 1) * rows, x.m) * x.n);
  });
}

// Columns [begin, end) of C, all its rows, by groups of panels. A is packed already, or read in
// place if packed_a is null; `space` holds one packed group.
void multiply_columns(const Operands& x, int64_t begin, int64_t end, float* packed_a,
                      float* space) {
  const int64_t m = x.problem.m, n = x.problem.n, k = x.problem.k;
  const int64_t panel = x.f.panel_columns, depth = depth_of(x.problem);
  for (int64_t group = begin; group < end; group += group_panels * panel) {
    const int64_t group_end = std::min(group + group_panels * panel, end);
    for (int64_t p = 0; p < k; p += depth) {
      const int64_t here = std::min(depth, k - p);
      PanelProduct view = view_a(x, 0, m, p, here);
      if (packed_a != nullptr) view = packed_view(view, packed_a + p * tiled_rows(x.problem, x.f));
      pack_b(x, group, group_end, p, here, here * panel, space);
      for (int64_t j = group; j < group_end; j += panel) {
        if (reads_b_in_place(x, j)) {
          multiply(x, view, 0, j, x.b + p * n + j, n, p > 0);
        } else {
          multiply(x, view, 0, j, space + (j - group) * here, panel, p > 0);
        }
      }
    }
  }
}

// Not many rows: A is packed once, tasks are ranges of columns, B is packed as it is used.
void multiply_by_columns(const Operands& x, Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const int64_t m = x.problem.m, n = x.problem.n, k = x.problem.k;
  const int64_t panel = x.f.panel_columns, panels = divide_up(n, panel),
                depth = depth_of(x.problem);
  const int64_t a_floats = packed_a_floats(x.problem, x.f);
  float* const packed_a = a_floats > 0 ? workspace : nullptr;
  float* const space = workspace + a_floats;
  if (packed_a != nullptr) {
    for (int64_t p = 0; p < k; p += depth) {
      pack_a(x, view_a(x, 0, m, p, std::min(depth, k - p)),
             packed_a + p * tiled_rows(x.problem, x.f));
    }
  }
  const int64_t tasks = std::min(panels, tasks_worth(x.problem, pool.size()));
  pool.parallel_for(tasks, [&](int64_t task, int worker) {
    multiply_columns(x, panels * task / tasks * panel,
                     std::min(panels * (task + 1) / tasks * panel, n), packed_a,
                     space + worker * group_floats(x.problem, x.f));
  });
  run_epilogue(x.problem, epilogue, tasks, pool);
}

// Many rows: B is packed once, then tasks are blocks of rows, each with its epilogue.
void multiply_by_rows(const Operands& x, Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const int64_t m = x.problem.m, n = x.problem.n, k = x.problem.k;
  const int64_t panel = x.f.panel_columns, panels = divide_up(n, panel),
                depth = depth_of(x.problem);
  float* const packed_b = workspace;
  const int64_t tasks = tasks_worth(x.problem, pool.size());
  // Packing is a small part of the work: split only when it is long itself.
  const int64_t pack_tasks = std::min({panels, tasks, 1 + n * k / 16384});
  pool.parallel_for(pack_tasks, [&](int64_t task, int) {
    const int64_t first = panels * task / pack_tasks, last = panels * (task + 1) / pack_tasks;
    pack_b(x, first * panel, std::min(last * panel, n), 0, k, k * panel,
           packed_b + first * panel * k);
  });
  const int64_t a_floats = packed_a_floats(x.problem, x.f);
  float* const packed_a = packed_b + panels * panel * k;
  const int64_t tile = x.f.max_tile_rows;
  int64_t rows = block_rows(m, tasks, pool.size());
  if (is_parted(x.problem))  // tiles of all rows as far as can be
    rows = std::min(round_up(rows, tile), max_row_block / tile * tile);
  pool.parallel_for(divide_up(m, rows), [&](int64_t task, int worker) {
    const int64_t row = task * rows, height = std::min(rows, m - row);
    for (int64_t p = 0; p < k; p += depth) {
      PanelProduct view = view_a(x, row, height, p, std::min(depth, k - p));
      if (a_floats > 0) {
        float* const packed = packed_a + worker * a_floats;
        pack_a(x, view, packed);
        view = packed_view(view, packed);
      }
      for (int64_t j = 0; j < n; j += panel) {
        multiply(x, view, row, j, packed_b + j * k + p * panel, panel, p > 0);
      }
    }
    if (epilogue.call != nullptr) epilogue.call(epilogue.context, row * n, (row + height) * n);
  });
}

// Few rows: tasks are ranges of columns; B is read once, in place.
void multiply_few_rows(const Operands& x, Epilogue epilogue, ThreadPool& pool) {
  const int64_t m = x.problem.m, n = x.problem.n, k = x.problem.k;
  const auto product = x.problem.transpose_b ? x.f.few_rows_dot : x.f.few_rows;
  const int64_t tasks = tasks_worth(x.problem, pool.size());
  // Whole vectors per task, in which neighbours keep the place they have in one long range.
  const int64_t columns = round_up(divide_up(n, tasks), 8 * x.f.lanes);
  pool.parallel_for(divide_up(n, columns), [&](int64_t task, int) {
    const int64_t begin = task * columns;
    // Only where the order is given are there more rows than few.
    const int64_t step = x.problem.transpose_b ? m : few_rows;
    for (int64_t row = 0; row < m; row += step)
      product(x.a + row * k, x.b, x.c + row * n, std::min(step, m - row), n, k, begin,
              std::min(begin + columns, n));
  });
  run_epilogue(x.problem, epilogue, tasks, pool);
}

void multiply_tiny(const Operands& x) {
  const MatmulProblem& problem = x.problem;
  x.f.few_numbers({.m = problem.m,
                   .n = problem.n,
                   .k = problem.k,
                   .a = x.a,
                   .a_row = problem.transpose_a ? 1 : problem.k,
                   .a_step = problem.transpose_a ? problem.m : 1,
                   .b = x.b,
                   .b_step = problem.transpose_b ? 1 : problem.n,
                   .b_column = problem.transpose_b ? problem.k : 1,
                   .c = x.c});
}

// A product with a vector is the transposed product of the vector: C has the same layout both ways.
bool turns_around(const MatmulProblem& x) { return x.n == 1 && x.m > 1; }
MatmulProblem turned_around(const MatmulProblem& x) {
  MatmulProblem turned = x;
  turned.m = 1;
  turned.n = x.m;
  turned.transpose_a = false;
  turned.transpose_b = !x.transpose_a;
  return turned;
}
MatmulProblem as_computed(const MatmulProblem& x) { return turns_around(x) ? turned_around(x) : x; }

// A B^T as dot products: packing B would cost more than the rows are worth. Short dot products
// are mostly adding up lanes, so then it is the other way round.
bool has_few_rows(const MatmulProblem& x) {
  if (x.transpose_a && x.m > 1) return false;
  if (!x.transpose_b) return x.m <= few_rows;
  const bool has_long_sums = x.m <= few_rows || (x.m <= few_rows_dot && x.k >= 128);
  return has_long_sums && x.n * x.k > small_operand;
}

bool is_tiny(const MatmulProblem& x) { return x.m * x.n * x.k <= tiny_product && x.parts == 1; }

bool goes_by_panels(const MatmulProblem& x) {
  if (is_parted(x)) return true;
  return x.order ? *x.order == SumOrder::blocks : !has_few_rows(x);
}

}  // namespace

bool is_summed_in_blocks(const MatmulProblem& x) {
  if (x.m * x.n * x.k <= tiny_product) return true;  // there is only one block
  return x.n > 1 && !has_few_rows(x);
}

int64_t sum_block(int64_t k) { return equal_pieces(k, max_k_block); }

SumOrder sum_order(const MatmulProblem& given) {
  const MatmulProblem x = as_computed(given);
  if (x.m * x.n * x.k <= tiny_product || !has_few_rows(x)) return SumOrder::blocks;
  if (x.transpose_b) return SumOrder::lanes;
  return sum_block(x.k) < x.k ? SumOrder::whole : SumOrder::blocks;
}

bool allows(const MatmulProblem& given, SumOrder order) {
  const MatmulProblem x = as_computed(given);
  if (order == SumOrder::blocks) return true;
  return (!x.transpose_a || x.m == 1) && x.transpose_b == (order == SumOrder::lanes);
}

std::size_t workspace_floats(const MatmulProblem& given, int threads) {
  const MatmulProblem x = as_computed(given);
  if (is_tiny(x) || !goes_by_panels(x)) return 0;
  const MatmulKernels& f = matmul_kernels();
  const int64_t packed_a = packed_a_floats(x, f);
  const int64_t floats = by_columns(x) ? packed_a + threads * group_floats(x, f)
                                       : round_up(x.n, f.panel_columns) * x.k + threads * packed_a;
  return static_cast<std::size_t>(floats + f.lanes);
}

void matmul(const MatmulProblem& given, const float* a, const float* b, float* c, Epilogue epilogue,
            float* workspace, ThreadPool& pool) {
  const MatmulProblem x = as_computed(given);
  if (turns_around(given)) std::swap(a, b);
  if (x.m == 0 || x.n == 0) return;
  if (is_tiny(x)) {
    multiply_tiny({x, a, b, c, matmul_kernels()});
    if (epilogue.call != nullptr) epilogue.call(epilogue.context, 0, x.m * x.n);
    return;
  }
  const Operands operands{x, a, b, c, matmul_kernels()};
  if (!goes_by_panels(x)) {
    multiply_few_rows(operands, epilogue, pool);
  } else if (by_columns(x)) {
    multiply_by_columns(operands, epilogue, workspace, pool);
  } else {
    multiply_by_rows(operands, epilogue, workspace, pool);
  }
}

}  // namespace chainrule::kernels
