// An elementwise chain, ready to run: one pass over tiles that stay in the first-level cache.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "graph/op.h"
#include "kernels/generate.h"

namespace chainrule {

// So many addresses fit on the stack of whoever runs a tape.
inline constexpr std::size_t most_streams = 64;

// Where a tile of numbers lies: at `base`, moving along with the position or not, or in a slot of
// scratch memory.
struct TileAddress {
  float* base = nullptr;
  std::int32_t slot = -1;  // used if base is null
  bool moves = true;

  float* at(float* scratch, std::int64_t tile_floats, std::int64_t position) const {
    if (base == nullptr) return scratch + slot * tile_floats;
    return moves ? base + position : base;
  }
};

// Fills a slot with a broadcast operand. Element i of the result is element
// (i / inner % extent) * step + ... of the source, summed over the axes; the two usual cases,
// a row repeated and a column stretched, have loops of their own.
struct BroadcastLoad {
  const float* source = nullptr;
  std::int32_t slot = 0;
  Shape shape{};                                        // of the result
  std::array<std::int64_t, Shape::max_rank> strides{};  // in the source; 0 along repeated axes
  std::int64_t period = 0;                              // > 0: element i is source[i % period]
  std::int64_t stretch = 0;                             // > 0: element i is source[i / stretch]
  bool stays = false;  // a whole number of periods fits a tile: the same numbers in every tile
};

// A scalar operand, repeated into memory of its own once per run: every tile reads the same copy.
struct ScalarTile {
  const float* source = nullptr;
  float* tile = nullptr;
  std::int64_t floats = 0;
};

// One loop over a tile: a kernel, or generated code for several operations, or else a scalar
// function element by element.
struct TapeInstruction {
  kernels::TileKernel kernel = nullptr;
  kernels::ChainKernel chain = nullptr;
  ScalarFunction scalar{};
  std::vector<TileAddress> streams{};  // what it reads, then what it writes
};

// The sum of each column of an operand that the tape goes through row by row. Each block of rows
// has a sum of its own, and these are added up in order: that is reduce_sum's order.
struct TapeSum {
  TileAddress x{};
  float* blocks = nullptr;  // [blocks, columns]
  float* y = nullptr;       // [columns]
};

struct Tape {
  std::vector<ScalarTile> scalars;
  std::vector<BroadcastLoad> loads;
  std::vector<TapeInstruction> instructions;
  std::vector<TapeSum> sums;
  std::int64_t columns = 0, block_rows = 0;  // of the sums
  std::int64_t tile_floats = 0;
  std::int64_t size = 0;  // elements of the whole chain
  int operations = 0;     // per element; for the cost model
};

// Scratch memory lives on the stack of whoever runs the tape: half of a first-level cache.
inline constexpr std::int64_t scratch_floats = 4096;
inline constexpr std::int64_t longest_tile = 1024;

// The tile length with which this many slots fit in the scratch memory.
std::int64_t tile_floats_for(std::int64_t slots);

// To be called before the elements of a run, by one thread.
void fill_scalars(const Tape& tape);

// Elements [begin, end). Any partition of the elements gives the same bits. A tape with sums is run
// block by block, in any order, and then finished.
void run_tape(const Tape& tape, std::int64_t begin, std::int64_t end);
void finish_sums(const Tape& tape);

}  // namespace chainrule
