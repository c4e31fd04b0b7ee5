// chainrule train: what it reports, what it saves, and that it does so again.
#include "cli/program.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>

#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

using TrainCommand = CommandLine;

long lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_F(TrainCommand, SlowLearnsEveryTableOfTheProject) {
  for (const char* name : {"iris", "wine", "penguins", "digits"}) {
    const std::string target = std::string(name) == "penguins" ? "species" : "";
    Arguments arguments{"train", source(std::string("data/") + name + ".csv"), "--json", "--quiet"};
    if (!target.empty()) arguments.insert(arguments.end(), {"--target", target});
    if (std::string(name) == "digits") arguments.insert(arguments.end(), {"--epochs", "2"});
    const auto result = json(arguments);
    EXPECT_EQ(result["task"], "classification") << name;
    EXPECT_GT(result["test"]["accuracy"], 0.9) << name;
  }
  const auto result = json({"train", diabetes, "--json", "--quiet"});
  EXPECT_EQ(result["task"], "regression");
  EXPECT_GT(result["test"]["r2"], 0.3);
}

TEST_F(TrainCommand, SavesFilesThatAreWhole) {
  output({"train", iris, "--out", "run", "--epochs", "2", "--checkpoint-every", "0"});
  EXPECT_THAT(files(),
              UnorderedElementsAre(
                  Key("run/"), Key("run/config.toml"), Key("run/metrics.csv"),
                  Key("run/record.csv"), Key("run/model.safetensors"), Key("run/layers.csv"),
                  Key("run/report.html"), Key("run/summary.json"), Key("run/checkpoints/"),
                  Key("run/checkpoints/0.safetensors"), Key("run/checkpoints/14.safetensors")));
  EXPECT_THAT(read("run/config.toml"), HasSubstr("epochs = 2\n"));
  EXPECT_EQ(lines_in(read("run/metrics.csv")), 1 + 2);
  EXPECT_THAT(read("run/metrics.csv"), StartsWith("epoch,learning_rate,train_loss,"));
  EXPECT_EQ(parsed(read("run/summary.json"))["epochs"], 2);
  EXPECT_THAT(read("run/model.safetensors"), HasSubstr("chainrule.encoder"));
}

TEST_F(TrainCommand, JsonIsOneObjectWithTheScoresOfEveryPart) {
  const auto classes = json({"train", iris, "--epochs", "3", "--json"});
  EXPECT_EQ(classes["parameters"], 4 * 64 + 64 + 64 * 3 + 3);
  EXPECT_EQ(classes["epochs"], 3);
  EXPECT_EQ(classes["run"], "runs/1");
  EXPECT_GE(classes["seconds"], 0);
  EXPECT_EQ(classes, summary_of("runs/1"));
  const auto numbers = json({"train", diabetes, "--epochs", "3", "--json"});
  for (const char* part : {"train", "validation", "test"}) {
    EXPECT_GT(classes[part]["loss"], 0) << part;
    EXPECT_GT(classes[part]["accuracy"], 0) << part;
    EXPECT_LE(classes[part]["accuracy"], 1) << part;
    EXPECT_FALSE(classes[part].contains("rmse")) << part;
    EXPECT_GT(numbers[part]["rmse"], 10) << part << ", in the target's own units";
    EXPECT_LT(numbers[part]["r2"], 1) << part;
    EXPECT_FALSE(numbers[part].contains("accuracy")) << part;
  }
}

TEST_F(TrainCommand, TellsColumnsPlanScoresAndTheNextCommand) {
  const Outcome outcome = run({"train", iris, "--epochs", "2", "--out", "it's here"});
  EXPECT_THAT(outcome.out, HasSubstr("150 rows, classification of species: 3 classes (setosa, "));
  EXPECT_THAT(outcome.out, HasSubstr("4 -> 64 tanh -> 3 (515 parameters)"));
  EXPECT_THAT(outcome.out, HasSubstr("105 to train on, 15 for validation, 30 for the test"));
  EXPECT_THAT(outcome.out, HasSubstr("macro F1"));
  EXPECT_THAT(outcome.out, HasSubstr("Confusion matrix"));
  EXPECT_THAT(outcome.out, HasSubstr("  chainrule predict 'it'\\''s here' " + iris + "\n"));
  EXPECT_THAT(outcome.err, HasSubstr("epoch 2/2  loss "));
  EXPECT_THAT(outcome.err, HasSubstr(" samples/s  "));
  EXPECT_THAT(
      output({"train", diabetes, "--epochs", "2"}),
      ::testing::ContainsRegex("rows +RMSE +MAE +R2 +95% interval +loss\n  Training +310 "));
}

TEST_F(TrainCommand, QuietLeavesTheResultsOnly) {
  const Outcome outcome = run({"train", iris, "--epochs", "2", "--quiet"});
  EXPECT_EQ(outcome.err, "");
  EXPECT_THAT(outcome.out, Not(HasSubstr("samples/s")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("parameters")));
  EXPECT_THAT(outcome.out, HasSubstr("Test "));
}

TEST_F(TrainCommand, NumbersItsRunsAboveThoseThere) {
  std::filesystem::create_directories(folder_.file("runs/7"));
  EXPECT_EQ(json({"train", iris, "--epochs", "1", "--json"})["run"], "runs/8");
  EXPECT_EQ(json({"train", iris, "--epochs", "1", "--json"})["run"], "runs/9");
  EXPECT_EQ(json({"train", iris, "--epochs", "1", "--json", "--out", "a/b"})["run"], "a/b");
}

TEST_F(TrainCommand, EveryFlagIsObeyedAndWrittenDown) {
  const Outcome outcome =
      run({"train",          diabetes,  "--hidden",   "12,5",   "--activation", "gelu",
           "--optimizer",    "rmsprop", "--lr",       "0.0125", "--batch-size", "19",
           "--epochs",       "11",      "--seed",     "42",     "--validation", "0.15",
           "--test",         "0.25",    "--patience", "4",      "--threads",    "2",
           "--target",       "bmi",     "--loss",     "huber",  "--dropout",    "0.1",
           "--weight-decay", "0.001",   "--drop",     "sex",    "--scaling",    "minmax",
           "--out",          "run"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string config = read("run/config.toml");
  for (const char* line :
       {"units = 12\n", "units = 5\n", "activation = \"gelu\"\n", "type = \"rmsprop\"\n",
        "learning_rate = 0.0125\n", "batch_size = 19\n", "epochs = 11\n", "seed = 42\n",
        "validation = 0.15\n", "test = 0.25\n", "patience = 4\n", "threads = 2\n",
        "target = \"bmi\"\n", "type = \"huber\"\n", "type = \"dropout\"\n",
        "weight_decay = 0.001\n", "drop = [\"sex\"]\n", "scaling = \"minmax\"\n"})
    EXPECT_THAT(config, HasSubstr(line));
  const auto summary = parsed(read("run/summary.json"));
  EXPECT_EQ(summary["test"]["rows"], std::round(0.25 * 442));
  EXPECT_EQ(summary["validation"]["rows"], std::round(0.15 * 442));
  EXPECT_EQ(summary["seed"], 42);
  // Nine columns are left; two are none of the network's: the target and the one left out.
  EXPECT_EQ(summary["parameters"], 9 * 12 + 12 + 12 * 5 + 5 + 5 + 1);
}

TEST_F(TrainCommand, TakesTheNetworkFromAFile) {
  write("net.toml",
        "[network]\n[[network.layer]]\ntype = \"dense\"\nunits = 6\nactivation = \"elu\"\n"
        "[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
  const auto result = json({"train", iris, "--model", "net.toml", "--json"});
  EXPECT_EQ(result["parameters"], 4 * 6 + 6 + 6 * 3 + 3);
  EXPECT_GT(result["test"]["accuracy"], 0.8);
}

TEST_F(TrainCommand, PatienceStopsAndKeepsTheBestEpoch) {
  const auto result = json({"train", diabetes, "--epochs", "500", "--patience", "5", "--json"});
  EXPECT_EQ(result["stopped"], "patience");
  EXPECT_EQ(result["epochs"], result["best_epoch"].get<int>() + 5);
  // The score of the weights that were kept is that of the best epoch, not of the last.
  std::istringstream metrics(read("runs/1/metrics.csv"));
  std::string line;
  for (int epoch = 0; epoch <= result["best_epoch"]; ++epoch) std::getline(metrics, line);
  std::istringstream fields(line);
  for (int field = 0; field < 4; ++field) std::getline(fields, line, ',');
  EXPECT_EQ(std::stod(line), result["validation"]["loss"]);
}

TEST_F(TrainCommand, TheSeedAloneDecidesTheModelWhateverTheThreads) {
  const auto model = [&](const std::string& seed, const std::string& threads) {
    const std::string run = "run" + seed + threads;
    output({"train", diabetes, "--epochs", "5", "--seed", seed, "--threads", threads, "--hidden",
            "70,30", "--out", run});
    return read(run + "/model.safetensors");
  };
  const std::string first = model("3", "1");
  EXPECT_EQ(model("3", "2"), first);
  EXPECT_EQ(model("3", "3"), first);
  EXPECT_NE(model("4", "1"), first);
}

TEST_F(TrainCommand, ARunIsRepeatedFromItsConfig) {
  output({"train", iris, "--epochs", "9", "--seed", "5", "--hidden", "10", "--lr", "0.01", "--drop",
          "sepal_width", "--validation", "0", "--out", "first"});
  output({"train", "--config", "first/config.toml", "--out", "again"});
  EXPECT_EQ(read("again/model.safetensors"), read("first/model.safetensors"));
  EXPECT_EQ(read("again/config.toml"), read("first/config.toml"));
  output({"train", "--config", "first/config.toml", "--seed", "6", "--out", "other"});
  EXPECT_NE(read("other/model.safetensors"), read("first/model.safetensors"));
}

}  // namespace
}  // namespace chainrule::cli
