// The two formats of pictures, each in a file of its own.
#pragma once

#include <span>

#include "data/picture.h"

namespace chainrule::data {

inline constexpr std::uint32_t white = 65'535;
inline constexpr std::uint32_t deep_per_byte = 257;  // 255 is white in 8 bits, 65535 in 16

// As picture_facts and decode_picture, of bytes that begin as the format does; what is decoded has
// the channels that it is stored with, and lies as it is stored.
PictureFacts png_facts(std::string_view bytes, const std::string& file);
// Of [height, width, channels] bytes, grey or red, green and blue, as the file's bytes.
std::string encode_png(std::span<const std::uint8_t> samples, std::int64_t height,
                       std::int64_t width, std::int64_t channels);
Picture decode_png(std::string_view bytes, const std::string& file);
PictureFacts jpeg_facts(std::string_view bytes, const std::string& file);
Picture decode_jpeg(std::string_view bytes, const std::string& file);

// Throws DataError for a size that is not read.
void require_size(std::int64_t height, std::int64_t width, const std::string& file);

// How a JPEG is to be turned before it is looked at, from 1 to 8 as EXIF 2.3 has it (tag 0x0112);
// 1, which is not at all, where it says nothing or nonsense.
int exif_orientation(std::string_view jpeg);

}  // namespace chainrule::data
