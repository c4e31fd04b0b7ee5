// Whole files: read (plain or gzip) and written whole or not at all.
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

// The contents of a file; gzip is recognised by its first two bytes, whatever the name, and
// unpacked. Throws DataError: missing (with the nearest name in its folder), a folder, unreadable,
// damaged gzip.
std::string read_file(const std::string& path);

// Unpacks gzip bytes (one or more members). `name` is for the message. Throws DataError if damaged.
std::string unpack_gzip(std::string_view packed, const std::string& name);

// Writes beside the target, flushes to the disk, then renames: a reader sees the old file or the
// whole new one. Throws DataError if the folder cannot be written; then the old file is untouched.
// What is no plain file (a device, a pipe, a link) is not replaced: the contents go through it.
void write_file(const std::string& path, std::string_view contents);

}  // namespace chainrule
