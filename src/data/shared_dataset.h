// A dataset that rank 0 has made, on all ranks.
#pragma once

#include <string>

#include "chainrule/data.h"
#include "ranks/broadcast.h"

namespace chainrule::data {

class SharedDataset {
 public:
  // Gives the other ranks all that they train on, but for rows that stay in their file.
  static void give(const Broadcast& all, Dataset& data);

  // Each rank opens the file with such rows, which it knows by this name or as the features of this
  // folder. Of the ranks with one and the same file on one machine one reads all of it, unless rank
  // 0 did. Throws DataError, on all ranks: one of them has no such file, or another content in it.
  static void open_file(Communicator& ranks, Dataset& data, const std::string& named);
};

}  // namespace chainrule::data
