#include "explain/words/column_words.h"

#include <array>
#include <optional>
#include <vector>

#include "explain/words/messages.h"

namespace chainrule::page {
namespace {

constexpr std::array phrases_of_columns{
#define CHAINRULE_PHRASE(name, en, ko) Phrase::name,
#include "explain/words/columns.inc"
#undef CHAINRULE_PHRASE
};

std::string translated(std::string_view english);

// The phrase's translation with what its {} stood for; none if the text is another.
std::optional<std::string> filled_in(Phrase which, std::string_view text) {
  constexpr std::string_view hole = "{}";
  std::vector<std::string> values;
  std::string_view pattern = phrase(which, Language::en);
  for (std::size_t at; (at = pattern.find(hole)) != std::string_view::npos;) {
    const std::string_view head = pattern.substr(0, at);
    if (!text.starts_with(head)) return {};
    text.remove_prefix(head.size());
    pattern.remove_prefix(at + hole.size());
    const std::string_view tail = pattern.substr(0, pattern.find(hole));
    const std::size_t end = tail.empty() ? text.size() : text.find(tail);
    if (end == std::string_view::npos || end == 0) return {};
    // At the beginning it is a number or a name, not the parts before.
    if (head.empty() && text.substr(0, end).find(", ") != std::string_view::npos) return {};
    values.push_back(translated(text.substr(0, end)));
    text.remove_prefix(end);
  }
  if (text != pattern) return {};
  values.resize(2);  // as many as a phrase has at most
  return said(which, Language::ko, values[0], values[1]);
}

// Parts are joined by "; " and ", ".
std::string translated(std::string_view english) {
  for (const Phrase which : phrases_of_columns)
    if (auto korean = filled_in(which, english)) return *korean;
  for (const std::string_view joint : {"; ", ", "})
    for (std::size_t at = english.find(joint); at != std::string_view::npos;
         at = english.find(joint, at + 1)) {
      const std::string first = translated(english.substr(0, at));
      if (first == english.substr(0, at) && joint == ", ") continue;  // it was no joint
      return first + std::string(joint) + translated(english.substr(at + joint.size()));
    }
  return std::string(english);
}

}  // namespace

std::string column_words(std::string_view english, Language language) {
  return language == Language::ko ? translated(english) : std::string(english);
}

}  // namespace chainrule::page
