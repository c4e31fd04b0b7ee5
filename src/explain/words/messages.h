// Every sentence that readers see, in every language: the lists are explain/words/*.inc.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "chainrule/explain.h"

namespace chainrule::page {

enum class Phrase {
#define CHAINRULE_PHRASE(name, en, ko) name,
#include "explain/words/phrases.inc"
#undef CHAINRULE_PHRASE
};

// The phrase with {0}, {1}, ... where its arguments go.
std::string_view phrase(Phrase which, Language language);

// The phrase with its arguments in their places, and the Korean particles that fit them.
std::string said_with(Phrase which, Language language, fmt::format_args arguments);
template <class... Args>
std::string said(Phrase which, Language language, const Args&... arguments) {
  return said_with(which, language, fmt::make_format_args(arguments...));
}

// A loss or an optimizer by its readers' word; the name itself if there is none.
std::string_view human_name(std::string_view name, Language language);

// What a column has: of a part of a prediction, or a point of a curve.
template <class Value>
std::string value_words(const Value& value, Language language) {
  if (value.is_missing) return said(Phrase::value_missing, language);
  if (value.is_other) return said(Phrase::value_other, language);
  return value.value;
}

}  // namespace chainrule::page
