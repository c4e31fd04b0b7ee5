// What a page calls its numbers: in another book's letters, or in a user's own.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "explain/page/page.h"
#include "explain/worked/worked_step.h"

namespace chainrule::page {

using Names = std::map<std::string, std::string>;  // by the page's own name

// Every name inside dE_total/dW5, m_W5+ or h1(2) by the map; what it does not have stays.
std::string renamed(const std::string& symbol, const Names& names);
Expression renamed(const Expression& e, const Names& names);
void rename(Page& page, const Names& names);
Names reversed(const Names& names);

// The pattern of a kind of number, see TrainingStep::notation. Throws UsageError: an unknown kind,
// or an unknown notation to be like.
std::string symbol_pattern(const TrainingStep& step, std::string_view kind);
// Its first letters: "net" of net_{unit}.
std::string letter_of(const TrainingStep& step, std::string_view kind);

// The step's notation for its numbers; empty for the house's own. Throws UsageError as above, for
// patterns that cannot be read, and for two numbers of one name.
Names names_of(const TrainingStep& step, const WorkedStep& traced);

}  // namespace chainrule::page
