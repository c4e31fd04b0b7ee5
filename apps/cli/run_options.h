// What every command about a recorded run has: how it is opened.
#pragma once

#include <string>

#include "chainrule/run.h"

namespace CLI {
class App;
}

// --data and --threads. The options must outlive the command line.
void add_run_options(CLI::App* command, chainrule::RunOptions& options);

// Says on standard error if the data is no longer what the run was made with. Throws DataError.
chainrule::Run open_run(const std::string& folder, const chainrule::RunOptions& options,
                        chainrule::Language language);
