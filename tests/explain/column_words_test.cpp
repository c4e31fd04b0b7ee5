#include "explain/words/column_words.h"

#include <gtest/gtest.h>

namespace chainrule::page {
namespace {

TEST(ColumnWords, AreKoreanInAKoreanReport) {
  constexpr std::pair<const char*, const char*> words[] = {
      {"numeric", "숫자"},
      {"target: 10 classes", "목표값: 클래스 10개"},
      {"constant, becomes 0", "값이 하나뿐이어서 0으로 둠"},
      {"standardised, missing as median 17.3", "표준화, 결측치는 중앙값 17.3으로 채움"},
      {"scaled to [0, 1], missing as median 2 and a column that says so",
       "[0, 1] 범위로 변환, 결측치는 중앙값 2로 채우고 결측 여부를 나타내는 열을 더함"},
      {"target: regression, logarithm, standardised", "목표값: 회귀, 로그, 표준화"},
      {"one-hot, 3 columns with one for missing", "원-핫, 열 3개(결측치용 포함)"},
      {"days standardised, place in the year", "날짜 수 표준화, 한 해 안의 위치"},
      {"one-hot, 1 column; \"NA\" is a category of its own (2 rows)",
       "원-핫, 열 1개; \"NA\"는 독립된 범주(2행)"},
      {"12 distinct", "서로 다른 값 12개"},
      {"0.5 .. 7", "0.5 .. 7"}};
  for (const auto& [english, korean] : words) {
    EXPECT_EQ(column_words(english, Language::ko), korean);
    EXPECT_EQ(column_words(english, Language::en), english);
  }
}

}  // namespace
}  // namespace chainrule::page
