// A setup that rank 0 has made, on all ranks.
#pragma once

#include "train/settings/setup.h"

namespace chainrule {

// Throws DataError, on all ranks, if one of them asks for other data, or to read it otherwise. The
// folders that data lies in may differ from rank to rank.
void require_same_request(Communicator& ranks, const TrainRequest& request);

// Gives the others what they train on, and what the configuration says of the data. They get
// training and validation rows only, and open the files in which rows stay. Throws DataError, on
// all ranks, if one of them cannot, or finds another content there.
void give(Communicator& ranks, RunSetup& setup, const TrainRequest& request);

}  // namespace chainrule
