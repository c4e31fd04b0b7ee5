// Files: read (plain or gzip), written whole or not at all, or grown line by line.
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

// The contents of a file; gzip is recognised by its first two bytes, whatever the name, and
// unpacked. Throws DataError: missing (with the nearest name in its folder), a folder, unreadable,
// damaged gzip.
std::string read_file(const std::string& path);
std::string read_file_if_there(const std::string& path);  // "" where there is none

// Unpacks gzip bytes (one or more members). `name` is for the message. Throws DataError if damaged.
std::string unpack_gzip(std::string_view packed, const std::string& name);

// Writes beside the target, flushes to the disk, then renames: a reader sees the old file or the
// whole new one. Throws DataError if the folder cannot be written; then the old file is untouched.
// What is no plain file (a device, a pipe, a link) is not replaced: the contents go through it.
void write_file(const std::string& path, std::string_view contents);

// A file that only grows, while a program runs.
class GrowingFile {
 public:
  explicit GrowingFile(std::string path);  // made if it is not there. Throws DataError
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;
  ~GrowingFile();

  bool lock();  // until its end; false if another process holds it

  // All of it, flushed to the disk, or nothing. Throws DataError, and then it is as before.
  void append(std::string_view text);
  void cut(std::size_t size);  // bytes that stay

 private:
  std::string path_;
  int file_ = -1;
};

}  // namespace chainrule
