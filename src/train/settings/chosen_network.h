// The network of a run: the file's, or one made for the data.
#pragma once

#include <optional>

#include "chainrule/run.h"
#include "train/network/network_file.h"
#include "train/settings/defaults.h"

namespace chainrule {

nn::Sequential network_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
                          const Defaults& defaults, const DataFacts& facts);

}  // namespace chainrule
