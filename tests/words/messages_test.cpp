// All sentences in both languages: what a list could hold wrong.
#include "words/messages.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace chainrule {
namespace {

struct Entry {
  std::string name, en, ko;
};

std::vector<Entry> all_entries() {
  return {
#define CHAINRULE_PHRASE(name, en, ko) Entry{#name, en, ko},
#include "words/phrases.inc"
#undef CHAINRULE_PHRASE
  };
}

bool has_hangul(const std::string& text) {  // U+AC00 to U+D7A3 begin with EA to ED
  return text.find_first_of("\xEA\xEB\xEC\xED") != std::string::npos;
}

// Both {} and {0} in one phrase, for one, is what no formatter takes.
TEST(Messages, TakeTheirArgumentsInBothLanguages) {
  const auto formatted = [](const std::string& text) {
    return fmt::format(fmt::runtime(text), 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5);
  };
  for (const auto& [name, en, ko] : all_entries()) {
    EXPECT_NO_THROW(formatted(en)) << name;
    EXPECT_NO_THROW(formatted(ko)) << name;
  }
  EXPECT_THROW(formatted("{:.1f} and {1}"), fmt::format_error) << "the check can fail";
}

TEST(Messages, AreEnglishAndKorean) {
  for (const auto& [name, en, ko] : all_entries()) {
    EXPECT_FALSE(en.empty()) << name;
    EXPECT_FALSE(has_hangul(en)) << name;
    const bool has_words = ko.find_first_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos;
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
}  // namespace chainrule
