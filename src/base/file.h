// Files: read (plain or packed), written whole or not at all, or grown line by line.
#pragma once

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
