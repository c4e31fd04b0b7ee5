#include "data/resample.h"

#include <algorithm>

#include "data/picture_formats.h"

namespace chainrule::data {
namespace {

// What the new pixels of an axis are made of: pixel i of old ones from `first[i]` on, each with a
// weight; a pixel's weights add up to `sum`.
struct Axis {
  struct Pixel {
    std::int64_t first = 0;
    std::vector<std::uint64_t> weights{};
  };
  std::vector<Pixel> pixels;
  std::uint64_t sum = 1;
};

// In units of which an old pixel has `to` and a new one `from`.
Axis::Pixel covered(std::int64_t i, std::int64_t from, std::int64_t to) {
  const std::int64_t begin = i * from, end = begin + from;
  Axis::Pixel pixel{.first = begin / to};
  for (std::int64_t k = pixel.first; k * to < end; ++k)
    pixel.weights.push_back(
        static_cast<std::uint64_t>(std::min(end, (k + 1) * to) - std::max(begin, k * to)));
  return pixel;
}

// The new pixel's middle lies ((2 i + 1) from / (2 to) - 1/2) old pixels behind the first one's.
Axis::Pixel between(std::int64_t i, std::int64_t from, std::int64_t to) {
  const std::int64_t unit = 2 * to;
  const std::int64_t place =
      std::clamp((2 * i + 1) * from - to, std::int64_t{0}, (from - 1) * unit);
  const std::int64_t behind = place % unit;
  Axis::Pixel pixel{.first = place / unit, .weights = {static_cast<std::uint64_t>(unit - behind)}};
  if (behind > 0) pixel.weights.push_back(static_cast<std::uint64_t>(behind));
  return pixel;
}

Axis axis(std::int64_t from, std::int64_t to) {
  const bool shrinks = to <= from;
  Axis axis{.pixels = {}, .sum = static_cast<std::uint64_t>(shrinks ? from : 2 * to)};
  for (std::int64_t i = 0; i < to; ++i)
    axis.pixels.push_back(shrinks ? covered(i, from, to) : between(i, from, to));
  return axis;
}

}  // namespace

// Sums stay below 2^52: a sample has 16 bits, an axis's weights add up to at most 2^17.
std::vector<std::uint16_t> resampled(const Picture& from, std::int64_t height, std::int64_t width,
                                     std::uint32_t most) {
  const Axis down = axis(from.height, height), across = axis(from.width, width);
  const auto channels = static_cast<std::size_t>(from.channels);
  const auto old_row = static_cast<std::size_t>(from.width) * channels,
             new_row = static_cast<std::size_t>(width) * channels;
  std::vector<std::uint64_t> rows;  // [old height, width, channels]
  rows.reserve(static_cast<std::size_t>(from.height) * new_row);
  for (std::size_t y = 0; y < static_cast<std::size_t>(from.height); ++y)
    for (const Axis::Pixel& pixel : across.pixels)
      for (std::size_t c = 0; c < channels; ++c) {
        const std::uint16_t* old = from.samples.data() + y * old_row + c;
        std::uint64_t sum = 0;
        for (std::size_t k = 0; k < pixel.weights.size(); ++k)
          sum += pixel.weights[k] * old[(static_cast<std::size_t>(pixel.first) + k) * channels];
        rows.push_back(sum);
      }
  const std::uint64_t whole = down.sum * across.sum * (white / most);
  std::vector<std::uint16_t> samples;
  samples.reserve(static_cast<std::size_t>(height) * new_row);
  for (const Axis::Pixel& pixel : down.pixels)
    for (std::size_t i = 0; i < new_row; ++i) {
      std::uint64_t sum = 0;
      for (std::size_t k = 0; k < pixel.weights.size(); ++k)
        sum += pixel.weights[k] * rows[(static_cast<std::size_t>(pixel.first) + k) * new_row + i];
      samples.push_back(static_cast<std::uint16_t>((2 * sum + whole) / (2 * whole)));
    }
  return samples;
}

}  // namespace chainrule::data
