// JPEG (ITU-T T.81) by libturbojpeg, and what a camera notes beside it (EXIF 2.3).
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <turbojpeg.h>

#include "chainrule/error.h"
#include "data/picture_formats.h"

namespace chainrule::data {
namespace {

class Jpeg {
 public:
  Jpeg(std::string_view bytes, const std::string& file)
      : bytes_(bytes), file_(file), handle_(tjInitDecompress()) {
    if (!handle_) throw std::bad_alloc();
    int sampling = 0;
    check(tjDecompressHeader3(handle_.get(), data(), size(), &width_, &height_, &sampling,
                              &colours_));
    if (colours_ == TJCS_CMYK || colours_ == TJCS_YCCK)
      throw DataError({file},
                      "is a JPEG in the printer's colours (CMYK), which are not read; convert it "
                      "to RGB");
    if (height_ < 1 || width_ < 1) refuse("it ends too early");
    require_size(height_, width_, file);
  }

  int height() const { return height_; }
  int width() const { return width_; }
  bool is_grey() const { return colours_ == TJCS_GRAY; }

  // [height, width, channels]. With the accurate transform SIMD and plain code give the same bits.
  std::vector<std::uint8_t> decode() {
    const int channels = is_grey() ? 1 : 3;
    std::vector<std::uint8_t> samples(static_cast<std::size_t>(height_) *
                                      static_cast<std::size_t>(width_ * channels));
    check(tjDecompress2(handle_.get(), data(), size(), samples.data(), width_, 0, height_,
                        is_grey() ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS));
    return samples;
  }

 private:
  const unsigned char* data() const {
    return reinterpret_cast<const unsigned char*>(bytes_.data());
  }
  unsigned long size() const { return bytes_.size(); }

  // A warning is damage too, of which the library makes grey; but for bytes between the picture's
  // parts, which some cameras leave.
  void check(int result) const {
    if (result == 0) return;
    const std::string_view why = tjGetErrorStr2(handle_.get());
    const bool is_warning = tjGetErrorCode(handle_.get()) == TJERR_WARNING;
    if (is_warning && why.find("extraneous bytes") != std::string_view::npos) return;
    refuse(why);
  }
  [[noreturn]] void refuse(std::string_view why) const {
    throw DataError(
        {file_},
        fmt::format("is no whole JPEG picture ({}); fetch it again, or take it away", why));
  }

  struct Free {
    void operator()(void* handle) const { tjDestroy(handle); }
  };

  std::string_view bytes_;
  const std::string& file_;
  std::unique_ptr<void, Free> handle_;
  int height_ = 0, width_ = 0, colours_ = 0;
};

// Whole numbers of some bytes, in the order that a file says; 0 beyond its end.
class Fields {
 public:
  Fields(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}
  std::size_t at(std::size_t place, std::size_t size) const {
    if (place > bytes_.size() || size > bytes_.size() - place) return 0;
    std::size_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
      number = number << 8 |
               static_cast<unsigned char>(bytes_[place + (big_endian_ ? i : size - 1 - i)]);
    return number;
  }

 private:
  std::string_view bytes_;
  bool big_endian_;
};

// Of what follows "Exif\0\0": a TIFF file, whose first directory has the tag.
int orientation_in(std::string_view tiff) {
  constexpr std::size_t orientation = 0x0112, entry_size = 12;
  const Fields fields(tiff, tiff.starts_with("MM"));
  const std::size_t directory = fields.at(4, 4), count = fields.at(directory, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = directory + 2 + i * entry_size;
    if (fields.at(entry, 2) != orientation) continue;
    const std::size_t value = fields.at(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view jpeg) {
  constexpr std::size_t exif = 0xFFE1, first_scan = 0xFFDA;
  constexpr std::string_view mark("Exif\0\0", 6);
  const Fields fields(jpeg, true);
  // Segments: a mark of two bytes, a length of two that counts itself, the contents.
  for (std::size_t at = 2; at < jpeg.size();) {
    const std::size_t kind = fields.at(at, 2), length = fields.at(at + 2, 2);
    if (kind < 0xFF00 || kind == first_scan || length < 2 || at + 2 >= jpeg.size()) return 1;
    const std::string_view contents = jpeg.substr(at + 2).substr(0, length);
    if (kind == exif && contents.size() > 2 && contents.substr(2).starts_with(mark))
      return orientation_in(contents.substr(2 + mark.size()));
    at += 2 + length;
  }
  return 1;
}

PictureFacts jpeg_facts(std::string_view bytes, const std::string& file) {
  const Jpeg jpeg(bytes, file);
  return {.height = jpeg.height(), .width = jpeg.width(), .is_grey = jpeg.is_grey()};
}

Picture decode_jpeg(std::string_view bytes, const std::string& file) {
  Jpeg jpeg(bytes, file);
  Picture picture{
      .height = jpeg.height(), .width = jpeg.width(), .channels = jpeg.is_grey() ? 1 : 3};
  const std::vector<std::uint8_t> samples = jpeg.decode();
  picture.samples.reserve(samples.size());
  for (const std::uint8_t sample : samples)
    picture.samples.push_back(static_cast<std::uint16_t>(sample * deep_per_byte));
  return picture;
}

}  // namespace chainrule::data
