#include "explain/words/messages.h"

#include <algorithm>
#include <array>

#include "explain/words/particles.h"

namespace chainrule::page {
namespace {

struct Words {
  std::string_view en, ko;
  std::string_view in(Language language) const { return language == Language::ko ? ko : en; }
};

constexpr auto all_words = std::to_array<Words>({
#define CHAINRULE_PHRASE(name, en, ko) {en, ko},
#include "explain/words/phrases.inc"
#undef CHAINRULE_PHRASE
});

// The engine's names, as they stand in the list behind "name_".
struct HumanName {
  std::string_view name;
  Phrase phrase;
};
constexpr std::string_view before_names = "name_";
constexpr std::array human_names{
#define CHAINRULE_PHRASE(name, en, ko) HumanName{#name, Phrase::name},
#include "explain/words/names.inc"
#undef CHAINRULE_PHRASE
};

}  // namespace

std::string_view phrase(Phrase which, Language language) {
  return all_words.at(static_cast<std::size_t>(which)).in(language);
}

std::string said_with(Phrase which, Language language, fmt::format_args arguments) {
  std::string text = fmt::vformat(phrase(which, language), arguments);
  return language == Language::ko ? with_particles(text) : text;
}

std::string_view human_name(std::string_view name, Language language) {
  const auto is_it = [&](const HumanName& each) {
    return each.name.substr(before_names.size()) == name;
  };
  const auto found = std::ranges::find_if(human_names, is_it);
  return found == human_names.end() ? name : phrase(found->phrase, language);
}

}  // namespace chainrule::page
