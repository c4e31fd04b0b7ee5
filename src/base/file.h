// Files: read (plain or packed), written whole or not at all, or grown line by line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/error.h"

namespace chainrule {

inline constexpr const char* standard_input_path = "/dev/stdin";

// The contents of a file; a packed one is recognised by its first bytes, whatever the name, and
// unpacked (base/packed.h). Throws DataError: missing (with the nearest name in its folder), a
// folder, unreadable, not to be unpacked.
std::string read_file(const std::string& path);
std::string read_file_if_there(const std::string& path);  // "" where there is none

// Throws DataError where it cannot be known: what cannot be looked at is not taken for missing.
bool is_there(const std::string& path);

// The size of a plain file in bytes; 0 for what is none: a pipe, a device, nothing at all.
std::int64_t plain_size(const std::string& path);

// What is in a folder, in order; nothing if there is no such folder. Throws DataError.
std::vector<std::string> names_in(const std::string& folder);

// What errno means, in words; unlike strerror for any number of threads.
std::string reason(int error);

// A disk, a quota or a file that is full: there may be room again.
class DiskFull : public DataError {
 public:
  using DataError::DataError;
};

// Writes beside the target, flushes to the disk, then renames: a reader sees the old file or the
// whole new one. Throws DataError if the folder cannot be written; then the old file is untouched.
// It also throws if the folder cannot be flushed after the rename: then the new file stands there,
// and a power cut may bring back the old one.
// What is no plain file (a device, a pipe, a link) is not replaced: the contents go through it.
void write_file(const std::string& path, std::string_view contents);
// Whether the name is one under which write_file writes beside a file of the other name: such a
// file is left by a process that was killed.
bool is_left_over(std::string_view name, std::string_view of);

// A new file, folder or name is on the disk when the folder that it is in is flushed. Throws
// DataError; some file systems cannot flush a folder, and then there is nothing to be done.
void flush_folder_of(const std::string& path);

// The removal is flushed to the disk. Nothing happens where there is no such file. Throws
// DataError.
void remove_file(const std::string& path);

// A plain file that is read in parts, by any number of threads. (A file in a mapping that is cut
// short ends the program; here it is an error.)
class FileInParts {
 public:
  explicit FileInParts(std::string path);  // Throws DataError as read_file
  FileInParts(const FileInParts&) = delete;
  FileInParts& operator=(const FileInParts&) = delete;
  ~FileInParts();

  const std::string& path() const { return path_; }
  std::int64_t size() const { return as_opened_.size; }
  // Of its contents: device, number, size and time of the last change, on this machine.
  std::string identity() const;

  // The bytes from `at` on. Throws DataError: it has become shorter, or cannot be read.
  void read(std::int64_t at, std::span<char> to) const;
  // Throws DataError if it was written since it was opened.
  void require_unchanged() const;

 private:
  struct State {
    std::uint64_t device = 0, number = 0;
    std::int64_t size = 0, changed_at = 0;  // ns
    bool operator==(const State&) const = default;
  };
  State state() const;

  std::string path_;
  int file_ = -1;
  State as_opened_;
};

// A file that only grows, while a program runs.
class GrowingFile {
 public:
  explicit GrowingFile(std::string path);  // made if it is not there. Throws DataError
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  ~GrowingFile();

  // Until its end; false if another process holds it. Throws DataError: it cannot be locked at all.
  bool lock();
  bool is_at_its_path() const;  // not removed or replaced since it was opened

  // All of it, flushed to the disk, or nothing. Throws DataError, and then it is as before.
  void append(std::string_view text);
  void cut(std::size_t size);  // bytes that stay

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace chainrule
