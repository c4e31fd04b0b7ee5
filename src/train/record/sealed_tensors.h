// The header and the hash that a run's tensor files, checkpoints and model, carry as metadata.
#pragma once

#include <string>

#include "chainrule/data.h"
#include "train/settings/run_header.h"

namespace chainrule {

// Parts of the header that are empty are left out.
void add_header(data::TensorFile& file, const RunHeader& header);
// Format 0 if there is none. Throws DataError if a part of it is no such thing.
RunHeader header_in(const data::TensorFile& file, const std::string& path);

// Writes a hash of all that the file holds into its metadata.
void seal(data::TensorFile& file);
std::string seal_in(const data::TensorFile& file);  // "" if there is none
bool is_whole(const data::TensorFile& file);        // has a hash, and it is right

}  // namespace chainrule
