// All sentences in both languages: what a list could hold wrong.
#include "words/messages.h"

#include <algorithm>
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

// "{1:.4g}" as ":.4g": with how many digits numbers are told.
std::vector<std::string> digits_in(const std::string& text) {
  std::vector<std::string> digits;
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const std::string place = text.substr(at, text.find('}', at) - at);
    if (place.find(':') != std::string::npos) digits.push_back(place.substr(place.find(':')));
  }
  std::ranges::sort(digits);
  return digits;
}

TEST(Messages, TellNumbersAlikeInBothLanguages) {
  for (const auto& [name, en, ko] : all_entries()) EXPECT_EQ(digits_in(en), digits_in(ko)) << name;
  EXPECT_NE(digits_in("{0:.2f} of {1}"), digits_in("{1}, {0:.3f}")) << "the check can fail";
}

TEST(Messages, AreTextsWhereNobodyKnowsWhoReadsThem) {
  const Text twins = in_words(Phrase::both_of, "\"a\"", Text("b", "나")),
             told = in_words(Phrase::taken_for_two, "x", twins);
  EXPECT_EQ(told.en, "column x: \"a\" and b are taken for two");
  EXPECT_EQ(told.ko, "열 x: \"a\"와 나를 서로 다른 값으로 봅니다");
  EXPECT_EQ((Text("1 .. 2") + Text("; ") + Text("a", "가")).in(Language::ko), "1 .. 2; 가");
  EXPECT_EQ(english({told, "z"}), (std::vector<std::string>{told.en, "z"}));
}

TEST(Messages, ChooseParticlesWhereArgumentsStand) {
  EXPECT_EQ(said(Phrase::row_number, Language::en, 1, 2), "The network predicts 1 = 2.");
  EXPECT_EQ(said(Phrase::report_temperature, Language::ko, 1.5),
            "로짓을 검증 데이터의 손실이 가장 작아지는 온도 1.5로 나눕니다.");
  EXPECT_EQ(said(Phrase::report_temperature, Language::ko, 1.3),
            "로짓을 검증 데이터의 손실이 가장 작아지는 온도 1.3으로 나눕니다.");
  EXPECT_EQ(human_name("huber", Language::ko), "후버 손실");
  EXPECT_EQ(human_name("weight gradient", Language::ko), "가중치의 기울기");
  EXPECT_EQ(human_name("no such", Language::ko), "no such");
}

}  // namespace
}  // namespace chainrule
