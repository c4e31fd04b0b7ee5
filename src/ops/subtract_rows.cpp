#include <algorithm>
#include <bit>
#include <cstdint>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// Operands table [count, width], a factor, values [n, width] and rows [n].
namespace {

Shape subtracted_shape(std::span<const Shape> x, const Attributes&) {
  const bool fits = x[0].rank() == 2 && x[1] == Shape{} && x[2].rank() == 2 && x[3].rank() == 1 &&
                    x[0][1] == x[2][1] && x[2][0] == x[3][0];
  if (!fits)
    throw UsageError(fmt::format(
        "subtract_rows: expected a table [count, width], a scalar, values [n, width] and rows [n], "
        "got {}, {}, {} and {}",
        x[0].to_string(), x[1].to_string(), x[2].to_string(), x[3].to_string()));
  return x[0];
}

// Twice as many as there are rows, so that a search ends soon.
std::int64_t slots_for(std::int64_t rows) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(2 * rows)));
}

// What each row of the table that is named loses, added up in the order in which it is named. A
// hash table of floats, so that it lies in the workspace: a slot has the place in `rows` that named
// its row first, and that place has the sum. Places are whole numbers below 2^24.
class RowSums {
 public:
  RowSums(const Call<float>& call, std::int64_t rows, std::int64_t width)
      : rows_(call.x[3]),
        width_(width),
        slots_(slots_for(rows)),
        slot_(call.workspace),
        sums_(call.workspace + slots_) {
    std::fill_n(slot_, slots_, empty);
    for (std::int64_t place = 0; place < rows; ++place)
      add(place, row_named("subtract_rows", rows_[place], call.y_shape[0]),
          call.x[2] + place * width);
  }

  // Calls visit(row, its sum) for each row once.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::int64_t slot = 0; slot < slots_; ++slot)
      if (slot_[slot] != empty) {
        const auto place = static_cast<std::int64_t>(slot_[slot]);
        visit(static_cast<std::int64_t>(rows_[place]), sums_ + place * width_);
      }
  }

 private:
  static constexpr float empty = -1;

  void add(std::int64_t place, std::int64_t row, const float* values) {
    // Fibonacci hashing; the upper bits are the good ones.
    std::uint64_t slot = (static_cast<std::uint64_t>(row) * 0x9e3779b97f4a7c15U) >> 40;
    slot &= static_cast<std::uint64_t>(slots_ - 1);
    while (slot_[slot] != empty && rows_[static_cast<std::int64_t>(slot_[slot])] != rows_[place])
      slot = (slot + 1) & static_cast<std::uint64_t>(slots_ - 1);
    if (slot_[slot] == empty) {
      slot_[slot] = static_cast<float>(place);
      std::fill_n(sums_ + place * width_, width_, 0.0F);  // 0 + -0 is 0, as in scatter_add
    }
    float* sum = sums_ + static_cast<std::int64_t>(slot_[slot]) * width_;
    for (std::int64_t i = 0; i < width_; ++i) sum[i] += values[i];
  }

  const float* rows_;
  std::int64_t width_, slots_;
  float* slot_;
  float* sums_;
};

// Rows that nobody names lose factor * 0. That is 0, and changes no bit, unless the factor is
// negative, infinite or no number.
void subtract_at_rows(const Call<float>& call) {
  const std::int64_t width = call.y_shape[1];
  const float factor = call.x[1][0], nothing = factor * 0.0F;
  const float* table = call.x[0];
  const RowSums sums(call, call.x_shapes[3][0], width);
  sums.for_each([&](std::int64_t row, float* sum) {
    for (std::int64_t i = 0; i < width; ++i) sum[i] = table[row * width + i] - factor * sum[i];
  });
  if (call.y != table || std::bit_cast<std::uint32_t>(nothing) != 0)
    for (std::int64_t i = 0; i < call.y_shape.size(); ++i) call.y[i] = table[i] - nothing;
  sums.for_each(
      [&](std::int64_t row, const float* left) { std::copy_n(left, width, call.y + row * width); });
}

}  // namespace

constinit const Op subtract_rows_op{
    .name = "subtract_rows",
    .summary = {"Subtracts rows from a table by their index, times a factor.",
                "표에서 번호로 고른 행에서 계수를 곱한 행을 뺍니다."},
    .kind = OpKind::composite,
    .arity = 4,
    .shape = subtracted_shape,
    .compose = [](std::span<const Value> x,
                  const Attributes&) { return x[0] - x[1] * scatter_add(x[2], x[3], x[0].dim(0)); },
    .fast = [](const Call<float>& call, ThreadPool&) { subtract_at_rows(call); },
    .workspace = [](std::span<const Shape> x, const Attributes&,
                    int) { return slots_for(x[3][0]) + x[2].size(); },
    .may_overwrite = true,
    .check = {.differentiable = 1 | 2 | 4,
              .cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{4, 3}, {}, {5, 3}, {5}},
                                                   .fixed = {DoubleTensor({5}, {3, 0, 0, 2, 3})}}};
                  }},
};

Value subtract_rows(Value table, Value values, Value rows, Value factor) {
  return table.graph().apply(subtract_rows_op, {{table, factor, values, rows}});
}

}  // namespace chainrule
