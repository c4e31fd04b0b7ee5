// The parts of a matrix product that are compiled once per instruction set; matmul.cpp puts them
// together.
#pragma once

#include <cstdint>

namespace chainrule::kernels {

// One column panel of C, [rows, columns], from rows of A and a panel of B.
struct PanelProduct {
  std::int64_t rows, columns, k;
  // A in tiles of tile_rows rows (the last may have fewer), tile_step floats apart.
  // Within a tile, element (r, p) is at r * a_stride + p if a_row_major, else at p * a_stride + r.
  const float* a;
  std::int64_t tile_rows, tile_step, a_stride;
  bool a_row_major;
  const float* b;  // element (p, j) at p * b_stride + j
  std::int64_t b_stride;
  float* c;
  std::int64_t c_stride;
  bool add_to_c;  // else C is overwritten
};

// The same where the sum over k is cut into parts, whose sums are added as in kernels/tree_order.h.
// Equal parts behind each other are each made of blocks. In lanes, sixteen parts are those p that
// are alike modulo 16, and they are joined as few_rows_dot does.
struct PartedProduct {
  PanelProduct all;  // A not row-major, C overwritten
  std::int64_t parts, block;
  bool in_lanes;
};

// C [m, n], dense, from op(A) [m, k] and op(B) [k, n]: element (i, p) of A is at
// i * a_row + p * a_step, element (p, j) of B at p * b_step + j * b_column.
struct StridedProduct {
  std::int64_t m, n, k;
  const float* a;
  std::int64_t a_row, a_step;
  const float* b;
  std::int64_t b_step, b_column;
  float* c;
};

// The same from rows of A that lie anywhere: element (r, p) is at a[r][places[p]].
struct GatheredProduct {
  std::int64_t rows, columns, k, tile_rows;
  const float* const* a;       // by row
  const std::int64_t* places;  // by p
  const float* b;              // element (p, j) at p * b_stride + j
  std::int64_t b_stride;
  float* c;
  std::int64_t c_stride;
  bool add_to_c;
  // A sum over k may be made in several passes: all but the last leave it here, [rows, panel
  // columns], all but the first go on with it.
  float* sums = nullptr;
  bool goes_on = false, is_last = true;
};

// Every sum goes over k in increasing order, its products fused, from -0; in few_rows_dot sixteen
// sums do, each of the p that are alike modulo 16, and then they are joined.
struct MatmulKernels {
  std::int64_t max_tile_rows, panel_columns, lanes;

  // columns <= panel_columns. Where columns is not a whole number of vectors, B must be packed.
  void (*multiply_panel)(const PanelProduct&);
  void (*multiply_parts)(const PartedProduct&);
  void (*multiply_gathered)(const GatheredProduct&);

  // to[p * to_stride + j] = from[p * from_stride + j], for p < k, j < width. May write up to
  // lanes - 1 floats past the width of a row, of which only those past the last row remain.
  void (*pack_rows)(const float* from, std::int64_t from_stride, std::int64_t width, std::int64_t k,
                    float* to, std::int64_t to_stride);
  // to[p * to_stride + j] = from[j * from_stride + p], else the same.
  void (*pack_columns)(const float* from, std::int64_t from_stride, std::int64_t width,
                       std::int64_t k, float* to, std::int64_t to_stride);

  // Columns [begin, end) of C = A B for 1 to 4 rows, and of C = A B^T for any number, nothing
  // packed. begin is a multiple of 4.
  void (*few_rows)(const float* a, const float* b, float* c, std::int64_t m, std::int64_t n,
                   std::int64_t k, std::int64_t begin, std::int64_t end);
  void (*few_rows_dot)(const float* a, const float* b, float* c, std::int64_t m, std::int64_t n,
                       std::int64_t k, std::int64_t begin, std::int64_t end);
  // A plain loop.
  void (*few_numbers)(const StridedProduct&);
};

const MatmulKernels& matmul_kernels();

}  // namespace chainrule::kernels
