// Training on arrays: folders of IDX files, plain and packed, and NPY files.
#include "cli/program.h"

#include <gmock/gmock.h>

#include "base/packing.h"

namespace chainrule::cli {
namespace {

using ::testing::StartsWith;

std::string big_endian(int number) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string idx(const std::vector<int>& shape, const std::string& values) {
  std::string bytes{0, 0, 8, static_cast<char>(shape.size())};
  for (const int extent : shape) bytes += big_endian(extent);
  return bytes + values;
}

// Images of 2 x 2 whose bright pixel says which of two labels they have.
std::string images(int count) {
  std::string pixels;
  for (int i = 0; i < count; ++i)
    for (int j = 0; j < 4; ++j) pixels += static_cast<char>(j == i % 2 ? 250 : (i * 7 + j) % 40);
  return idx({count, 2, 2}, pixels);
}

std::string labels(int count) {
  std::string values;
  for (int i = 0; i < count; ++i) values += static_cast<char>(3 + i % 2);
  return idx({count}, values);
}

std::string npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += {static_cast<char>(header.size()), 0};
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

class ArrayCommands : public CommandLine {
 protected:
  void write_idx(const std::string& name) const {
    write(name + "/train-images-idx3-ubyte", images(40));
    write(name + "/train-labels-idx1-ubyte", labels(40));
    write(name + "/t10k-images-idx3-ubyte", images(10));
    write(name + "/t10k-labels-idx1-ubyte", labels(10));
  }

  void write_npy(const std::string& name) const {
    std::vector<float> x, y;
    for (int i = 0; i < 40; ++i) {
      const auto a = static_cast<float>(i % 7), b = static_cast<float>(i % 5);
      x.insert(x.end(), {a, b});
      y.push_back(100 + 30 * a - 10 * b);
    }
    write(name + "/X.npy", npy("(40, 2)", x));
    write(name + "/y.npy", npy("(40,)", y));
  }
};

TEST_F(ArrayCommands, IdxFoldersAreLearntAndTestedOnTheirOwnTestPart) {
  write_idx("images");
  const auto result = json({"train", "images", "--hidden", "8", "--json", "--out", "run"});
  EXPECT_EQ(result["task"], "classification");
  EXPECT_EQ(result["train"]["rows"].get<int>() + result["validation"]["rows"].get<int>(), 40);
  EXPECT_EQ(result["test"]["rows"], 10);
  EXPECT_EQ(result["test"]["accuracy"], 1);
  EXPECT_EQ(json({"evaluate", "run", "images", "--json"})["accuracy"], 1);
  const std::string answers = output({"predict", "run", "images/t10k-images-idx3-ubyte"});
  EXPECT_THAT(answers, StartsWith("class,probability\n3,"));
  EXPECT_THAT(answers, ::testing::HasSubstr("\n4,"));
}

TEST_F(ArrayCommands, PackedIdxFilesGiveTheSameModel) {
  write_idx("plain");
  write("packed/.keep", "");
  write("packed/train-images-idx3-ubyte.gz", packed_as("gz", images(40)));
  write("packed/train-labels-idx1-ubyte.xz", packed_as("xz", labels(40)));
  write("packed/t10k-images-idx3-ubyte.zip", zip_of({{"t10k-images-idx3-ubyte", images(10)}}));
  write("packed/t10k-labels-idx1-ubyte.zst", packed_as("zst", labels(10)));
  for (const char* folder : {"plain", "packed"})
    output({"train", folder, "--epochs", "3", "--out", std::string("run-") + folder});
  EXPECT_EQ(read("run-packed/model.safetensors"), read("run-plain/model.safetensors"));
}

TEST_F(ArrayCommands, NpyArraysAreLearntInTheirOwnUnits) {
  write_npy("arrays");
  const auto result = json({"train", "arrays", "--hidden", "0", "--optimizer", "adam", "--lr",
                            "0.05", "--epochs", "200", "--json", "--out", "run"});
  EXPECT_EQ(result["task"], "regression");
  EXPECT_GT(result["test"]["r2"], 0.99);
  EXPECT_LT(result["test"]["rmse"], 6);
  EXPECT_GT(result["test"]["rmse"], 0);
  EXPECT_EQ(output({"predict", "run", "arrays/X.npy"}), output({"predict", "run", "arrays"}));
}

TEST_F(ArrayCommands, AFileOfASetBringsItsLabelsAndTestPart) {
  for (const char* set : {"emnist/emnist-digits-", "emnist/emnist-letters-"}) {
    const std::string start = set;
    write(start + "train-images-idx3-ubyte", images(40));
    write(start + "train-labels-idx1-ubyte", labels(40));
    write(start + "test-images-idx3-ubyte", images(10));
    write(start + "test-labels-idx1-ubyte", labels(10));
  }
  expect_refusal({"train", "emnist"}, 3,
                 "emnist: holds several sets of images (emnist-digits, emnist-letters); name the "
                 "images of one, such as emnist/emnist-digits-train-images-idx3-ubyte");
  const std::string train = "emnist/emnist-letters-train-images-idx3-ubyte";
  const auto result = json({"train", train, "--hidden", "8", "--json", "--out", "run"});
  EXPECT_EQ(result["train"]["rows"].get<int>() + result["validation"]["rows"].get<int>(), 40);
  EXPECT_EQ(result["test"]["rows"], 10);
  EXPECT_EQ(json({"evaluate", "run", train, "--json"})["rows"], 40)
      << "what is named is judged, not what is beside it";
  EXPECT_EQ(
      json({"evaluate", "run", "emnist/emnist-letters-test-images-idx3-ubyte", "--json"})["rows"],
      10);
}

TEST_F(ArrayCommands, StringsNameClasses) {
  std::vector<float> x;
  std::string words;
  for (int i = 0; i < 40; ++i) {
    x.insert(x.end(), {static_cast<float>(i % 2), static_cast<float>(i % 5)});
    words += i % 2 == 0 ? "ox " : "bee";
  }
  for (char& c : words) c = c == ' ' ? '\0' : c;
  write("animals/X.npy", npy("(40, 2)", x));
  std::string header = "{'descr': '|S3', 'fortran_order': False, 'shape': (40,), }\n";
  write("animals/y.npy", std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) +
                             '\0' + header + words);
  const auto result = json({"train", "animals", "--json", "--out", "run"});
  EXPECT_EQ(result["task"], "classification");
  EXPECT_EQ(result["classes"], (nlohmann::json{"bee", "ox"}));
  EXPECT_EQ(json({"evaluate", "run", "animals", "--json"})["accuracy"], 1);
  EXPECT_THAT(output({"predict", "run", "animals/X.npy"}), StartsWith("class,probability\nox,"));
}

TEST_F(ArrayCommands, RefuseDamagedIdx) {
  write_idx("images");
  write("images/train-images-idx3-ubyte", images(40).substr(0, 100));
  expect_refusal({"train", "images"}, 3,
                 "images/train-images-idx3-ubyte: ends too early: its header promises 40 x 2 x 2 "
                 "values, 84 are there; fetch the file again");
  write("images/train-images-idx3-ubyte", "garbage");
  expect_refusal({"train", "images"}, 3,
                 "images/train-images-idx3-ubyte: is not an IDX file: it starts with 67 61 72 62, "
                 "not with 00 00 and a type from 08 to 0e; check the file");
}

TEST_F(ArrayCommands, RefuseTruncatedGzip) {
  write_idx("images");
  std::filesystem::remove(folder_.file("images/train-images-idx3-ubyte"));
  const std::string packed = packed_as("gz", images(40));
  write("images/train-images-idx3-ubyte.gz", packed.substr(0, packed.size() / 2));
  expect_refusal({"train", "images"}, 3,
                 "images/train-images-idx3-ubyte.gz: the gzip data ends too early; fetch or pack "
                 "the file again");
}

TEST_F(ArrayCommands, RefuseDamagedNpy) {
  write_npy("arrays");
  const std::string whole = read("arrays/X.npy");
  write("arrays/X.npy", whole.substr(0, whole.size() - 4));
  expect_refusal({"train", "arrays"}, 3,
                 "arrays/X.npy: ends too early: its header promises 40 x 2 values, 79 are there; "
                 "fetch the file again");
  write("arrays/X.npy", "garbage");
  expect_refusal({"train", "arrays"}, 3,
                 "arrays/X.npy: is not an NPY file; save the array with numpy.save");
}

TEST_F(ArrayCommands, RefuseWhatOnlyTablesHave) {
  write_idx("images");
  expect_refusal({"train", "images", "--target", "label"}, 2,
                 "target: images/train-images-idx3-ubyte holds arrays, which have no column "
                 "\"label\"; leave it out");
  expect_refusal({"train", "images", "--test", "0.3"}, 2,
                 "test = 0.3, but images has a test part of its own, which is used; leave test "
                 "out");
  output({"train", source("data/iris.csv"), "--epochs", "1", "--out", "run"});
  expect_refusal({"predict", "run", "images"}, 3,
                 "images/t10k-images-idx3-ubyte: is an array, and the model was trained on a table "
                 "with the columns \"sepal_length\", \"sepal_width\", \"petal_length\", "
                 "\"petal_width\"; give such a table");
}

TEST_F(ArrayCommands, AFolderOfOtherFilesIsToldWhatIsLookedFor) {
  write("other/readme.txt", "");
  expect_refusal(
      {"train", "other"}, 3,
      "other: holds none of: train-images* with train-labels*, X.npy with y.npy, "
      "x_train.npy with y_train.npy, folders of PNG or JPEG pictures, one for each class; name "
      "a CSV file, or such a folder");
}

TEST_F(ArrayCommands, BlameCountsExamplesInTheirOwnFile) {
  write_idx("images");
  output({"train", "images", "--out", "run", "--epochs", "2", "--quiet"});
  const auto trained = json({"blame", "run", "--row", "10", "--json"});
  EXPECT_EQ(trained["asked"]["example"], 10);
  EXPECT_EQ(trained["asked"]["label"], "4");
  EXPECT_EQ(trained["asked"]["file"], "train-images-idx3-ubyte");
  const auto tested = json({"blame", "run", "--test-row", "1", "--json"});
  EXPECT_EQ(tested["asked"]["part"], "test");
  EXPECT_EQ(tested["asked"]["label"], "3");
  EXPECT_EQ(tested["asked"]["file"], "t10k-images-idx3-ubyte");
  EXPECT_EQ(tested["influences"][0]["file"], "train-images-idx3-ubyte");
  EXPECT_THAT(output({"blame", "run", "--test-row", "1"}),
              StartsWith("example 1 of t10k-images-idx3-ubyte, a test row\n"));
  expect_refusal({"blame", "run", "--test-row", "11"}, 2,
                 "example 11: images/t10k-images-idx3-ubyte has the examples 1 to 10; name one of "
                 "those");
}

}  // namespace
}  // namespace chainrule::cli
