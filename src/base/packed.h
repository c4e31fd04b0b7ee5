// Packed files: gzip, Zstandard, xz, bzip2, and ZIP archives of one file.
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

// What is packed in the bytes; the bytes themselves if their beginning is none of a packed file's.
// What is packed twice (a .csv.gz in a ZIP archive) is unpacked twice. `name` is for the message.
//
// Throws DataError: damaged or cut off; a ZIP archive of several files (folders and hidden files
// are not counted) or with a password; a document that is such an archive, by what it is; more than
// 256 MiB and 100 times the size of the packed file, or more than 8 GiB.
std::string unpacked(std::string bytes, const std::string& name);

// The name of what is in a packed file: "x.csv" for "x.csv.gz".
std::string_view without_packing(std::string_view name);

}  // namespace chainrule
