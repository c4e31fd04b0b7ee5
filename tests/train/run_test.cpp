// Recorded runs: what the folder says, and that every step of it can be played again.
#include <cmath>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "kernels/dispatch.h"
#include "train/loop/steps.h"
#include "train/record/checkpoint.h"
#include "train/settings/config.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

using Recorded = Run;  // every test has a member function Run

class RecordedRuns : public testing::Test {
 protected:
  TrainRequest request(std::int64_t every) const {
    TrainRequest request{.data = project_data + "iris.csv", .out = run()};
    request.epochs = 4;
    request.hidden = {{6}};
    request.dropout = 0.2;
    request.batch_size = 20;  // 105 rows: five batches and a rest
    request.seed = 9;
    request.threads = 1;
    request.checkpoint_every = every;
    return request;
  }
  RunResult train(std::int64_t every = 5) const { return train_run(request(every)); }
  std::string run() const { return folder_.file("run"); }
  std::string file(const std::string& name) const { return run() + "/" + name; }
  std::vector<RecordLine> record() const {
    return read_record(read_file(file("record.csv")), id()).lines;
  }
  std::string id() const { return read_config_head(file("config.toml")).header.run; }

  void replace(const std::string& name, const std::string& what, const std::string& by) const {
    std::string text = read_file(file(name));
    ASSERT_NE(text.find(what), std::string::npos);
    text.replace(text.find(what), what.size(), by);
    folder_.write("run/" + name, text);
  }

  // The hash after every step, from the loop that knows nothing of runs.
  std::vector<std::string> hashes_of_fit(const RunConfig& config,
                                         const data::Prepared& data) const {
    std::vector<std::string> hashes;
    Model model(config.network, config.loss, config.row, {.seed = config.seed});
    FitOptions options = config.fit;
    options.on_step = [&](const FitState&) { hashes.push_back(state_hash(model.session())); };
    fit(model, config.optimizer, data.train, data.validation, data.encoder.target(), options);
    return hashes;
  }

  TemporaryFolder folder_;
};

TEST_F(RecordedRuns, HoldHashesOfEveryEpochAndCheckpoint) {
  const RunResult result = train(5);
  EXPECT_EQ(checkpoint_steps(run()), (std::vector<std::int64_t>{0, 5, 10, 15, 20, 24}));
  std::vector<std::int64_t> steps, epochs;
  const Recorded replay = Recorded::open(run());
  const std::vector<std::string> hashes = hashes_of_fit(result.config, replay.data());
  for (const RecordLine& line : record()) {
    steps.push_back(line.step);
    epochs.push_back(line.epoch);
    EXPECT_EQ(line.hash, hashes[static_cast<std::size_t>(line.step)]) << line.step;
  }
  EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 5, 6, 10, 12, 15, 18, 20, 24}));
  EXPECT_EQ(epochs, (std::vector<std::int64_t>{0, 1, 1, 2, 2, 3, 3, 4, 4}));
}

TEST_F(RecordedRuns, ArePlayedToAnyStepInAnyOrderWithAnyNumberOfThreads) {
  const RunResult result = train(7);
  for (const int threads : {1, 2, 4}) {
    Recorded replay = Recorded::open(run(), {.threads = threads});
    const std::vector<std::string> hashes = hashes_of_fit(result.config, replay.data());
    EXPECT_EQ(replay.steps(), 24);
    EXPECT_EQ(replay.steps_per_epoch(), 6);
    EXPECT_EQ(replay.step(), 0);
    EXPECT_EQ(replay.hash(), hashes[0]);
    for (const std::int64_t step : {24, 3, 4, 13, 14, 6, 0, 23, 1}) {
      replay.go_to(step);
      EXPECT_EQ(replay.step(), step);
      EXPECT_EQ(replay.hash(), hashes[static_cast<std::size_t>(step)]) << step;
    }
  }
}

TEST_F(RecordedRuns, SayWhatEachStepTrainsOn) {
  const RunResult result = train();
  Recorded replay = Recorded::open(run());
  replay.go_to(11);
  // A step made by hand from what the run says of it: the same loss.
  const Recorded::Batch batch = replay.batch(12);
  EXPECT_EQ(batch.epoch, 2);
  EXPECT_EQ(batch.rows.size(), 5U) << "the rest of the epoch";
  const data::Dataset& data = *replay.data().train.data;
  const TracedGraph traced = training_graph(result.config.network, result.config.loss,
                                            result.config.optimizer, 5, 4, 3, {.seed = 9});
  Session session;
  Program step(traced.graph, session);
  set_variables(session, variables_of(replay.model().session()));
  data.gather(batch.rows, step.input("x").data(), step.input("target").data());
  step.input("learning_rate")[0] = static_cast<float>(batch.learning_rate);
  step.input("step")[0] = 12;
  step.input("counter")[0] = 12;
  step.run();
  EXPECT_EQ(replay.advance(), static_cast<double>(step.output("loss")[0]));
  EXPECT_EQ(variables_of(session), variables_of(replay.model().session()));
  EXPECT_THROW(replay.batch(0), UsageError);
  EXPECT_THROW(replay.batch(25), UsageError);
  EXPECT_THROW(replay.go_to(25), UsageError);
  EXPECT_THROW(replay.go_to(-1), UsageError);
  replay.go_to(24);
  EXPECT_THROW(replay.advance(), UsageError);
}

TEST_F(RecordedRuns, AreVerifiedFromTheBeginning) {
  train(5);
  Recorded replay = Recorded::open(run());
  replay.go_to(17);
  const Recorded::Verification good = replay.verify();
  EXPECT_EQ(good.compared, 9);
  EXPECT_FALSE(good.difference);
  EXPECT_EQ(replay.verify(11).compared, 4) << "steps 0, 5, 6 and 10";
  // A record whose lines have their checks, and one of them another hash.
  std::vector<RecordLine> lines = record();
  const std::string recorded = std::exchange(lines[4].hash, "0123456789abcdef");
  fs::remove(file("summary.json"));  // which promises another record
  TableWriter other(file("record.csv"), std::string(record_columns), id(), "");
  other.restart();
  for (const RecordLine& line : lines) other.add(to_text(line));
  other.flush();
  const Recorded::Verification bad = Recorded::open(run()).verify();
  ASSERT_TRUE(bad.difference);
  EXPECT_EQ(bad.difference->step, 12);
  EXPECT_EQ(bad.difference->recorded, "0123456789abcdef");
  EXPECT_EQ(bad.difference->replayed, recorded);
}

TEST_F(RecordedRuns, HaveTheSameBitsAtEveryInstructionSet) {
  const std::vector<kernels::SimdLevel> levels = kernels::available_simd();
  const auto name = [](kernels::SimdLevel level) { return std::string(kernels::simd_name(level)); };
  for (const kernels::SimdLevel level : levels) {
    kernels::limit_simd(level);
    TrainRequest wanted = request(5);
    wanted.out = folder_.file(name(level));
    train_run(wanted);
  }
  for (const kernels::SimdLevel level : levels) {
    kernels::limit_simd(level);
    for (const kernels::SimdLevel maker : levels) {
      Recorded replay = Recorded::open(folder_.file(name(maker)));
      EXPECT_THAT(replay.notes(), testing::IsEmpty());
      EXPECT_FALSE(replay.verify().difference) << name(maker) << " at " << name(level);
      EXPECT_EQ(read_file(folder_.file(name(maker) + "/model.safetensors")),
                read_file(folder_.file(name(levels.back()) + "/model.safetensors")));
    }
  }
  kernels::limit_simd(levels.back());
}

TEST_F(RecordedRuns, SayAtTheStartThatTheirLayoutIsAnother) {
  train(5);
  write_file(file("config.toml"), to_toml(Recorded::open(run()).config(), 0));
  fs::remove(file("summary.json"));
  EXPECT_THAT(english(Recorded::open(run()).notes()),
              testing::ElementsAre(HasSubstr("was made with layout 0 of the arithmetic")));
  std::vector<std::string> warnings;
  RunObserver observer;
  observer.on_warning = [&](const Text& warning) { warnings.push_back(warning.en); };
  resume_run(run(), {}, observer);
  EXPECT_THAT(warnings, testing::Contains(HasSubstr("last bits may differ from those recorded")));
  EXPECT_EQ(check_files(run()).layout, 0) << "it began with that one";
}

TEST_F(RecordedRuns, DoWithoutDamagedCheckpoints) {
  train(5);
  const std::string last = record().back().hash;
  folder_.write("run/checkpoints/24.safetensors", "");
  folder_.write("run/checkpoints/20.safetensors",
                read_file(file("checkpoints/20.safetensors")).substr(0, 300));
  fs::remove(file("checkpoints/0.safetensors"));
  Recorded replay = Recorded::open(run());
  replay.go_to(24);
  EXPECT_EQ(replay.hash(), last);
  replay.go_to(0);
  EXPECT_EQ(replay.hash(), record().front().hash) << "from the seed";
}

TEST_F(RecordedRuns, SaveTheModelOfAnyStep) {
  train(5);
  Recorded replay = Recorded::open(run());
  replay.go_to(3);
  replay.save_model(folder_.file("early.safetensors"));
  EXPECT_EQ(SavedRun::open(folder_.file("early.safetensors")).model().weights(),
            replay.model().weights());
  EXPECT_NE(SavedRun::open(run()).model().weights(), replay.model().weights());
}

TEST_F(RecordedRuns, KnowWhenTheirDataHasChanged) {
  TrainRequest mine = request(5);
  std::string rows = read_file(mine.data);
  mine.data = folder_.write("iris.csv", rows);
  train_run(mine);
  EXPECT_FALSE(Recorded::open(run()).data_changed());
  fs::rename(mine.data, folder_.file("moved.csv"));
  EXPECT_THROW(Recorded::open(run()), DataError);
  const RunOptions moved{.threads = 1, .data = folder_.file("moved.csv")};
  EXPECT_FALSE(Recorded::open(run(), moved).data_changed());
  rows.replace(rows.find("5.1"), 3, "5.2");
  folder_.write("moved.csv", rows);
  Recorded replay = Recorded::open(run(), moved);
  EXPECT_TRUE(replay.data_changed());
  EXPECT_TRUE(replay.verify().difference);
  folder_.write("moved.csv", "a,species\n1,x\n2,y\n3,x\n4,y\n5,x\n6,y\n7,x\n8,y\n9,x\n0,y\n");
  EXPECT_THAT(message_of<DataError>([&] { Recorded::open(run(), moved); }, folder_),
              testing::StartsWith("moved.csv: has changed since the run was made, and no longer "
                                  "fits it: "));
}

TEST_F(RecordedRuns, KeepWhatCameBeforeADivergence) {
  TrainRequest wild = request(2);
  wild.optimizer = "sgd";
  wild.learning_rate = 1e12;
  wild.dropout = 0;
  wild.loss = "mean_squared_error";
  wild.data = project_data + "diabetes.csv";
  const RunResult result = train_run(wild);
  ASSERT_EQ(result.history.stopped, StopReason::diverged);
  EXPECT_EQ(result.folder, run());
  EXPECT_FALSE(result.has_model);
  EXPECT_LT(checkpoint_steps(run()).back(), result.history.steps);
  Recorded replay = Recorded::open(run());
  EXPECT_EQ(replay.steps(), result.history.steps);
  replay.go_to(replay.steps() - 1);
  EXPECT_FALSE(std::isfinite(replay.advance()));
  replay.go_to(0);
  while (replay.step() < replay.steps() - 1) EXPECT_TRUE(std::isfinite(replay.advance()));
  EXPECT_THAT(message_of<DataError>([&] { resume_run(run()); }, folder_),
              HasSubstr("run: the run diverged at step "));
}

TEST_F(RecordedRuns, ThinTheirCheckpointsOutEvenly) {
  TrainRequest many = request(1);
  many.epochs = 100;
  const RunResult result = train_run(many);
  const std::vector<std::int64_t> steps = checkpoint_steps(run());
  EXPECT_LE(steps.size(), 100U);
  EXPECT_GE(steps.size(), 50U);
  EXPECT_EQ(steps.front(), 0);
  EXPECT_EQ(steps.back(), result.history.steps);
  for (std::size_t i = 1; i < steps.size(); ++i)
    EXPECT_LE(steps[i] - steps[i - 1], 3 * 600 / 50) << "no wide gap before " << steps[i];
}

TEST_F(RecordedRuns, SayWhyThereIsNothingToPlay) {
  const auto opening = [&] {
    return message_of<DataError>([&] { Recorded::open(run()); }, folder_);
  };
  EXPECT_EQ(opening(), "run: there is no such file; check the path");
  train(0);
  fs::remove(file("record.csv"));
  EXPECT_EQ(opening(),
            "run: holds no record.csv, so the run was not recorded; train again with --config "
            "run/config.toml");
}

TEST_F(RecordedRuns, AreNotResumedWhileTheyTrain) {
  RunObserver observer;
  std::string refusal;
  observer.on_progress = [&](const Progress& now) {
    if (now.step == 6) refusal = message_of<DataError>([&] { resume_run(run()); }, folder_);
    return true;
  };
  train_run(request(5), observer);
  EXPECT_EQ(refusal, "run: another process trains this run right now; let it end");
}

}  // namespace
}  // namespace chainrule
