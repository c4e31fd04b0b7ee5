// Commands in Korean: the same numbers as in English, in other words.
#include <algorithm>
#include <regex>

#include <gmock/gmock.h>

#include "cli/program.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Korean : public CommandLine {
 protected:
  static std::vector<std::string> numbers_in(const std::string& text) {
    static const std::regex number(R"(\d+(\.\d+)?)");
    std::vector<std::string> numbers;
    for (std::sregex_iterator at(text.begin(), text.end(), number), end; at != end; ++at)
      numbers.push_back(at->str());
    std::ranges::sort(numbers);
    return numbers;
  }

  // What is told in Korean, which must have the numbers that are told in English.
  std::string told(Arguments arguments) const {
    const std::string english = output(arguments);
    arguments.insert(arguments.end(), {"--lang", "ko"});
    const std::string korean = output(arguments);
    EXPECT_EQ(numbers_in(korean), numbers_in(english)) << korean << english;
    EXPECT_NE(korean, english);
    return korean;
  }
};

TEST_F(Korean, ATrainingEndsInIt) {
  const std::string end = output({"train", iris, "--out", "run", "--epochs", "3", "--lr", "5e-6",
                                  "--seed", "1", "--quiet", "--lang", "ko"});
  for (const char* words : {"학습", "검증", "테스트", "정확도", "가장 많은 클래스", "혼동 행렬",
                            "잘못되었다는 징후", "너무 작은 학습률", "run에 저장했습니다"})
    EXPECT_THAT(end, HasSubstr(words));
  for (const char* words : {"Training", "accuracy", "Saved", "Signs", "browser"})
    EXPECT_THAT(end, Not(HasSubstr(words)));
  EXPECT_THAT(read("run/report.html"), HasSubstr("<html lang=\"ko\">"));
}

TEST_F(Korean, ScoresRowsAndColumnsHaveTheSameNumbers) {
  output({"train", iris, "--out", "run", "--epochs", "3", "--quiet"});
  EXPECT_THAT(told({"evaluate", "run", iris}), HasSubstr("모든 행"));
  EXPECT_THAT(told({"importance", "run"}), HasSubstr("뒤섞지 않으면: 로그 손실"));
  EXPECT_THAT(told({"blame", "run", "--row", "60"}), HasSubstr("가장 크게 움직인 학습 데이터"));
  EXPECT_THAT(told({"blame", "run", "--suspects"}), HasSubstr("가장 의심스러운 학습 데이터"));
  EXPECT_THAT(told({"explain", "run", "loss", "--step", "2"}), HasSubstr("검산을 통과했습니다."));
  output({"train", diabetes, "--out", "numbers", "--epochs", "3", "--quiet"});
  EXPECT_THAT(told({"evaluate", "numbers", diabetes}), HasSubstr("늘 평균"));
}

}  // namespace
}  // namespace chainrule::cli
