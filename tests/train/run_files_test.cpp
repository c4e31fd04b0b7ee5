// A run's files against each other: damage, mix-ups and gaps are seen, and resume makes them good.
#include <algorithm>
#include <filesystem>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "kernels/dispatch.h"
#include "train/record/record.h"
#include "train/run_files.h"
#include "train/settings/config.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using Recorded = Run;  // every test has a member function Run

TEST_F(RunFilesTest, OfARunThatEndedAreAllWhole) {
  train("run");
  const RunFiles files = check_files(folder_.file("run"));
  EXPECT_THAT(files.damaged, IsEmpty());
  EXPECT_EQ(files.whole.size(), files_of(folder_.file("run")).size());
  EXPECT_EQ(files.format, newest_format);
  EXPECT_FALSE(files.version.empty());
  EXPECT_EQ(files.instruction_set, kernels::simd_name());
  EXPECT_TRUE(files.has_ended);
}

TEST_F(RunFilesTest, SlowADamagedOneIsNamedWhateverBitIsFlipped) {
  train("run");
  RandomStream random(3, 0);
  for (const auto& [name, whole] : files_of(folder_.file("run")))
    for (int i = 0; i < 60; ++i) {
      std::string damaged = whole;
      const std::size_t at = random.below(whole.size());
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
      folder_.write("run/" + name, damaged);
      EXPECT_THAT(damage(), Contains(HasSubstr("run/" + name))) << name << " byte " << at;
      folder_.write("run/" + name, whole);
    }
  EXPECT_THAT(damage(), IsEmpty());
}

TEST_F(RunFilesTest, OneThatIsCutOffOrMissingIsNamed) {
  train("run");
  for (const auto& [name, whole] : files_of(folder_.file("run"))) {
    folder_.write("run/" + name, whole.substr(0, whole.size() / 2));
    EXPECT_THAT(damage(), Contains(HasSubstr("run/" + name))) << name;
    fs::remove(path(name));
    // Without its summary a run has not ended; the report and the profile are extras.
    const bool is_extra = name == summary_name || name == report_name || name == profile_name;
    EXPECT_EQ(damage().empty(), is_extra) << name;
    folder_.write("run/" + name, whole);
  }
}

TEST_F(RunFilesTest, ATableThatGoesOnAfterTheEndIsNamed) {
  train("run");
  for (const char* name : {record_name, metrics_name, sizes_name}) {
    const std::string whole = read_file(path(name));
    folder_.write(std::string("run/") + name, whole + "7");
    EXPECT_THAT(damage(), ElementsAre(HasSubstr("has more than the run ended with"))) << name;
    folder_.write(std::string("run/") + name, whole);
  }
}

TEST_F(RunFilesTest, OneOfAnotherRunIsNamed) {
  train("run");
  train("other", 10);
  const Files others = files_of(folder_.file("other"));
  for (const auto& [name, whole] : files_of(folder_.file("run"))) {
    if (name == config_name) continue;  // then all the others are of another run
    folder_.write("run/" + name, others.at(name));
    EXPECT_THAT(damage(), Contains(HasSubstr("run/" + name))) << name;
    folder_.write("run/" + name, whole);
  }
  folder_.write("run/config.toml", others.at(config_name));
  EXPECT_EQ(damage().size(), others.size());
  EXPECT_THAT(damage()[0], HasSubstr("run/config.toml: no other file is whole and of its run"));
}

TEST_F(RunFilesTest, EqualRunsHaveEqualModelsWhereverTheyAreMade) {
  train("run");
  TrainRequest elsewhere = request("elsewhere");
  elsewhere.data = folder_.write("moved.csv", read_file(elsewhere.data));
  elsewhere.threads = 2;
  elsewhere.checkpoint_every = 7;
  train_run(elsewhere);
  EXPECT_EQ(read_file(folder_.file("elsewhere/model.safetensors")), read_file(path(model_name)));
  train("other", 10);
  EXPECT_NE(check_files(folder_.file("other")).id, check_files(folder_.file("run")).id);
}

TEST_F(RunFilesTest, ResumeMakesGoodWhatIsDamagedOrMissing) {
  train("run");
  const Files wanted = results();
  for (const auto& [name, whole] : files_of(folder_.file("run"))) {
    if (name == config_name || name == report_name || name == profile_name) continue;
    for (const bool is_missing : {false, true}) {
      if (is_missing && name == record_name) continue;      // then it is no run
      if (is_missing && !fs::exists(path(name))) continue;  // gone when it was damaged
      SCOPED_TRACE(name + (is_missing ? " missing" : " damaged"));
      std::string damaged = whole;
      damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
      folder_.write("run/" + name, damaged);
      if (is_missing) fs::remove(path(name));
      EXPECT_NO_THROW(resume_run(folder_.file("run"), {}, observer()));
      EXPECT_TRUE(is_same(results(), wanted));
      EXPECT_THAT(damage(), IsEmpty());
    }
  }
  EXPECT_THAT(warnings_, Contains(HasSubstr("metrics.csv:3: this line is damaged")));
  EXPECT_THAT(message_of<DataError>([&] { resume_run(folder_.file("run")); }, folder_),
              StartsWith("run: the run is finished, after 4 epochs: nothing is left to resume"));
}

// Killed after the last step, and before any or all of what comes then.
TEST_F(RunFilesTest, ResumeFinishesWhatAKillAfterTheLastStepHasLeft) {
  train("run");
  const Files wanted = results();
  for (const char* name : {summary_name, report_name, model_name, sizes_name}) {
    fs::remove(path(name));
    fs::remove(path(summary_name));
    folder_.write("run/model.safetensors.aBcDeF", "half of a model");
    EXPECT_FALSE(check_files(folder_.file("run")).has_ended);
    resume_run(folder_.file("run"), {}, observer());
    EXPECT_TRUE(is_same(results(), wanted)) << name;
    EXPECT_TRUE(fs::exists(path(report_name)));
    EXPECT_FALSE(fs::exists(path("model.safetensors.aBcDeF")));
    EXPECT_THAT(damage(), IsEmpty());
  }
}

TEST_F(RunFilesTest, AreOfOneRunWhereverItIsCutOff) {
  train("run");
  const Files wanted = results();
  for (std::int64_t last = 1; last <= 23; ++last) {
    fs::remove_all(folder_.file("run"));
    RunObserver stopping = observer();
    stopping.on_progress = [&](const Progress& now) { return now.step < last; };
    train_run(request("run"), stopping);
    resume_run(folder_.file("run"), {.threads = 2}, observer());
    EXPECT_TRUE(is_same(results(), wanted)) << "stopped after step " << last;
    EXPECT_THAT(damage(), IsEmpty());
  }
}

TEST_F(RunFilesTest, WhatIsReadIsCheckedFirst) {
  train("run");
  const std::string run = folder_.file("run");
  const Files whole = files_of(run);
  const auto with = [&](const std::string& name, std::string_view what, std::string_view by,
                        auto action) {
    std::string text = whole.at(name);
    text.replace(text.find(what), what.size(), by);
    folder_.write("run/" + name, text);
    const std::string message = message_of<DataError>(action, folder_);
    folder_.write("run/" + name, whole.at(name));
    return message;
  };
  const auto open = [&] { Recorded::open(run); };
  EXPECT_THAT(with(config_name, "epochs = 4", "epochs = 5", open),
              StartsWith("run/config.toml: was changed since the run wrote it, or is damaged"));
  EXPECT_THAT(with(config_name, "[run]\nformat = 1", "[run]\nformat = 2", open),
              StartsWith("run/config.toml: was written in format 2 by chainrule "));
  EXPECT_THAT(with(record_name, "\n5,1,", "\n6,1,", open),
              StartsWith("run/record.csv:4: this line is damaged"));
  EXPECT_THAT(with(summary_name, "\"steps\": 24", "\"steps\": 23", open),
              StartsWith("run/summary.json: is damaged"));
  EXPECT_THAT(with(metrics_name, "\n2,", "\n3,", [&] { report(run); }),
              StartsWith("run/metrics.csv:3: this line is damaged"));
  EXPECT_THAT(with(sizes_name, "weight,", "weighs,", [&] { report(run); }),
              StartsWith("run/layers.csv:1: this line is damaged"));
  std::string model = whole.at(model_name);
  model.back() = static_cast<char>(model.back() ^ 1);
  folder_.write("run/model.safetensors", model);
  for (const std::string& name : {run, path(model_name)})
    EXPECT_THAT(message_of<DataError>([&] { SavedRun::open(name); }, folder_),
                StartsWith("run/model.safetensors: is damaged, or was changed since it was saved"));
}

TEST_F(RunFilesTest, ARecordThatIsShorterThanTheRunIsRefused) {
  train("run");
  const std::string whole = read_file(path(record_name));
  const auto opening = [&] {
    return message_of<DataError>([&] { Recorded::open(folder_.file("run")); }, folder_);
  };
  const TablePlaces places =
      read_record(whole, read_config_head(path(config_name)).header.run).places;
  const std::vector<std::string> cuts{"", whole.substr(0, places.lines[0].begin),
                                      whole.substr(0, places.lines[3].end)};
  for (const std::string& cut : cuts) {
    folder_.write("run/record.csv", cut);
    EXPECT_THAT(opening(), StartsWith("run/record.csv: lacks lines that the run ended with"));
  }
  fs::remove(path(summary_name));
  for (const std::string& cut : cuts) {
    folder_.write("run/record.csv", cut);
    EXPECT_THAT(opening(), HasSubstr("and the run got to step 24: lines are missing"));
  }
  fs::remove_all(path("checkpoints"));
  folder_.write("run/record.csv", "");
  Recorded nothing = Recorded::open(folder_.file("run"));
  EXPECT_THAT(message_of<DataError>([&] { nothing.verify(); }, folder_),
              HasSubstr("has recorded nothing yet"));
}

TEST_F(RunFilesTest, AForeignCheckpointChangesNoNumber) {
  train("run");
  train("other", 10);
  fs::copy_file(folder_.file("other/checkpoints/20.safetensors"),
                path("checkpoints/20.safetensors"), fs::copy_options::overwrite_existing);
  fs::copy_file(path("checkpoints/10.safetensors"), path("checkpoints/15.safetensors"),
                fs::copy_options::overwrite_existing);
  Recorded replay = Recorded::open(folder_.file("run"));
  fs::remove_all(path("checkpoints"));
  Recorded from_the_start = Recorded::open(folder_.file("run"));
  for (const std::int64_t step : {16, 21}) {
    replay.go_to(step);
    from_the_start.go_to(step);
    EXPECT_EQ(replay.hash(), from_the_start.hash()) << step;
  }
}

TEST_F(RunFilesTest, BelongToOneProcess) {
  const RunFolder mine(folder_.file("run"));
  folder_.write("run/config.toml", "mine");
  const Files before = files_of(folder_.file("run"));
  const auto refusal = [&](auto action) { return message_of<DataError>(action, folder_); };
  EXPECT_EQ(
      refusal([&] { RunFolder{folder_.file("run")}; }),
      "run: the folder holds files already, and nothing is overwritten; choose a new one with "
      "--out");
  EXPECT_EQ(refusal([&] { RunFolder::of(folder_.file("run")); }),
            "run: another process trains this run right now; let it end");
  fs::remove(path(config_name));
  EXPECT_EQ(refusal([&] { RunFolder{folder_.file("run")}; }),
            "run: another process trains this run right now; let it end");
  folder_.write("run/config.toml", "mine");
  EXPECT_EQ(files_of(folder_.file("run")), before);
}

TEST_F(RunFilesTest, OfARunThatWasKilledAtOnceAreNone) {
  fs::create_directory(folder_.file("run"));
  folder_.write("run/record.csv", "");
  train("run");
  EXPECT_THAT(damage(), IsEmpty());
}

TEST_F(RunFilesTest, AreNotWrittenIntoAFolderThatTookTheirPlace) {
  RunObserver removing = observer();
  removing.on_progress = [&](const Progress& now) {
    if (now.epoch == 2 && now.epoch_done) {
      fs::remove_all(folder_.file("run"));
      fs::create_directory(folder_.file("run"));
      folder_.write("run/record.csv", "somebody else's");
    }
    return true;
  };
  EXPECT_THAT(message_of<DataError>([&] { train_run(request("run"), removing); }, folder_),
              StartsWith("run: the folder was removed or replaced while the training ran"));
  EXPECT_THAT(files_of(folder_.file("run")), ElementsAre(std::pair<const std::string, std::string>(
                                                 "record.csv", "somebody else's")));
  EXPECT_EQ(warnings_.size(), 2U) << "that nothing is recorded, and where the rest is";
}

TEST_F(RunFilesTest, FindTheirDataFromAnyFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  TrainRequest relative = request("run");
  folder_.write("flowers.csv", read_file(relative.data));
  relative.data = "flowers.csv";
  train_run(relative);
  fs::create_directory(folder_.file("elsewhere"));
  fs::current_path(folder_.file("elsewhere"));
  EXPECT_NO_THROW(Recorded::open("../run"));
  fs::rename(folder_.file("flowers.csv"), folder_.file("moved.csv"));
  EXPECT_THAT(message_of<DataError>([] { Recorded::open("../run"); }, folder_),
              testing::EndsWith("flowers.csv: the data that ../run/config.toml names is not there; "
                                "if it was moved, say where it is with --data PATH"));
  EXPECT_NO_THROW(Recorded::open("../run", {.data = "../moved.csv"}));
  fs::current_path(before);
}

}  // namespace
}  // namespace chainrule
