// Every sentence that readers see, in every language: the lists are words/*.inc.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "chainrule/language.h"

namespace chainrule {

enum class Phrase {
#define CHAINRULE_PHRASE(name, en, ko) name,
#include "words/phrases.inc"
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

// What a Text has in a language; all else is the same in each.
template <class Argument>
const auto& in_language(const Argument& argument, Language language) {
  if constexpr (std::is_same_v<Argument, Text>)
    return argument.in(language);
  else
    return argument;
}

// The phrase in every language, for where it is not known yet who reads it. Its arguments may be
// such texts themselves.
template <class... Args>
Text in_words(Phrase which, const Args&... arguments) {
  return {said(which, Language::en, in_language(arguments, Language::en)...),
          said(which, Language::ko, in_language(arguments, Language::ko)...)};
}

// A loss, an optimizer and what else is in names.inc by its readers' word; the name itself if there
// is none.
std::string_view human_name(std::string_view name, Language language);

// What a column has: of a part of a prediction, or a point of a curve.
template <class Value>
std::string value_words(const Value& value, Language language) {
  if (value.is_missing) return said(Phrase::value_missing, language);
  if (value.is_other) return said(Phrase::value_other, language);
  return value.value;
}

}  // namespace chainrule
