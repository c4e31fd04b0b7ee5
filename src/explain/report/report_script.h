// What a report does in a browser that runs scripts; without, all of it is there too.
#pragma once

#include <string>

#include "chainrule/explain.h"

namespace chainrule::page {

// A button behind each command copies it; a link to a story unfolds it. JavaScript that is XML too.
std::string report_script(Language language);

}  // namespace chainrule::page
