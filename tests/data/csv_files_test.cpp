// Tables as files: packed, missing, and those of the project.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "chainrule/error.h"
#include "data/csv.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

TEST(Csv, ReadsGzipAndSaysWhenItIsCutOff) {
  const TemporaryFolder folder;
  const std::string path = folder.file("t.csv.gz");
  gzFile packed = gzopen(path.c_str(), "wb");
  std::string text = "a,b\n";
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i * 7919 % 1000) + "," + std::to_string(i) + "\n";
  gzwrite(packed, text.data(), static_cast<unsigned>(text.size()));
  gzclose(packed);
  EXPECT_EQ(read_csv(path).columns[1].numbers.back(), 4999);

  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_EQ(message_of<DataError>([&] { read_csv(path); }, folder),
            "t.csv.gz: the gzip data ends too early; fetch or pack the file again");
}

TEST(Csv, SuggestsTheFileThatIsThere) {
  const TemporaryFolder folder;
  folder.write("iris.csv", "a\n1\n");
  EXPECT_EQ(message_of<DataError>([&] { read_csv(folder.file("irsi.csv")); }, folder),
            "irsi.csv: there is no such file; did you mean \"iris.csv\"?");
  EXPECT_EQ(message_of<DataError>([&] { read_csv(folder.file("zebra.csv")); }, folder),
            "zebra.csv: there is no such file; check the path");
}

TEST(Csv, ReadsTheTablesOfTheProject) {
  const std::string data = std::string(CHAINRULE_SOURCE_DIR) + "/data/";
  const Table penguins = read_csv(data + "penguins.csv");
  EXPECT_EQ(penguins.rows, 344);
  EXPECT_THAT(penguins.find("species")->categories,
              testing::ElementsAre("Adelie", "Chinstrap", "Gentoo"));
  const auto& mass = penguins.find("body_mass_g")->numbers;
  EXPECT_EQ(std::count_if(mass.begin(), mass.end(), [](double x) { return std::isnan(x); }), 2);
  EXPECT_EQ(read_csv(data + "digits.csv").rows, 1797);
  EXPECT_EQ(read_csv(data + "iris.csv").rows, 150);
  EXPECT_EQ(read_csv(data + "wine.csv").rows, 178);
  EXPECT_EQ(read_csv(data + "diabetes.csv").rows, 442);
}

}  // namespace
}  // namespace chainrule::data
