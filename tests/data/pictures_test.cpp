// Pictures: what their files say, in what size they come, and what is refused.
#include "data/picture.h"

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/picture_bytes.h"
#include "data/picture_formats.h"
#include "data/resample.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

class ReadPictures : public testing::Test {
 protected:
  // The only picture as an array.
  Array read(const std::string& bytes, const PictureOptions& options = {}) const {
    return std::get<Examples>(open(folder_.write("one.png", bytes), {}, options).main).features;
  }
  std::string refusal(const std::string& bytes) const {
    return message_of<DataError>([&] { read(bytes); }, folder_);
  }

  TemporaryFolder folder_;
};

TEST_F(ReadPictures, ThatWereWritten) {
  const std::vector<std::uint8_t> grey{0, 1, 127, 128, 254, 255}, colour{255, 0, 7, 0, 255, 9};
  EXPECT_THAT(values_of(read(encode_png(grey, 2, 3, 1))), ElementsAre(0, 1, 127, 128, 254, 255));
  const Array read_colour = read(encode_png(colour, 1, 2, 3));  // [1, 3, height, width]
  EXPECT_THAT(values_of(read_colour), ElementsAre(255, 0, 0, 255, 7, 9));
}

TEST_F(ReadPictures, OfGreyKeepTheirBytes) {
  const Array array = read(grey_png(3, 2, std::string("\x00\x01\x02\x7f\xfe\xff", 6)));
  EXPECT_EQ(array.shape, (Shape{1, 1, 2, 3}));
  EXPECT_EQ(array.values.index(), 0u) << "bytes stay bytes";
  EXPECT_THAT(values_of(array), ElementsAre(0, 1, 2, 127, 254, 255));
  EXPECT_THAT(array.names, ElementsAre("one.png"));
  EXPECT_THAT(array.notes, testing::IsEmpty());
}

TEST_F(ReadPictures, OfColoursAreThreePlanes) {
  const Array array = read(png({.width = 2, .colour = png_colour::rgb, .samples = "abcdef"}));
  EXPECT_EQ(array.shape, (Shape{1, 3, 1, 2}));
  EXPECT_THAT(values_of(array), ElementsAre('a', 'd', 'b', 'e', 'c', 'f'));
}

TEST_F(ReadPictures, OfSixteenBitsKeepThemAll) {
  const Array array =
      read(png({.width = 2, .samples = std::string("\x01\x02\xff\xff", 4), .depth = 16}));
  EXPECT_THAT(values_of(array), ElementsAre(static_cast<float>(258 / 257.0), 255));
  EXPECT_THAT(english(array.notes), ElementsAre(HasSubstr("16 bits")));
}

TEST_F(ReadPictures, OfFewBitsReachFromBlackToWhite) {
  EXPECT_THAT(values_of(read(png({.width = 8, .samples = "\xA5", .depth = 1}))),
              ElementsAre(255, 0, 255, 0, 0, 255, 0, 255));
  EXPECT_THAT(values_of(read(png({.width = 4, .samples = "\x1B", .depth = 2}))),
              ElementsAre(0, 85, 170, 255));
}

TEST_F(ReadPictures, WithAPaletteAreGreyIfItIs) {
  const std::string indices("\x01\x00", 2);
  const PngFile file{.width = 2, .colour = png_colour::palette, .samples = indices};
  PngFile grey = file, coloured = file;
  grey.palette = "aaazzz";
  coloured.palette = "aaaxyz";
  EXPECT_THAT(values_of(read(png(grey))), ElementsAre('z', 'a'));
  EXPECT_THAT(values_of(read(png(coloured))), ElementsAre('x', 'a', 'y', 'a', 'z', 'a'));
}

TEST_F(ReadPictures, ThatAreSeenThroughLieOnWhite) {
  // 0.4 of black leaves 0.6 of white: 255 * 0.6 = 153; 0.8 of 100 and 0.2 of white: 131.
  const Array array = read(png({.width = 3,
                                .colour = png_colour::grey_alpha,
                                .samples = std::string("\x00\x66\x64\xcc\x07\xff", 6)}));
  EXPECT_THAT(values_of(array), ElementsAre(153, 131, 7));
  EXPECT_THAT(english(array.notes),
              ElementsAre("1 of 1 picture with transparent parts laid over white"));
  // One grey may be named as transparent in a chunk of its own.
  const Array named =
      read(png({.width = 2, .samples = "\x05\x06", .transparency = std::string("\x00\x05", 2)}));
  EXPECT_THAT(values_of(named), ElementsAre(255, 6));
}

TEST_F(ReadPictures, OfJpegAreTheirColours) {
  const Array grey = read(jpeg(8, 8, TJPF_GRAY, std::string(64, '\x64')));
  EXPECT_EQ(grey.shape, (Shape{1, 1, 8, 8}));
  EXPECT_THAT(values_of(grey), Each(100));
  std::string flat;
  for (int i = 0; i < 64; ++i) flat += "\xc8\x1e\x3c";
  const std::vector<double> colours = values_of(read(jpeg(8, 8, TJPF_RGB, flat)));
  ASSERT_EQ(colours.size(), 192u);
  for (std::size_t i = 0; i < 192; ++i)
    EXPECT_NEAR(colours[i], i < 64 ? 200 : i < 128 ? 30 : 60, 2) << i;
}

// The four corners a b / c d, each a block of 8 x 8, as the eight ways of EXIF 2.3 show them.
TEST_F(ReadPictures, AreTurnedAsTheCameraNoted) {
  std::string corners;
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 16; ++x) corners += "\x20\x50\x80\xB0"[2 * (y / 8) + x / 8];
  const std::string file = jpeg(16, 16, TJPF_GRAY, corners);
  const std::vector<std::string> seen{"abcd", "badc", "dcba", "cdab",
                                      "acbd", "cadb", "dbca", "bdac"};
  for (std::uint16_t way = 1; way <= 8; ++way)
    for (const bool big_endian : {false, true}) {
      const Array array = read(oriented(file, way, big_endian));
      std::string shown;
      for (const std::int64_t at : {3 * 16 + 3, 3 * 16 + 12, 12 * 16 + 3, 12 * 16 + 12})
        shown += static_cast<char>('a' + (array.at(at) - 0x20) / 0x30);
      EXPECT_EQ(shown, seen[way - 1U]) << way;
      EXPECT_EQ(array.notes.empty(), way == 1);
    }
  const Array tall = read(oriented(jpeg(16, 8, TJPF_GRAY, std::string(128, 'x')), 6, true));
  EXPECT_EQ(tall.shape, (Shape{1, 1, 16, 8}));
  EXPECT_EQ(read(oriented(file, 9, true)).notes.size(), 0u) << "nonsense is passed over";
}

TEST_F(ReadPictures, ThatAreBrokenAreNamed) {
  const std::string whole = grey_png(40, 40, std::string(1600, 'x'));
  EXPECT_EQ(refusal(""), "one.png: is empty; fetch it again, or take it away");
  EXPECT_EQ(refusal("a,b\n1,2\n"),
            "one.png: is neither a PNG nor a JPEG file, whatever its name says (it starts with 61 "
            "2c 62 0a); convert it, or take it away");
  for (std::size_t length = 8; length + 12 < whole.size(); ++length)
    EXPECT_THAT(refusal(whole.substr(0, length)), HasSubstr("is no whole PNG picture")) << length;
  std::string flipped = whole;
  flipped[whole.size() - 20] ^= 1;
  EXPECT_THAT(refusal(flipped), HasSubstr("is no whole PNG picture"));
  std::string noise;
  for (int i = 0; i < 4096; ++i) noise += static_cast<char>(i * i % 251);
  const std::string photo = jpeg(64, 64, TJPF_GRAY, noise);
  for (std::size_t length = 3; length < photo.size() - 2; length += 7)
    EXPECT_THAT(refusal(photo.substr(0, length)), HasSubstr("is no whole JPEG picture")) << length;
}

TEST_F(ReadPictures, ThatAskForAllMemoryAreRefused) {
  const auto header = [](std::uint32_t width, std::uint32_t height) {
    return png({.width = width, .height = 1, .samples = "x"})
        .replace(16, 8, bytes_of({width, height}, true))
        .replace(8, 25,
                 png_chunk("IHDR" + bytes_of({width, height}, true) +
                           std::string("\x08\x00\x00\x00\x00", 5)));
  };
  EXPECT_EQ(refusal(header(60'000, 50'000)),
            "one.png: is 60000 pixels wide and 50000 high; at most 67 million pixels are read, and "
            "65535 on a side: scale it down");
  EXPECT_THAT(refusal(header(8000, 8000)), HasSubstr("it ends too early"));
  EXPECT_THAT(refusal(header(0, 5)), HasSubstr("is no whole PNG picture"));
  EXPECT_THAT(refusal(header(70'000, 1)), HasSubstr("is no whole PNG picture"));
}

TEST_F(ReadPictures, InThePrintersColoursAreRefused) {
  const std::string file = jpeg(8, 8, TJPF_CMYK, std::string(256, 'x'));
  EXPECT_EQ(refusal(file),
            "one.png: is a JPEG in the printer's colours (CMYK), which are not read; convert it to "
            "RGB");
}

TEST_F(ReadPictures, ComeInTheRowThatIsAskedFor) {
  const std::string colour = png({.colour = png_colour::rgb, .samples = "\xff\x80\x10"});
  // 0.299 * 255 + 0.587 * 128 + 0.114 * 16 = 153.2
  EXPECT_THAT(values_of(read(colour, {.row = Shape{1, 1}})), ElementsAre(153));
  EXPECT_THAT(english(read(colour, {.row = Shape{1, 1}}).notes),
              ElementsAre("1 of 1 picture in colour turned to grey"));
  EXPECT_THAT(values_of(read(grey_png(1, 1, "x"), {.row = Shape{3, 1, 1}})),
              ElementsAre('x', 'x', 'x'));
  const std::string two = png({.width = 2, .colour = png_colour::rgb, .samples = "abcdef"});
  const Array last = read(two, {.row = Shape{1, 2, 3}});
  EXPECT_EQ(last.shape, (Shape{1, 1, 2, 3})) << "one channel of 1 x 2 scaled to 2 x 3";
  const Array behind = read(grey_png(4, 4, std::string(16, 'x')), {.row = Shape{5, 5, 3}});
  EXPECT_EQ(behind.shape, (Shape{1, 5, 5, 3}));
  EXPECT_EQ(message_of<DataError>([&] { read(two, {.row = Shape{784}}); }, folder_),
            folder_.path() +
                ": is of pictures, and the model was trained on rows of shape [784], which are "
                "none of 1 or 3 channels; give such rows");
}

std::vector<std::uint16_t> resized(const std::vector<int>& bytes, std::int64_t height,
                                   std::int64_t width, std::int64_t to_height,
                                   std::int64_t to_width) {
  Picture picture{.height = height, .width = width};
  for (const int byte : bytes) picture.samples.push_back(static_cast<std::uint16_t>(257 * byte));
  return resampled(picture, to_height, to_width, 255);
}

TEST(Resampling, AveragesWhatAPixelCovers) {
  EXPECT_THAT(resized({0, 10, 20, 30, 40, 50, 60, 70, 1, 1, 1, 1, 1, 1, 1, 2}, 4, 4, 2, 2),
              ElementsAre(25, 45, 1, 1));
  // Each of two covers one and a half of three: (a + b / 2) / 1.5.
  EXPECT_THAT(resized({30, 60, 120}, 1, 3, 1, 2), ElementsAre(40, 100));
  EXPECT_THAT(resized({30, 60, 120}, 3, 1, 2, 1), ElementsAre(40, 100));
}

TEST(Resampling, DrawsLinesBetweenPixels) {
  // The middles of four lie at -1/4, 1/4, 3/4 and 5/4 of the two.
  EXPECT_THAT(resized({0, 100}, 1, 2, 1, 4), ElementsAre(0, 25, 75, 100));
  EXPECT_THAT(resized({7}, 1, 1, 2, 3), Each(7));
}

TEST(Resampling, KeepsWhatIsFlatAndWhatHasTheSize) {
  for (std::int64_t from = 1; from < 9; ++from)
    for (std::int64_t to = 1; to < 9; ++to)
      EXPECT_THAT(
          resized(std::vector<int>(static_cast<std::size_t>(from * 3), 77), from, 3, to, 9 - to),
          Each(77))
          << from << " to " << to;
  EXPECT_THAT(resized({1, 2, 3, 4, 5, 6}, 2, 3, 2, 3), ElementsAre(1, 2, 3, 4, 5, 6));
}

}  // namespace
}  // namespace chainrule::data
