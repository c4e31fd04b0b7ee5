// The sentences about one row's prediction.
#pragma once

#include <span>
#include <string_view>

#include "explain/page/messages.h"

namespace chainrule::page {

struct PhraseEntry {
  Phrase phrase;
  std::string_view en, ko;
};
std::span<const PhraseEntry> row_messages();

}  // namespace chainrule::page
