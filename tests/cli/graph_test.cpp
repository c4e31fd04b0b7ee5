// chainrule graph
#include "cli/program.h"

#include <gmock/gmock.h>

#include "chainrule/program.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using GraphCommand = CommandLine;

const std::string worked_network = source("examples/tutorial.toml");

TEST_F(GraphCommand, TellsWhatEveryPassDoes) {
  const std::string out = output({"graph", worked_network});
  EXPECT_THAT(out, ContainsRegex("pass +ms +nodes +kernel calls +arena bytes\n"));
  for (const std::string_view pass : compiler_passes())
    EXPECT_THAT(out, ContainsRegex("\n" + std::string(pass) + " +[0-9.]+ +[0-9]+"));
  EXPECT_THAT(out, ContainsRegex("\nconvolve [^\n]*unchanged\n")) << "there is no convolution";
}

TEST_F(GraphCommand, PrintsTheDraftAfterAPass) {
  const std::string traced = output({"graph", worked_network, "--after", "trace"});
  EXPECT_THAT(traced, HasSubstr(" loss = half_squared_error("));
  EXPECT_THAT(traced, HasSubstr("update dense2.weight = %"));
  EXPECT_THAT(traced, Not(HasSubstr("call 0")));
  const std::string lowered = output({"graph", worked_network, "--after", "lower"});
  EXPECT_THAT(lowered, Not(HasSubstr("half_squared_error(")));
  EXPECT_THAT(output({"graph", worked_network, "--after", "fuse"}),
              ContainsRegex("call 0: %[0-9]+, %"));
  EXPECT_THAT(output({"graph", worked_network, "--after", "place"}),
              ContainsRegex("-> arena\\[0, "));
  EXPECT_THAT(output({"graph", worked_network, "--after", "trace", "--batch", "7"}),
              HasSubstr("x = input() : [7, 2]"));
}

TEST_F(GraphCommand, TakesARunWithItsBatch) {
  output({"train", iris, "--epochs", "2", "--batch-size", "20", "--out", "run"});
  EXPECT_THAT(output({"graph", "run", "--after", "trace"}), HasSubstr("x = input() : [20, 4]"));
}

TEST_F(GraphCommand, NamesThePassThatWasMeant) {
  const Outcome outcome = run({"graph", worked_network, "--after", "fuze"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean \"fuse\"?"));
}

}  // namespace
}  // namespace chainrule::cli
