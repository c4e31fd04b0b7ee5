#include "runtime/tape.h"

#include <algorithm>

#include "kernels/arithmetic.h"
#include "kernels/reduce.h"

namespace chainrule {
namespace {

void fill_repeated(const BroadcastLoad& load, float* y, std::int64_t begin, std::int64_t count) {
  std::int64_t at = begin % load.period;
  while (count > 0) {
    const std::int64_t run = std::min(count, load.period - at);
    y = std::copy_n(load.source + at, run, y);
    count -= run;
    at = 0;
  }
}

void fill_stretched(const BroadcastLoad& load, float* y, std::int64_t begin, std::int64_t count) {
  std::int64_t row = begin / load.stretch, left = load.stretch - begin % load.stretch;
  while (count > 0) {
    const std::int64_t run = std::min(count, left);
    y = std::fill_n(y, run, load.source[row++]);
    count -= run;
    left = load.stretch;
  }
}

void fill_strided(const BroadcastLoad& load, float* y, std::int64_t begin, std::int64_t count) {
  const int last = load.shape.rank() - 1;
  const std::int64_t extent = load.shape[last];
  const std::int64_t step = load.strides[static_cast<std::size_t>(last)];
  std::int64_t at = begin % extent;
  for (std::int64_t row = begin / extent; count > 0; ++row, at = 0) {
    std::int64_t rest = row, offset = at * step;
    for (int axis = last - 1; axis >= 0; --axis) {
      offset += rest % load.shape[axis] * load.strides[static_cast<std::size_t>(axis)];
      rest /= load.shape[axis];
    }
    const std::int64_t run = std::min(count, extent - at);
    const float* const source = load.source + offset;
    if (step == 1)
      std::copy_n(source, run, y);
    else
      for (std::int64_t i = 0; i < run; ++i) y[i] = source[i * step];
    y += run;
    count -= run;
  }
}

void fill(const BroadcastLoad& load, float* y, std::int64_t begin, std::int64_t count) {
  if (load.period > 0)
    fill_repeated(load, y, begin, count);
  else if (load.stretch > 0)
    fill_stretched(load, y, begin, count);
  else
    fill_strided(load, y, begin, count);
}

void run_scalar(const ScalarFunction& f, float* const* x, std::size_t arity, std::int64_t count) {
  std::array<double, 3> operands{};
  for (std::int64_t i = 0; i < count; ++i) {
    for (std::size_t k = 0; k < arity; ++k) operands[k] = static_cast<double>(x[k][i]);
    x[arity][i] = static_cast<float>(f(operands.data()));
  }
}

// A tile lies within one block.
void add_to_sums(const Tape& tape, float* scratch, std::int64_t position, std::int64_t count) {
  const std::int64_t columns = tape.columns, block_floats = tape.block_rows * columns;
  for (const TapeSum& sum : tape.sums) {
    float* const block = sum.blocks + position / block_floats * columns;
    if (position % block_floats == 0) std::fill_n(block, columns, kernels::no_sum);
    kernels::add_rows(sum.x.at(scratch, tape.tile_floats, position), block, columns,
                      {.begin = position % columns, .count = count});
  }
}

}  // namespace

std::int64_t tile_floats_for(std::int64_t slots) {
  if (slots == 0) return longest_tile;
  return std::clamp<std::int64_t>(scratch_floats / slots / 16 * 16, 16, longest_tile);
}

void fill_scalars(const Tape& tape) {
  for (const ScalarTile& scalar : tape.scalars)
    std::fill_n(scalar.tile, scalar.floats, *scalar.source);
}

void run_tape(const Tape& tape, std::int64_t begin, std::int64_t end) {
  alignas(64) float scratch[scratch_floats];
  const std::int64_t length = tape.tile_floats;
  for (std::int64_t position = begin; position < end; position += length) {
    const std::int64_t count = std::min(length, end - position);
    for (const BroadcastLoad& load : tape.loads)
      if (!load.stays || position == begin)
        fill(load, scratch + load.slot * length, position,
             load.stays ? std::min(length, end - position) : count);
    for (const TapeInstruction& step : tape.instructions) {
      float* at[most_streams];
      const std::size_t results_from = step.streams.size() - 1;
      for (std::size_t k = 0; k <= results_from; ++k)
        at[k] = step.streams[k].at(scratch, length, position);
      if (step.chain != nullptr)
        step.chain(at, static_cast<std::size_t>(count));
      else if (step.kernel != nullptr)
        step.kernel(at, at[results_from], static_cast<std::size_t>(count));
      else
        run_scalar(step.scalar, at, results_from, count);
    }
    add_to_sums(tape, scratch, position, count);
  }
}

void finish_sums(const Tape& tape) {
  const std::int64_t block_floats = tape.block_rows * tape.columns;
  for (const TapeSum& sum : tape.sums) {
    std::fill_n(sum.y, tape.columns, kernels::no_sum);
    const std::int64_t blocks = (tape.size + block_floats - 1) / block_floats;
    kernels::add_rows(sum.blocks, sum.y, tape.columns, {.count = blocks * tape.columns});
  }
}

}  // namespace chainrule
