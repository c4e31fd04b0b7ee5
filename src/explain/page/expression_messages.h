// The sentences about free expressions, and about steps behind each other.
#pragma once

#include "explain/page/row_messages.h"

namespace chainrule::page {

std::span<const PhraseEntry> expression_messages();

}  // namespace chainrule::page
