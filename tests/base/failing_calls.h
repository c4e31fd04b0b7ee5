// Makes system calls of the test program fail, or counts them.
#pragma once

namespace chainrule {

enum class Call { fsync, fdatasync, ftruncate, flock };

// While it lives, the next `times` calls of this kind fail with this errno, and do nothing.
class FailingCalls {
 public:
  FailingCalls(Call call, int error, int times = 1);
  ~FailingCalls();
  FailingCalls(const FailingCalls&) = delete;
  FailingCalls& operator=(const FailingCalls&) = delete;

  int left() const;  // of the calls that are to fail
};

// The same for fsync of folders alone.
class FailingFolders {
 public:
  explicit FailingFolders(int error);
  ~FailingFolders();
  FailingFolders(const FailingFolders&) = delete;
  FailingFolders& operator=(const FailingFolders&) = delete;
};

int mask_changes();  // calls of umask, so far

}  // namespace chainrule
