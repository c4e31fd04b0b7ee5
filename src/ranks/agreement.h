// What ranks say to each other about what they were given.
#pragma once

#include <string>

#include "chainrule/communicator.h"

namespace chainrule {

// All ranks say the same, or DataError on every one of them: which says other words than rank 0,
// `what` being what they speak of. None goes on before all have come here.
void require_agreement(Communicator& ranks, const std::string& what, const std::string& words);

// Nothing is wrong on any rank (""), or DataError on every one of them: what is, and where.
void require_success(Communicator& ranks, const std::string& failure);

// Of the ranks that say the same words, whether this is the lowest.
bool is_first_to_say(Communicator& ranks, const std::string& words);

}  // namespace chainrule
