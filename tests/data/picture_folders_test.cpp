// Folders of pictures by class.
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/picture_bytes.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class PictureFolders : public testing::Test {
 protected:
  // One pixel, or a row of them.
  void put(const std::string& name, const std::string& samples = "x") const {
    put_file(name, grey_png(static_cast<std::uint32_t>(samples.size()), 1, samples));
  }
  void put_file(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(std::filesystem::path(folder_.file(name)).parent_path());
    folder_.write(name, bytes);
  }
  Source read(const PictureOptions& options = {}) const {
    return open(folder_.path(), {}, options);
  }
  std::string refusal() const {
    return message_of<DataError>([&] { read(); }, folder_);
  }
  static const Examples& main_of(const Source& source) { return std::get<Examples>(source.main); }
  static const Array& pictures(const Source& source) { return main_of(source).features; }
  // "class:name:first value", row by row.
  static std::vector<std::string> rows(const Examples& examples) {
    const Array& x = examples.features;
    std::vector<std::string> all;
    for (std::int64_t i = 0; i < x.rows(); ++i)
      all.push_back(fmt::format(
          "{}:{}:{}",
          examples.targets
              ? examples.targets->words[static_cast<std::size_t>(examples.targets->at(i))]
              : "",
          x.names[static_cast<std::size_t>(i)], static_cast<char>(x.at(i * x.width()))));
    return all;
  }

  TemporaryFolder folder_;
};

TEST_F(PictureFolders, GiveEachClassItsPicturesInOrder) {
  put("cat/b.PNG", "b");
  put("cat/a.png", "a");
  put_file("고양이/c.Jpeg", jpeg(1, 1, TJPF_GRAY, "c"));
  EXPECT_THAT(rows(main_of(read())),
              ElementsAre("cat:cat/a.png:a", "cat:cat/b.PNG:b", "고양이:고양이/c.Jpeg:c"));
  EXPECT_THAT(pictures(read()).notes, IsEmpty());
  EXPECT_EQ(decide_target(read()).classes, (std::vector<std::string>{"cat", "고양이"}));
}

TEST_F(PictureFolders, SortClassesThatAreNumbersAsNumbers) {
  for (const char* name : {"10/a.png", "9/b.png", "2/c.png"}) put(name);
  EXPECT_EQ(decide_target(read()).classes, (std::vector<std::string>{"2", "9", "10"}));
  EXPECT_THAT(rows(main_of(read())), ElementsAre("10:10/a.png:x", "2:2/c.png:x", "9:9/b.png:x"));
}

TEST_F(PictureFolders, PassOverLitterAndTellWhatElseIsLeftOut) {
  put("a/1.png");
  put("b/1.png");
  for (const char* name : {"a/Thumbs.db", "b/.DS_Store", ".git/x.png", "__MACOSX/a/._1.png"})
    put_file(name, "litter");
  EXPECT_THAT(pictures(read()).notes, IsEmpty());
  put_file("a/notes.txt", "text");
  std::filesystem::create_directory(folder_.file("empty"));
  put("b/more/2.png");
  EXPECT_THAT(english(pictures(read()).notes),
              ElementsAre("\"a/notes.txt\" is neither PNG nor JPEG by its name and is not read",
                          "\"empty\" holds no picture and is no class",
                          "pictures in folders further down, such as \"b/more/2.png\", are of the "
                          "class above them"));
  EXPECT_EQ(pictures(read()).rows(), 3);
}

TEST_F(PictureFolders, FollowNoLinkThatLeadsBack) {
  put("a/1.png");
  put("b/1.png");
  std::filesystem::create_directory_symlink("..", folder_.file("a/up"));
  EXPECT_EQ(pictures(read()).rows(), 2);
}

TEST_F(PictureFolders, HaveTestAndValidationPartsUnderSeveralNames) {
  put("Training/a/1.png", "1");
  put("Training/b/2.png", "2");
  put("testing/a/3.png", "3");
  put("valid/b/4.png", "4");
  put("extra/a/5.png");
  const Source source = read();
  EXPECT_THAT(rows(main_of(source)), ElementsAre("a:a/1.png:1", "b:b/2.png:2"));
  EXPECT_THAT(rows(std::get<Examples>(source.test.value())), ElementsAre("a:a/3.png:3"));
  EXPECT_THAT(rows(std::get<Examples>(source.validation.value())), ElementsAre("b:b/4.png:4"));
  EXPECT_THAT(english(pictures(source).notes),
              ElementsAre("\"extra\" stands beside \"Training\" and is not read"));
}

TEST_F(PictureFolders, TakeNoTestPartWithoutClasses) {
  put("train/a/1.png");
  put("train/b/2.png");
  put("test/3.png");
  EXPECT_FALSE(read().test.has_value());
  EXPECT_THAT(english(pictures(read()).notes),
              ElementsAre(HasSubstr("\"test\" holds no folders of classes")));
  EXPECT_EQ(open(folder_.file("test")).main.index(), 1u);
}

TEST_F(PictureFolders, WithoutClassesAreToBePredictedOnly) {
  put("b.png", "b");
  put("a.png", "a");
  EXPECT_THAT(rows(main_of(read())), ElementsAre(":a.png:a", ":b.png:b"));
  EXPECT_THAT(message_of<DataError>([&] { decide_target(read()); }, folder_),
              HasSubstr("holds pictures without classes"));
}

TEST_F(PictureFolders, OfOneClassTeachNothing) {
  put("only/a.png");
  put("only/b.png");
  EXPECT_THAT(message_of<DataError>([&] { decide_target(read()); }, folder_),
              HasSubstr("\"only\""));
}

TEST_F(PictureFolders, AreRefusedWithOneLine) {
  EXPECT_THAT(refusal(), HasSubstr("folders of PNG or JPEG pictures, one for each class"));
  put_file("x.gif", "GIF89a");
  EXPECT_THAT(refusal(), HasSubstr("x.gif: is no PNG or JPEG picture, which are read; convert"));
  put("beside.png");
  put("a/1.png");
  EXPECT_THAT(refusal(),
              HasSubstr("holds pictures (\"beside.png\") beside folders of pictures; put "
                        "each picture into the folder of its class"));
  std::filesystem::remove(folder_.file("beside.png"));
  put_file("a/2.png", "text");
  put_file("b/3.png", "text");
  EXPECT_EQ(refusal(),
            "a/2.png: is neither a PNG nor a JPEG file, whatever its name says (it starts with 74 "
            "65 78 74); convert it, or take it away; 1 more of the pictures cannot be read");
  std::filesystem::remove(folder_.file("a/2.png"));
  std::filesystem::remove(folder_.file("b/3.png"));
  std::filesystem::create_symlink("nowhere", folder_.file("a/lost.png"));
  EXPECT_THAT(refusal(), HasSubstr("a/lost.png: there is no such file"));
  std::filesystem::remove(folder_.file("a/lost.png"));
  put("\xff/1.png");
  EXPECT_THAT(refusal(), HasSubstr("the class's name is not UTF-8"));
}

TEST_F(PictureFolders, TakeTheSizeOfMost) {
  put("a/1.png", "xx");
  put("a/2.png", "yy");
  put("b/3.png", "pqrs");
  EXPECT_EQ(pictures(read()).shape, (Shape{3, 1, 1, 2}));
  EXPECT_THAT(english(pictures(read()).notes),
              ElementsAre("1 of 3 pictures scaled to 2 x 1 (width x height), whatever their sides' "
                          "ratio"));
  EXPECT_THAT(values_of(pictures(read())), ElementsAre('x', 'x', 'y', 'y', 'p' + 1, 'r' + 1))
      << "the mean of p and q is rounded up, and so is that of r and s";
  EXPECT_EQ(pictures(read({.height = 3, .width = 5})).shape, (Shape{3, 1, 3, 5}));
}

TEST_F(PictureFolders, TakeTheMedianWhereNoSizeIsUsual) {
  put("a/1.png", "x");
  put("a/2.png", "xxx");
  put("b/3.png", "xxxxxxxxx");
  EXPECT_EQ(pictures(read()).shape, (Shape{3, 1, 1, 3}));
  put("b/4.png", std::string(20, 'x'));
  put("b/5.png", std::string(20, 'x'));
  EXPECT_EQ(pictures(read()).shape, (Shape{5, 1, 1, 9})) << "two of five are not most";
}

TEST_F(PictureFolders, AreAtMost128PixelsLong) {
  put_file("a/1.png", grey_png(300, 100, std::string(30'000, 'x')));
  EXPECT_EQ(pictures(read()).shape, (Shape{1, 1, 43, 128})) << "100 * 128 / 300 = 42.7";
  EXPECT_EQ(pictures(read({.height = 100, .width = 300})).shape, (Shape{1, 1, 100, 300}));
}

TEST_F(PictureFolders, AreInColourIfOneIs) {
  put("train/a/1.png");
  put("train/b/2.png");
  put_file("test/a/3.png", png({.colour = png_colour::rgb, .samples = "rgb"}));
  EXPECT_EQ(pictures(read()).shape, (Shape{2, 1, 1, 1})) << "the test part follows";
  EXPECT_EQ(std::get<Examples>(*read().test).features.shape, (Shape{1, 1, 1, 1}));
  put_file("train/b/4.png", png({.colour = png_colour::rgb, .samples = "rgb"}));
  EXPECT_EQ(pictures(read()).shape, (Shape{3, 3, 1, 1}));
  EXPECT_EQ(std::get<Examples>(*read().test).features.shape, (Shape{1, 3, 1, 1}));
}

TEST_F(PictureFolders, AreRememberedByTheEncoder) {
  put("a/1.png", std::string("\x00\xff", 2));
  put("b/2.png", "yy");
  const Prepared prepared = prepare(read(), {.split = {.validation = 0, .test = 0}});
  const Encoder encoder = Encoder::from_json(prepared.encoder.to_json(), "m");
  EXPECT_TRUE(encoder.array()->of_pictures);
  EXPECT_EQ(encoder.row(), (Shape{1, 1, 2}));
  EXPECT_EQ(encoder.to_json(), prepared.encoder.to_json());
  const Dataset& data = *prepared.train.data;
  EXPECT_EQ(data.name(1), "b/2.png");
  EXPECT_EQ(data.place(1).file, folder_.file("b/2.png"));
  std::vector<float> row(2);
  const std::int64_t first = 0;
  data.gather({&first, 1}, row.data(), nullptr);
  EXPECT_THAT(row, ElementsAre(0, 1));
}

TEST_F(PictureFolders, OfSixteenBitsReachFromNoughtToOneToo) {
  put_file("a/1.png", png({.samples = "\x80\x80", .depth = 16}));
  put("b/2.png", "\xff");
  const Prepared prepared = prepare(read(), {.split = {.validation = 0, .test = 0}});
  std::vector<float> rows(2);
  const std::vector<std::int64_t> both{0, 1};
  prepared.train.data->gather(both, rows.data(), nullptr);
  EXPECT_THAT(rows, ElementsAre(static_cast<float>(128 / 255.0), 1));
}

// A model of numbers in other units than bytes cannot know what white was.
TEST_F(PictureFolders, AreNothingForAModelOfOtherNumbers) {
  folder_.write("X.npy", npy_of("<f4", "(3, 2)", bytes_of({1.F, 2.F, 5.F, 3.F, 4.F, 9.F})));
  folder_.write("y.npy", npy_of("|u1", "(3,)", std::string("\x00\x01\x01", 3)));
  const Prepared numbers = prepare(read(), {.split = {.validation = 0, .test = 0}});
  std::filesystem::remove(folder_.file("X.npy"));
  put("a/1.png", "xx");
  EXPECT_THAT(message_of<DataError>(
                  [&] {
                    numbers.encoder.encode(main_of(read({.row = Shape{1, 2}})), false);
                  },
                  folder_),
              HasSubstr("trained on arrays of numbers in units of their own"));
}

}  // namespace
}  // namespace chainrule::data
