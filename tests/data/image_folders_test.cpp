// Folders of IDX files under the names that data sets have.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/packing.h"
#include "data/array_bytes.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;

// Two images of one pixel for training, one for the test, with labels 3 and 5; the first pixel
// tells sets apart.
class ImageFolders : public testing::Test {
 protected:
  void write_set(const std::string& train, const std::string& test, const std::string& images,
                 const std::string& labels, char mark = 'a') const {
    folder_.write(train + images, idx(8, {2, 1, 1}, std::string{mark, 'b'}));
    folder_.write(train + labels, idx(8, {2}, "\3\5"));
    folder_.write(test + images, idx(8, {1, 1, 1}, "c"));
    folder_.write(test + labels, idx(8, {1}, "\5"));
  }
  Source read(const std::string& name = "") const {
    return open(name.empty() ? folder_.path() : folder_.file(name));
  }
  static std::vector<double> pixels(const Source& source) {
    return values_of(std::get<Examples>(source.main).features);
  }
  static std::vector<double> labels(const Source& source) {
    return values_of(*std::get<Examples>(source.main).targets);
  }

  TemporaryFolder folder_;
};

TEST_F(ImageFolders, AreFoundUnderEveryUsualName) {
  const std::vector<std::vector<std::string>> names{
      {"train-", "t10k-", "images-idx3-ubyte", "labels-idx1-ubyte"},
      {"train-", "t10k-", "images.idx3-ubyte", "labels.idx1-ubyte"},  // Kaggle
      {"train-", "test-", "images-idx3-ubyte", "labels-idx1-ubyte"},
      {"emnist-letters-train-", "emnist-letters-test-", "images-idx3-ubyte", "labels-idx1-ubyte"},
      {"kmnist-train-", "kmnist-test-", "imgs", "labels"},
      {"qmnist-train-", "qmnist-test-", "images-idx3-ubyte", "labels-idx1-ubyte"},
      {"Train_", "Test_", "images", "labels"}};
  for (const auto& n : names) {
    write_set(n[0], n[1], n[2], n[3]);
    for (const std::string& path : {std::string(), n[0] + n[2]}) {
      const Source source = read(path);
      EXPECT_THAT(pixels(source), ElementsAre('a', 'b')) << n[0] << n[2];
      EXPECT_THAT(labels(source), ElementsAre(3, 5));
      ASSERT_TRUE(source.test) << n[0] << n[2];
      EXPECT_THAT(values_of(std::get<Examples>(*source.test).features), ElementsAre('c'));
      EXPECT_THAT(values_of(*std::get<Examples>(*source.test).targets), ElementsAre(5));
      EXPECT_EQ(source.test_is_beside, !path.empty());
    }
    const Source test = read(n[1] + n[2]);
    EXPECT_THAT(pixels(test), ElementsAre('c')) << "a test part named alone is what is read";
    EXPECT_THAT(labels(test), ElementsAre(5));
    EXPECT_FALSE(test.test);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path()))
      std::filesystem::remove(entry.path());
  }
}

TEST_F(ImageFolders, ATestPartWithoutLabelsIsNoneOfAFileThatIsNamed) {
  write_set("train-", "t10k-", "images", "labels");
  std::filesystem::remove(folder_.file("t10k-labels"));
  EXPECT_FALSE(read("train-images").test);
  EXPECT_TRUE(read().test) << "a folder is read as it is";
}

TEST_F(ImageFolders, MayBePacked) {
  const std::string start = "emnist-digits-";
  folder_.write(start + "train-images-idx3-ubyte.gz", packed_as("gz", idx(8, {2, 1, 1}, "ab")));
  folder_.write(start + "train-labels-idx1-ubyte.zip", zip_of({{"l", idx(8, {2}, "\1\2")}}));
  folder_.write(start + "mapping.txt", "0 48\n");
  const Source source = read();
  EXPECT_THAT(pixels(source), ElementsAre('a', 'b'));
  EXPECT_THAT(labels(source), ElementsAre(1, 2));
  EXPECT_FALSE(source.test);
}

TEST_F(ImageFolders, OfSeveralSetsAreRefusedAndOneMayBeNamed) {
  for (const char* set : {"emnist-letters-", "emnist-balanced-"})
    write_set(std::string(set) + "train-", std::string(set) + "test-", "images-idx3-ubyte",
              "labels-idx1-ubyte", set[7]);
  EXPECT_THAT(message_of<DataError>([&] { read(); }, folder_),
              testing::EndsWith(": holds several sets of images (emnist-balanced, "
                                "emnist-letters); name the images of one, such as "
                                "emnist-balanced-train-images-idx3-ubyte"));
  const Source letters = read("emnist-letters-train-images-idx3-ubyte");
  EXPECT_THAT(pixels(letters), ElementsAre('l', 'b'));
  EXPECT_EQ(std::filesystem::path(std::get<Examples>(*letters.test).features.file).filename(),
            "emnist-letters-test-images-idx3-ubyte");
  write_set("train-", "t10k-", "images-idx3-ubyte", "labels-idx1-ubyte");
  EXPECT_THAT(message_of<DataError>([&] { read(); }, folder_),
              testing::HasSubstr("(emnist-balanced, emnist-letters, train-images*)"));
}

// Kaggle's MNIST has the folder train-images-idx3-ubyte beside the file train-images.idx3-ubyte.
TEST_F(ImageFolders, PassOverFoldersNamedLikeFiles) {
  std::filesystem::create_directory(folder_.file("train-images-idx3-ubyte"));
  std::filesystem::create_directory(folder_.file("t10k-labels-idx1-ubyte"));
  write_set("train-", "t10k-", "images.idx3-ubyte", "labels.idx1-ubyte");
  EXPECT_THAT(pixels(read()), ElementsAre('a', 'b'));
  const Source source = read();
  EXPECT_THAT(values_of(*std::get<Examples>(*source.test).targets), ElementsAre(5));
}

TEST_F(ImageFolders, OfQmnistGiveTheFirstOfEightNumbers) {
  const std::string matrix =
      bytes_of<std::int32_t>({3, 1, 2, 4, 5, 6, 7, 0, 5, 9, 9, 9, 9, 9, 9, 9}, true);
  folder_.write("qmnist-train-images-idx3-ubyte", idx(8, {2, 1, 1}, "ab"));
  folder_.write("qmnist-train-labels-idx2-int", idx(0xC, {2, 8}, matrix));
  EXPECT_THAT(labels(read()), ElementsAre(3, 5));
  EXPECT_EQ(std::get<Examples>(read().main).targets->shape, (Shape{2}));
  // Any other matrix is what it was: several numbers to learn.
  std::filesystem::rename(folder_.file("qmnist-train-labels-idx2-int"),
                          folder_.file("qmnist-train-labels-int"));
  EXPECT_EQ(std::get<Examples>(read().main).targets->shape, (Shape{2, 8}));
  std::filesystem::remove(folder_.file("qmnist-train-labels-int"));
  folder_.write(
      "qmnist-train-labels-idx2-double",
      idx(0xE, {2, 8},
          bytes_of({.5, 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1., 1.}, true)));
  EXPECT_EQ(std::get<Examples>(read().main).targets->shape, (Shape{2, 8}));
}

TEST_F(ImageFolders, WithLabelsAreClassesHoweverMany) {
  std::string pixels, letters;
  for (int i = 0; i < 104; ++i) pixels += 'x', letters += static_cast<char>(1 + i % 26);
  folder_.write("train-images", idx(8, {104, 1, 1}, pixels));
  folder_.write("train-labels", idx(8, {104}, letters));
  const Target target = decide_target(read());
  EXPECT_EQ(target.task, Task::classification);
  EXPECT_EQ(target.outputs, 26);
  EXPECT_EQ(decide_target(read(), {.task = Task::regression}).task, Task::regression);
  folder_.write("X.npy", npy_of("|u1", "(104, 1)", pixels));
  folder_.write("y.npy", npy_of("|u1", "(104,)", letters));
  EXPECT_EQ(decide_target(read("X.npy")).task, Task::regression) << "26 numbers may be counts";
}

}  // namespace
}  // namespace chainrule::data
