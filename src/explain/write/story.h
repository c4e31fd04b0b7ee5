// The public structure of a page.
#pragma once

#include "chainrule/story.h"
#include "explain/page/page.h"

namespace chainrule::page {

// In the options' language; numbers have all their digits.
Story story_of(const Page& page, const ExplainOptions& options);

}  // namespace chainrule::page
