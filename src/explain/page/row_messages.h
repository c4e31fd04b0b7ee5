// The sentences about one row's prediction.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "explain/page/messages.h"

namespace chainrule::page {

struct PhraseEntry {
  Phrase phrase;
  std::string_view en, ko;
};
std::span<const PhraseEntry> row_messages();
std::span<const PhraseEntry> form_messages();    // about matrices, and names of numbers
std::span<const PhraseEntry> rule_messages();    // about optimizers and schedules
std::span<const PhraseEntry> change_messages();  // about what differs

// What a column has: of a part of a prediction, or a point of a curve.
template <class Value>
std::string value_words(const Value& value, Language language) {
  const bool in_korean = language == Language::ko;
  if (value.is_missing) return in_korean ? "(결측치)" : "(missing)";
  if (value.is_other) return in_korean ? "(드물거나 새로운 값)" : "(rare or new)";
  return value.value;
}

}  // namespace chainrule::page
