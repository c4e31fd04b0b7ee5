// All sentences in both languages: what a list could hold wrong.
#include "explain/words/messages.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainrule::page {
namespace {

struct Entry {
  std::string name, en, ko;
};

std::vector<Entry> all_entries() {
  return {
#define CHAINRULE_PHRASE(name, en, ko) Entry{#name, en, ko},
#include "explain/words/phrases.inc"
#undef CHAINRULE_PHRASE
  };
}

// Which arguments a phrase takes; {} takes the next one. Throws for both ways in one phrase, which
// no formatter takes.
std::set<int> arguments_of(const std::string& text) {
  std::set<int> arguments;
  int next = 0;
  bool counts = false, numbers = false;
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos; ++at) {
    const bool is_number = at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9';
    (is_number ? numbers : counts) = true;
    arguments.insert(is_number ? text[at + 1] - '0' : next++);
  }
  if (counts && numbers) throw std::runtime_error(text + ": {} and {0} in one phrase");
  return arguments;
}

bool has_hangul(const std::string& text) {  // U+AC00 to U+D7A3 begin with EA to ED
  return text.find_first_of("\xEA\xEB\xEC\xED") != std::string::npos;
}

TEST(Messages, KoreanTakesNoArgumentThatEnglishHasNot) {
  for (const auto& [name, en, ko] : all_entries()) {
    const std::set<int> english = arguments_of(en), korean = arguments_of(ko);
    EXPECT_THAT(english, ::testing::IsSupersetOf(korean)) << name;
    if (english.empty()) continue;
    EXPECT_EQ(*english.rbegin() + 1, static_cast<int>(english.size())) << name;
  }
  EXPECT_THROW(arguments_of("{:.1f} and {1}"), std::runtime_error) << "the check can fail";
}

TEST(Messages, AreEnglishAndKorean) {
  for (const auto& [name, en, ko] : all_entries()) {
    EXPECT_FALSE(en.empty()) << name;
    EXPECT_FALSE(has_hangul(en)) << name;
    const bool has_words = en.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos;
    EXPECT_TRUE(!has_words || en == ko || has_hangul(ko)) << name;
    EXPECT_EQ(ko.find("에폭"), std::string::npos) << name << ": 에포크";
  }
}

TEST(Messages, ChooseParticlesWhereArgumentsStand) {
  EXPECT_EQ(said(Phrase::row_number, Language::en, 1, 2), "The network predicts 1 = 2.");
  EXPECT_EQ(said(Phrase::report_temperature, Language::ko, 1.5),
            "로짓을 검증 데이터의 손실이 가장 작아지는 온도 1.5로 나눕니다.");
  EXPECT_EQ(said(Phrase::report_temperature, Language::ko, 1.3),
            "로짓을 검증 데이터의 손실이 가장 작아지는 온도 1.3으로 나눕니다.");
  EXPECT_EQ(human_name("huber", Language::ko), "후버 손실");
  EXPECT_EQ(human_name("no such", Language::ko), "no such");
}

}  // namespace
}  // namespace chainrule::page
