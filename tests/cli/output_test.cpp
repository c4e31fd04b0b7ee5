// What -o may name: no command writes over what it reads, nor over what a training wrote.
#include <filesystem>

#include <gmock/gmock.h>

#include "cli/program.h"

namespace chainrule::cli {
namespace {

namespace fs = std::filesystem;

class Output : public CommandLine {
 protected:
  void SetUp() override {
    write("data.csv", cli::read(source("data/iris.csv")));
    write("net.toml", cli::read(source("examples/tutorial.toml")));
    output({"train", "data.csv", "--epochs", "2", "--out", "run", "--profile"});
    output({"train", "data.csv", "--epochs", "1", "--out", "other"});
  }

  // Every command that writes what it is told to, without its -o.
  const std::vector<Arguments> commands_{
      {"explain", "net.toml"},
      {"explain", "run", "loss"},
      {"report", "run"},
      {"replay", "run"},
      {"trace", "run", "--nan"},
      {"predict", "run", "data.csv"},
      {"replay", "run", "--verify"},
  };

  static Arguments with_output(Arguments command, const std::string& file) {
    command.insert(command.end(), {"-o", file});
    return command;
  }
  void expect_refused(const Arguments& command, const std::string& file) const {
    const auto before = files();
    const Outcome outcome = run(with_output(command, file));
    EXPECT_EQ(outcome.code, 2) << command[0] << " -o " << file;
    EXPECT_THAT(outcome.err, ::testing::MatchesRegex("chainrule: -o .*: this (file is read here|is "
                                                     "a file of a run) and would be overwritten; "
                                                     "name another\n"))
        << command[0];
    EXPECT_EQ(files(), before) << command[0] << " -o " << file;
  }
};

TEST_F(Output, IsNoFileThatATrainingWrote) {
  for (const std::string run : {"run", "other"})
    for (const char* name : {"config.toml", "record.csv", "metrics.csv", "layers.csv",
                             "summary.json", "model.safetensors", "profile.json", "report.html",
                             "checkpoints/0.safetensors", "checkpoints/new.safetensors"})
      for (const Arguments& command : commands_) {
        const std::string file = run + "/" + name;
        if (file == "run/report.html" && command[0] == "report") continue;
        expect_refused(command, file);
      }
  // A file that an interrupted run does not have yet would say that it is over.
  fs::remove(folder_.file("run/summary.json"));
  for (const Arguments& command : commands_) expect_refused(command, "run/summary.json");
}

TEST_F(Output, IsNotTheDataOrTheNetwork) {
  for (const Arguments& command : commands_)
    expect_refused(command, command[1] == "net.toml" ? "net.toml" : "data.csv");
  fs::rename(folder_.file("data.csv"), folder_.file("moved.csv"));
  for (const char* name : {"replay", "report"})
    expect_refused({name, "run", "--data", "moved.csv"}, "moved.csv");
}

TEST_F(Output, IsNotLedThereByALink) {
  fs::create_symlink("run/config.toml", folder_.file("soft"));
  fs::create_symlink("soft", folder_.file("softer"));
  fs::create_hard_link(folder_.file("run/record.csv"), folder_.file("hard"));
  fs::create_directory_symlink("run", folder_.file("folder"));
  fs::create_directory_symlink("run/checkpoints", folder_.file("checks"));
  fs::create_hard_link(folder_.file("data.csv"), folder_.file("hard.csv"));
  fs::create_symlink("data.csv", folder_.file("soft.csv"));
  for (const Arguments& command : commands_) {
    for (const char* file :
         {"softer", "folder/layers.csv", "checks/0.safetensors", "./run/../run/metrics.csv"})
      expect_refused(command, file);
    if (command[1] == "net.toml") continue;
    for (const char* file : {"hard", "hard.csv", "soft.csv"}) expect_refused(command, file);
  }
  // A link to nothing yet is followed too.
  fs::remove(folder_.file("run/summary.json"));
  fs::create_symlink("run/summary.json", folder_.file("dangling"));
  EXPECT_EQ(run({"explain", "run", "loss", "-o", "dangling"}).code, 2);
  EXPECT_FALSE(fs::exists(folder_.file("run/summary.json")));
  // Without -o the report is written into the run: not through a link to something else.
  fs::remove(folder_.file("run/report.html"));
  fs::create_symlink("../data.csv", folder_.file("run/report.html"));
  const std::string before = read("data.csv");
  EXPECT_EQ(run({"report", "run"}).code, 2);
  EXPECT_EQ(read("data.csv"), before);
}

TEST_F(Output, IsAnythingElse) {
  for (const Arguments& command : commands_)
    for (const char* file : {"page.out", "run/mine.html", "run/mine.html"})
      EXPECT_EQ(run(with_output(command, file)).code, 0) << command[0] << " -o " << file;
  output({"report", "run"});
  output({"report", "run", "-o", "run/report.html"});
  output({"report", "run", "-o", "./run/../run/report.html"});
}

TEST_F(Output, IsNoArrayThatIsReadWithItsNeighbour) {
  // Refused before anything is read, so that what is in them does not matter.
  write("arrays/x.npy", "x");
  write("arrays/y.npy", "y");
  for (const char* data : {"arrays", "arrays/x.npy"}) {
    expect_refused({"predict", "run", data}, "arrays/x.npy");
    expect_refused({"predict", "run", data}, "arrays/y.npy");
  }
}

}  // namespace
}  // namespace chainrule::cli
