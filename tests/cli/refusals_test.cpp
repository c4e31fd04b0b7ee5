// Bad input: one line that says what, where and what to do; the right code; nothing touched.
#include "cli/program.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>

#include "chainrule/data.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using Refusals = CommandLine;

constexpr int usage = 2, data = 3;

// 30 good rows of two columns, then the one given.
std::string table_ending_in(const std::string& row) {
  std::string text = "size,kind\n";
  for (int i = 0; i < 30; ++i) text += std::to_string(i) + (i % 2 == 0 ? ",even\n" : ",odd\n");
  return text + row + "\n";
}

std::string network(const std::string& layer, const std::string& rest = "") {
  return "[network]\ninput = 4\n[[network.layer]]\ntype = \"dense\"\n" + layer + rest;
}

TEST_F(Refusals, MissingFile) {
  write("sales.csv", table_ending_in("30,even"));
  expect_refusal({"train", "sale.csv"}, data,
                 "sale.csv: there is no such file; did you mean \"sales.csv\"?");
  expect_refusal({"train", "x/sales.csv"}, data,
                 "x/sales.csv: there is no folder x; check the path");
  expect_refusal({"predict", "runs/1", "sales.csv"}, data,
                 "runs/1: there is no folder runs; check the path");
  expect_refusal({"train", "sales.csv", "--model", "net.toml"}, data,
                 "net.toml: there is no such file; check the path");
}

TEST_F(Refusals, UnknownColumn) {
  write("sales.csv", table_ending_in("30,even"));
  expect_refusal({"train", "sales.csv", "--target", "knid"}, usage,
                 "target: sales.csv has no column \"knid\"; did you mean \"kind\"?");
  expect_refusal({"train", "sales.csv", "--drop", "colour"}, usage,
                 "drop: sales.csv has no column \"colour\"; known are \"size\", \"kind\"");
}

TEST_F(Refusals, UnknownFlagOrCommand) {
  expect_refusal({"train", iris, "--epoch", "3"}, usage,
                 "there is no option --epoch; did you mean --epochs?");
  expect_refusal({"train", iris, "-q"}, usage, "there is no option -q; see chainrule train --help");
  expect_refusal({"-x"}, usage, "there is no option -x; see chainrule --help");
  expect_refusal({"trian", iris}, usage,
                 "there is no subcommand \"trian\"; did you mean \"train\"?");
}

TEST_F(Refusals, ArgumentsTooFewTooManyOrTwice) {
  expect_refusal(
      {"train"}, usage,
      "train: name the data: a CSV file, a folder with IDX files or with pictures by class, "
      "or .npy arrays");
  expect_refusal({"predict", "runs/1"}, usage, "DATA is required; see chainrule predict --help");
  expect_refusal({"train", iris, "more.csv"}, usage,
                 "\"more.csv\" is one argument too many; see chainrule train --help");
  expect_refusal({"train", iris, "--lr"}, usage, "--lr needs a value; see chainrule train --help");
  expect_refusal({"train", iris, "--model", ""}, usage,
                 "--model needs a value; see chainrule train --help");
  expect_refusal({"train", iris, "--target", "a", "--target", "b"}, usage,
                 "--target is given twice; give it once; see chainrule train --help");
}

TEST_F(Refusals, RaggedRow) {
  write("sales.csv", "size,price,kind\n1,2,even\n3,odd\n");
  expect_refusal({"train", "sales.csv"}, data,
                 "sales.csv:3:3: this row has 2 fields and the first row has 3; mend the row "
                 "(quote a field that holds ',')");
}

TEST_F(Refusals, TextInANumericColumn) {
  write("sales.csv", table_ending_in("many,even"));
  expect_refusal({"train", "sales.csv"}, data,
                 "sales.csv:32:1: column \"size\": \"many\" is not a number, as 30 of the 31 "
                 "values here are; mend the file, say which word means missing: --missing many, or "
                 "train with the column as text: --categorical size");
}

TEST_F(Refusals, TextWhereTheModelKnowsNumbers) {
  output({"train", iris, "--epochs", "1", "--out", "run"});
  write("new.csv", "sepal_length,sepal_width,petal_length,petal_width\n5,3,1,0.2\n5,wide,1,1\n");
  const std::string message =
      "new.csv:3:2: column \"sepal_width\": \"wide\" is not a number, and the model was trained on "
      "numbers there; mend it, or leave the field empty if it is missing";
  expect_refusal({"predict", "run", "new.csv"}, data, message);
  write("answers.csv", "precious");
  expect_refusal({"predict", "run", "new.csv", "-o", "answers.csv"}, data, message);
}

TEST_F(Refusals, DataOfAnotherKind) {
  output({"train", iris, "--epochs", "1", "--out", "run"});
  write("new.csv", "sepal_length,sepal_width,petal_width,petal_lenght\n5,3,1,2\n");
  expect_refusal({"predict", "run", "new.csv"}, data,
                 "new.csv: has no column \"petal_length\", which the model needs as an input; did "
                 "you mean \"petal_lenght\"?");
  write("labelled.csv",
        "sepal_length,sepal_width,petal_width,petal_length,species\n5,3,1,2,setoza\n");
  expect_refusal({"evaluate", "run", "labelled.csv"}, data,
                 "labelled.csv:2:5: \"setoza\" is not a class of the model; did you mean "
                 "\"setosa\"?");
}

TEST_F(Refusals, EmptyFile) {
  write("empty.csv", "");
  expect_refusal({"train", "empty.csv"}, data,
                 "empty.csv: is empty; give a file with a header and at least one row");
  write("header.csv", "size,kind\n");
  expect_refusal({"train", "header.csv"}, data,
                 "header.csv:1: holds a header and no rows; add at least one row");
  write("empty.toml", "");
  const Outcome outcome = run({"summary", "empty.toml"});
  EXPECT_EQ(outcome.code, data);
  EXPECT_THAT(outcome.err, ::testing::StartsWith("chainrule: empty.toml"));
}

TEST_F(Refusals, OneClassOnly) {
  write("sales.csv", "size,kind\n1,even\n2,even\n3,even\n");
  expect_refusal({"train", "sales.csv"}, data,
                 "sales.csv: column \"kind\" holds one class only, \"even\"; a classification "
                 "needs two or more");
}

TEST_F(Refusals, Infinity) {
  for (const char* word : {"inf", "-Infinity", "1e400"}) {
    write("sales.csv", table_ending_in(std::string(word) + ",even"));
    expect_refusal({"train", "sales.csv"}, data,
                   std::string("sales.csv:32:1: column \"size\": \"") + word +
                       "\" is not a finite number (at most 1.8e308); mend it, or leave the field "
                       "empty if it is missing");
  }
}

// NaN is how many programs write a value that is missing.
TEST_F(Refusals, NanIsTakenAsMissingAndSaidSo) {
  write("sales.csv", table_ending_in("NaN,even"));
  const std::string plan = output({"train", "sales.csv", "--epochs", "1"});
  EXPECT_THAT(plan, ::testing::ContainsRegex("size +numeric +1 +0 \\.\\. 29"));
}

TEST_F(Refusals, WrongShapesInANetworkFile) {
  write("net.toml", network("units = 3\nweight = [[1, 2], [3, 4]]\n"));
  expect_refusal({"train", iris, "--model", "net.toml"}, data,
                 "net.toml:6:10: weight has 2 rows, but layer 1 has 3 units; give one row per "
                 "unit");
  write("net.toml", network("units = 5\n"));
  expect_refusal({"train", iris, "--model", "net.toml"}, data,
                 "net.toml: the last layer has units = 5, but the data has 3 classes; set units = "
                 "3 there");
  expect_refusal({"train", source("data/wine.csv"), "--model", "net.toml"}, data,
                 "net.toml: input = 4, but the data has 13 features per row, as encoded; set input "
                 "= 13, or leave it out");
}

TEST_F(Refusals, UnknownKeyInANetworkFile) {
  write("net.toml", network("units = 3\nactivaton = \"tanh\"\n"));
  expect_refusal({"summary", "net.toml"}, data,
                 "net.toml:6:1: layer 1 (dense) has no key \"activaton\"; did you mean "
                 "\"activation\"?");
  write("net.toml", network("units = 3\n", "[los]\ntype = \"huber\"\n"));
  expect_refusal({"train", iris, "--model", "net.toml"}, data,
                 "net.toml:6:2: the file has no key \"los\"; did you mean \"loss\"?");
}

TEST_F(Refusals, EffortWhereItChoosesNothing) {
  expect_refusal({"train", iris, "--effort", "bset"}, usage,
                 "there is no effort \"bset\"; did you mean \"best\"?");
  expect_refusal({"train", iris, "--effort", "best", "--hidden", "4"}, usage,
                 "effort = best chooses a table's network, which is described already; leave one "
                 "of the two out");
}

TEST_F(Refusals, DamagedConfig) {
  output({"train", iris, "--epochs", "1", "--out", "run"});
  std::string config = read("run/config.toml");
  config.replace(config.find("batch_size"), 10, "batchsize_");
  write("config.toml", config);
  const Outcome outcome = run({"train", "--config", "config.toml"});
  EXPECT_EQ(outcome.code, data);
  EXPECT_THAT(outcome.err, ::testing::HasSubstr("config.toml:25:1: [training] has no key "
                                                "\"batchsize_\"; did you mean \"batch_size\"?"));
}

TEST_F(Refusals, LearningRateThatIsNotPositive) {
  expect_refusal({"train", iris, "--lr", "-0.1"}, usage,
                 "learning rate = -0.1; it must be a positive number");
  expect_refusal({"train", iris, "--lr", "nan"}, usage,
                 "learning rate = nan; it must be a positive number");
  write("net.toml", network("units = 3\n", "[optimizer]\ntype = \"sgd\"\nlearning_rate = -0.5\n"));
  expect_refusal({"train", iris, "--model", "net.toml"}, data,
                 "net.toml:8:17: sgd: learning_rate = -0.5; it must be above 0 and finite.");
}

TEST_F(Refusals, WrongValuesOfFlags) {
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"--lr", "0,01"}, "--lr 0,01: give a number"},
      {{"--epochs", "2.5"}, "--epochs 2.5: give a whole number"},
      {{"--epochs", "0"}, "epochs = 0; it must be at least 1"},
      {{"--batch-size", "0"}, "batch size = 0; it must be at least 1"},
      {{"--seed", "-1"}, "--seed -1: give a whole number from 0 on"},
      {{"--threads", "0"}, "threads = 0; it must be from 1 to 1024"},
      {{"--patience", "-1"}, "patience = -1; it must be at least 0"},
      {{"--checkpoint-every", "-1"}, "checkpoint every = -1; it must be at least 0"},
      {{"--hidden", "12,"}, "--hidden 12,: give units per layer, such as 128,64"},
      {{"--hidden", "-5"}, "hidden: -5 units; a layer has from 1 to 10000000"},
      {{"--activation", "rleu"}, "there is no activation \"rleu\"; did you mean \"relu\"?"},
      {{"--optimizer", "adm"}, "there is no optimizer \"adm\"; did you mean \"adam\"?"},
      {{"--task", "clasification"},
       "there is no task \"clasification\"; did you mean \"classification\"?"},
      {{"--validation", "0.6", "--test", "0.6"},
       "validation = 0.6 and test = 0.6: each must be in [0, 1) and their sum below 1, so that "
       "rows to train on are left"},
      {{"--validation", "0", "--patience", "3"},
       "patience = 3, but no rows are kept for validation; set validation above 0, or leave "
       "patience out"},
      {{"--cycle-gain", "1"}, "cycle gain = 1; it must be at least 0 and below 1"},
      {{"--cycle-gain", "0.1"},
       "cycle_gain = 0.1, but the learning rate has no cycles; set [schedule] type = \"coslog4\", "
       "or leave cycle_gain out"},
      {{"--model", "x.toml", "--hidden", "3"},
       "the network is described by x.toml already; leave out hidden, activation and dropout, or "
       "the file"},
  };
  for (const auto& [flags, message] : cases) {
    Arguments arguments{"train", iris};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    expect_refusal(arguments, usage, message);
  }
}

TEST_F(Refusals, TruncatedGzip) {
  // The start of iris.csv.gz: a gzip header, and a block that goes on.
  write("data.csv.gz", std::string_view("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b", 11));
  expect_refusal({"train", "data.csv.gz"}, data,
                 "data.csv.gz: the gzip data ends too early; fetch or pack the file again");
}

TEST_F(Refusals, DamagedModel) {
  output({"train", iris, "--epochs", "1", "--out", "run"});
  const std::string model = read("run/model.safetensors");
  write("cut/model.safetensors", model.substr(0, model.size() - 1));
  for (const char* command : {"predict", "evaluate"}) {
    const Outcome outcome = run({command, "cut", iris});
    EXPECT_EQ(outcome.code, data);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, ::testing::StartsWith("chainrule: cut/model.safetensors: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  }
  // As a file of format 0 would be, which carries no hash.
  chainrule::data::TensorFile file =
      chainrule::data::read_tensors(folder_.file("run/model.safetensors"));
  file.tensors.at("dense2.weight").values.back() = std::numeric_limits<float>::quiet_NaN();
  std::erase_if(file.metadata, [](const auto& entry) {
    return entry.first != "chainrule.network" && entry.first != "chainrule.encoder";
  });
  chainrule::data::write_tensors(folder_.file("cut/model.safetensors"), file);
  expect_refusal({"predict", "cut", iris}, data,
                 "cut/model.safetensors: \"dense2.weight\" holds NaN or infinity; train again");
  write("none/notes.txt", "");
  expect_refusal({"summary", "none"}, data,
                 "none: holds no model.safetensors, so it is no run; give a folder that chainrule "
                 "train made");
}

TEST_F(Refusals, FolderThatCannotBeWritten) {
  write("taken", "a file");
  expect_refusal({"train", iris, "--out", "taken"}, data,
                 "taken: is a file; choose another folder with --out");
  expect_refusal({"train", iris, "--out", "taken/run"}, data,
                 "taken/run: the folder cannot be made: Not a directory; choose another with "
                 "--out");
  expect_refusal({"train", iris, "--out", "/proc/run"}, data,
                 "/proc/run: the folder cannot be made: No such file or directory; choose another "
                 "with --out");
}

TEST_F(Refusals, FolderThatHoldsSomething) {
  output({"train", iris, "--epochs", "1", "--out", "run"});
  expect_refusal({"train", iris, "--out", "run"}, data,
                 "run: the folder holds files already, and nothing is overwritten; choose a new "
                 "one with --out");
  write("mine/notes.txt", "precious");
  expect_refusal({"train", iris, "--out", "mine/"}, data,
                 "mine: the folder holds files already, and nothing is overwritten; choose a new "
                 "one with --out");
}

// The plan is shown before; nothing stays.
TEST_F(Refusals, MoreStepsThanCanBeCounted) {
  const Outcome outcome = run({"train", iris, "--epochs", "9223372036854775807"});
  EXPECT_EQ(outcome.code, usage);
  EXPECT_EQ(outcome.err,
            "chainrule: 9223372036854775807 epochs of 7 steps each are more than 2^48 steps, which "
            "nobody can wait for; set fewer epochs\n");
  EXPECT_TRUE(files().empty());
  EXPECT_EQ(run({"train", iris, "--epochs", "2", "--batch-size", "9223372036854775807"}).code, 0);
}

TEST_F(Refusals, ToWriteOverWhatIsRead) {
  write("new.csv", cli::read(iris));
  output({"train", "new.csv", "--epochs", "1", "--out", "run"});
  expect_refusal({"predict", "run", "new.csv", "-o", "./new.csv"}, usage,
                 "-o ./new.csv: this file is read here and would be overwritten; name another");
}

}  // namespace
}  // namespace chainrule::cli
