// Pictures that are moved while they are gathered.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/picture_bytes.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

bool operator==(const Draw& a, const Draw& b) {
  return a.down == b.down && a.right == b.right && a.is_flipped == b.is_flipped;
}

TEST(Draws, DependOnSeedStepAndRowAlone) {
  const Augmentation how{.shift = 50, .flip = true};
  const Draw one = draw_of(how, 7, 3, 12);
  EXPECT_TRUE(one == draw_of(how, 7, 3, 12));
  int others = 0;
  for (const Draw& other : {draw_of(how, 8, 3, 12), draw_of(how, 7, 4, 12), draw_of(how, 7, 3, 13),
                            draw_of(how, 7 + (std::uint64_t{1} << 40), 3, 12),
                            draw_of(how, 7, 3 + (std::int64_t{1} << 40), 12)})
    others += one == other ? 0 : 1;
  EXPECT_EQ(others, 5);
}

TEST(Draws, AreEvenOverAllPlaces) {
  std::map<std::pair<std::int64_t, std::int64_t>, int> places;
  constexpr int draws = 25'000;
  int flipped = 0;
  for (int row = 0; row < draws; ++row) {
    const Draw draw = draw_of({.shift = 2, .flip = true}, 1, 5, row);
    ++places[{draw.down, draw.right}];
    flipped += draw.is_flipped ? 1 : 0;
  }
  ASSERT_EQ(places.size(), 25u) << "from -2 to 2 both ways";
  // Five standard deviations of a binomial distribution: sqrt(1000 * 24 / 25) and sqrt(n / 4).
  for (const auto& [place, count] : places) EXPECT_NEAR(count, 1000, 155) << place.first;
  EXPECT_NEAR(flipped, draws / 2, 395);
  EXPECT_FALSE(draw_of({.shift = 2}, 1, 5, 0).is_flipped);
  EXPECT_EQ(draw_of({.flip = true}, 1, 5, 0).down, 0);
}

class MovedPictures : public testing::Test {
 protected:
  Dataset dataset(const std::string& npy_file, Scaling scaling = Scaling::none) const {
    folder_.write("X.npy", npy_file);
    folder_.write("y.npy", npy_of("|u1", "(2,)", std::string("\x00\x01", 2)));
    Source source = open(folder_.path());
    const Target target = decide_target(source);
    const std::vector<std::int64_t> both{0, 1};
    const Encoder encoder = Encoder::fit(source, target, both, {.scaling = scaling});
    return encoder.encode(std::get<Examples>(source.main));
  }
  // Row 1 in the first step that draws this for it.
  static std::vector<float> moved(const Dataset& data, std::int64_t down, std::int64_t right,
                                  bool is_flipped) {
    const Augmentation how{.shift = 1, .flip = true};
    std::int64_t step = 1;
    while (!(draw_of(how, 9, step, 1) == Draw{down, right, is_flipped})) ++step;
    std::vector<float> row(static_cast<std::size_t>(data.width()));
    const std::int64_t one = 1;
    data.gather({&one, 1}, row.data(), nullptr, {.how = how, .seed = 9, .step = step});
    return row;
  }
  std::string refusal(const Dataset& data, const Augmentation& how) const {
    return message_of<UsageError>([&] { data.require_movable(how); }, folder_);
  }

  TemporaryFolder folder_;
};

TEST_F(MovedPictures, AreShiftedMirroredAndFilledWithTheirEdges) {
  const Dataset data = dataset(npy_of("|u1", "(2, 2, 3)", "......abcdef"));
  const auto text = [&](std::int64_t down, std::int64_t right, bool is_flipped) {
    std::string all;
    for (const float value : moved(data, down, right, is_flipped)) all += static_cast<char>(value);
    return all;
  };
  EXPECT_EQ(text(0, 0, false), "abcdef");
  EXPECT_EQ(text(1, 0, false), "abcabc");
  EXPECT_EQ(text(-1, 0, false), "defdef");
  EXPECT_EQ(text(0, 1, false), "aabdde");
  EXPECT_EQ(text(0, -1, false), "bcceff");
  EXPECT_EQ(text(0, 0, true), "cbafed");
  EXPECT_EQ(text(1, 1, true), "ccbccb");
}

TEST_F(MovedPictures, KeepTheirChannelsApart) {
  // Two channels of 1 x 3 cannot be told from a picture of 2 x 3; as [2, 2, 2] they can.
  const Dataset first =
      dataset(npy_of("|u1", "(2, 2, 2, 2)", std::string("........\1\2\3\4\5\6\7\10", 16)));
  EXPECT_THAT(moved(first, 0, 0, true), ElementsAre(2, 1, 4, 3, 6, 5, 8, 7));
  EXPECT_THAT(moved(first, 1, 0, false), ElementsAre(1, 2, 1, 2, 5, 6, 5, 6));
  // [height 5, width 2, channels 2]: as most programs keep them.
  std::string values(20, '.');
  for (char i = 0; i < 20; ++i) values += i;
  const Dataset last = dataset(npy_of("|u1", "(2, 5, 2, 2)", values));
  const std::vector<float> wanted{2, 3, 0,  1,  6,  7,  4,  5,  10, 11,
                                  8, 9, 14, 15, 12, 13, 18, 19, 16, 17};
  EXPECT_THAT(moved(last, 0, 0, true), ElementsAreArray(wanted));
}

TEST_F(MovedPictures, MayBeNumbersInOneUnit) {
  const Dataset data =
      dataset(npy_of("<f4", "(2, 2, 2)", bytes_of({9.F, 9.F, 9.F, 9.F, 1.F, 2.F, 3.F, 4.F})));
  EXPECT_THAT(moved(data, 0, 1, false), ElementsAre(1, 1, 3, 3));
}

// Bytes move before they are scaled: what comes to a place is scaled as that place is.
TEST_F(MovedPictures, AreScaledWhereTheyComeTo) {
  const Dataset data = dataset(
      npy_of("|u1", "(2, 2, 2)", std::string("\0\0\0\0\x0a\x14\x28\x50", 8)), Scaling::minmax);
  EXPECT_THAT(moved(data, 0, 0, false), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(moved(data, 0, 0, true), ElementsAre(2, 0.5, 2, 0.5));
}

TEST_F(MovedPictures, AreRefusedWhereMovingMeansNothing) {
  const Dataset data = dataset(npy_of("|u1", "(2, 2, 3)", "......abcdef"));
  EXPECT_EQ(refusal(data, {.shift = 1, .flip = true}), "");
  EXPECT_EQ(refusal(data, {.shift = 2}),
            "shift = 2, but the pictures are 3 pixels wide and 2 high; shift them by less");
  EXPECT_EQ(refusal(data, {.shift = -1}), "shift = -1; it must be at least 0");
  EXPECT_EQ(refusal(dataset(npy_of("|u1", "(2, 3)", "abcdef")), {.flip = true}),
            "flip = true is for pictures, and a row of the data is [3]; leave it out");
  EXPECT_THAT(refusal(dataset(npy_of("<f4", "(2, 1, 2)", bytes_of({1.F, 2.F, 3.F, 5.F})),
                              Scaling::standard),
                      {.flip = true}),
              HasSubstr("scaled for each place by itself"));
}

}  // namespace
}  // namespace chainrule::data
