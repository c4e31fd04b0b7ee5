// What is wrong in the page's file is answered with one line: file, line and column, what is wrong,
// and what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

// An example's file, in which one mistake is made.
std::string example_with(const std::string& example, const std::string& right,
                         const std::string& wrong) {
  std::ifstream file(std::string(CHAINRULE_SOURCE_DIR) + "/examples/" + example);
  std::ostringstream all;
  all << file.rdbuf();
  std::string text = all.str();
  const auto at = text.find(right);
  if (at == std::string::npos) throw std::invalid_argument("the example has no " + right);
  return text.replace(at, right.size(), wrong);
}

struct Mistake {
  std::string name, right, wrong, answer;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.wrong; }

class ExplainFileWith : public testing::TestWithParam<Mistake> {};

TEST_P(ExplainFileWith, MistakesAreAnsweredWithPlaceAndWayOut) {
  const Mistake& mistake = GetParam();
  const TemporaryFolder folder;
  const std::string path =
      folder.write("net.toml", example_with("tutorial.toml", mistake.right, mistake.wrong));
  EXPECT_EQ(message_of<DataError>([&] { explain_file(path); }, folder), mistake.answer);
}

const std::string first_weights = "weight = [[0.3, 0.25], [0.4, 0.35]]";

const std::vector<Mistake> unknown_words{
    {"UnknownKey", "learning_rate = 0.5", "learning_rat = 0.5",
     "net.toml:26:1: [optimizer] of type \"sgd\" has no key \"learning_rat\"; did you mean "
     "\"learning_rate\"?"},
    {"UnknownKeyOfALayer", "units = 2", "unit = 2",
     "net.toml:9:1: layer 1 (dense) has no key \"unit\"; did you mean \"units\"?"},
    {"UnknownTable", "[optimizer]", "[optimiser]",
     "net.toml:24:2: the file has no key \"optimiser\"; did you mean \"optimizer\"?"},
    {"UnknownActivation", "\"sigmoid\"", "\"sigmiod\"",
     "net.toml:10:14: there is no activation \"sigmiod\"; did you mean \"sigmoid\"?"},
    {"UnknownLoss", "half_squared_error", "half_square_error",
     "net.toml:22:8: there is no loss \"half_square_error\"; did you mean "
     "\"half_squared_error\"?"},
    {"AnotherOptimizersKey", "learning_rate = 0.5", "learning_rate = 0.5\nbeta1 = 0.9",
     "net.toml:27:1: [optimizer] of type \"sgd\" has no key \"beta1\"; known are \"type\", "
     "\"learning_rate\", \"momentum\", \"nesterov\", \"weight_decay\""}};

const std::vector<Mistake> wrong_shapes{
    {"TooFewRows", first_weights, "weight = [[0.3, 0.25]]",
     "net.toml:12:10: weight has 1 rows, but layer 1 has 2 units; give one row per unit"},
    {"TooManyColumns", "[[0.45, 0.4], ", "[[0.45, 0.4, 0.1], ",
     "net.toml:19:11: row 1 of weight has 3 numbers, but layer 2 takes 2 inputs (units of layer 1 "
     "= 2); give one number per input"},
    {"RaggedRows", first_weights, "weight = [[0.3, 0.25], [0.4]]",
     "net.toml:12:24: row 2 of weight has 1 numbers, but layer 1 takes 2 inputs (input = 2); give "
     "one number per input"},
    {"FlatWeights", first_weights, "weight = [0.3, 0.25]",
     "net.toml:12:11: row 1 of weight is 0.3; give a list in brackets, such as [0.1, 0.2]"},
    {"ShortBias", "bias = false", "bias = [0.35]",
     "net.toml:11:8: bias has 1 numbers, but layer 1 has 2 units; give one per unit"},
    {"ShortTarget", "target = [0.4, 0.6]", "target = [0.4]",
     "net.toml:30:10: the example's target has 1 numbers, but the network has 2 outputs; give one "
     "number per output"},
    {"LongInput", "input = [0.1, 0.2]", "input = [0.1, 0.2, 0.3]",
     "net.toml:29:9: the example's input has 3 numbers, but the network takes 2; give one number "
     "per input"}};

const std::vector<Mistake> wrong_numbers{
    {"NegativeLearningRate", "learning_rate = 0.5", "learning_rate = -0.5",
     "net.toml:26:17: sgd: learning_rate = -0.5; it must be above 0 and finite."},
    {"LearningRateThatIsNaN", "learning_rate = 0.5", "learning_rate = nan",
     "net.toml:26:17: learning_rate is nan; give a finite number"},
    {"TargetThatIsNaN", "target = [0.4, ", "target = [nan, ",
     "net.toml:30:11: number 1 of target is nan; give a finite number"},
    {"InputThatIsNaN", "input = [0.1, 0.2]", "input = [0.1, nan]",
     "net.toml:29:15: number 2 of input is nan; give a finite number"},
    {"WeightThatIsInfinite", "[[0.3, ", "[[-inf, ",
     "net.toml:12:12: number 1 of row 1 of weight is -inf; give a finite number"},
    {"TextAmongNumbers", "input = [0.1, 0.2]", "input = [0.1, \"0.2\"]",
     "net.toml:29:15: number 2 of input is \"0.2\"; give a number"},
    {"NegativeUnits", "units = 2", "units = -2",
     "net.toml:9:9: units = -2; it must be from 1 to 10000000"}};

// What is not in the file has no line in it.
const std::vector<Mistake> missing_parts{
    {"NoExample", "[example]\ninput = [0.1, 0.2]\ntarget = [0.4, 0.6]\n", "",
     "net.toml: there is no [example], which the page needs; add [example] with input = [...] and "
     "target = [...]"},
    {"NoTarget", "target = [0.4, 0.6]", "",
     "net.toml:28:1: [example] has no target; add target = [0.4, 0.6]"},
    {"NoUnits", "units = 2\n", "", "net.toml:7:1: layer 1 has no units; add units = 2"},
    {"NoLossType", "type = \"half_squared_error\"", "",
     "net.toml:21:1: [loss] has no type; add type = \"half_squared_error\""},
    {"NoClosingBracket", "input = [0.1, 0.2]", "input = [0.1, 0.2",
     "net.toml:30:1: this is no TOML: Error while parsing array: expected comma or closing ']', "
     "saw 't'; mend the line"}};

const std::vector<Mistake> what_the_loss_cannot_use{
    {"CrossEntropyAfterSigmoid", "half_squared_error", "cross_entropy",
     "net.toml:21:1: cross_entropy: the network ends in sigmoid, but the loss starts from logits. "
     "Set the last activation to softmax or identity."},
    {"SecondActivation", "[loss]",
     "[[network.layer]]\ntype = \"activation\"\nactivation = "
     "\"tanh\"\n[loss]",
     "net.toml: the page has room for one activation per dense layer, right behind it; leave out "
     "the other activation layer"}};

const auto name_of_mistake = [](const auto& mistake) { return mistake.param.name; };

INSTANTIATE_TEST_SUITE_P(UnknownWords, ExplainFileWith, testing::ValuesIn(unknown_words),
                         name_of_mistake);
INSTANTIATE_TEST_SUITE_P(WrongShapes, ExplainFileWith, testing::ValuesIn(wrong_shapes),
                         name_of_mistake);
INSTANTIATE_TEST_SUITE_P(WrongNumbers, ExplainFileWith, testing::ValuesIn(wrong_numbers),
                         name_of_mistake);
INSTANTIATE_TEST_SUITE_P(MissingParts, ExplainFileWith, testing::ValuesIn(missing_parts),
                         name_of_mistake);
INSTANTIATE_TEST_SUITE_P(WhatTheLossCannotUse, ExplainFileWith,
                         testing::ValuesIn(what_the_loss_cannot_use), name_of_mistake);

TEST(ExplainFile, TargetsOfCrossEntropyAreADistribution) {
  const TemporaryFolder folder;
  const std::string path =
      folder.write("net.toml", example_with("softmax.toml", "[0, 1, 0]", "[0, 1, 1]"));
  EXPECT_THAT(message_of<DataError>([&] { explain_file(path); }, folder),
              testing::ContainsRegex("^net.toml:[0-9]+:10: cross_entropy needs a target that is a "
                                     "distribution, .* but they sum to 2; give 1 to the true "
                                     "class and 0 to the others$"));
}

TEST(ExplainFile, AMissingFileIsSaidToBeMissing) {
  const TemporaryFolder folder;
  EXPECT_EQ(message_of<DataError>([&] { explain_file(folder.file("net.toml")); }, folder),
            "net.toml: there is no such file; check the path");
}

TEST(ExplainFile, ParametersThatStayAsTheyAreHaveNoGradient) {
  const TemporaryFolder folder;
  const std::string path = folder.write(
      "net.toml", example_with("tutorial.toml", "units = 2", "units = 2\ntrainable = false"));
  const Explanation explanation = explain_file(path);
  EXPECT_TRUE(explanation.passed);
  EXPECT_EQ(explanation.page.find("∂E_total/∂W1"), std::string::npos);
  EXPECT_NE(explanation.page.find("W5⁺"), std::string::npos);
  EXPECT_EQ(message_of<UsageError>([&] { explain_file(path, {.parameter = "W1"}); }, folder),
            "W1 stays as it is (trainable = false), so no gradient is worked for it; ask for "
            "another parameter, or let it be trained");
}

}  // namespace
}  // namespace chainrule
