// The numbers of a random training: what it starts from, and what it is trained on.
#pragma once

#include "networks/drawing.h"
#include "networks/drawn_network.h"

namespace chainrule::drawn {

// Fills in start, batches and rates; all else is there.
void draw_data(Drawing& draw, DrawnTraining& training);

}  // namespace chainrule::drawn
