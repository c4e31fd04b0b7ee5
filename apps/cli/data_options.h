// The options that say what the data is: of train and inspect.
#pragma once

#include "chainrule/run.h"

namespace CLI {
class App;
}

void add_data_options(CLI::App* command, chainrule::TrainRequest& request);
void add_split_options(CLI::App* command, chainrule::TrainRequest& request);
