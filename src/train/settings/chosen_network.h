// The network of a run: the file's, or one made for the data.
#pragma once

#include <optional>

#include "chainrule/run.h"
#include "train/network/network_file.h"
#include "train/settings/defaults.h"

namespace chainrule {

nn::Sequential network_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
                          const Defaults& defaults, const DataFacts& facts);

// How many members predict at the network's end; 0: none do.
std::int64_t members_of(const nn::Network& network);
// Whether anything that is trained is of more than one member: then what one does with a row tells
// of rows that others see.
bool members_share(const nn::Network& network);

}  // namespace chainrule
