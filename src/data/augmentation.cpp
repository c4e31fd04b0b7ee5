// Pictures that are moved while they are trained on.
#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "chainrule/data.h"
#include "data/augmented.h"
#include "data/picture_axes.h"

namespace chainrule::data {
namespace {

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

// From -most to most; of 2^32 random bits one value has at most one more than another.
std::int64_t within(std::int64_t most, std::uint32_t bits) {
  const auto count = static_cast<std::uint64_t>(2 * most + 1);
  return static_cast<std::int64_t>(bits * count >> 32) - most;
}

}  // namespace

std::optional<PictureAxes> picture_axes(const Shape& row) {
  constexpr std::int64_t most_channels = 4;
  if (row.rank() == 2) return PictureAxes{1, row[0], row[1]};
  if (row.rank() != 3) return std::nullopt;
  if (row[2] <= most_channels && row[0] > most_channels)
    return PictureAxes{row[2], row[0], row[1], true};
  if (row[0] <= most_channels) return PictureAxes{row[0], row[1], row[2]};
  return std::nullopt;
}

Draw draw_of(const Augmentation& how, std::uint64_t seed, std::int64_t step, std::int64_t row) {
  // Step and row fill the counter. The seed goes into the key scrambled, which keeps these draws
  // apart from the others under the same seed.
  const PhiloxCounter mixed = philox({0x6d6f7665, 0x64206279, 0, 0}, {low(seed), high(seed)});
  const auto s = static_cast<std::uint64_t>(step), r = static_cast<std::uint64_t>(row);
  const PhiloxCounter bits = philox({low(r), high(r), low(s), high(s)}, {mixed[0], mixed[1]});
  return {.down = within(how.shift, bits[0]),
          .right = within(how.shift, bits[1]),
          .is_flipped = how.flip && bits[2] >> 31 != 0};
}

void Dataset::require_movable(const Augmentation& how) const {
  if (how.shift < 0) throw UsageError(fmt::format("shift = {}; it must be at least 0", how.shift));
  if (!how.moves()) return;
  const std::string what = how.shift > 0 ? fmt::format("shift = {}", how.shift) : "flip = true";
  const std::optional<PictureAxes> axes = picture_axes(row_);
  if (!axes)
    throw UsageError(fmt::format("{} is for pictures, and a row of the data is {}; leave it out",
                                 what, row_.to_string()));
  if (is_scaled_by_place_)
    throw UsageError(
        fmt::format("{}, but the pictures' numbers are scaled for each place by itself, "
                    "so that they mean nothing at another; give bytes, or take the scaling "
                    "none",
                    what));
  const std::int64_t side = std::min(axes->height, axes->width);
  if (how.shift >= side)
    throw UsageError(
        fmt::format("{}, but the pictures are {} pixels wide and {} high; shift them "
                    "by less",
                    what, axes->width, axes->height));
}

template <class T>
void move_picture(const T* from, const PictureAxes& axes, const Draw& draw, T* to) {
  for (std::int64_t y = 0; y < axes.height; ++y) {
    const std::int64_t row = std::clamp<std::int64_t>(y - draw.down, 0, axes.height - 1);
    for (std::int64_t x = 0; x < axes.width; ++x) {
      std::int64_t column = std::clamp<std::int64_t>(x - draw.right, 0, axes.width - 1);
      if (draw.is_flipped) column = axes.width - 1 - column;
      for (std::int64_t c = 0; c < axes.channels; ++c)
        to[axes.index(c, y, x)] = from[axes.index(c, row, column)];
    }
  }
}
template void move_picture(const std::uint8_t*, const PictureAxes&, const Draw&, std::uint8_t*);
template void move_picture(const float*, const PictureAxes&, const Draw&, float*);

}  // namespace chainrule::data
