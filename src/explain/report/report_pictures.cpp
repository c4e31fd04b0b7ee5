#include "explain/report/report_pictures.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "data/picture_axes.h"
#include "data/picture_formats.h"
#include "explain/write/html.h"

namespace chainrule::page {
namespace {

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? letters[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// The numbers as they were in the file.
std::vector<double> raw_numbers(const data::Dataset& data, const data::Encoder& encoder,
                                std::int64_t row) {
  std::vector<float> features(static_cast<std::size_t>(data.width()));
  data.gather(std::span(&row, 1), features.data(), nullptr);
  std::vector<double> raw(features.begin(), features.end());
  if (!encoder.array()) return raw;
  const data::ArrayEncoding& array = *encoder.array();
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const std::size_t k = array.scale.size() == 1 ? 0 : i;
    if (array.scale[k] != 0) raw[i] = raw[i] / array.scale[k] + array.shift[k];
  }
  return raw;
}

}  // namespace

std::string picture_figure(const data::Dataset& data, const data::Encoder& encoder,
                           std::int64_t row, const std::string& caption) {
  const auto axes = data::picture_axes(data.row());
  if (!axes) return "";
  const std::vector<double> raw = raw_numbers(data, encoder, row);
  const auto [least, largest] = std::ranges::minmax(raw);
  if (!std::isfinite(least) || !std::isfinite(largest)) return "";
  // Bytes as they are; other numbers from the least, black, to the largest, white.
  const bool are_bytes = least >= -0.5 && largest < 255.5 && largest > 1.5;
  const double black = are_bytes ? 0 : least, white = are_bytes ? 255 : largest;
  const std::int64_t channels = axes->channels == 3 ? 3 : 1;
  std::vector<std::uint8_t> samples;
  for (std::int64_t y = 0; y < axes->height; ++y)
    for (std::int64_t x = 0; x < axes->width; ++x)
      for (std::int64_t c = 0; c < channels; ++c) {
        const double value = raw[static_cast<std::size_t>(axes->index(c, y, x))];
        const double share = white > black ? (value - black) / (white - black) : 0;
        samples.push_back(
            static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0, 1.0))));
      }
  const std::string png = data::encode_png(samples, axes->height, axes->width, channels);
  return fmt::format(
      "<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\"/><figcaption>{0}</figcaption>"
      "</figure>\n",
      html_escaped(caption), base64(png));
}

}  // namespace chainrule::page
