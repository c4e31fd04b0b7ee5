#include "explain/report/column_words.h"

#include <array>
#include <optional>
#include <vector>

#include "explain/page/particles.h"

namespace chainrule::page {
namespace {

// * stands for a number, a value or other words that are translated themselves.
struct Words {
  std::string_view en, ko;
};
constexpr std::array dictionary_of_columns{
    Words{"numeric", "숫자"},
    Words{"categorical", "범주"},
    Words{"date", "날짜"},
    Words{"text", "텍스트"},
    Words{"none", "없음"},
    Words{"* distinct", "서로 다른 값 *개"},
    Words{"as it is", "그대로"},
    Words{"standardised", "표준화"},
    Words{"scaled to [0, 1]", "[0, 1] 범위로 변환"},
    Words{"divided by 255", "255로 나눔"},
    Words{"constant, becomes 0", "값이 하나뿐이어서 0으로 둠"},
    Words{"days *", "날짜 수 *"},
    Words{"place in year and week", "한 해와 한 주 안의 위치"},
    Words{"place in the year", "한 해 안의 위치"},
    Words{"place in the day", "하루 안의 위치"},
    Words{"missing as median * and a column that says so",
          "결측치는 중앙값 *(으)로 채우고 결측 여부를 나타내는 열을 더함"},
    Words{"missing as median *", "결측치는 중앙값 *(으)로 채움"},
    Words{"left out as asked", "요청에 따라 제외"},
    Words{"left out: *", "제외: *"},
    Words{"target: regression", "목표값: 회귀"},
    Words{"logarithm", "로그"},
    Words{"target: * classes", "목표값: 클래스 *개"},
    Words{"one-hot", "원-핫"},
    Words{"the * most frequent of one-hot", "가장 많은 *개만 원-핫"},
    Words{"* column with one for missing", "열 *개(결측치용 포함)"},
    Words{"* columns with one for missing", "열 *개(결측치용 포함)"},
    Words{"* column", "열 *개"},
    Words{"* columns", "열 *개"},
    Words{"the other * together (* rows)", "나머지 *개는 하나로 묶음(*행)"},
    Words{"the other * together (* row)", "나머지 *개는 하나로 묶음(*행)"},
    Words{"* is a category of its own (* rows)", "*은(는) 독립된 범주(*행)"},
    Words{"* is a category of its own (* row)", "*은(는) 독립된 범주(*행)"},
    Words{"words", "단어"},
    Words{"pairs of words and pieces of words", "단어 쌍, 단어 조각"},
    Words{"up to * in a row", "행마다 최대 *개"},
    Words{"in * buckets", "버킷 *개"},
    Words{"a column for missing", "결측치를 나타내는 열"},
};

std::string translated(std::string_view english);

// The pattern's translation with what the stars stood for; empty if the text is another.
std::optional<std::string> filled_in(const Words& words, std::string_view text) {
  std::vector<std::string> stars;
  std::string_view pattern = words.en;
  for (std::size_t star; (star = pattern.find('*')) != std::string_view::npos;) {
    const std::string_view head = pattern.substr(0, star);
    if (!text.starts_with(head)) return {};
    text.remove_prefix(head.size());
    pattern.remove_prefix(star + 1);
    const std::string_view tail = pattern.substr(0, pattern.find('*'));
    const std::size_t end = tail.empty() ? text.size() : text.find(tail);
    if (end == std::string_view::npos || end == 0) return {};
    // At the beginning it is a number or a name, not the parts before.
    if (head.empty() && text.substr(0, end).find(", ") != std::string_view::npos) return {};
    stars.push_back(translated(text.substr(0, end)));
    text.remove_prefix(end);
  }
  if (text != pattern) return {};
  std::string korean;
  std::size_t next = 0;
  for (const char c : words.ko)
    if (c == '*')
      korean += stars.at(next++);
    else
      korean += c;
  return with_particles(korean);
}

// Parts are joined by "; " and ", ".
std::string translated(std::string_view english) {
  for (const Words& words : dictionary_of_columns)
    if (auto korean = filled_in(words, english)) return *korean;
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
