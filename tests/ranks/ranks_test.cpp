// Several ranks train one run: with the bits of one process, however many they are.
#include <mutex>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "ranks/thread_ranks.h"

namespace chainrule {
namespace {

// 75 rows of three numbers and a class; pictures need more columns.
std::string table(int columns) {
  std::string text;
  for (int c = 0; c < columns; ++c) text += fmt::format("x{},", c);
  text += "class\n";
  for (int row = 0; row < 75; ++row) {
    for (int c = 0; c < columns; ++c) text += fmt::format("{},", (row * 7 + c * 13 + row * c) % 31);
    text += row * row % 7 < 3 ? "a\n" : "b\n";
  }
  return text;
}

struct Kind {
  std::string name, network;
  int columns = 3;
};

// What the issue of many machines is about, each kind with something that could depend on where a
// row is.
std::vector<Kind> kinds() {
  const std::string dense =
      "[[network.layer]]\ntype = \"dense\"\nunits = 6\nactivation = \"tanh\"\n";
  const auto layer_of = [](int units) {
    return fmt::format("[[network.layer]]\ntype = \"dense\"\nunits = {}\nactivation = \"tanh\"\n",
                       units);
  };
  const std::string wide = layer_of(100) + layer_of(100);
  const std::string last = "[[network.layer]]\ntype = \"dense\"\nunits = 2\n";
  return {
      {"dropout", dense + "[[network.layer]]\ntype = \"dropout\"\nrate = 0.3\n" + last},
      {"batch norm", dense + "[[network.layer]]\ntype = \"batch_norm\"\n" + last},
      {"clipping", dense + last + "[training]\nclip_norm = 0.1\n"},
      {"members",
       "[[network.layer]]\ntype = \"member_dense\"\nunits = 6\nmembers = 3\n"
       "activation = \"tanh\"\n[[network.layer]]\ntype = \"member_dense\"\nunits = 2\n"
       "members = 3\n"},
      {"convolution",
       "[[network.layer]]\ntype = \"reshape\"\nshape = [1, 4, 4]\n"
       "[[network.layer]]\ntype = \"conv2d\"\nchannels = 3\npadding = 1\nactivation = \"relu\"\n"
       "[[network.layer]]\ntype = \"max_pool\"\n" +
           last,
       16},
      // Enough weights for an update that ranks divide, each in some of its ways.
      {"divided update", wide + last + "[training]\nclip_norm = 0.1\nweight_average = 0.9\n"},
      {"divided update of averages", wide + "[[network.layer]]\ntype = \"batch_norm\"\n" + last},
      // An optimizer with variables called sums.
      {"adagrad", dense + last + "[optimizer]\ntype = \"adagrad\"\n"},
      // Enough for sums in pieces, where no memory is shared.
      {"sums in pieces", layer_of(400) + layer_of(400) + layer_of(400) + last}};
}

class Ranks : public testing::Test {
 protected:
  TrainRequest request(const Kind& kind) {
    write_file(folder_.file("table.csv"), table(kind.columns));
    write_file(folder_.file("network.toml"), "[network]\n" + kind.network);
    TrainRequest request{.data = folder_.file("table.csv"),
                         .model_file = folder_.file("network.toml"),
                         .batch_size = 32,
                         .shards = 16,
                         .epochs = 3,
                         .seed = 3,
                         .threads = 1,
                         .checkpoint_every = 1};
    request.out = folder_.file(fmt::format("run{}", ++runs_));
    return request;
  }

  // The folder of a run that so many ranks trained.
  std::string trained(TrainRequest request, int ranks, const RunObserver& observer = {},
                      ThreadRanks::Memory memory = ThreadRanks::Memory::shared) {
    ThreadRanks(ranks, memory).run([&](Communicator& self) {
      TrainRequest own = request;
      own.ranks = &self;
      const RunResult result = train_run(own, self.rank() == 0 ? observer : RunObserver{});
      EXPECT_EQ(result.folder.empty(), self.rank() > 0);
    });
    return request.out;
  }

  void expect_to_go_on(const Kind& kind);

  // Hashes of all variables, step by step.
  static std::string record(const std::string& run) { return read_file(run + "/record.csv"); }

  TemporaryFolder folder_;
  int runs_ = 0;
};

TEST_F(Ranks, AsThreadsHaveTheBitsOfOneProcess) {
  for (const Kind& kind : kinds()) {
    SCOPED_TRACE(kind.name);
    TrainRequest alone = request(kind);
    train_run(alone);
    const std::string wanted = record(alone.out);
    ASSERT_THAT(wanted, testing::HasSubstr("\n6,"));
    for (const int ranks : {1, 2, 3, 4, 8}) {
      EXPECT_EQ(record(trained(request(kind), ranks)), wanted) << ranks << " ranks";
      EXPECT_EQ(record(trained(request(kind), ranks, {}, ThreadRanks::Memory::apart)), wanted)
          << ranks << " ranks without memory in common";
    }
    // And the model and scores that came of it.
    EXPECT_EQ(read_file(folder_.file(fmt::format("run{}/model.safetensors", runs_))),
              read_file(alone.out + "/model.safetensors"));
  }
}

TEST_F(Ranks, StopTogetherAndGoOnInAnotherNumber) {
  for (const std::size_t which : {1U, 5U}) expect_to_go_on(kinds()[which]);
}

void Ranks::expect_to_go_on(const Kind& kind) {
  TrainRequest alone = request(kind);
  alone.epochs = 40;
  train_run(alone);
  TrainRequest stopped = request(kind);
  stopped.epochs = 40;
  int calls = 0;
  const RunObserver stopping{.on_progress = [&](const Progress&) { return ++calls < 4; }};
  trained(stopped, 4, stopping);
  EXPECT_LT(record(stopped.out).size(), record(alone.out).size());
  ThreadRanks(3).run(
      [&](Communicator& self) { resume_run(stopped.out, {.threads = 1, .ranks = &self}); });
  EXPECT_EQ(record(stopped.out), record(alone.out));
  EXPECT_EQ(read_file(stopped.out + "/model.safetensors"),
            read_file(alone.out + "/model.safetensors"));
  // It is a run like any other.
  auto run = Run::open(stopped.out, {.threads = 1});
  EXPECT_FALSE(run.verify().difference.has_value());
}

// What each of two ranks says when rank 1 asks for something else.
std::vector<std::string> said_by_two(const TrainRequest& first, const TrainRequest& second) {
  std::vector<std::string> said(2);
  ThreadRanks(2).run([&](Communicator& self) {
    TrainRequest own = self.rank() == 0 ? first : second;
    own.ranks = &self;
    try {
      train_run(own);
    } catch (const DataError& error) {
      said[static_cast<std::size_t>(self.rank())] = error.what();
    }
  });
  EXPECT_FALSE(is_there(first.out)) << "nothing is left of a run that has not begun";
  return said;
}

TEST_F(Ranks, NeedNoTableButThatOfRankZero) {
  const Kind kind = kinds()[0];
  TrainRequest alone = request(kind);
  train_run(alone);
  const TrainRequest first = request(kind);
  ThreadRanks(3).run([&](Communicator& self) {
    TrainRequest own = first;
    own.ranks = &self;
    if (self.rank() > 0) own.data = "/not/on/this/machine/table.csv";
    train_run(own);
  });
  EXPECT_EQ(record(first.out), record(alone.out));
}

TEST_F(Ranks, SayAtTheStartThatTheyWereAskedForOtherData) {
  const TrainRequest first = request(kinds()[0]);
  TrainRequest other = first;
  other.data = folder_.file("other.csv");
  for (const std::string& words : said_by_two(first, other))
    EXPECT_EQ(words,
              "rank 1 on thread1 has another name of its data than rank 0 on thread0: other.csv, "
              "not table.csv");
  other = first;
  other.test = 0.5;
  for (const std::string& words : said_by_two(first, other))
    EXPECT_THAT(words, testing::StartsWith("rank 1 on thread1 has another wish for how its data is "
                                           "read, than rank 0"));
  other = first;
  other.epochs = 4;
  for (const std::string& words : said_by_two(first, other))
    EXPECT_THAT(words, testing::StartsWith("rank 1 on thread1 has another run, by its settings,"));
}

TEST_F(Ranks, AllHearWhatIsWrongWithTheDataOfRankZero) {
  const TrainRequest first = request(kinds()[0]);
  write_file(first.data, "a,b\n1,2\n3\n");
  const std::vector<std::string> said = said_by_two(first, first);
  EXPECT_THAT(said[0], testing::HasSubstr("table.csv:3"));
  EXPECT_EQ(said[1], said[0]);
}

TEST_F(Ranks, TrainAllFolds) {
  TrainRequest alone = request(kinds()[0]);
  alone.folds = 3;
  train_folds(alone);
  TrainRequest together = request(kinds()[0]);
  together.folds = 3;
  ThreadRanks(2).run([&](Communicator& self) {
    TrainRequest own = together;
    own.ranks = &self;
    const FoldsResult result = train_folds(own);
    EXPECT_EQ(result.folder.empty(), self.rank() > 0);
    EXPECT_EQ(result.folds.size(), 3U);
    EXPECT_EQ(result.scores.empty(), self.rank() > 0);
  });
  for (const char* fold : {"/fold1", "/fold2", "/fold3"})
    EXPECT_EQ(record(together.out + fold), record(alone.out + fold));
  std::string summary = read_file(together.out + "/summary.json");
  summary.replace(summary.find(together.out), together.out.size(), alone.out);
  EXPECT_EQ(summary, read_file(alone.out + "/summary.json"));
}

TEST_F(Ranks, SayThatSomeHaveNothingToDo) {
  std::vector<std::string> warnings;
  const RunObserver observer{.on_warning = [&](const Text& what) { warnings.push_back(what.en); }};
  trained(request(kinds()[0]), 3, observer);
  EXPECT_THAT(warnings, testing::ElementsAre("1 of 3 ranks have nothing to do: 16 shards are "
                                             "computed in equal, aligned parts by 2 of them"));
}

TEST_F(Ranks, HaveSixteenShardsUnlessToldOtherwise) {
  TrainRequest unsaid = request(kinds()[0]);
  unsaid.shards.reset();
  const std::string run = trained(unsaid, 2);
  EXPECT_THAT(read_file(run + "/config.toml"), testing::HasSubstr("shards = 16\n"));
  EXPECT_EQ(read_config(run + "/config.toml").shards, 16);
}

TEST_F(Ranks, AreProfiledEach) {
  TrainRequest request = this->request(kinds()[0]);
  request.profile = true;
  ThreadRanks(2).run([&](Communicator& self) {
    TrainRequest own = request;
    own.ranks = &self;
    const RunResult result = train_run(own);
    ASSERT_EQ(result.profile->ranks.size(), self.rank() == 0 ? 2U : 0U);
    for (const RankTime& rank : result.profile->ranks) EXPECT_GT(rank.computing, 0);
  });
  EXPECT_THAT(read_file(request.out + "/summary.json"), testing::HasSubstr("exchanging_seconds"));
}

TEST_F(Ranks, DoNotShareStandardInput) {
  TrainRequest piped = request(kinds()[0]);
  piped.data = "-";
  EXPECT_THROW(trained(piped, 2), UsageError);
}

}  // namespace
}  // namespace chainrule
