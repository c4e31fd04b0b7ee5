#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/temporary_folder.h"
#include "train/settings/setup.h"

namespace chainrule {
namespace {

std::string print_of(const std::string& csv, const std::string& name = "x.csv") {
  return fingerprint({data::parse_csv(csv, name), {}});
}

TEST(Fingerprint, IsTheSameForTheSameData) {
  const std::string print = print_of("a,b\n1,x\n2.5,y\n");
  EXPECT_EQ(print, print_of("a,b\n1,x\n2.5,y\n", "elsewhere.csv"));
  EXPECT_EQ(print, print_of("a;b\r\n1.0;\"x\"\r\n\r\n2.50;y\r\n"))
      << "the values count, not how they are written";
  EXPECT_EQ(print.size(), std::string("crc32 1f0a93c2").size());
}

TEST(Fingerprint, TellsAnyChangeApart) {
  const std::string print = print_of("a,b\n1,x\n2.5,y\n3,\n");
  for (const char* other :
       {"a,b\n1,x\n2.5000000000000004,y\n3,\n", "a,b\n1,x\n2.5,x\n3,\n", "a,b\n1,x\n2.5,z\n3,\n",
        "a,b\n1,x\n,y\n3,\n", "a,b\n1,x\n2.5,y\n3,x\n", "A,b\n1,x\n2.5,y\n3,\n",
        "a,b\n2.5,y\n1,x\n3,\n", "a,b\n1,x\n2.5,y\n3,\n3,\n", "b,a\nx,1\ny,2.5\n,3\n"})
    EXPECT_NE(print_of(other), print) << other;
}

data::Source images(std::vector<std::uint8_t> pixels, Shape shape) {
  return {data::Examples{{"x", shape, std::move(pixels)}, std::nullopt}, {}};
}

TEST(Fingerprint, SeesEveryPixelShapeTargetAndTestPart) {
  const data::Source source = images({1, 2, 3, 4}, {2, 2});
  EXPECT_EQ(fingerprint(source), fingerprint(images({1, 2, 3, 4}, {2, 2})));
  EXPECT_NE(fingerprint(source), fingerprint(images({1, 2, 3, 5}, {2, 2})));
  EXPECT_NE(fingerprint(source), fingerprint(images({1, 2, 3, 4}, {2, 2, 1})));
  data::Source with_targets = source, with_test = source;
  std::get<data::Examples>(with_targets.main).targets =
      data::Array{"y", {2}, std::vector<std::uint8_t>{0, 1}};
  with_test.test = std::get<data::Examples>(source.main);
  EXPECT_NE(fingerprint(source), fingerprint(with_targets));
  EXPECT_NE(fingerprint(source), fingerprint(with_test));
}

TEST(Fingerprint, SeesTheWordsOfTargets) {
  const auto print = [](std::vector<std::string> words) {
    data::Source source = images({1, 2}, {2, 1});
    std::get<data::Examples>(source.main).targets =
        data::Array{"y", {2}, std::vector<double>{0, 1}, std::move(words)};
    return fingerprint(source);
  };
  EXPECT_EQ(print({"cat", "dog"}), print({"cat", "dog"}));
  EXPECT_NE(print({"cat", "dog"}), print({"cat", "fox"}));
}

// Of the bytes that the header promises, in the order of the members; Python's zlib.crc32 has it
// so: crc32(b"[2]\0" + bytes([7, 9])).
TEST(Fingerprint, IsACrc32OfShapeAndValues) {
  EXPECT_EQ(fingerprint(images({7, 9}, {2})), "crc32 03904b6d");
}

}  // namespace
}  // namespace chainrule
