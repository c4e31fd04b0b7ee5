// What is on a page, and the page without what a question does not need.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "explain/page/page.h"

namespace chainrule::page {

void for_each_line(const std::vector<Section>& sections,
                   const std::function<void(const Line&)>& visit);

using Lines = std::map<std::string, const Line*>;  // by symbol, the first of each
Lines lines_of(const std::vector<Section>& sections);

// Whether a line of the page uses an operation whose notation has this sign.
bool uses(const Page& page, char sign);

// Leaves these lines, the numbers that they name in listings, and the headings above them; sections
// without lines, listings or tables go.
void keep_only(const std::set<std::string>& symbols, std::vector<Section>& sections);

}  // namespace chainrule::page
