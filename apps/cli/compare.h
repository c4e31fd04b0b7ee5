// Two runs beside each other, for the commands that end so.
#pragma once

#include "chainrule/explain.h"

// Prints how the second run differs from the first; with a line that tells how far it is, unless
// `is_quiet`. Returns the exit code. Throws DataError.
int show_comparison(chainrule::Run& first, chainrule::Run& second,
                    const chainrule::ExplainOptions& options, const std::string& output,
                    bool is_quiet);
