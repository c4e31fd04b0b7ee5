// What a user asks of a run that was trained.
#include <cmath>
#include <regex>

#include <gmock/gmock.h>

#include "chainrule/data.h"
#include "cli/program.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ExplainRun : public CommandLine {
 protected:
  void SetUp() override {
    output({"train", source("data/iris.csv"), "--out", "flowers", "--epochs", "3", "--dropout",
            "0.2", "--quiet"});
  }
  nlohmann::json story(const std::string& quantity, const std::string& step) {
    return nlohmann::json::parse(
        output({"explain", "flowers", quantity, "--step", step, "--format", "json"}));
  }
};

double value_of(const nlohmann::json& story, const std::string& symbol) {
  for (const auto& section : story["sections"])
    for (const auto& line : section["lines"])
      if (line["symbol"] == symbol) return line["value"];
  ADD_FAILURE() << "the story has no " << symbol;
  return std::nan("");
}

TEST_F(ExplainRun, AnUpdateEndsInTheWeightThatTheReplayHas) {
  output({"replay", "flowers", "--to", "7", "-o", "after.safetensors"});
  const data::TensorFile file = data::read_tensors(folder_.file("after.safetensors"));
  const Tensor& weight = file.tensors.at("dense1.weight");
  const std::int64_t inputs = weight.shape[1];
  for (const auto& [i, j] : {std::pair{0, 0}, {1, 2}, {3, 3}}) {
    const std::string name = "dense1.weight[" + std::to_string(i) + "," + std::to_string(j) + "]";
    const nlohmann::json told = story(name, "7");
    EXPECT_TRUE(told["check"]["passed"]);
    EXPECT_NEAR(value_of(told, name + "+"),
                static_cast<double>(weight.values[static_cast<std::size_t>(i * inputs + j)]), 1e-6);
  }
}

TEST_F(ExplainRun, NamesTheRowsOfTheDataAndEndsWithItsProof) {
  const std::string told = output({"explain", "flowers", "dense1.weight[2,3]"});
  EXPECT_THAT(told, HasSubstr("of iris.csv; target "));
  EXPECT_THAT(told, HasSubstr("Input 3 is petal_width."));
  EXPECT_THAT(told, HasSubstr("Check passed."));
  EXPECT_THAT(output({"explain", "flowers", "dense1.weight[2,3]", "--lang", "ko"}),
              HasSubstr("검산을 통과했습니다."));
}

TEST_F(ExplainRun, EveryKindOfQuantityHasItsStory) {
  for (const char* quantity :
       {"", "loss", "accuracy", "output[1]", "dense1.z[0]", "dense1.h[2].gradient",
        "dense2.bias[1]", "dense1.weight", "dense1.weight.gradient", "dense1.weight.m[0,0]", "x[1]",
        "target[0]"}) {
    const Arguments arguments{"explain", "flowers", quantity, "--step", "2"};
    EXPECT_THAT(output(arguments), HasSubstr("at step 2")) << quantity;
  }
}

TEST_F(ExplainRun, WithoutAStepTellsOfOneThatStillLearns) {
  const std::string told = output({"explain", "flowers", "dense1.weight[2,3]"});
  EXPECT_THAT(told, HasSubstr("No step was asked for: this is the last one whose learning rate"));
  EXPECT_THAT(output({"explain", "flowers", "dense1.weight[2,3]", "--step", "11"}),
              Not(HasSubstr("No step was asked for")));
  output({"train", source("data/iris.csv"), "--out", "even", "--epochs", "2", "--schedule",
          "constant", "--quiet"});
  EXPECT_THAT(output({"explain", "even", "loss"}),
              HasSubstr("No step was asked for: this is the last one. --step N"));
}

TEST_F(ExplainRun, TellsWhatNotationMeansWhereItStands) {
  EXPECT_THAT(output({"explain", source("examples/softmax.toml")}), HasSubstr("0 × ln(..) is 0"));
  output({"train", source("data/iris.csv"), "--out", "kinked", "--epochs", "2", "--hidden", "3",
          "--activation", "relu", "--quiet"});
  const std::string told = output({"explain", "kinked", "dense1.z[0].gradient"});
  const auto note = told.find("[a > b] is 1 where the condition holds"),
             formula = told.find("[dense1.");
  EXPECT_LT(note, formula);
  EXPECT_NE(formula, std::string::npos);
}

TEST_F(ExplainRun, ListsTheValidationLossWhereThereIsOne) {
  EXPECT_THAT(output({"explain", "flowers"}), HasSubstr("validation.loss"));
  output({"train", source("data/iris.csv"), "--out", "alone", "--epochs", "1", "--validation", "0",
          "--quiet"});
  EXPECT_THAT(output({"explain", "alone"}), Not(HasSubstr("validation.loss")));
}

TEST_F(ExplainRun, NamesAreTakenInTheFormInWhichTheyArePrinted) {
  for (const char* name : {"∂E/∂dense1.weight[2,1]", "dE/ddense1.weight[2,1]",
                           "dense1.weight[2,1]⁺", "η", "learning rate", "E", "dense1", "m̂"})
    EXPECT_THAT(output({"explain", "flowers", name, "--step", "2"}), HasSubstr("at step 2"))
        << name;
}

TEST_F(ExplainRun, AFilesNameSaysTheFormat) {
  const std::pair<const char*, const char*> begins[] = {{"page.html", "<!DOCTYPE html>"},
                                                        {"page.md", "# Where loss comes from"},
                                                        {"page.tex", "\\documentclass"},
                                                        {"page.json", "{"},
                                                        {"page.txt", "Where loss comes from"}};
  for (const auto& [file, begin] : begins) {
    output({"explain", "flowers", "loss", "--step", "2", "-o", file});
    EXPECT_THAT(read(file), testing::StartsWith(begin)) << file;
  }
  output({"explain", "flowers", "loss", "--step", "2", "--format", "text", "-o", "page.html"});
  EXPECT_THAT(read("page.html"), testing::StartsWith("Where loss comes from"));
}

// Three significant digits: of numbers below 1 more decimals than three.
TEST_F(ExplainRun, SignificantDigitsTakeThePlaceOfDecimals) {
  const std::string told =
      output({"explain", "flowers", "dense1.weight.m[2,3]", "--step", "2", "--significant", "3"});
  EXPECT_TRUE(std::regex_search(told, std::regex("m = .* = -?0\\.0*[1-9][0-9]{2}\n"))) << told;
}

TEST_F(ExplainRun, WhatTakesAWhileIsShownOnATerminalAlone) {
  if (!has_terminals()) GTEST_SKIP() << "this machine has no pseudo-terminals";
  for (const Arguments& asked : {Arguments{"replay", "flowers", "--verify"},
                                 {"blame", "flowers", "--row", "3"},
                                 {"blame", "flowers", "--suspects"},
                                 {"trace", "flowers", "--nan"}}) {
    EXPECT_THAT(run(asked, {.terminal = true}).out, HasSubstr("% ")) << asked[0];
    EXPECT_EQ(run(asked).err, "") << asked[0];
    Arguments quiet = asked;
    quiet.push_back("--quiet");
    EXPECT_THAT(run(quiet, {.terminal = true}).out, Not(HasSubstr(" left"))) << asked[0];
  }
}

TEST_F(ExplainRun, WhatIsNotThereIsRefusedWithAWayOut) {
  const auto refuse = [&](Arguments asked, const std::string& message) {
    asked.insert(asked.begin(), {"explain", "flowers"});
    expect_refusal(asked, 2, message);
  };
  refuse({"dense1.wieght"},
         "the run has no quantity \"dense1.wieght\"; did you mean "
         "\"dense1.weight\"?");
  refuse({"loss", "--step", "9999"}, "step 9999: the run has steps 1 to 21");
  refuse({"loss", "--sample", "999"}, "sample 999: step 11 has samples 0 to 15");
  refuse({"loss", "--top", "0"}, "--top 0: give a number from 1");
}

}  // namespace
}  // namespace chainrule::cli
