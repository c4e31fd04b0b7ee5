// Pictures from their files' bytes: PNG by libspng, JPEG by libturbojpeg.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule::data {

// So many pixels are read at most, so that a small file cannot ask for all memory; and so many on a
// side.
inline constexpr std::int64_t most_pixels = std::int64_t{1} << 26, most_side = 65'535;

// By the first bytes, and by the name: .png, .jpg or .jpeg in any case.
bool looks_like_picture(std::string_view bytes);
bool has_picture_name(std::string_view name);

// What a picture's head says. Height and width are those of the picture as it is looked at.
struct PictureFacts {
  std::int64_t height = 0, width = 0;
  bool is_grey = false;    // it is stored as grey, or in a palette of greys
  bool is_deep = false;    // its samples have 16 bits
  bool is_turned = false;  // as the camera noted (EXIF) when it was held otherwise
};

struct Picture {
  std::int64_t height = 0, width = 0;
  std::int64_t channels = 1;             // grey, or red, green and blue
  std::vector<std::uint16_t> samples{};  // [height, width, channels]; 65535 is white
  bool is_see_through = false;           // somewhere, before it was laid over white
};

// Both throw DataError naming `file`: neither PNG nor JPEG, cut off or damaged, too large, a JPEG
// of the printer's colours (CMYK). Facts may be had of a picture whose pixels are damaged.
PictureFacts picture_facts(std::string_view bytes, const std::string& file);

// With one channel the grey of a coloured pixel is its luma, 0.299 R + 0.587 G + 0.114 B (ITU-R
// BT.601); with three a grey one has it in each.
Picture decode_picture(std::string_view bytes, const std::string& file, std::int64_t channels);

}  // namespace chainrule::data
