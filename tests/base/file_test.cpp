#include "base/file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/failing_calls.h"
#include "base/packing.h"
#include "chainrule/error.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path()))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Writes of this process fail beyond so many bytes, as they do on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, was_);
  }

 private:
  rlimit before_{};
  void (*was_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST(WriteFile, IsReadBackByteForByte) {
  const TemporaryFolder folder;
  const std::string bytes("a\0\r\n\xFF", 5);
  write_file(folder.file("x"), bytes);
  EXPECT_EQ(read_file(folder.file("x")), bytes);
  write_file(folder.file("x"), "");
  EXPECT_EQ(read_file(folder.file("x")), "");
  EXPECT_THAT(names_in(folder), testing::ElementsAre("x"));
}

TEST(WriteFile, KeepsTheOldFileWhenTheDiskIsFull) {
  const TemporaryFolder folder;
  folder.write("x", "the old file");
  {
    const FullDisk disk(1000);
    EXPECT_EQ(message_of<DataError>(
                  [&] { write_file(folder.file("x"), std::string(100'000, 'n')); }, folder),
              "x: cannot be written: File too large");
    EXPECT_EQ(message_of<DataError>(
                  [&] { write_file(folder.file("y"), std::string(100'000, 'n')); }, folder),
              "y: cannot be written: File too large");
  }
  EXPECT_EQ(read_file(folder.file("x")), "the old file");
  EXPECT_THAT(names_in(folder), testing::ElementsAre("x")) << "nothing half-written stays";
}

TEST(WriteFile, RefusesWhatIsNoPlaceForAFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(message_of<DataError>([&] { write_file(folder.file("no/x"), "1"); }, folder),
            "no/x: cannot be written: No such file or directory");
  fs::create_directory(folder.file("d"));
  EXPECT_EQ(message_of<DataError>([&] { write_file(folder.file("d"), "1"); }, folder),
            "d: cannot be written: Is a directory");
  EXPECT_THAT(names_in(folder), testing::ElementsAre("d"));
}

TEST(WriteFile, IsAsReadableAsTheUsersOtherFiles) {
  const TemporaryFolder folder;
  const mode_t before = ::umask(027);
  write_file(folder.file("x"), "1");
  ::umask(before);
  struct stat about {};
  ASSERT_EQ(::stat(folder.file("x").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0640u);
}

// The mask belongs to the whole process: what other threads make meanwhile would be open to all.
TEST(WriteFile, LeavesTheMaskOfTheProcessAlone) {
  const TemporaryFolder folder;
  const int before = mask_changes();
  write_file(folder.file("x"), "1");
  EXPECT_EQ(mask_changes(), before);
  ::umask(::umask(0));
  EXPECT_EQ(mask_changes(), before + 2) << "they are counted";
}

TEST(WriteFile, SaysWhenTheFolderCannotBeFlushed) {
  const TemporaryFolder folder;
  for (const int error : {EIO, ENOSPC}) {
    const FailingFolders failing(error);
    EXPECT_EQ(message_of<DataError>([&] { write_file(folder.file("x"), "1"); }, folder),
              "x: cannot be written: " + reason(error));
  }
  for (const int error : {EINVAL, ENOTSUP}) {  // there are file systems that cannot
    const FailingFolders failing(error);
    EXPECT_NO_THROW(write_file(folder.file("y"), "2"));
  }
  EXPECT_EQ(read_file(folder.file("y")), "2");
}

TEST(WriteFile, SaysWhenTheFileCannotBeFlushed) {
  const TemporaryFolder folder;
  folder.write("x", "the old file");
  {
    const FailingCalls failing(Call::fsync, EIO);
    EXPECT_EQ(message_of<DataError>([&] { write_file(folder.file("x"), "new"); }, folder),
              "x: cannot be written: Input/output error");
  }
  EXPECT_EQ(read_file(folder.file("x")), "the old file");
  EXPECT_THAT(names_in(folder), testing::ElementsAre("x"));
}

// A signal that has a handler interrupts calls, and no data is lost by that.
TEST(WriteFile, GoesOnAfterSignals) {
  const TemporaryFolder folder;
  const FailingCalls failing(Call::fsync, EINTR, 3);
  write_file(folder.file("x"), "1");
  EXPECT_EQ(failing.left(), 0);
  EXPECT_EQ(read_file(folder.file("x")), "1");
}

TEST(WriteFile, GivesEachThreadAFileOfItsOwn) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  for (const char letter : {'a', 'b', 'c', 'd'})
    threads.emplace_back([&, letter] {
      for (int k = 0; k < 20; ++k) write_file(folder.file("x"), std::string(1000, letter));
    });
  for (std::thread& thread : threads) thread.join();
  const std::string last = read_file(folder.file("x"));
  EXPECT_EQ(last, std::string(1000, last[0])) << "one of them, whole";
  EXPECT_THAT(names_in(folder), testing::ElementsAre("x"));
}

TEST(WriteFile, WritesThroughALink) {
  const TemporaryFolder folder;
  folder.write("target", "old");
  fs::create_symlink("target", folder.file("link"));
  write_file(folder.file("link"), "new");
  EXPECT_TRUE(fs::is_symlink(folder.file("link")));
  EXPECT_EQ(read_file(folder.file("target")), "new");
}

TEST(WriteFile, WritesThroughAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = read_file(folder.file("pipe")); });
  write_file(folder.file("pipe"), "through the pipe");
  reader.join();
  EXPECT_EQ(received, "through the pipe");
  EXPECT_TRUE(fs::is_fifo(folder.file("pipe")));
}

TEST(ReadFile, UnpacksWhateverTheName) {
  const TemporaryFolder folder;
  folder.write("plain_name", packed_as("xz", "text"));
  EXPECT_EQ(read_file(folder.file("plain_name")), "text");
  folder.write("x.csv.gz", packed_as("gz", "text").substr(0, 20));
  EXPECT_EQ(message_of<DataError>([&] { read_file(folder.file("x.csv.gz")); }, folder),
            "x.csv.gz: the gzip data ends too early; fetch or pack the file again");
}

TEST(ReadFile, SaysWhyThereIsNothingToRead) {
  const TemporaryFolder folder;
  folder.write("iris.csv", "a\n");
  const auto reading = [&](const std::string& name) {
    return message_of<DataError>([&] { read_file(folder.file(name)); }, folder);
  };
  EXPECT_EQ(reading("iris.cvs"), "iris.cvs: there is no such file; did you mean \"iris.csv\"?");
  EXPECT_EQ(reading("wine.tsv"), "wine.tsv: there is no such file; check the path");
  EXPECT_EQ(reading("no/iris.csv"), "no/iris.csv: there is no folder no; check the path");
  fs::create_directory(folder.file("d"));
  EXPECT_EQ(reading("d"), "d: is a folder; name a file in it");
  if (::geteuid() == 0) return;  // may read everything
  fs::permissions(folder.file("iris.csv"), fs::perms::none);
  EXPECT_EQ(reading("iris.csv"), "iris.csv: cannot be read: Permission denied");
}

TEST(GrowingFile, GrowsIsCutAndIsHeldByOne) {
  const TemporaryFolder folder;
  const std::string path = folder.write("log.csv", "a\n");
  GrowingFile file(path);
  file.append("b\n");
  file.append("c\n");
  EXPECT_EQ(read_file(path), "a\nb\nc\n");
  file.cut(2);
  file.append("d\n");
  EXPECT_EQ(read_file(path), "a\nd\n");
  EXPECT_TRUE(file.lock());
  EXPECT_FALSE(GrowingFile(path).lock());
  const auto opening = [&] { const GrowingFile refused(folder.file("no/log.csv")); };
  EXPECT_EQ(message_of<DataError>(opening, folder),
            "no/log.csv: cannot be written: No such file or directory");
}

TEST(GrowingFile, GoesOnAfterSignals) {
  const TemporaryFolder folder;
  GrowingFile file(folder.file("log.csv"));
  const auto interrupted = [&](Call call, auto action) {
    const FailingCalls failing(call, EINTR, 2);
    action();
    EXPECT_EQ(failing.left(), 0);
  };
  interrupted(Call::flock, [&] { EXPECT_TRUE(file.lock()); });
  interrupted(Call::fdatasync, [&] { file.append("a\nb\n"); });
  interrupted(Call::ftruncate, [&] { file.cut(2); });
  EXPECT_EQ(read_file(folder.file("log.csv")), "a\n");
}

TEST(GrowingFile, IsAsItWasWhenALineCannotBeFlushed) {
  const TemporaryFolder folder;
  GrowingFile file(folder.write("log.csv", "a\n"));
  const FailingCalls failing(Call::fdatasync, EIO);
  EXPECT_EQ(message_of<DataError>([&] { file.append("b\n"); }, folder),
            "log.csv: cannot be written: Input/output error");
  EXPECT_EQ(read_file(folder.file("log.csv")), "a\n");
}

// That another process holds it is one thing, that nobody can is another.
TEST(GrowingFile, SaysWhenItCannotBeLocked) {
  const TemporaryFolder folder;
  GrowingFile file(folder.file("log.csv"));
  const FailingCalls failing(Call::flock, ENOLCK);
  EXPECT_EQ(message_of<DataError>([&] { file.lock(); }, folder),
            "log.csv: cannot be locked: No locks available");
}

}  // namespace
}  // namespace chainrule
