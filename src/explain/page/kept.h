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

// Leaves these lines, in listings the numbers that they name and the one that was asked for, and
// the headings above them; sections without lines, listings or tables go.
void keep_only(const std::set<std::string>& symbols, std::vector<Section>& sections,
               const std::string& asked = {});

}  // namespace chainrule::page
