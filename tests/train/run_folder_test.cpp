#include "train/record/run_folder.h"

#include <unistd.h>

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

// The test's own working folder, since runs/ is made in the current one.
class RunFolders : public testing::Test {
 protected:
  RunFolders() : before_(fs::current_path()) { fs::current_path(folder_.path()); }
  ~RunFolders() override { fs::current_path(before_); }

  std::string refusal(const std::string& wanted) {
    return message_of<DataError>([&] { const RunFolder refused(wanted); }, folder_);
  }

  TemporaryFolder folder_;

 private:
  fs::path before_;
};

std::string kept(const std::string& wanted) {
  RunFolder run(wanted);
  run.keep();
  return run.path();
}

TEST_F(RunFolders, AreNumberedUpwards) {
  EXPECT_EQ(kept(""), "runs/1");
  EXPECT_EQ(kept(""), "runs/2");
  fs::remove_all("runs/1");
  EXPECT_EQ(kept(""), "runs/3") << "the order of numbers is the order of runs";
  fs::create_directories("runs/41");
  fs::create_directories("runs/99 of may");
  fs::create_directories("runs/best");
  EXPECT_EQ(kept(""), "runs/42");
}

TEST_F(RunFolders, AreTakenByOneRunEachThread) {
  std::vector<std::string> paths(8);
  std::vector<std::thread> runs;
  for (std::string& path : paths) runs.emplace_back([&path] { path = kept(""); });
  for (std::thread& run : runs) run.join();
  EXPECT_EQ(std::set(paths.begin(), paths.end()).size(), 8u);
}

TEST_F(RunFolders, LeaveNothingUnlessKept) {
  {
    RunFolder run("a/b/c");
    EXPECT_TRUE(fs::is_directory("a/b/c"));
    EXPECT_EQ(run.file("x"), "a/b/c/x");
  }
  EXPECT_FALSE(fs::exists("a"));
  { const RunFolder run(""); }
  EXPECT_FALSE(fs::exists("runs"));
  fs::create_directory("mine");
  { const RunFolder run("mine"); }
  EXPECT_TRUE(fs::exists("mine")) << "a folder that was there is the user's";
  {
    RunFolder run("full");
    std::ofstream(run.file("ours")) << "a part of a run";
    std::ofstream("full/x") << "somebody else's";
  }
  EXPECT_FALSE(fs::exists("full/ours"));
  EXPECT_TRUE(fs::exists("full/x"));
}

TEST_F(RunFolders, AcceptAnySpellingOfAnEmptyFolder) {
  fs::create_directory("empty");
  EXPECT_EQ(kept("empty/"), "empty");
  EXPECT_EQ(kept("./x/../y//z/"), "y/z");
  EXPECT_EQ(kept(folder_.file("absolute")), folder_.file("absolute"));
}

TEST_F(RunFolders, OverwriteNothing) {
  fs::create_directory("full");
  folder_.write("full/notes.txt", "keep me");
  folder_.write("file", "keep me too");
  EXPECT_EQ(refusal("full"),
            "full: the folder holds files already, and nothing is overwritten; choose a new one "
            "with --out");
  EXPECT_EQ(refusal("file"), "file: is a file; choose another folder with --out");
  EXPECT_EQ(refusal("file/run"),
            "file/run: the folder cannot be made: Not a directory; choose another with --out");
  EXPECT_TRUE(fs::exists("full/notes.txt"));
}

TEST_F(RunFolders, SayWhyAFolderCannotBeWritten) {
  EXPECT_EQ(refusal("/proc/run"),
            "/proc/run: the folder cannot be made: No such file or directory; choose another with "
            "--out");
  if (::geteuid() == 0) return;  // may write everywhere
  fs::create_directory("locked");
  fs::permissions("locked", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(refusal("locked"),
            "locked: the folder cannot be written: Permission denied; choose another with --out");
  EXPECT_EQ(refusal("locked/run"),
            "locked/run: the folder cannot be made: Permission denied; choose another with --out");
}

}  // namespace
}  // namespace chainrule
