// Exit codes, and what goes to which stream.
#include "cli/program.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

using ExitCodes = CommandLine;
using Streams = CommandLine;

constexpr const char* no_terminals = "this machine gives no pseudo-terminals";

TEST_F(ExitCodes, FineUsageAndData) {
  EXPECT_EQ(run({"train", iris, "--epochs", "1"}).code, 0);
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"train", iris, "--lr", "fast"}).code, 2);
  EXPECT_EQ(run({"train", "nowhere.csv"}).code, 3);
}

TEST_F(ExitCodes, CheckFailed) {
  // The error is infinite, so no finite difference agrees with its gradient.
  write("huge.toml",
        "[network]\ninput = 1\n[[network.layer]]\ntype = \"dense\"\nunits = 1\nbias = false\n"
        "weight = [[1e200]]\n[loss]\ntype = \"half_squared_error\"\n[optimizer]\ntype = \"sgd\"\n"
        "learning_rate = 0.5\n[example]\ninput = [1]\ntarget = [0]\n");
  const Outcome outcome = run({"explain", "huge.toml"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("CHECK FAILED"));
  EXPECT_EQ(outcome.err, "chainrule: the page's check failed; its end says which figures differ\n");
}

TEST_F(ExitCodes, DivergedWithNoEpochWorthKeeping) {
  const Outcome outcome = run({"train", iris, "--lr", "1e30", "--out", "run", "--quiet"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err,
              ::testing::MatchesRegex(
                  "chainrule: the loss became infinite or NaN at step [0-9]+, and no epoch is "
                  "worth keeping; the record is in run; try a smaller learning rate, such as "
                  "--lr 0\\.01\\. Where it began:\n  chainrule trace run --nan\n"));
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(files(),
              UnorderedElementsAre(Key("run/"), Key("run/config.toml"), Key("run/metrics.csv"),
                                   Key("run/record.csv"), Key("run/summary.json"),
                                   Key("run/layers.csv"), Key("run/report.html"),
                                   Key("run/checkpoints/"), Key("run/checkpoints/0.safetensors")));
  EXPECT_EQ(run({"replay", "run", "--verify"}).code, 0) << "to the step that went wrong";
  const auto result = parsed(run({"train", iris, "--lr", "1e30", "--json"}).out);
  EXPECT_EQ(result["stopped"], "diverged");
  EXPECT_EQ(result["run"], "runs/1");
}

TEST_F(ExitCodes, DivergedAfterAnEpochWorthKeeping) {
  // One batch an epoch, so that the first epochs are over when the weights explode.
  const Outcome outcome =
      run({"train", diabetes, "--optimizer", "sgd", "--lr", "2", "--batch-size", "400", "--hidden",
           "32,32", "--activation", "relu", "--patience", "50", "--out", "run", "--quiet"});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_THAT(outcome.err, HasSubstr("and the weights of epoch 1 are saved in run; try "));
  EXPECT_EQ(parsed(read("run/summary.json"))["stopped"], "diverged");
  EXPECT_THAT(output({"predict", "run", diabetes}), StartsWith("progression\n"));
}

TEST_F(ExitCodes, InterruptedKeepsWhatWasLearnt) {
  Process training({"train", iris, "--epochs", "100000000", "--out", "run", "--json"},
                   {.folder = folder_.path()});
  ASSERT_TRUE(training.wait_for_message("epoch         1/100000000"));
  training.interrupt();
  const Outcome outcome = training.finish();
  EXPECT_EQ(outcome.code, 130);
  EXPECT_THAT(outcome.err,
              EndsWith("interrupted; what was learnt until then is saved in run. To go on:\n"
                       "  chainrule train --resume run\n"));
  const auto result = parsed(outcome.out);
  EXPECT_EQ(result["stopped"], "interrupted");
  EXPECT_EQ(result, summary_of("run"));
  const std::string metrics = read("run/metrics.csv");
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 1 + result["epochs"].get<int>());
  EXPECT_THAT(metrics, EndsWith("\n"));
  EXPECT_EQ(run({"predict", "run", iris}).code, 0);
  EXPECT_EQ(run({"train", "--config", "run/config.toml", "--epochs", "1"}).code, 0);
}

TEST_F(ExitCodes, TheTimeLimitIsNoInterruption) {
  const Outcome outcome = run(
      {"train", iris, "--epochs", "100000000", "--out", "run", "--quiet", "--time-limit", "1s"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr(", stopped at the time limit"));
  EXPECT_THAT(outcome.err,
              EndsWith("the time limit was reached; what was learnt until then is saved in run. To "
                       "go on:\n  chainrule train --resume run\n"));
  EXPECT_EQ(parsed(read("run/summary.json"))["stopped"], "interrupted");
  EXPECT_EQ(run({"train", "--resume", "run", "--time-limit", "1s"}).code, 0);
}

// As Ctrl-C does: whoever ends the training, it can go on.
TEST_F(ExitCodes, EverySignalThatAsksForTheEndIsHeard) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(signal);
    const std::string name = "run" + std::to_string(signal);
    Process training({"train", iris, "--epochs", "100000000", "--out", name},
                     {.folder = folder_.path()});
    ASSERT_TRUE(training.wait_for_message("epoch         1/100000000"));
    training.interrupt(signal);
    const Outcome outcome = training.finish();
    EXPECT_EQ(outcome.code, 130);
    EXPECT_THAT(outcome.err, EndsWith("To go on:\n  chainrule train --resume " + name + "\n"));
    EXPECT_EQ(parsed(read(name + "/summary.json"))["stopped"], "interrupted");
    EXPECT_EQ(run({"replay", name, "--verify"}).code, 0);
  }
}

TEST_F(ExitCodes, ASignalThatIsIgnoredStaysIgnored) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    SCOPED_TRACE(signal);
    Process training({"train", iris, "--epochs", "2000", "--out", std::to_string(signal)},
                     {.folder = folder_.path(), .ignored_signal = signal});
    ASSERT_TRUE(training.wait_for_message("epoch    1/2000"));
    training.interrupt(signal);
    training.interrupt(signal);
    EXPECT_EQ(training.finish().code, 0);
  }
}

TEST_F(ExitCodes, FullDiskLeavesNothingBehind) {
  const Outcome outcome = run({"train", iris, "--out", "a/run", "--quiet"}, {.largest_file = 1000});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.err,
            "warning: a/run/checkpoints/0.safetensors: cannot be written: File too large; the "
            "training goes on and is not recorded until that is mended\n"
            "chainrule: a/run/model.safetensors: cannot be written: File too large\n");
  EXPECT_THAT(files(), IsEmpty());
  // The model fits, the metrics do not.
  EXPECT_EQ(run({"train", iris, "--out", "a/run", "--quiet"}, {.largest_file = 5000}).code, 3);
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(ExitCodes, FullDiskUnderPredictions) {
  output({"train", iris, "--epochs", "1", "--out", "run"});
  expect_refusal({"predict", "run", iris, "-o", "/dev/full"}, 3,
                 "/dev/full: cannot be written: No space left on device");
  write("answers.csv", "precious");
  const Outcome outcome =
      run({"predict", "run", iris, "-o", "answers.csv"}, {.largest_file = 1000});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(read("answers.csv"), "precious");
}

TEST_F(ExitCodes, ClosedOutput) {
  const Outcome training =
      run({"train", iris, "--epochs", "3", "--out", "run"}, {.closed = {0, 1}});
  EXPECT_EQ(training.code, 3);
  EXPECT_THAT(training.err,
              EndsWith("chainrule: standard output cannot be written: Bad file descriptor\n"));
  EXPECT_EQ(parsed(read("run/summary.json"))["epochs"], 3)
      << "what was learnt is saved all the same";
  const Outcome predicting = run({"predict", "run", iris, "-o", "answers.csv"}, {.closed = {0, 1}});
  EXPECT_EQ(predicting.code, 0) << predicting.err;
  EXPECT_EQ(read("answers.csv"), output({"predict", "run", iris}));
}

// A file of the run that took the place of a closed stream would collect what is printed.
TEST_F(Streams, ClosedOnesTakeNoFilesPlace) {
  const auto train = [](const std::string& out) {
    return Arguments{"train", iris, "--epochs", "3", "--out", out, "--checkpoint-every", "5"};
  };
  EXPECT_EQ(run(train("whole"), {.closed = {}}).code, 0);
  for (int closed = 0; closed < 8; ++closed) {
    SCOPED_TRACE(closed);
    Setting setting{.closed = {}};
    for (int stream = 0; stream < 3; ++stream)
      if ((closed >> stream & 1) != 0) setting.closed.push_back(stream);
    const bool prints = (closed & 2) == 0;
    const std::string name = "run" + std::to_string(closed);
    EXPECT_EQ(run(train(name), setting).code, prints ? 0 : 3);
    for (const char* file : {"/record.csv", "/model.safetensors"})
      EXPECT_EQ(read(name + file), read("whole" + std::string(file))) << file;
    EXPECT_EQ(run({"replay", name, "--verify"}, setting).code, prints ? 0 : 3);
    output({"replay", name, "--verify"});
    EXPECT_EQ(run({"predict", name, iris, "-o", "answers.csv"}, setting).code, 0);
    EXPECT_EQ(read("answers.csv"), output({"predict", "whole", iris}));
  }
}

TEST_F(Streams, ResultsAndMessagesAreApart) {
  const Outcome training = run({"train", iris, "--epochs", "2", "--json"});
  parsed(training.out);
  EXPECT_THAT(training.err, HasSubstr("105 to train on"));
  EXPECT_THAT(training.err, HasSubstr("epoch 2/2"));
  const Outcome evaluating = run({"evaluate", "runs/1", iris, "--json"});
  parsed(evaluating.out);
  EXPECT_THAT(evaluating.err, StartsWith("note: "));
}

TEST_F(Streams, LinesWhereNobodyWatchesOneLineOnATerminal) {
  const Arguments arguments{"train", iris, "--epochs", "3"};
  EXPECT_THAT(run(arguments).err, Not(HasSubstr("\r")));
  if (!has_terminals()) GTEST_SKIP() << no_terminals;
  EXPECT_THAT(run(arguments, {.terminal = true}).out, HasSubstr("\repoch 3/3"));
}

TEST_F(Streams, ColoursOnATerminalOnly) {
  if (!has_terminals()) GTEST_SKIP() << no_terminals;
  const std::string escape = "\x1b[";
  const Arguments good{"train", iris, "--epochs", "2"}, bad{"train", "nowhere.csv"};
  for (const Arguments& arguments : {good, bad}) {
    const Outcome piped = run(arguments);
    EXPECT_THAT(piped.out + piped.err, Not(HasSubstr(escape)));
    const Setting terminal{.terminal = true};
    EXPECT_THAT(run(arguments, terminal).out, HasSubstr(escape));
    const Setting no_color{.environment = {{"NO_COLOR", "1"}}, .terminal = true};
    EXPECT_THAT(run(arguments, no_color).out, Not(HasSubstr(escape)));
    const Setting dumb{.environment = {{"TERM", "dumb"}}, .terminal = true};
    EXPECT_THAT(run(arguments, dumb).out, Not(HasSubstr(escape)));
  }
}

}  // namespace
}  // namespace chainrule::cli
