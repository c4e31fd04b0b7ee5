// PNG (ISO/IEC 15948) by libspng.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <spng.h>

#include "chainrule/error.h"
#include "data/picture_formats.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_chunk = std::size_t{1} << 26;

class Png {
 public:
  Png(std::string_view bytes, const std::string& file) : file_(file), context_(spng_ctx_new(0)) {
    if (!context_) throw std::bad_alloc();
    spng_set_image_limits(context_.get(), most_side, most_side);
    spng_set_chunk_limits(context_.get(), longest_chunk, longest_chunk);
    check(spng_set_png_buffer(context_.get(), bytes.data(), bytes.size()));
    check(spng_get_ihdr(context_.get(), &header_));
    require_size(header_.height, header_.width, file);
    // Deflate packs 1032 bytes into one at best: what claims more is not all there, and no memory
    // is asked for it.
    constexpr std::size_t best_packing = 1032;
    const std::size_t pixels = std::size_t{header_.height} * header_.width;
    if (pixels * header_.bit_depth / 8 / best_packing > bytes.size()) refuse("it ends too early");
  }

  const spng_ihdr& header() const { return header_; }

  bool is_grey() {
    if (header_.color_type != SPNG_COLOR_TYPE_INDEXED)
      return header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE ||
             header_.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA;
    spng_plte palette{};
    check(spng_get_plte(context_.get(), &palette));
    return std::all_of(
        palette.entries, palette.entries + palette.n_entries,
        [](const spng_plte_entry& at) { return at.red == at.green && at.green == at.blue; });
  }

  // [height, width, 4], the last of them how opaque it is.
  template <class Sample>
  std::vector<Sample> decode(spng_format format) {
    std::size_t size = 0;
    check(spng_decoded_image_size(context_.get(), format, &size));
    std::vector<Sample> samples(size / sizeof(Sample));
    check(spng_decode_image(context_.get(), samples.data(), size, format, SPNG_DECODE_TRNS));
    check(spng_decode_chunks(context_.get()));  // is its end there, too?
    return samples;
  }

 private:
  void check(int error) const {
    if (error == SPNG_EMEM) throw std::bad_alloc();
    if (error != SPNG_OK) refuse(spng_strerror(error));
  }
  [[noreturn]] void refuse(std::string_view why) const {
    throw DataError({file_}, fmt::format("is no whole PNG picture ({}); fetch it again, or take it "
                                         "away",
                                         why));
  }

  struct Free {
    void operator()(spng_ctx* context) const { spng_ctx_free(context); }
  };

  const std::string& file_;
  std::unique_ptr<spng_ctx, Free> context_;
  spng_ihdr header_{};
};

// Laid over white, rounded to the nearest sample.
template <class Sample>
void lay_over_white(const std::vector<Sample>& from, Picture& to) {
  constexpr std::uint64_t factor = sizeof(Sample) == 1 ? deep_per_byte : 1;
  for (std::size_t i = 0; i < from.size(); i += 4) {
    const std::uint64_t opaque = from[i + 3] * factor;
    to.is_see_through = to.is_see_through || opaque < white;
    for (std::size_t k = 0; k < static_cast<std::size_t>(to.channels); ++k)
      to.samples.push_back(static_cast<std::uint16_t>(
          (from[i + k] * factor * opaque + white * (white - opaque) + white / 2) / white));
  }
}

}  // namespace

PictureFacts png_facts(std::string_view bytes, const std::string& file) {
  Png png(bytes, file);
  return {.height = png.header().height,
          .width = png.header().width,
          .is_grey = png.is_grey(),
          .is_deep = png.header().bit_depth == 16};
}

Picture decode_png(std::string_view bytes, const std::string& file) {
  Png png(bytes, file);
  Picture picture{.height = png.header().height,
                  .width = png.header().width,
                  .channels = png.is_grey() ? 1 : 3};
  picture.samples.reserve(
      static_cast<std::size_t>(picture.height * picture.width * picture.channels));
  if (png.header().bit_depth == 16)
    lay_over_white(png.decode<std::uint16_t>(SPNG_FMT_RGBA16), picture);
  else
    lay_over_white(png.decode<std::uint8_t>(SPNG_FMT_RGBA8), picture);
  return picture;
}

std::string encode_png(std::span<const std::uint8_t> samples, std::int64_t height,
                       std::int64_t width, std::int64_t channels) {
  struct Free {
    void operator()(spng_ctx* made) const { spng_ctx_free(made); }
    void operator()(void* bytes) const { std::free(bytes); }  // NOLINT: it is the library's own
  };
  const std::unique_ptr<spng_ctx, Free> context(spng_ctx_new(SPNG_CTX_ENCODER));
  if (!context) throw std::bad_alloc();
  const auto check = [](int error) {
    if (error == SPNG_EMEM) throw std::bad_alloc();
    if (error != SPNG_OK) throw InternalError(fmt::format("PNG: {}", spng_strerror(error)));
  };
  spng_ihdr header{};
  header.height = static_cast<std::uint32_t>(height);
  header.width = static_cast<std::uint32_t>(width);
  header.bit_depth = 8;
  header.color_type = channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE : SPNG_COLOR_TYPE_TRUECOLOR;
  check(spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1));
  check(spng_set_ihdr(context.get(), &header));
  check(spng_encode_image(context.get(), samples.data(), samples.size(), SPNG_FMT_PNG,
                          SPNG_ENCODE_FINALIZE));
  std::size_t size = 0;
  int error = SPNG_OK;
  const std::unique_ptr<void, Free> bytes(spng_get_png_buffer(context.get(), &size, &error));
  check(error);
  return {static_cast<const char*>(bytes.get()), size};
}

}  // namespace chainrule::data
