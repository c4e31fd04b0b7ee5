#include "data/arrays.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/array_bytes.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;

template <class Parse>
std::string refusal_of(Parse parse, const std::string& bytes) {
  try {
    parse(bytes, "f");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Idx, ReadsItsSixTypes) {
  const Array images = parse_idx(idx(8, {2, 1, 2}, "\x01\x02\x03\xff"), "f");
  EXPECT_EQ(images.shape, (Shape{2, 1, 2}));
  EXPECT_EQ(images.values.index(), 0u) << "bytes stay bytes";
  EXPECT_THAT(values_of(images), ElementsAre(1, 2, 3, 255));
  EXPECT_THAT(values_of(parse_idx(idx(9, {1}, "\xff"), "f")), ElementsAre(-1));
  EXPECT_THAT(values_of(parse_idx(idx(0xB, {2}, bytes_of<std::int16_t>({-2, 300}, true)), "f")),
              ElementsAre(-2, 300));
  EXPECT_THAT(
      values_of(parse_idx(idx(0xC, {1}, bytes_of<std::int32_t>({-2'000'000'001}, true)), "f")),
      ElementsAre(-2'000'000'001));
  EXPECT_THAT(values_of(parse_idx(idx(0xD, {1}, bytes_of({0.5f}, true)), "f")), ElementsAre(0.5));
  EXPECT_THAT(values_of(parse_idx(idx(0xE, {1}, bytes_of({1e300}, true)), "f")),
              ElementsAre(1e300));
}

TEST(Idx, RefusesDamage) {
  const auto idx_refusal = [](const std::string& bytes) { return refusal_of(parse_idx, bytes); };
  EXPECT_EQ(idx_refusal("abc"), "f: is too short for an IDX file; fetch it again");
  EXPECT_EQ(
      idx_refusal("abcdefgh"),
      "f: is not an IDX file: it starts with 61 62 63 64, not with 00 00 and a type from 08 to 0e; "
      "check the file");
  EXPECT_EQ(idx_refusal(idx(8, {1, 1, 1, 1, 1, 1, 1}, "x")), "f: has 7 axes; 1 to 6 are supported");
  EXPECT_EQ(idx_refusal(idx(8, {2, 2}, "").substr(0, 9)),
            "f: ends inside its IDX header; fetch the file again");
  EXPECT_EQ(
      idx_refusal(idx(8, {2, 2}, "abc")),
      "f: ends too early: its header promises 2 x 2 values, 3 are there; fetch the file again");
  EXPECT_EQ(idx_refusal(idx(8, {2, 2}, "abcdef")),
            "f: has 2 bytes after its last value; fetch the file again");
  EXPECT_EQ(
      idx_refusal(idx(0xE, {0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, "abcdefgh")),
      "f: ends too early: its header promises 4294967295 x 4294967295 x 4294967295 values, 1 are "
      "there; fetch the file again");
}

TEST(Npy, ReadsItsTypesAndVersions) {
  EXPECT_THAT(values_of(parse_npy(npy_of("<f4", "(2,)", bytes_of({1.5f, -2.0f})), "f")),
              ElementsAre(1.5, -2));
  EXPECT_THAT(values_of(parse_npy(npy_of("<f8", "(1, 1)", bytes_of({1e-300})), "f")),
              ElementsAre(1e-300));
  EXPECT_THAT(values_of(parse_npy(npy_of("|u1", "(2,)", "\x03\xff"), "f")), ElementsAre(3, 255));
  EXPECT_THAT(values_of(parse_npy(npy_of("|i1", "(1,)", "\xff"), "f")), ElementsAre(-1));
  EXPECT_THAT(values_of(parse_npy(npy_of("<i2", "(1,)", bytes_of<std::int16_t>({-7})), "f")),
              ElementsAre(-7));
  EXPECT_THAT(values_of(parse_npy(npy_of("<i4", "(1,)", bytes_of<std::int32_t>({1 << 30})), "f")),
              ElementsAre(1 << 30));
  EXPECT_THAT(values_of(parse_npy(npy_of("<i8", "(1,)", bytes_of<std::int64_t>({-5})), "f")),
              ElementsAre(-5));
  const Array truth = parse_npy(npy_of("|b1", "(2,)", std::string("\x01\x00", 2)), "f");
  EXPECT_THAT(values_of(truth), ElementsAre(1, 0));
  EXPECT_EQ(truth.values.index(), 1u) << "truth values are numbers, not image bytes";
  EXPECT_EQ(parse_npy(npy_of("<f8", "()", bytes_of({4.0})), "f").shape.rank(), 0);
  for (const char version : {2, 3})
    EXPECT_THAT(
        values_of(parse_npy(npy("{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (1,)}",
                                bytes_of({9.0f}), version),
                            "f")),
        ElementsAre(9));
}

// The bytes are numpy's.
TEST(Npy, ReadsEitherOrderOfBytesAndHalfPrecision) {
  const auto read = [](const char* type, const char* shape, std::string_view bytes) {
    return values_of(parse_npy(npy_of(type, shape, std::string(bytes)), "f"));
  };
  using namespace std::string_view_literals;
  EXPECT_THAT(read(">f8", "(1,)", "\x3f\xf8\0\0\0\0\0\0"sv), ElementsAre(1.5));
  EXPECT_THAT(read(">f4", "(1,)", "\xc0\0\0\0"sv), ElementsAre(-2));
  EXPECT_THAT(read(">i8", "(1,)", "\xff\xff\xff\xff\xff\xff\xff\xfb"sv), ElementsAre(-5));
  EXPECT_THAT(read("<u2", "(1,)", "\xff\xff"sv), ElementsAre(65535));
  EXPECT_THAT(read(">u2", "(1,)", "\x01\x02"sv), ElementsAre(258));
  EXPECT_THAT(read("<u4", "(1,)", "\xff\xff\xff\xff"sv), ElementsAre(4294967295.0));
  EXPECT_THAT(read("<u8", "(1,)", "\x07\0\0\0\0\0\0\0"sv), ElementsAre(7));
  EXPECT_THAT(read("<f2", "(5,)", "\x00\x3e\x00\xc0\x01\x00\xff\x7b\x00\xfc"sv),
              ElementsAre(1.5, -2, 0x1p-24, 65504, -INFINITY));
  EXPECT_TRUE(std::isnan(read(">f2", "(1,)", "\x7e\x00"sv)[0]));
}

TEST(Npy, TurnsFortranOrderIntoRows) {
  // [[1, 2, 3], [4, 5, 6]] column by column.
  const Array array =
      parse_npy(npy_of("<f4", "(2, 3)", bytes_of<float>({1, 4, 2, 5, 3, 6}), true), "f");
  EXPECT_THAT(values_of(array), ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(Npy, RefusesDamageAndWhatItDoesNotKnow) {
  const auto npy_refusal = [](const std::string& bytes) { return refusal_of(parse_npy, bytes); };
  EXPECT_EQ(npy_refusal("PK\3\4"), "f: is not an NPY file; save the array with numpy.save");
  EXPECT_EQ(npy_refusal(npy("{}", "", 4)), "f: is NPY version 4; 1 to 3 are supported");
  EXPECT_EQ(npy_refusal(npy("{}", "")),
            "f: its NPY header is damaged; save the array again with numpy.save");
  EXPECT_EQ(npy_refusal(npy_of("<f4", "(2,)", "").substr(0, 40)),
            "f: ends inside its NPY header; fetch the file again");
  EXPECT_EQ(
      npy_refusal(npy_of("<f4", "(1152921504606846976,)", "abcd")),
      "f: ends too early: its header promises 1152921504606846976 values, 1 are there; fetch the "
      "file again");
  EXPECT_EQ(npy_refusal(npy_of("<f4", "(4294967296, 4294967296, 4)", "abcd")),
            "f: ends too early: its header promises 4294967296 x 4294967296 x 4 values, 1 are "
            "there; fetch "
            "the file again");
  EXPECT_EQ(npy_refusal(npy_of("<f4", "(1,)", "abcde")),
            "f: has 1 bytes after its last value; save the array again");
  EXPECT_EQ(npy_refusal(npy_of("<f4", "(-1,)", "")),
            "f: its NPY header is damaged; save the array again with numpy.save");
  for (const char* type :
       {"|O", "<c8", "|V5", "<M8", "<U", "<U0", "|S-1", "<S5", "|U5", "=f4", ">u1", "f4"})
    EXPECT_EQ(npy_refusal(npy_of(type, "(1,)", "abcdefgh")),
              fmt::format("f: holds values of type \"{}\"; f2 f4 f8, i1 to i8, u1 to u8 and b1 are "
                          "read, and U and S as classes: convert with astype(\"float32\"), or "
                          "classes with astype(\"str\")",
                          type));
  EXPECT_EQ(
      npy_refusal(npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "abcd")),
      "f: holds records with named fields; save one plain array per file");
}

TEST(Folder, PairsArraysWithTheirTargets) {
  const TemporaryFolder folder;
  folder.write("X.npy", npy_of("<f4", "(4, 2)", bytes_of<float>({1, 2, 3, 4, 5, 6, 7, 8})));
  folder.write("y.npy", npy_of("<i8", "(4,)", bytes_of<std::int64_t>({7, 3, 7, 3})));
  for (const std::string& path : {folder.path(), folder.file("X.npy")}) {
    const Source source = open(path);
    EXPECT_EQ(std::get<Examples>(source.main).targets->shape, (Shape{4}));
    EXPECT_THAT(decide_target(source).classes, ElementsAre("3", "7"));
  }
  folder.write("y.npy", npy_of("<i8", "(3,)", bytes_of<std::int64_t>({7, 3, 7})));
  EXPECT_EQ(message_of<DataError>([&] { open(folder.path()); }, folder),
            "y.npy: has shape [3] and X.npy has shape [4, 2]; give one target per row");
}

TEST(Folder, FindsTrainAndTestParts) {
  const TemporaryFolder folder;
  folder.write("x_train.npy", npy_of("|u1", "(3, 2)", std::string("\0\x33\xff\1\2\3", 6)));
  folder.write("y_train.npy", npy_of("<f4", "(3, 2)", bytes_of<float>({1, 10, 2, 20, 3, 33})));
  folder.write("x_test.npy", npy_of("|u1", "(1, 2)", "\x01\xff"));
  folder.write("y_test.npy", npy_of("<f4", "(1, 2)", bytes_of<float>({4, 40})));
  const Prepared all = prepare(folder.path(), {.split = {.validation = 0}});
  EXPECT_EQ(all.train.size(), 3);
  EXPECT_EQ(all.test.size(), 1);
  std::vector<float> x(2), y(2);
  all.test.data->gather(all.test.rows, x.data(), y.data());
  EXPECT_FLOAT_EQ(x[0], 1 / 255.0f);
  EXPECT_FLOAT_EQ(x[1], 1);
  EXPECT_NEAR(all.encoder.in_target_units(y[1], 1), 40, 1e-5) << "two outputs per row";
}

TEST(Folder, SaysWhatItLooksFor) {
  const TemporaryFolder folder;
  const auto opened = [&] { open(folder.path()); };
  EXPECT_THAT(
      message_of<DataError>(opened, folder),
      testing::EndsWith(
          ": holds none of: train-images* with train-labels*, X.npy with y.npy, "
          "x_train.npy with y_train.npy, folders of PNG or JPEG pictures, one for each class; name "
          "a CSV file, or such a folder"));
  folder.write("a.csv", "x,y\n1,2\n");
  EXPECT_THAT(message_of<DataError>(opened, folder),
              testing::EndsWith(": is a folder; name one of its tables, such as a.csv"));
  std::filesystem::rename(folder.file("a.csv"), folder.file("a.csv.zst"));
  EXPECT_THAT(message_of<DataError>(opened, folder),
              testing::EndsWith(": is a folder; name one of its tables, such as a.csv.zst"));
  folder.write("train-images-idx3-ubyte", idx(8, {2, 1, 1}, "ab"));
  EXPECT_EQ(
      message_of<DataError>([&] { decide_target(open(folder.path())); }, folder),
      "train-images-idx3-ubyte: has no targets beside it (y.npy, or a file of labels); they are "
      "needed to train");
}

TEST(Arrays, AreScaledAsAsked) {
  Examples examples{
      parse_npy(npy_of("<f4", "(4, 2)", bytes_of<float>({1, 5, 3, 5, 5, 5, 7, 5})), "x.npy"),
      parse_npy(npy_of("|u1", "(4,)", std::string("\0\1\0\1", 4)), "y.npy")};
  const auto encoded = [&](Scaling scaling) {
    const Source source{examples, {}};
    const std::vector<std::int64_t> rows = {0, 1, 2, 3};
    const Encoder encoder = Encoder::fit(source, decide_target(source), rows, {.scaling = scaling});
    std::vector<float> x(8);
    encoder.encode(examples).gather(rows, x.data(), nullptr);
    return x;
  };
  EXPECT_THAT(encoded(Scaling::none), ElementsAre(1, 5, 3, 5, 5, 5, 7, 5));
  const std::vector<float> unit = encoded(Scaling::minmax), standard = encoded(Scaling::automatic);
  EXPECT_FLOAT_EQ(unit[2], 1 / 3.0f);
  EXPECT_EQ(unit[1], 0) << "constant";
  EXPECT_FLOAT_EQ(standard[6], 3 / std::sqrt(5.0f));
  std::get<1>(examples.features.values)[3] = std::nanf("");
  EXPECT_THROW(encoded(Scaling::none), DataError);
}

TEST(Mnist, IsReadAsItIs) {
  const char* folder = std::getenv("CHAINRULE_MNIST");
  if (!folder) GTEST_SKIP() << "set CHAINRULE_MNIST to the folder with the four MNIST files";
  const Prepared mnist = prepare(std::string(folder), {.split = {.validation = 0.1, .seed = 1}});
  EXPECT_EQ(mnist.train.size(), 54'000);
  EXPECT_EQ(mnist.validation.size(), 6'000);
  EXPECT_EQ(mnist.test.size(), 10'000);
  EXPECT_EQ(mnist.encoder.width(), 784);
  EXPECT_EQ(mnist.encoder.feature_name(29), "x[1,1]");
  EXPECT_THAT(mnist.encoder.target().classes,
              ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  EXPECT_EQ(mnist.train.data->class_of(0), 5) << "the first training image is a five";
  std::vector<float> x(784), y(10);
  mnist.train.data->gather(std::vector<std::int64_t>{0}, x.data(), y.data());
  // The mean of the first image, known from the file: 27525 / (784 * 255).
  EXPECT_NEAR(std::accumulate(x.begin(), x.end(), 0.0), 27525 / 255.0, 1e-3);
  EXPECT_EQ(y[5], 1);
}

TEST(Npy, RefusesWholeNumbersThatDoubleDoesNotHold) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto said = [](std::int64_t value) -> std::string {
    try {
      parse_npy(npy_of("<i8", "(2,)", bytes_of<std::int64_t>({1, value})), "x.npy");
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  for (const std::int64_t value : {std::int64_t{1} << 53, -(std::int64_t{1} << 53),
                                   (std::int64_t{1} << 53) + 2, -most - 1, std::int64_t{0}})
    EXPECT_EQ(said(value), "") << value;
  for (const std::int64_t value :
       {(std::int64_t{1} << 53) + 1, -(std::int64_t{1} << 53) - 1, most, -most})
    EXPECT_EQ(said(value),
              fmt::format("x.npy: value 2 is {}, a whole number beyond 2^53 that float64 does not "
                          "hold; number the values anew, or convert with astype(\"float64\") if "
                          "they may be rounded",
                          value));
}

TEST(Npy, RefusesExtentsThatOverflowBehindAZero) {
  EXPECT_THROW(parse_npy(npy_of("<f4", "(0, 4294967296, 4294967296)", ""), "x.npy"), DataError);
  EXPECT_EQ(parse_npy(npy_of("<f4", "(0, 784)", ""), "x.npy").width(), 784);
}

}  // namespace
}  // namespace chainrule::data
