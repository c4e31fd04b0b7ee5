// The languages that readers are spoken to in.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chainrule {

enum class Language { en, ko };

// What a record or a list says, in each language.
struct Words {
  std::string_view en{}, ko{};

  constexpr bool empty() const { return en.empty(); }
  constexpr std::string_view in(Language language) const {
    return language == Language::ko ? ko : en;
  }
};

// The same of what is only known while the program runs, such as what was found in data, for
// whoever prints it. Names and numbers are the same in each language.
struct Text {
  std::string en{}, ko{};

  Text() = default;
  Text(const Words& words) : en(words.en), ko(words.ko) {}  // NOLINT: nothing is lost
  Text(const char* same) : en(same), ko(same) {}            // NOLINT: a name is a text
  Text(std::string same) : en(std::move(same)), ko(en) {}   // NOLINT: as above
  Text(std::string english, std::string korean) : en(std::move(english)), ko(std::move(korean)) {}

  bool empty() const { return en.empty(); }
  const std::string& in(Language language) const { return language == Language::ko ? ko : en; }
  explicit operator std::string() const { return en; }

  Text& operator+=(const Text& more) {
    en += more.en;
    ko += more.ko;
    return *this;
  }
  friend Text operator+(Text text, const Text& more) { return std::move(text += more); }
  friend bool operator==(const Text&, const Text&) = default;
};

// All of them in English.
std::vector<std::string> english(const std::vector<Text>& texts);

}  // namespace chainrule
