// Pictures' files, byte by byte: PNG by hand, JPEG by libturbojpeg's compressor.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include <turbojpeg.h>
#include <zlib.h>

#include "data/array_bytes.h"

namespace chainrule::data {

namespace png_colour {
inline constexpr char grey = 0, rgb = 2, palette = 3, grey_alpha = 4, rgb_alpha = 6;
}

inline std::string png_chunk(const std::string& kind_and_data) {
  const auto* bytes = reinterpret_cast<const Bytef*>(kind_and_data.data());
  const auto sum = static_cast<std::uint32_t>(crc32_z(0, bytes, kind_and_data.size()));
  return bytes_of({static_cast<std::uint32_t>(kind_and_data.size() - 4)}, true) + kind_and_data +
         bytes_of({sum}, true);
}

struct PngFile {
  std::uint32_t width = 1, height = 1;
  char colour = png_colour::grey;
  std::string samples{};  // row by row
  char depth = 8;
  std::string palette{}, transparency{};
};

inline std::string png(const PngFile& file) {
  std::string rows;
  const std::size_t row = file.samples.size() / file.height;
  for (std::uint32_t y = 0; y < file.height; ++y)
    rows += std::string(1, '\0') + file.samples.substr(y * row, row);  // no filter
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  packed.resize(size);
  std::string bytes = "\x89PNG\r\n\x1a\n";
  bytes += png_chunk("IHDR" + bytes_of({file.width, file.height}, true) +
                     std::string{file.depth, file.colour, 0, 0, 0});
  if (!file.palette.empty()) bytes += png_chunk("PLTE" + file.palette);
  if (!file.transparency.empty()) bytes += png_chunk("tRNS" + file.transparency);
  return bytes + png_chunk("IDAT" + packed) + png_chunk("IEND");
}

// A grey picture; its samples are as many as its pixels.
inline std::string grey_png(std::uint32_t width, std::uint32_t height, const std::string& samples) {
  return png({.width = width, .height = height, .samples = samples});
}

inline std::string jpeg(int width, int height, int pixel_format, const std::string& samples) {
  const tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  constexpr int best = 100;
  const int result = tjCompress2(handle, reinterpret_cast<const unsigned char*>(samples.data()),
                                 width, 0, height, pixel_format, &bytes, &size,
                                 pixel_format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444, best, 0);
  std::string file(reinterpret_cast<const char*>(bytes), result == 0 ? size : 0);
  tjFree(bytes);
  tjDestroy(handle);
  if (result != 0) throw std::runtime_error("the test's JPEG could not be made");
  return file;
}

// The same with a note of how it is to be turned, in either order of bytes.
inline std::string oriented(const std::string& jpeg_file, std::uint16_t orientation,
                            bool big_endian) {
  const std::string tiff = (big_endian ? "MM" : "II") + bytes_of<std::uint16_t>({42}, big_endian) +
                           bytes_of<std::uint32_t>({8}, big_endian) +
                           bytes_of<std::uint16_t>({1, 0x0112, 3}, big_endian) +
                           bytes_of<std::uint32_t>({1}, big_endian) +
                           bytes_of<std::uint16_t>({orientation, 0}, big_endian) +
                           bytes_of<std::uint32_t>({0}, big_endian);
  const std::string contents = std::string("Exif\0\0", 6) + tiff;
  const auto length = static_cast<std::uint16_t>(contents.size() + 2);
  return jpeg_file.substr(0, 2) + "\xff\xe1" + bytes_of({length}, true) + contents +
         jpeg_file.substr(2);
}

}  // namespace chainrule::data
