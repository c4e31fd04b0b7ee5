// What a user does with a run, and the commands that need none.
#include "cli/program.h"

#include <cmath>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "given_data.h"
#include "nn/layer_list.h"
#include "nn/manual.h"
#include "ops/op_list.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::vector<std::string>> table(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    auto& row = rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
  }
  return rows;
}

class SavedRunCommands : public CommandLine {
 protected:
  void SetUp() override {
    output({"train", iris, "--out", "flowers", "--epochs", "30", "--quiet"});
    output({"train", diabetes, "--out", "patients", "--epochs", "20", "--quiet"});
  }
};

TEST_F(SavedRunCommands, PredictsClassesInTheDatasWordsAsOftenRightAsEvaluateSays) {
  const auto predicted = table(output({"predict", "flowers", iris}));
  const auto truth = table(cli::read(iris));
  ASSERT_EQ(predicted.size(), truth.size());
  EXPECT_EQ(predicted[0], (std::vector<std::string>{"species", "probability"}));
  int right = 0;
  for (std::size_t i = 1; i < truth.size(); ++i) {
    EXPECT_THAT(predicted[i][0], ::testing::AnyOf("setosa", "versicolor", "virginica"));
    EXPECT_GT(std::stod(predicted[i][1]), 1.0 / 3) << "the likeliest of three classes";
    EXPECT_LE(std::stod(predicted[i][1]), 1);
    right += predicted[i][0] == truth[i].back();
  }
  EXPECT_DOUBLE_EQ(json({"evaluate", "flowers", iris, "--json"})["accuracy"], right / 150.0);
}

TEST_F(SavedRunCommands, PredictsNumbersInTheTargetsUnitsAsFarOffAsEvaluateSays) {
  const auto predicted = table(output({"predict", "patients", diabetes}));
  const auto truth = table(cli::read(diabetes));
  ASSERT_EQ(predicted.size(), truth.size());
  EXPECT_EQ(predicted[0], std::vector<std::string>{"progression"});
  double squares = 0, distances = 0;
  for (std::size_t i = 1; i < truth.size(); ++i) {
    const double error = std::stod(predicted[i][0]) - std::stod(truth[i].back());
    squares += error * error;
    distances += std::abs(error);
  }
  const auto scores = json({"evaluate", "patients", diabetes, "--json"});
  const double rmse = scores["rmse"], mae = scores["mae"];
  // Predictions are float32, whose rounding is below 1e-7 of their size.
  EXPECT_NEAR(std::sqrt(squares / 442), rmse, 1e-6 * rmse);
  EXPECT_NEAR(distances / 442, mae, 1e-6 * mae);
  EXPECT_LT(rmse, 77) << "worse than the mean of all patients";
}

TEST_F(SavedRunCommands, PredictNeedsNeitherTargetNorOrderOfColumns) {
  write("new.csv",
        "petal_width,sepal_length,sepal_width,note,petal_length\n"
        "0.2,5.1,3.5,first,1.4\n2.3,6.9,3.1,second,5.1\n");
  const auto predicted = table(output({"predict", "flowers", "new.csv"}));
  ASSERT_EQ(predicted.size(), 3U);
  EXPECT_EQ(predicted[1][0], "setosa");
  EXPECT_EQ(predicted[2][0], "virginica");
}

TEST_F(SavedRunCommands, PredictNeedsNothingButTheModelFile) {
  write("alone/model.safetensors", read("flowers/model.safetensors"));
  const std::string expected = output({"predict", "flowers", iris});
  EXPECT_EQ(output({"predict", "alone", iris}), expected);
  EXPECT_EQ(output({"predict", "alone/model.safetensors", iris}), expected);
}

TEST_F(SavedRunCommands, PredictWritesTheSameToAFile) {
  EXPECT_EQ(output({"predict", "flowers", iris, "-o", "answers.csv"}), "");
  EXPECT_EQ(read("answers.csv"), output({"predict", "flowers", iris}));
}

TEST_F(SavedRunCommands, PredictQuotesWordsThatNeedIt) {
  std::string text = "a,kind\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i) + (i < 20 ? ",\"low, \"\"very\"\"\"\n" : ",high\n");
  write("words.csv", text);
  output({"train", "words.csv", "--out", "words"});
  EXPECT_THAT(output({"predict", "words", "words.csv"}), HasSubstr("\n\"low, \"\"very\"\"\",0."));
}

TEST_F(SavedRunCommands, EvaluateSaysWhenTheDataWasTrainedOn) {
  const Outcome seen = run({"evaluate", "flowers", iris});
  EXPECT_EQ(seen.code, 0);
  EXPECT_THAT(seen.err, StartsWith("note: this is the data that the network was trained on"));
  EXPECT_THAT(seen.out, ::testing::ContainsRegex("rows +accuracy +95% interval +macro F1 +log loss "
                                                 "+AUC +calibration error\n  all rows +150 +9"));
  EXPECT_THAT(seen.out, HasSubstr("the most frequent class"));
  EXPECT_THAT(seen.out, HasSubstr("Confusion matrix"));
  const std::string all = cli::read(iris);
  write("other.csv", all.substr(0, all.rfind('\n', all.size() / 2) + 1));
  EXPECT_EQ(run({"evaluate", "flowers", "other.csv"}).err, "");
  EXPECT_THAT(
      output({"evaluate", "patients", diabetes}),
      ::testing::ContainsRegex("all rows +442 +[0-9.]+ +[0-9.]+ +0\\.[0-9]+ +0\\.[0-9]+ to"));
}

TEST_F(SavedRunCommands, SummaryListsLayersShapesAndParameters) {
  const std::string of_run = output({"summary", "flowers"});
  EXPECT_THAT(of_run, HasSubstr("classification of species: setosa, versicolor, virginica\n"));
  EXPECT_THAT(of_run, HasSubstr("loss: cross_entropy\n"));
  EXPECT_THAT(of_run, HasSubstr("dense1  dense, tanh  4 -> 64         320\n"));
  EXPECT_THAT(of_run, HasSubstr("\n515 parameters\n"));
  const std::string of_file = output({"summary", source("examples/tutorial.toml")});
  EXPECT_THAT(of_file, HasSubstr("dense2  dense, sigmoid  2 -> 2           4\n"));
  EXPECT_THAT(of_file, HasSubstr("\n8 parameters\n"));
}

TEST_F(CommandLine, OpsListsEveryOperationOnce) {
  std::multiset<std::string> listed, known{"operation"};
  std::istringstream lines(output({"ops"}));
  for (std::string line; std::getline(lines, line);) listed.insert(line.substr(0, line.find(' ')));
  for (const Op* op : all_ops())
    if (op->kind != OpKind::leaf) known.insert(std::string(op->name));
  EXPECT_EQ(listed, known);
  EXPECT_GT(known.count("matmul"), 0U);
}

TEST_F(CommandLine, LayersListsEveryLayerWithItsFields) {
  const std::string listed = output({"layers"});
  for (const nn::LayerRecord* record : nn::all_layers()) {
    EXPECT_THAT(listed, HasSubstr("\n" + std::string(record->name) + " "));
    EXPECT_THAT(listed, HasSubstr(std::string(record->summary.en)));
    for (const nn::Field& field : record->fields)
      EXPECT_THAT(listed, HasSubstr(" " + std::string(field.name) + " "));
  }
  EXPECT_EQ(output({"layers", "--markdown"}), nn::layer_manual());
}

TEST_F(CommandLine, HelpStartsWithExamples) {
  for (const Arguments& arguments : {Arguments{"--help"},
                                     {"-h"},
                                     {"train", "--help"},
                                     {"explain", "--help"},
                                     {"evaluate", "--help"},
                                     {"predict", "--help"},
                                     {"blame", "--help"},
                                     {"importance", "--help"},
                                     {"summary", "--help"},
                                     {"ops", "--help"},
                                     {"layers", "--help"}}) {
    const std::string help = output(arguments);
    EXPECT_THAT(help, StartsWith("Examples:\n  chainrule "));
    EXPECT_THAT(help, HasSubstr("\nUsage: chainrule "));
    EXPECT_EQ(help.find("\n\n\n"), std::string::npos) << help;
  }
}

TEST_F(CommandLine, HelpNamesEveryOptionThatIsPromised) {
  const std::string train = output({"train", "--help"});
  for (const char* flag : {"--target", "--hidden", "--model", "--activation", "--optimizer", "--lr",
                           "--batch-size", "--epochs", "--seed", "--validation", "--test",
                           "--patience", "--threads", "--out", "--quiet", "--json"})
    EXPECT_THAT(train, HasSubstr(std::string("\n  ") + flag + " ")) << flag;
}

TEST_F(CommandLine, TellsItsVersion) {
  EXPECT_THAT(output({"--version"}),
              ::testing::MatchesRegex("chainrule [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace
}  // namespace chainrule::cli
