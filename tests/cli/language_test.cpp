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
    EXPECT_EQ(english_in(korean), "") << korean;
    return korean;
  }
  // The same where one language says in words what the other says with a number.
  std::string listed(Arguments arguments) const {
    arguments.insert(arguments.end(), {"--lang", "ko"});
    const std::string korean = output(arguments);
    EXPECT_EQ(english_in(korean), "") << korean;
    return korean;
  }

  // The first three words of English in a row, that are neither a command to type nor an option.
  static std::string english_in(const std::string& text) {
    static const std::regex command(R"(\S*chainrule\S* [a-z]+[^\n]*?(?=  |\n|[^\x01-\x7F]|$))"),
        sentence(R"((^|[^\w/.-])([A-Za-z][a-z]+ ){2}[a-z]{2,})");
    const std::string rest = std::regex_replace(text, command, "");
    std::smatch found;
    return std::regex_search(rest, found, sentence) ? found.str() : "";
  }
  static std::string both(const Outcome& outcome) { return outcome.out + outcome.err; }
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

TEST_F(Korean, EnglishInItIsFound) {
  EXPECT_EQ(english_in("참고: read with tabs between fields"), " read with tabs");
  EXPECT_NE(english_in("The last row is \"x\""), "");
  EXPECT_EQ(english_in("  build/chainrule explain runs/1 loss        어떤 수든 그 유래"), "");
  EXPECT_EQ(english_in("범주, relu, tanh, R2 2.5 GF/s"), "");
}

TEST_F(Korean, WhatIsFoundInATableIsTold) {
  EXPECT_THAT(told({"inspect", project_data + "penguins.csv"}), HasSubstr("결측치는 중앙값"));
  EXPECT_THAT(told({"inspect", diabetes}), HasSubstr("회귀"));
  std::string rows = "Survey of 2023\nid;price;when;size;code;kind;\n";
  for (int i = 0; i < 80; ++i)
    rows += std::to_string(1000 + i) + ";" + std::to_string(i % 7) + ",5;0" +
            std::to_string(1 + i % 9) + "/0" + std::to_string(1 + i % 7) + "/2021;" +
            (i % 9 == 0 ? "-999" : std::to_string(i % 5)) + ";\"" +
            (i % 2 == 0   ? "Red"
             : i % 3 == 0 ? "red"
                          : "blue") +
            "\";" + (i % 3 == 0 ? "a" : "b") + ";\n";
  write("odd.csv", rows);
  const std::string odd = listed({"inspect", "odd.csv", "--target", "kind"});
  for (const char* words :
       {"필드 구분 문자 \";\"로 읽었습니다", "소수점은 쉼표이므로", "행 번호일 뿐임",
        "일과 월을 바꾸어도", "결측치를 뜻한다면: --missing -999", "\"Red\"와 \"red\""})
    EXPECT_THAT(odd, HasSubstr(words));
  EXPECT_EQ(json({"inspect", iris, "--json", "--lang", "ko"}), json({"inspect", iris, "--json"}));
}

TEST_F(Korean, APlanAndItsProgressAreToldInIt) {
  const Outcome outcome =
      run({"train", project_data + "penguins.csv", "--target", "species", "--out", "run",
           "--epochs", "3", "--seed", "1", "--profile", "--lang", "ko"});
  EXPECT_EQ(outcome.code, 0);
  for (const char* words :
       {"분류: 클래스 3개", "학습률", "에포크, 배치 크기", "걸린 시간", "가중치의 기울기"})
    EXPECT_THAT(outcome.out, HasSubstr(words));
  EXPECT_THAT(outcome.err, HasSubstr("검증 손실"));
  EXPECT_EQ(english_in(both(outcome)), "") << both(outcome);
}

TEST_F(Korean, ARunIsCheckedPlayedAndUsed) {
  output({"train", iris, "--out", "run", "--epochs", "3", "--quiet"});
  EXPECT_THAT(told({"verify", "run"}), HasSubstr("온전한 파일"));
  EXPECT_THAT(told({"summary", "run"}), HasSubstr("species 분류"));
  EXPECT_THAT(told({"replay", "run", "--to", "2"}), HasSubstr("학습률"));
  EXPECT_THAT(told({"replay", "run", "--to", "0"}), HasSubstr("학습 전"));
  EXPECT_THAT(told({"replay", "run", "--verify"}), HasSubstr("일치합니다"));
  write("new.csv", "sepal_length,sepal_width,petal_length,petal_width\n5.1,,1.4,90\n");
  const Outcome outcome = run({"predict", "run", "new.csv", "--lang", "ko"});
  EXPECT_THAT(outcome.err, HasSubstr("범위"));
  EXPECT_THAT(outcome.err, HasSubstr("값이 없는데"));
  EXPECT_EQ(english_in(outcome.err), "");
  EXPECT_EQ(outcome.out, run({"predict", "run", "new.csv"}).out) << "tables are for programs";
}

TEST_F(Korean, WhatNetworksAreMadeOfIsListed) {
  EXPECT_THAT(listed({"ops"}), HasSubstr("행렬 곱"));
  EXPECT_THAT(listed({"layers"}), HasSubstr("뉴런마다"));
  EXPECT_THAT(told({"summary", source("examples/tutorial.toml")}), HasSubstr("매개변수"));
  const std::string passes = output({"graph", source("examples/tutorial.toml"), "--lang", "ko"});
  EXPECT_THAT(passes, HasSubstr("커널 호출"));
  EXPECT_EQ(english_in(passes), "");
}

}  // namespace
}  // namespace chainrule::cli
