#include "base/file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/packed.h"
#include "base/random.h"
#include "base/suggest.h"
#include "chainrule/error.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

// A system call that a signal may interrupt, made until it is done. (Not close: Linux has closed
// the descriptor whatever it says.)
template <class Call>
auto again(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

int open_file(const std::string& path, int flags) {
  return again([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
}

struct Descriptor {
  int number;
  explicit Descriptor(int n) : number(n) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

// The GNU form of strerror_r returns the text, the POSIX form puts it into the buffer.
[[maybe_unused]] const char* text_of(const char* returned, const char* /*buffer*/) {
  return returned;
}
[[maybe_unused]] const char* text_of(int /*returned*/, const char* buffer) { return buffer; }

[[noreturn]] void refuse_to_write(const std::string& path, int error) {
  if (error == ENOSPC || error == EDQUOT || error == EFBIG)
    throw DiskFull({path}, "cannot be written: " + reason(error));
  throw DataError({path}, "cannot be written: " + reason(error));
}

[[noreturn]] void refuse_missing(const std::string& path) {
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : ".";
  const std::string near =
      nearest_name(fs::path(path).filename().string(), names_in(folder.string()));
  if (!is_there(folder.string()))
    throw DataError({path}, fmt::format("there is no folder {}; check the path", folder.string()));
  throw DataError({path}, near.empty()
                              ? "there is no such file; check the path"
                              : fmt::format("there is no such file; did you mean \"{}\"?",
                                            (fs::path(path).parent_path() / near).string()));
}

int open_to_read(const std::string& path) {
  const int file = open_file(path, O_RDONLY);
  if (file < 0 && (errno == ENOENT || errno == ENOTDIR)) refuse_missing(path);
  if (file < 0) throw DataError({path}, "cannot be read: " + reason(errno));
  return file;
}

std::string read_bytes(const std::string& path) {
  const Descriptor file(open_to_read(path));
  struct stat about {};
  if (::fstat(file.number, &about) != 0)
    throw DataError({path}, "cannot be read: " + reason(errno));
  if (S_ISDIR(about.st_mode)) throw DataError({path}, "is a folder; name a file in it");
  std::string contents;
  // The size is a hint only: pipes say 0, and a file may grow while it is read.
  contents.resize(static_cast<std::size_t>(std::max<off_t>(about.st_size, 0)) + 1);
  std::size_t have = 0;
  while (true) {
    if (have == contents.size()) contents.resize(2 * contents.size() + 65536);
    const ssize_t got =
        again([&] { return ::read(file.number, contents.data() + have, contents.size() - have); });
    if (got < 0) throw DataError({path}, "cannot be read: " + reason(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  contents.resize(have);
  return contents;
}

void write_all(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = again([&] { return ::write(file, bytes.data(), bytes.size()); });
    if (written < 0) refuse_to_write(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Whether something stands there that a new file must not take the place of: a device, a pipe, a
// link.
bool leads_elsewhere(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode);
}

void write_through(const std::string& path, std::string_view contents) {
  Descriptor file(open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
  if (file.number < 0) refuse_to_write(path, errno);
  write_all(file.number, contents, path);
  // Nothing is flushed here, so that some file systems say only now that the disk is full.
  const int error = ::close(std::exchange(file.number, -1)) == 0 ? 0 : errno;
  if (error != 0 && error != EINTR) refuse_to_write(path, error);
}

// A new file beside `path`, in the same folder, because a rename across file systems is not atomic.
// The kernel gives it the mode of the user's other files.
constexpr std::string_view letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t letters_beside = 6;
struct FileBeside {
  std::string path;
  Descriptor file;

  explicit FileBeside(const std::string& target) : path(target + ".XXXXXX"), file(-1) {
    constexpr int most_tries = 100;
    static std::atomic<std::uint64_t> made{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    RandomStream random(static_cast<std::uint64_t>(now),
                        (static_cast<std::uint64_t>(::getpid()) << 32) + made++);
    for (int i = 0; i < most_tries && file.number < 0; ++i) {
      for (std::size_t k = path.size() - letters_beside; k < path.size(); ++k)
        path[k] = letters[random.below(letters.size())];
      file.number = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
      if (file.number < 0 && errno != EEXIST) break;
    }
    if (file.number < 0) refuse_to_write(target, errno);
  }
};

}  // namespace

std::string reason(int error) {
  char buffer[256] = "";
  return text_of(::strerror_r(error, buffer, sizeof buffer), buffer);
}

std::string read_file(const std::string& path) { return unpacked(read_bytes(path), path); }

std::string read_file_if_there(const std::string& path) {
  return is_there(path) ? read_file(path) : "";
}

bool is_there(const std::string& path) {
  struct stat about {};
  if (again([&] { return ::stat(path.c_str(), &about); }) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw DataError({path}, "cannot be looked at: " + reason(errno));
}

std::int64_t plain_size(const std::string& path) {
  struct stat about {};
  const bool is_plain = ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
  return is_plain ? static_cast<std::int64_t>(about.st_size) : 0;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  if (!is_there(folder)) return names;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    names.push_back(at->path().filename().string());
  if (error) throw DataError({folder}, "cannot be read: " + error.message());
  std::ranges::sort(names);
  return names;
}

void write_file(const std::string& path, std::string_view contents) {
  if (leads_elsewhere(path)) return write_through(path, contents);
  const FileBeside beside(path);
  try {
    write_all(beside.file.number, contents, path);
    if (again([&] { return ::fsync(beside.file.number); }) != 0 ||
        ::rename(beside.path.c_str(), path.c_str()) != 0)
      refuse_to_write(path, errno);
  } catch (...) {
    ::unlink(beside.path.c_str());
    throw;
  }
  flush_folder_of(path);
}

// A folder that may be written and not read, or that the file system cannot flush, has to do
// without.
void flush_folder_of(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  const Descriptor opened(
      open_file(folder.empty() ? "." : folder.string(), O_RDONLY | O_DIRECTORY));
  if (opened.number < 0 && errno == EACCES) return;
  if (opened.number < 0) refuse_to_write(path, errno);
  const bool is_flushed = again([&] { return ::fsync(opened.number); }) == 0;
  if (!is_flushed && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS)
    refuse_to_write(path, errno);
}

bool is_left_over(std::string_view name, std::string_view of) {
  return name.size() == of.size() + 1 + letters_beside && name.starts_with(of) &&
         name[of.size()] == '.' &&
         name.find_first_not_of(letters, of.size() + 1) == std::string_view::npos;
}

void remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return flush_folder_of(path);
  if (errno != ENOENT) throw DataError({path}, "cannot be removed: " + reason(errno));
}

FileInParts::FileInParts(std::string path)
    : path_(std::move(path)), file_(open_to_read(path_)), as_opened_(state()) {}

FileInParts::~FileInParts() { ::close(file_); }

FileInParts::State FileInParts::state() const {
  struct stat about {};
  if (::fstat(file_, &about) != 0) throw DataError({path_}, "cannot be read: " + reason(errno));
  constexpr std::int64_t ns = 1'000'000'000;
  return {about.st_dev, about.st_ino, about.st_size,
          about.st_mtim.tv_sec * ns + about.st_mtim.tv_nsec};
}

std::string FileInParts::identity() const {
  return fmt::format("{:x} {:x} {} {}", as_opened_.device, as_opened_.number, as_opened_.size,
                     as_opened_.changed_at);
}

void FileInParts::read(std::int64_t at, std::span<char> to) const {
  while (!to.empty()) {
    const ssize_t got = again([&] { return ::pread(file_, to.data(), to.size(), at); });
    if (got < 0) throw DataError({path_}, "cannot be read: " + reason(errno));
    if (got == 0)
      throw DataError({path_}, "has become shorter while it was read; bring it back as it was");
    at += got;
    to = to.subspan(static_cast<std::size_t>(got));
  }
}

void FileInParts::require_unchanged() const {
  if (state() != as_opened_)
    throw DataError({path_},
                    "was written while its rows were read from it; bring it back as it was");
}

GrowingFile::GrowingFile(std::string path) : path_(std::move(path)) {
  file_ = open_file(path_, O_RDWR | O_CREAT | O_APPEND);
  if (file_ < 0) refuse_to_write(path_, errno);
}

GrowingFile::~GrowingFile() { ::close(file_); }

bool GrowingFile::lock() {
  if (again([&] { return ::flock(file_, LOCK_EX | LOCK_NB); }) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  throw DataError({path_}, "cannot be locked: " + reason(errno));
}

bool GrowingFile::is_at_its_path() const {
  struct stat opened {
  }, named{};
  return ::fstat(file_, &opened) == 0 && ::stat(path_.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

void GrowingFile::append(std::string_view text) {
  struct stat before {};
  if (::fstat(file_, &before) != 0) refuse_to_write(path_, errno);
  if (before.st_nlink == 0) throw DataError({path_}, "was removed while it was written");
  try {
    write_all(file_, text, path_);
    if (again([&] { return ::fdatasync(file_); }) != 0) refuse_to_write(path_, errno);
  } catch (...) {
    cut(static_cast<std::size_t>(before.st_size));
    throw;
  }
}

void GrowingFile::cut(std::size_t size) {
  if (again([&] { return ::ftruncate(file_, static_cast<off_t>(size)); }) != 0)
    throw DataError({path_}, "cannot be cut: " + reason(errno));
}

}  // namespace chainrule
