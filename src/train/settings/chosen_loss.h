// The loss of a run, and what it takes from the data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "chainrule/run.h"
#include "train/network/network_file.h"
#include "train/settings/defaults.h"

namespace chainrule {

// What the request says, else the file, else the defaults; with the target's quantiles. Throws
// UsageError, or DataError where it is the file's loss that does not fit the target.
Loss loss_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
             const Defaults& defaults, const data::TargetEncoding& target);

// Which numbers of a row's target are probabilities, by the parts of the file's loss.
std::vector<std::int64_t> probability_outputs(const NetworkFile& file);

// Throws UsageError: the loss has a part of probabilities, and its targets are none.
void require_probabilities(const RunConfig& config, const data::Prepared& data);

// Gives the loss so many times that each class counts, "" for none, that over the training rows the
// mean is 1. Throws UsageError: no classes, another loss, a class that is not there.
void weigh_classes(Loss& loss, const std::string& asked, const data::Prepared& data);

bool can_be_calibrated(const Loss& loss);

}  // namespace chainrule
