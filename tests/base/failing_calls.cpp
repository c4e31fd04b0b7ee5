#include "base/failing_calls.h"

#include <atomic>
#include <cerrno>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

struct Plan {
  chainrule::Call call{};
  int error = 0, left = 0;
  int folder_error = 0;
} plan;

std::atomic<int> masks{0};

// The C library's functions as they are defined here: the linker takes these.
template <class... Arguments>
int failing_or(chainrule::Call call, long number, Arguments... arguments) {
  if (plan.left > 0 && plan.call == call) {
    --plan.left;
    errno = plan.error;
    return -1;
  }
  return static_cast<int>(::syscall(number, arguments...));
}

}  // namespace

extern "C" {

int fsync(int file) {
  struct stat about {};
  if (plan.folder_error != 0 && ::fstat(file, &about) == 0 && S_ISDIR(about.st_mode)) {
    errno = plan.folder_error;
    return -1;
  }
  return failing_or(chainrule::Call::fsync, SYS_fsync, file);
}
int fdatasync(int file) { return failing_or(chainrule::Call::fdatasync, SYS_fdatasync, file); }
int ftruncate(int file, off_t size) noexcept {
  return failing_or(chainrule::Call::ftruncate, SYS_ftruncate, file, size);
}
int flock(int file, int operation) noexcept {
  return failing_or(chainrule::Call::flock, SYS_flock, file, operation);
}

mode_t umask(mode_t mask) noexcept {
  ++masks;
  return static_cast<mode_t>(::syscall(SYS_umask, mask));
}

}  // extern "C"

namespace chainrule {

FailingCalls::FailingCalls(Call call, int error, int times) { plan = {call, error, times}; }
FailingCalls::~FailingCalls() { plan = {}; }
int FailingCalls::left() const { return plan.left; }

FailingFolders::FailingFolders(int error) { plan = {.folder_error = error}; }
FailingFolders::~FailingFolders() { plan = {}; }

int mask_changes() { return masks; }

}  // namespace chainrule
