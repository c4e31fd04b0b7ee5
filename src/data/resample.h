// A picture in another size.
#pragma once

#include "data/picture.h"

namespace chainrule::data {

// Along each axis a smaller picture's pixel is the mean of what it covers (area averaging), and a
// larger one's lies on the line between the two nearest (linear interpolation). Worked out in whole
// numbers and rounded once, so that every machine finds the same. Samples from 0 to `most`, which
// is 255 or 65535: [height, width, channels].
std::vector<std::uint16_t> resampled(const Picture& from, std::int64_t height, std::int64_t width,
                                     std::uint32_t most);

}  // namespace chainrule::data
