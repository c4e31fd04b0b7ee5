#include "words/messages.h"

#include <algorithm>
#include <array>

#include "words/particles.h"

namespace chainrule {
namespace {

constexpr auto all_words = std::to_array<Words>({
#define CHAINRULE_PHRASE(name, en, ko) {en, ko},
#include "words/phrases.inc"
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
#include "words/names.inc"
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

std::vector<std::string> english(const std::vector<Text>& texts) {
  std::vector<std::string> all;
  all.reserve(texts.size());
  for (const Text& text : texts) all.push_back(text.en);
  return all;
}

std::string_view human_name(std::string_view name, Language language) {
  // An identifier has _ for what else stands between words.
  const auto is_same = [](char own, char given) {
    return own == (given == ' ' || given == '-' ? '_' : given);
  };
  const auto is_it = [&](const HumanName& each) {
    return std::ranges::equal(each.name.substr(before_names.size()), name, is_same);
  };
  const auto found = std::ranges::find_if(human_names, is_it);
  return found == human_names.end() ? name : phrase(found->phrase, language);
}

}  // namespace chainrule
