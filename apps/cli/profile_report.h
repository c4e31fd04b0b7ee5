// Where the time of a training went, as people read it.
#pragma once

#include <string>

#include "chainrule/language.h"
#include "chainrule/profile.h"

// The table, what its columns mean, and what the trace in the file `trace` holds.
std::string profile_text(const chainrule::Profile& profile, const std::string& trace,
                         chainrule::Language language);
