// Training on folders of pictures, and what is done with such a run.
#include <filesystem>

#include <gmock/gmock.h>

#include "cli/program.h"
#include "data/picture_bytes.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PictureCommands : public CommandLine {
 protected:
  // Of 8 x 8; of the one class the left half is bright, of the other the upper half.
  static std::string picture(bool is_left, int number) {
    std::string samples;
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x)
        samples +=
            static_cast<char>(((is_left ? x : y) < 4 ? 200 : 0) + (number * 7 + x * 3 + y) % 40);
    return data::grey_png(8, 8, samples);
  }
  void write_set(const std::string& folder, int count) const {
    for (const char* side : {"left", "위"})
      std::filesystem::create_directories(folder_.file(folder + "/" + side));
    for (int i = 0; i < count; ++i) {
      write(folder + "/left/" + std::to_string(i) + ".png", picture(true, i));
      write(folder + "/위/" + std::to_string(i) + ".png", picture(false, i));
    }
  }
};

TEST_F(PictureCommands, LearnFromFoldersByClassAndTellNewPictures) {
  write_set("set/train", 20);
  write_set("set/test", 5);
  const auto result =
      json({"train", "set", "--epochs", "8", "--json", "--out", "run", "--seed", "1"});
  EXPECT_EQ(result["test"]["rows"], 10);
  EXPECT_EQ(result["test"]["accuracy"], 1);
  EXPECT_EQ(json({"evaluate", "run", "set", "--json"})["accuracy"], 1);
  EXPECT_EQ(json({"evaluate", "run", "set/test", "--json"})["accuracy"], 1);
  const std::string all = output({"predict", "run", "set"});
  EXPECT_THAT(all, StartsWith("file,class,probability\nleft/0.png,left,"));
  EXPECT_THAT(all, HasSubstr("\n위/4.png,위,"));
  write("new.png", picture(false, 99));
  EXPECT_THAT(output({"predict", "run/model.safetensors", "new.png"}),
              StartsWith("file,class,probability\nnew.png,위,"));
  // A larger one is brought to the size that the model knows, and that is told.
  write("large.png", data::grey_png(16, 16, std::string(128, '\xff') + std::string(128, '\0')));
  const Outcome large = run({"predict", "run", "large.png"});
  EXPECT_THAT(large.out, HasSubstr("large.png,위,"));
  EXPECT_EQ(large.err,
            "note: 1 of 1 picture scaled to 8 x 8 (width x height), whatever their "
            "sides' ratio\n");
  EXPECT_THAT(output({"replay", "run", "--verify"}), HasSubstr("recorded hashes are met again"));
  EXPECT_THAT(output({"blame", "run", "--test-row", "6"}),
              HasSubstr("위/0.png (example 6), a test row"));
  EXPECT_THAT(output({"explain", "run", "dense1.z[1]"}), HasSubstr(".png, example "));
  expect_refusal({"explain", "run", "--row", "3"}, 2,
                 "row 3: the run was trained on pictures, which have no columns to take a "
                 "prediction apart by; chainrule blame run --row 3 names the training rows behind "
                 "it");
  expect_refusal({"importance", "run"}, 2,
                 "importance: the model was trained on arrays, which have no columns to shuffle; "
                 "it is for tables");
}

TEST_F(PictureCommands, TakeTheTestFromAnotherFolderAndASizeOfTheirOwn) {
  write_set("set", 20);
  write_set("later", 5);
  const auto result = json({"train", "set", "--test", "later", "--size", "6x4", "--hidden", "4",
                            "--epochs", "3", "--json", "--out", "run"});
  EXPECT_EQ(result["test"]["rows"], 10);
  EXPECT_THAT(read("run/config.toml"), HasSubstr("size = \"6x4\"\n"));
  EXPECT_THAT(output({"inspect", "set", "--size", "6x4"}), HasSubstr("uint8 1 x 4 x 6"));
  output({"train", "--config", "run/config.toml", "--out", "again", "--quiet"});
  EXPECT_EQ(read("again/record.csv"), read("run/record.csv"));
}

TEST_F(PictureCommands, AreRefusedWithOneLine) {
  write_set("set", 4);
  expect_refusal({"train", "set", "--size", "0"}, 2,
                 "size \"0\": give width x height of pictures in pixels, from 1 to 4096, such as "
                 "64x48, or 64 for both");
  write("torn.png", "text");
  expect_refusal({"train", "torn.png"}, 3,
                 "torn.png: is neither a PNG nor a JPEG file, whatever its name says (it starts "
                 "with 74 65 78 74); convert it, or take it away");
  write("set/left/torn.png", picture(true, 1).substr(0, 50));
  expect_refusal({"train", "set"}, 3,
                 "set/left/torn.png: is no whole PNG picture (end of stream); fetch it again, or "
                 "take it away");
}

}  // namespace
}  // namespace chainrule::cli
