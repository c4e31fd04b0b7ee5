// chainrule train --resume and chainrule replay: runs that are killed, damaged or cut off end with
// the same bits as those that were left alone.
#include <algorithm>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <unistd.h>

#include "base/random.h"
#include "cli/program.h"
#include "given_data.h"
#include "train/record/record.h"

namespace chainrule::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ResumeCommand : public CommandLine {
 protected:
  bool is_there(const std::string& name) const { return fs::exists(folder_.file(name)); }

  static std::string without_last_field(const std::string& line) {
    return line.substr(0, line.rfind(','));
  }

  // Nor the checks, which are of the seconds too.
  std::string metrics_without_seconds(const std::string& run) const {
    std::istringstream lines(read(run + "/metrics.csv"));
    std::string all;
    for (std::string line; std::getline(lines, line);)
      all += without_last_field(without_last_field(line)) + "\n";
    return all;
  }

  // A run may have checkpoints, and so hashes, at steps of its own; those of epochs are there
  // always.
  void expect_same_hashes(const std::string& run, const std::string& whole) const {
    std::map<std::string, std::string> hashes;
    std::istringstream lines(read(whole + "/record.csv"));
    std::string line;
    while (std::getline(lines, line))
      hashes[line.substr(0, line.find(','))] = without_last_field(line);
    std::size_t common = 0;
    std::istringstream others(read(run + "/record.csv"));
    for (; std::getline(others, line);) {
      const auto found = hashes.find(line.substr(0, line.find(',')));
      if (found == hashes.end()) continue;
      EXPECT_EQ(without_last_field(line), found->second) << "the check is of the lines before too";
      ++common;
    }
    EXPECT_GT(common, parsed(read(whole + "/summary.json"))["epochs"].get<std::size_t>());
    EXPECT_THAT(output({"replay", run, "--verify"}), HasSubstr("are met again"));
  }

  void expect_same_bits(const std::string& run, const std::string& whole) const {
    EXPECT_EQ(read(run + "/config.toml"), read(whole + "/config.toml"));
    EXPECT_EQ(read(run + "/model.safetensors"), read(whole + "/model.safetensors"));
    expect_same_hashes(run, whole);
    EXPECT_EQ(metrics_without_seconds(run), metrics_without_seconds(whole));
    EXPECT_EQ(read(run + "/layers.csv"), read(whole + "/layers.csv"));
    EXPECT_EQ(cli::run({"verify", folder_.file(run)}).code, 0);
    auto left = summary_of(run), right = summary_of(whole);
    for (auto* summary : {&left, &right})
      for (const char* key : {"run", "seconds"}) summary->erase(key);
    EXPECT_EQ(left, right);
  }

  // Starts the program and kills it at a seeded moment of the training; true if it came first.
  bool is_killed(const Arguments& arguments, RandomStream& random) const {
    Process training(arguments, {.folder = folder_.path()});
    const bool is_running = training.wait_for_message("loss", 1 + random.below(4));
    ::usleep(static_cast<useconds_t>(random.below(3000)));
    training.kill();
    const Outcome outcome = training.finish();
    EXPECT_TRUE(outcome.code == 128 + 9 || (outcome.code == 0 && !is_running)) << outcome.err;
    return outcome.code == 128 + 9;
  }

  std::vector<fs::path> checkpoints(const std::string& run) const {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(folder_.file(run + "/checkpoints")))
      all.push_back(entry.path());
    const auto step = [](const fs::path& path) { return std::stol(path.filename().string()); };
    std::ranges::sort(all, {}, step);
    return all;
  }
};

// Long enough to be killed many times; each has a last batch that is not full.
const std::vector<std::pair<std::string, Arguments>> networks{
    {"dropout", {iris, "--epochs", "400", "--dropout", "0.3", "--checkpoint-every", "11"}},
    {"momentum",
     {diabetes, "--epochs", "300", "--optimizer", "sgd", "--lr", "0.01", "--weight-decay", "0.01",
      "--hidden", "24,12", "--batch-size", "19", "--checkpoint-every", "37"}},
    {"patience",
     {diabetes, "--epochs", "2000", "--patience", "100", "--hidden", "16", "--lr", "0.0003",
      "--checkpoint-every", "50"}},
    {"by time", {iris, "--epochs", "400", "--validation", "0", "--hidden", "32,32"}},
    {"start and end only", {iris, "--epochs", "200", "--checkpoint-every", "0"}}};

TEST_F(ResumeCommand, EndsWithTheSameBitsHoweverOftenItIsKilled) {
  RandomStream random(20, 0);
  for (const auto& [name, options] : networks) {
    SCOPED_TRACE(name);
    const std::string whole = name + " whole", run = name + " run";
    Arguments training{"train", "--threads", "1", "--seed", "4", "--out", whole};
    training.insert(training.end(), options.begin(), options.end());
    output(training);
    training[6] = run;
    bool was_killed = is_killed(training, random);
    for (int kill = 0; was_killed && kill < 6; ++kill)
      was_killed =
          is_killed({"train", "--resume", run, "--threads", kill % 2 == 0 ? "1" : "2"}, random);
    if (was_killed) output({"train", "--resume", run});
    expect_same_bits(run, whole);
  }
}

TEST_F(ResumeCommand, SurvivesAPowerCutInTheMiddleOfAWrite) {
  const Arguments options{iris, "--epochs", "40", "--dropout", "0.2", "--checkpoint-every", "10"};
  Arguments training{"train", "--quiet", "--out", "whole"};
  training.insert(training.end(), options.begin(), options.end());
  output(training);
  RandomStream random(21, 0);
  for (int cut = 0; cut < 8; ++cut) {
    const std::string run = "run" + std::to_string(cut);
    fs::copy(folder_.file("whole"), folder_.file(run), fs::copy_options::recursive);
    for (const char* file : {"/summary.json", "/model.safetensors"})
      fs::remove(folder_.file(run + file));
    const std::vector<fs::path> all = checkpoints(run);
    // The newest ones are cut off or changed, one write was under way, and lines are half there.
    for (std::size_t i = all.size() - 1; i + 1 + random.below(4) > all.size() - 1; --i) {
      std::string bytes = cli::read(all[i].string());
      if (random.below(2) == 0)
        bytes.resize(random.below(bytes.size()));
      else
        bytes[bytes.size() - 1 - random.below(2000)] ^= 1;
      folder_.write(run + "/checkpoints/" + all[i].filename().string(), bytes);
    }
    write(run + "/checkpoints/500.safetensors.aBcDeF", "half");
    const std::string record = read(run + "/record.csv");
    write(run + "/record.csv", record.substr(0, record.size() - random.below(16)));
    if (cut == 0) {  // before the first checkpoint
      fs::remove_all(folder_.file(run + "/checkpoints"));
      for (const char* file : {"/record.csv", "/metrics.csv"}) write(run + file, "");
    }
    output({"train", "--resume", run + "/", "--quiet"});
    expect_same_bits(run, "whole");
    EXPECT_FALSE(is_there(run + "/checkpoints/500.safetensors.aBcDeF"));
    EXPECT_EQ(checkpoints(run).size(), all.size());
  }
}

TEST_F(ResumeCommand, GoesOnAfterAnInterrupt) {
  const Arguments options{diabetes, "--epochs", "3000", "--hidden", "12"};
  Arguments training{"train", "--out", "run"};
  training.insert(training.end(), options.begin(), options.end());
  Process process(training, {.folder = folder_.path()});
  ASSERT_TRUE(process.wait_for_message("loss", 2));
  process.interrupt();
  const Outcome outcome = process.finish();
  if (outcome.code == 130) {
    EXPECT_THAT(outcome.err, EndsWith("To go on:\n  chainrule train --resume run\n"));
    const Outcome resumed = run({"train", "--resume", "run"});
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_THAT(resumed.err, HasSubstr("run goes on after step "));
  }
  training[2] = "whole";
  output(training);
  expect_same_bits("run", "whole");
}

TEST_F(ResumeCommand, SaysWhyNot) {
  write("iris.csv", cli::read(iris));
  output({"train", "iris.csv", "--epochs", "3", "--out", "run", "--quiet"});
  expect_refusal({"train", "--resume", "run"}, 3,
                 "run: the run is finished, after 3 epochs: nothing is left to resume; to train "
                 "longer, begin a new one with --config run/config.toml --epochs N");
  expect_refusal({"train", "--resume", "no"}, 3, "no: there is no such file; check the path");
  for (const auto& [name, value] : {std::pair{"--lr", "0.1"},
                                    {"--epochs", "9"},
                                    {"--config", "run/config.toml"},
                                    {"--out", "other"},
                                    {"--seed", "1"},
                                    {"--checkpoint-every", "9"},
                                    {"--target", "species"}})
    expect_refusal({"train", "--resume", "run", name, value}, 2,
                   std::string(name) +
                       " would change the run that --resume goes on with; leave it "
                       "out, or begin a new run with --config");
  fs::remove(folder_.file("run/summary.json"));
  write("iris.csv", cli::read(iris) + "5.1,3.5,1.4,0.2,setosa\n");
  const Outcome changed = run({"train", "--resume", "run"});
  EXPECT_EQ(changed.code, 3);
  EXPECT_THAT(changed.err, ::testing::MatchesRegex(
                               "chainrule: iris.csv: the data has changed since the run was begun: "
                               "its fingerprint is crc32 [0-9a-f]+, was crc32 [0-9a-f]+; bring the "
                               "old data back, or begin a new run\n"));
  EXPECT_EQ(run({"train", iris, "--resume", "run", "--quiet"}).code, 0) << "the data, moved";
}

TEST_F(ResumeCommand, AFullDiskDoesNotEndTheTraining) {
  // The model fits, its checkpoints with the optimizer's variables do not.
  const Outcome outcome =
      run({"train", iris, "--epochs", "4", "--out", "run", "--quiet", "--checkpoint-every", "1"},
          {.largest_file = 6000});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.err,
            "warning: run/checkpoints/0.safetensors: cannot be written: File too large; the "
            "training goes on and is not recorded until that is mended\n"
            "warning: run/report.html: cannot be written: File too large\n");
  EXPECT_TRUE(checkpoints("run").empty());
  EXPECT_EQ(run({"predict", "run", iris}).code, 0);
  EXPECT_THAT(output({"replay", "run", "--verify"}), StartsWith("steps 0 to 28: the 29 recorded "));
}

TEST_F(ResumeCommand, SavesInTheEndWhatAFullDiskDidNotTake) {
  const Arguments options{iris, "--epochs", "200", "--out", "run", "--quiet"};
  Arguments training{"train", "--checkpoint-every", "1300"};
  training.insert(training.end(), options.begin(), options.end());
  // The checkpoints fit, the metrics of 200 epochs do not.
  const Outcome outcome = run(training, {.largest_file = 9000});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("chainrule train --resume run saves what it has learnt\n"));
  output({"train", "--resume", "run", "--quiet"});
  training[7] = "whole";
  output(training);
  expect_same_bits("run", "whole");
}

TEST_F(ResumeCommand, ReplayShowsAStepAndSavesItsModel) {
  output({"train", iris, "--epochs", "5", "--out", "run", "--quiet", "--checkpoint-every", "4"});
  const std::string shown = output({"replay", "run", "--to", "17"});
  EXPECT_THAT(shown, ::testing::MatchesRegex("step 17 of 35, in epoch 3: learning rate [0-9.e-]+, "
                                             "16 rows\nloss [0-9.]+\nhash [0-9a-f]+\n"));
  for (const char* threads : {"2", "4"})
    EXPECT_EQ(output({"replay", "run", "--to", "17", "--threads", threads}), shown);
  EXPECT_THAT(output({"replay", "run", "--to", "0"}),
              StartsWith("step 0 of 35: before training\n"));
  const auto before = files();
  output({"replay", "run"});
  EXPECT_EQ(files(), before) << "nothing is written";
  output({"replay", "run", "--to", "17", "-o", "early.safetensors"});
  EXPECT_THAT(output({"predict", "early.safetensors", iris}), StartsWith("species,probability\n"));
  expect_refusal({"replay", "run", "--to", "36"}, 2,
                 "step 36: run has recorded the steps from 0 to 35; name one of those");
}

TEST_F(ResumeCommand, ReplayFindsTheFirstStepThatDiffers) {
  output({"train", iris, "--epochs", "5", "--out", "run", "--quiet", "--checkpoint-every", "4"});
  EXPECT_THAT(output({"replay", "run", "--verify"}), StartsWith("steps 0 to 35: the 13 recorded "));
  // Another hash at step 12, in a record that is whole, of a run without an end.
  const std::string id = parsed(read("run/summary.json"))["id"];
  std::vector<RecordLine> lines = read_record(read("run/record.csv"), id).lines;
  TableWriter record(folder_.file("run/record.csv"), std::string(record_columns), id, "");
  record.restart();
  for (RecordLine& line : lines) {
    if (line.step == 12) line.hash = "0123456789abcdef";
    record.add(to_text(line));
  }
  record.flush();
  std::filesystem::remove(folder_.file("run/summary.json"));
  const Outcome outcome = run({"replay", "run", "--verify"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, StartsWith("step 12: the run recorded "));
  EXPECT_EQ(outcome.err, "the replay differs from the record, first seen at step 12\n");
}

}  // namespace
}  // namespace chainrule::cli
