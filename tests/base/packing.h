// Packed files to read: written by libarchive, whose writers share no code with its readers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace chainrule {

namespace packing {

// Writes what `set_up` says; `files` by name.
template <class SetUp>
std::string written(const std::vector<std::pair<std::string, std::string>>& files, SetUp set_up) {
  std::size_t room = 1 << 20, used = 0;
  for (const auto& [name, contents] : files) room += 2 * contents.size() + 1024;
  std::string out(room, '\0');
  archive* a = archive_write_new();
  set_up(a);
  EXPECT_EQ(archive_write_open_memory(a, out.data(), out.size(), &used), ARCHIVE_OK)
      << archive_error_string(a);
  for (const auto& [name, contents] : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, static_cast<la_int64_t>(contents.size()));
    EXPECT_EQ(archive_write_header(a, entry), ARCHIVE_OK) << archive_error_string(a);
    archive_write_data(a, contents.data(), contents.size());
    archive_entry_free(entry);
  }
  EXPECT_EQ(archive_write_close(a), ARCHIVE_OK) << archive_error_string(a);
  archive_write_free(a);
  out.resize(used);
  return out;
}

}  // namespace packing

// One stream, by the ending of such files: "zst".
inline std::string packed_as(const std::string& ending, const std::string& contents) {
  return packing::written({{"data", contents}}, [&](archive* a) {
    if (ending == "gz") archive_write_add_filter_gzip(a);
    if (ending == "zst") archive_write_add_filter_zstd(a);
    if (ending == "xz") archive_write_add_filter_xz(a);
    if (ending == "bz2") archive_write_add_filter_bzip2(a);
    archive_write_set_format_raw(a);
  });
}

inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  return packing::written(files, [](archive* a) { archive_write_set_format_zip(a); });
}

}  // namespace chainrule
