// What the defaults alone reach on rows never seen, mean of five seeds.
#include "cli/program.h"

#include <cstdlib>

namespace chainrule::cli {
namespace {

class SlowDefaults : public CommandLine {
 protected:
  double mean_test_score(const std::string& table, const std::string& target,
                         const char* score) const {
    double sum = 0;
    for (const char* seed : {"0", "1", "2", "3", "4"})
      sum += json({"train", source("data/" + table), "--target", target, "--seed", seed, "--json",
                   "--quiet"})["test"][score]
                 .get<double>();
    return sum / 5;
  }
};

TEST_F(SlowDefaults, ReachWhatIsPromisedOnEveryTable) {
  EXPECT_GE(mean_test_score("digits.csv", "digit", "accuracy"), 0.97);
  EXPECT_GE(mean_test_score("iris.csv", "species", "accuracy"), 0.95);
  EXPECT_GE(mean_test_score("wine.csv", "cultivar", "accuracy"), 0.97);
  EXPECT_GE(mean_test_score("penguins.csv", "species", "accuracy"), 0.98);
  EXPECT_GE(mean_test_score("diabetes.csv", "progression", "r2"), 0.40);
}

TEST_F(SlowDefaults, ReadMnistWith128HiddenUnitsAndFiveEpochs) {
  const char* mnist = std::getenv("CHAINRULE_MNIST");
  if (mnist == nullptr)
    GTEST_SKIP() << "set CHAINRULE_MNIST to the folder with the four MNIST files";
  const auto result =
      json({"train", mnist, "--hidden", "128", "--epochs", "5", "--json", "--quiet"});
  EXPECT_EQ(result["test"]["rows"], 10000);
  EXPECT_GE(result["test"]["accuracy"], 0.975);
}

}  // namespace
}  // namespace chainrule::cli
