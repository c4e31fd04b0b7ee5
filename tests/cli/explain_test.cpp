// chainrule explain: its flags. What the page says has tests of its own.
#include "cli/program.h"

#include <gmock/gmock.h>

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using ExplainCommand = CommandLine;

const std::string tutorial = source("examples/tutorial.toml");

// ∂E_total/∂W5 of the tutorial, as its page prints it, to 8 decimals.
constexpr double gradient_w5 = 0.02592286;

TEST_F(ExplainCommand, PrintsThePageInTextByDefault) {
  EXPECT_THAT(output({"explain", tutorial}), HasSubstr("0.02592286"));
  EXPECT_EQ(output({"explain", tutorial, "--format", "text", "--lang", "en", "--digits", "8"}),
            output({"explain", tutorial}));
}

TEST_F(ExplainCommand, HasFormsAndNotations) {
  EXPECT_THAT(output({"explain", tutorial, "--form", "matrix"}), HasSubstr("z^[1] = W^[1] x = "));
  EXPECT_EQ(output({"explain", tutorial, "--form", "scalar"}), output({"explain", tutorial}));
  EXPECT_THAT(output({"explain", tutorial, "w5", "--notation", "mazur"}),
              HasSubstr("w5⁺ = w5 - η × ∂E_total/∂w5"));
  expect_refusal({"explain", tutorial, "--form", "matrices"}, 2,
                 "--form matrices: scalar or matrix");
  expect_refusal({"explain", tutorial, "--notation", "mazor"}, 2,
                 "notation \"mazor\": did you mean \"mazur\"?");
}

TEST_F(ExplainCommand, FormatsDiffer) {
  EXPECT_THAT(output({"explain", tutorial, "--format", "markdown"}), HasSubstr("\n## "));
  EXPECT_THAT(output({"explain", tutorial, "--format", "latex"}), HasSubstr("\\begin{document}"));
  EXPECT_THAT(output({"explain", tutorial, "--format", "html"}), HasSubstr("<html lang=\"en\">"));
  const auto page = json({"explain", tutorial, "--format", "json"});
  EXPECT_NEAR(page["gradients"]["W5"], gradient_w5, 5e-9);
  EXPECT_EQ(page["check"]["passed"], true);
}

TEST_F(ExplainCommand, SpeaksKorean) {
  EXPECT_THAT(output({"explain", tutorial, "--lang", "ko"}), HasSubstr("역전파"));
  EXPECT_THAT(output({"explain", tutorial}), Not(HasSubstr("역전파")));
}

TEST_F(ExplainCommand, RoundsToTheDigitsAskedFor) {
  EXPECT_THAT(output({"explain", tutorial}), HasSubstr("0.20944600 × 0.23802157 × 0.51998934"));
  EXPECT_THAT(output({"explain", tutorial, "--digits", "4"}),
              HasSubstr("= 0.2094 × 0.2380 × 0.5200\n"));
}

TEST_F(ExplainCommand, TellsOneWeightsStory) {
  const std::string story = output({"explain", tutorial, "W5"});
  EXPECT_THAT(story, HasSubstr("0.02592286"));
  EXPECT_LT(story.size(), output({"explain", tutorial}).size() / 2);
}

TEST_F(ExplainCommand, WritesThePageToAFile) {
  for (const char* flag : {"-o", "--output"}) {
    EXPECT_EQ(output({"explain", tutorial, flag, "page.txt"}), "");
    EXPECT_EQ(read("page.txt"), output({"explain", tutorial}));
  }
}

TEST_F(ExplainCommand, ExplainsEveryExample) {
  for (const char* name :
       {"three_layers", "softmax", "xor", "mazur", "han", "simple_net", "nielsen", "cs231n",
        "cs231n_neuron", "micrograd", "apples_and_oranges", "attention", "batch_norm", "lstm"})
    EXPECT_EQ(run({"explain", source(std::string("examples/") + name + ".toml")}).code, 0) << name;
}

TEST_F(ExplainCommand, AsksOneQuantityOfAnExpression) {
  const std::string micrograd = source("examples/micrograd.toml");
  EXPECT_THAT(output({"explain", micrograd, "dg'/da"}), HasSubstr("138.83381924"));
  expect_refusal(
      {"explain", micrograd, "dg'/dother"}, 2,
      "the expression has no value \"other\", which dg'/dother names; known are \"a\", "
      "\"b\", \"c\", \"d\", \"c'\", \"c''\", \"d'\", \"d''\", \"e\", \"f\", \"g\", \"g'\"");
}

TEST_F(ExplainCommand, ShowsAStepOfSeveral) {
  const std::string nielsen = source("examples/nielsen.toml");
  EXPECT_THAT(output({"explain", nielsen}), HasSubstr("  300 "));
  EXPECT_THAT(output({"explain", nielsen, "--step", "300"}), HasSubstr("Check passed."));
  expect_refusal({"explain", nielsen, "--step", "301"}, 2, "step 301: there are steps 1 to 300");
}

TEST_F(ExplainCommand, MakesAnExercise) {
  const std::string page = output({"explain", tutorial, "--exercise", "4"});
  EXPECT_THAT(page, HasSubstr("□1"));
  EXPECT_EQ(page, output({"explain", tutorial, "--exercise", "4"}));
  expect_refusal({"explain", tutorial, "--exercise", "-1"}, 2,
                 "--exercise -1: give a number from 0");
}

TEST_F(ExplainCommand, RefusesWrongValues) {
  const auto refuse = [&](const char* flag, const char* value, const std::string& message) {
    expect_refusal({"explain", tutorial, flag, value}, 2, message);
  };
  refuse("--format", "pdf",
         "--format pdf: known are \"text\", \"markdown\", \"latex\", \"html\", \"json\"");
  refuse("--format", "makrdown", "--format makrdown: did you mean \"markdown\"?");
  refuse("--format", "1",
         "--format 1: known are \"text\", \"markdown\", \"latex\", \"html\", \"json\"");
  refuse("--lang", "de", "--lang de: known are \"en\", \"ko\"");
  refuse("--digits", "0", "--digits 0: give a number from 1 to 17");
  refuse("--digits", "18", "--digits 18: give a number from 1 to 17");
  refuse("--digits", "few", "--digits few: give a whole number");
  refuse("--significant", "0", "--significant 0: give a number from 1 to 17");
  refuse("--step", "0", "--step 0: give a number from 1");
  refuse("--step", "3", "step 3: there are steps 1 to 1");
  refuse("--sample", "1",
         "--epoch, --sample, --top, --depth and --data are for run folders; " + tutorial +
             " is a file");
  expect_refusal({"explain", "nothere", "loss", "--step", "3"}, 3,
                 "nothere: there is no such run folder or file; check the path");
  expect_refusal({"explain", tutorial, "W9"}, 2,
                 "the page has no number \"W9\"; did you mean \"W1\"?");
  expect_refusal({"explain", tutorial, "--digts", "3"}, 2,
                 "there is no option --digts; did you mean --digits?");
  expect_refusal({"explain"}, 2, "PATH is required; see chainrule explain --help");
}

TEST_F(ExplainCommand, RefusesFilesThatCannotBeReadOrWritten) {
  expect_refusal({"explain", "page.toml"}, 3,
                 "page.toml: there is no such run folder or file; check the path");
  expect_refusal({"explain", tutorial, "-o", "no/page.txt"}, 3,
                 "no/page.txt: cannot be written: No such file or directory");
  write("page.toml", cli::read(tutorial));
  expect_refusal({"explain", "page.toml", "-o", "page.toml"}, 2,
                 "-o page.toml: this file is read here and would be overwritten; name another");
}

}  // namespace
}  // namespace chainrule::cli
