#include "data/picture.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "data/picture_formats.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::string_view png_mark = "\x89PNG\r\n\x1a\n", jpeg_mark = "\xff\xd8\xff";

bool is_png(std::string_view bytes) { return bytes.starts_with(png_mark); }
bool is_jpeg(std::string_view bytes) { return bytes.starts_with(jpeg_mark); }

[[noreturn]] void refuse_format(std::string_view bytes, const std::string& file) {
  if (bytes.empty()) throw DataError({file}, "is empty; fetch it again, or take it away");
  std::string start;
  for (const char c : bytes.substr(0, 4))
    start += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  throw DataError({file},
                  fmt::format("is neither a PNG nor a JPEG file, whatever its name says (it starts "
                              "with{}); convert it, or take it away",
                              start));
}

// EXIF's eight ways: whether rows and columns change places, and which of them then run backwards
// in what is stored.
struct Turn {
  bool swaps = false, rows_backwards = false, columns_backwards = false;
};
constexpr std::array<Turn, 9> turns{{{},
                                     {},
                                     {false, false, true},
                                     {false, true, true},
                                     {false, true, false},
                                     {true, false, false},
                                     {true, true, false},
                                     {true, true, true},
                                     {true, false, true}}};

Picture turned(Picture from, int orientation) {
  const Turn& turn = turns[static_cast<std::size_t>(orientation)];
  Picture to = from;
  if (turn.swaps) std::swap(to.height, to.width);
  for (std::int64_t y = 0; y < to.height; ++y)
    for (std::int64_t x = 0; x < to.width; ++x) {
      std::int64_t row = turn.swaps ? x : y, column = turn.swaps ? y : x;
      if (turn.rows_backwards) row = from.height - 1 - row;
      if (turn.columns_backwards) column = from.width - 1 - column;
      std::copy_n(from.samples.begin() + (row * from.width + column) * from.channels, from.channels,
                  to.samples.begin() + (y * to.width + x) * from.channels);
    }
  return to;
}

Picture with_channels(Picture from, std::int64_t channels) {
  if (from.channels == channels) return from;
  const auto pixels = static_cast<std::size_t>(from.height * from.width);
  std::vector<std::uint16_t> samples(pixels * static_cast<std::size_t>(channels));
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint16_t* pixel = from.samples.data() + 3 * i;
    if (channels == 1)
      samples[i] = static_cast<std::uint16_t>(
          (299U * pixel[0] + 587U * pixel[1] + 114U * pixel[2] + 500U) / 1000U);
    else
      std::fill_n(samples.begin() + static_cast<std::ptrdiff_t>(3 * i), 3, from.samples[i]);
  }
  from.channels = channels;
  from.samples = std::move(samples);
  return from;
}

}  // namespace

bool looks_like_picture(std::string_view bytes) { return is_png(bytes) || is_jpeg(bytes); }

bool has_picture_name(std::string_view name) {
  const std::string lower = lower_case(name);
  return lower.ends_with(".png") || lower.ends_with(".jpg") || lower.ends_with(".jpeg");
}

void require_size(std::int64_t height, std::int64_t width, const std::string& file) {
  if (height < 1 || width < 1)
    throw DataError({file}, "has no pixels; fetch it again, or take it away");
  if (height > most_side || width > most_side || height > most_pixels / width)
    throw DataError({file},
                    fmt::format("is {} pixels wide and {} high; at most {} million pixels are "
                                "read, and {} on a side: scale it down",
                                width, height, most_pixels / 1'000'000, most_side));
}

PictureFacts picture_facts(std::string_view bytes, const std::string& file) {
  if (is_png(bytes)) return png_facts(bytes, file);
  if (!is_jpeg(bytes)) refuse_format(bytes, file);
  PictureFacts facts = jpeg_facts(bytes, file);
  const int orientation = exif_orientation(bytes);
  facts.is_turned = orientation != 1;
  if (turns[static_cast<std::size_t>(orientation)].swaps) std::swap(facts.height, facts.width);
  return facts;
}

Picture decode_picture(std::string_view bytes, const std::string& file, std::int64_t channels) {
  if (is_png(bytes)) return with_channels(decode_png(bytes, file), channels);
  if (!is_jpeg(bytes)) refuse_format(bytes, file);
  Picture picture = with_channels(decode_jpeg(bytes, file), channels);
  const int orientation = exif_orientation(bytes);
  return orientation == 1 ? picture : turned(std::move(picture), orientation);
}

}  // namespace chainrule::data
