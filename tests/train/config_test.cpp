#include "train/settings/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "train/marked.h"

namespace chainrule {
namespace {

// Two words and a number per row, with quotes, a line end and Hangul in the columns' names.
std::string odd_table() {
  std::string text = "\"say \"\"x\"\"\",\"two\nlines\",종,row\n";
  for (int i = 0; i < 80; ++i)
    text += std::to_string(i % 9) + "," + (i % 3 == 0 ? "a" : "b") + "," +
            (i % 9 > 4 ? "위" : "아래") + "," + std::to_string(i % 5) + "\n";
  return text;
}

// Runs the request, and again from its config.toml alone; the weights must have the same bits.
void expect_repeatable(TrainRequest request, const TemporaryFolder& folder, const char* name) {
  SCOPED_TRACE(name);
  request.out = folder.file(std::string(name) + "1");
  train_run(request);
  TrainRequest again = read_config(request.out + "/config.toml");
  again.out = folder.file(std::string(name) + "2");
  train_run(again);
  for (const char* file : {"/model.safetensors", "/config.toml"})
    EXPECT_EQ(read_file(request.out + file), read_file(again.out + file)) << file;

  again.seed = 77;
  again.out = folder.file(std::string(name) + "3");
  train_run(again);
  EXPECT_NE(read_file(request.out + "/model.safetensors"),
            read_file(again.out + "/model.safetensors"))
      << "the comparison can fail";
}

TEST(Config, RepeatsARun) {
  const TemporaryFolder folder;
  expect_repeatable({.data = project_data + "iris.csv", .epochs = 4, .seed = 5, .threads = 2},
                    folder, "defaults");

  TrainRequest odd{.data = folder.write("odd.csv", odd_table())};
  odd.table.categorical = {"row"};
  odd.target.column = "종";
  odd.encode = {.scaling = data::Scaling::minmax, .drop = {"two\nlines"}, .keep = {"say \"x\""}};
  odd.validation = 0.3;
  odd.test = 0.0;
  odd.hidden = {{5, 3}};
  odd.activation = "elu";
  odd.dropout = 0.1;
  odd.optimizer = "rmsprop";
  odd.learning_rate = 1.0 / 3 / 100;
  odd.weight_decay = 1e-7;
  odd.clip_norm = 0.7;
  odd.schedule = Schedule{.shape = Schedule::Shape::cosine, .warmup = 1.0 / 3, .floor = 0.125};
  odd.batch_size = 7;
  odd.epochs = 6;
  odd.patience = 2;
  odd.keep_best = false;
  odd.seed = 9007199254740993;  // one more than a double can hold
  expect_repeatable(odd, folder, "odd");

  TrainRequest from_file{.data = project_data + "diabetes.csv"};
  from_file.model_file = folder.write("net.toml", R"(
    [network]
    seed = 3
    [[network.layer]]
    type = "dense"
    units = 4
    activation = "gelu"
    init = "lecun"
    [[network.layer]]
    type = "dropout"
    rate = 0.3
    [[network.layer]]
    type = "dense"
    units = 1
    weight = [[0.1, -0.2, 0.30000000000000004, 1e-9]]
    bias = [0.125]
    [loss]
    type = "huber"
    delta = 0.7
    [optimizer]
    type = "sgd"
    learning_rate = 0.01
    momentum = 0.5)");
  from_file.epochs = 3;
  from_file.schedule = Schedule{.shape = Schedule::Shape::constant, .warmup = 0.5};
  expect_repeatable(from_file, folder, "from_file");

  TrainRequest in_cycles{.data = project_data + "iris.csv"};
  in_cycles.epochs = 9;
  in_cycles.schedule = Schedule{.shape = Schedule::Shape::coslog4};
  in_cycles.cycle_gain = 1.0 / 3;
  expect_repeatable(in_cycles, folder, "in_cycles");
  EXPECT_EQ(read_config(folder.file("in_cycles1/config.toml")).cycle_gain, 1.0 / 3);
}

TEST(Config, HoldsWhatWasDecided) {
  const TemporaryFolder folder;
  TrainRequest request{.data = project_data + "iris.csv", .out = folder.file("run")};
  request.epochs = 2;
  request.seed = 8;
  request.threads = 3;
  request.checkpoint_every = 5;
  train_run(request);
  const TrainRequest read = read_config(folder.file("run/config.toml"));
  EXPECT_EQ(read.data, project_data + "iris.csv");
  EXPECT_EQ(read.target.column, "species");
  EXPECT_EQ(read.target.task, data::Task::classification);
  EXPECT_EQ(read.epochs, 2);
  EXPECT_EQ(read.threads, 3);
  EXPECT_EQ(read.checkpoint_every, 5);
  EXPECT_EQ(read.test, 0.2);
  EXPECT_EQ(read.validation, 0.1);
  EXPECT_THAT(read_file(folder.file("run/config.toml")), testing::HasSubstr("\nrows = 150\n"));
  EXPECT_THAT(read_file(folder.file("run/config.toml")), testing::HasSubstr("\nseed = 8\n"));
}

// A name in Latin-1 is a name all the same; TOML and JSON hold it as well as they can.
TEST(Config, IsTomlWhateverTheDataIsCalled) {
  const TemporaryFolder folder;
  TrainRequest request{.data = folder.write("caf\xE9.csv", odd_table()), .out = folder.file("run")};
  request.epochs = 1;
  train_run(request);
  EXPECT_EQ(read_config(folder.file("run/config.toml")).data, folder.file("caf\uFFFD.csv"));
  EXPECT_NO_THROW(SavedRun::open(folder.file("run")).predict(request.data));
}

TEST(Config, IsOverriddenByWhatIsAskedFor) {
  TrainRequest base{.data = "a.csv", .out = "old"};
  base.epochs = 5;
  base.hidden = {{8}};
  base.encode.scaling = data::Scaling::minmax;
  base.encode.drop = {"x"};
  TrainRequest by{.data = "b.csv"};
  by.epochs = 9;
  by.hidden = std::vector<std::int64_t>{};
  by.keep_best = false;
  const TrainRequest both = overridden(base, by);
  EXPECT_EQ(both.data, "b.csv");
  EXPECT_EQ(both.out, "") << "a repeated run gets a folder of its own";
  EXPECT_EQ(both.epochs, 9);
  EXPECT_EQ(both.hidden, std::vector<std::int64_t>{}) << "no hidden layer was asked for";
  EXPECT_EQ(both.keep_best, false);
  EXPECT_EQ(both.encode.scaling, data::Scaling::minmax) << "nothing was said of scaling";
  EXPECT_EQ(both.encode.drop, std::vector<std::string>{"x"});
}

const std::string data_part =
    "[data]\npath = \"x.csv\"\ntask = \"regression\"\nscaling = \"none\"\nvalidation = 0.1\n"
    "test = 0.2\n";
const std::string training_part =
    "[training]\nepochs = 3\nbatch_size = 8\npatience = 0\nkeep_best = true\nclip_norm = 0\n"
    "threads = 1\n";
const std::string schedule_part = "[schedule]\ntype = \"cosine\"\nwarmup = 0.1\nfloor = 0\n";

TEST(Config, TakesTheTrainingOfANetworksFile) {
  const TemporaryFolder folder;
  const std::string network =
      "[network]\n[[network.layer]]\ntype = \"dense\"\nunits = 3\n[training]\nepochs = 2\n"
      "batch_size = 50\npatience = 1\n[schedule]\ntype = \"constant\"\nwarmup = 0.25\n";
  TrainRequest request{.data = project_data + "iris.csv", .out = folder.file("run")};
  request.model_file = folder.write("net.toml", network);
  request.batch_size = 30;  // what is asked for holds
  const RunConfig config = train_run(request).config;
  EXPECT_EQ(config.fit.epochs, 2);
  EXPECT_EQ(config.fit.batch_size, 30);
  EXPECT_EQ(config.fit.patience, 1);
  EXPECT_EQ(config.fit.schedule.shape, Schedule::Shape::constant);
  EXPECT_EQ(config.fit.schedule.warmup, 0.25);
  request.out = folder.file("other");
  request.model_file = folder.write("bad.toml", network + "rate = 3\n");
  EXPECT_THROW(train_run(request), DataError);
}

TEST(Config, GivesMomentumToWhatHasIt) {
  const TemporaryFolder folder;
  TrainRequest request{.data = project_data + "iris.csv", .out = folder.file("run")};
  request.epochs = 1;
  request.optimizer = "sgd";
  request.momentum = 0.75;
  const RunConfig config = train_run(request).config;
  EXPECT_EQ(std::get<SGD>(config.optimizer).momentum, 0.75);
  EXPECT_TRUE(std::get<SGD>(config.optimizer).nesterov);
  request.momentum = 0;
  request.out = folder.file("plain");
  EXPECT_FALSE(std::get<SGD>(train_run(request).config.optimizer).nesterov);
  request.optimizer = "adam";
  request.out = folder.file("other");
  EXPECT_THROW(train_run(request), UsageError);
}

TEST(Config, ErrorsPointAtThePlace) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& with_mark, const std::string& message) {
    expect_refused(with_mark, message,
                   [&](const std::string& text) { read_config(folder.write("c.toml", text)); });
  };
  const std::string rest = training_part + schedule_part;
  ASSERT_NO_THROW(read_config(folder.write("c.toml", data_part + rest)));
  refused("^[network]\ninput = 2\n", "there is no data here; give the config.toml of a run");
  refused(data_part + "^tset = 0.1\n" + rest, "[data] has no key \"tset\"; did you mean \"test\"?");
  refused("^[data]\npath = \"x.csv\"\n" + rest,
          "there is no task here; give the config.toml of a run");
  refused("[data]\npath = \"x.csv\"\ntask = ^\"regresion\"\n" + rest,
          "there is no task \"regresion\"; did you mean \"regression\"?");
  refused(data_part + "drop = [\"a\", ^2]\n" + rest, "drop is 2; give a word in quotes");
  refused(data_part + "[training]\nepochs = ^0\n" + schedule_part,
          "epochs = 0; it must be from 1 to 9007199254740992");
  refused(data_part + "[training]\nepochs = ^1.5\n" + schedule_part,
          "epochs is 1.5; give a whole number");
  refused(data_part + training_part + "[schedule]\ntype = ^\"cosin\"\n",
          "there is no schedule \"cosin\"; did you mean \"cosine\"?");
  refused(data_part + training_part + "[schedule]\ntype = \"cosine\"\nwarmup = ^1.0\nfloor = 0\n",
          "warmup = 1; it must be at least 0 and below 1");
  refused(data_part + training_part + "[schedule]\ntype = \"cosine\"\nwarmup = 0\nfloor = ^2\n",
          "floor = 2; it must be at least 0 and at most 1");
  refused(data_part +
              "[training]\nepochs = 3\nbatch_size = 8\npatience = 0\nkeep_best = true\n"
              "clip_norm = ^-1\nthreads = 1\n" +
              schedule_part,
          "clip_norm = -1; it must be 0 or a positive number");
}

}  // namespace
}  // namespace chainrule
