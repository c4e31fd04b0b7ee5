// Which rows are pictures.
#pragma once

#include <cstdint>
#include <optional>

#include "chainrule/tensor.h"

namespace chainrule::data {

// How the numbers of a picture lie in its row.
struct PictureAxes {
  std::int64_t channels = 1, height = 1, width = 1;
  bool are_channels_last = false;  // [height, width, channels], as most programs keep them

  // Of the number in this channel and at this place.
  std::int64_t index(std::int64_t channel, std::int64_t y, std::int64_t x) const {
    return are_channels_last ? (y * width + x) * channels + channel
                             : (channel * height + y) * width + x;
  }
};

// Of [height, width], [channels, height, width] or [height, width, channels] with up to 4 channels;
// nothing for other rows.
std::optional<PictureAxes> picture_axes(const Shape& row);

}  // namespace chainrule::data
