// The page as plain text: what it says, in both languages, and that it fits a terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "explain/page_numbers.h"
#include "explain/random_networks.h"
#include "nn/message.h"

namespace chainrule {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string page_of(const std::string& example, const ExplainOptions& options = {}) {
  return explain_file(source_file("examples/" + example + ".toml"), options).page;
}

// Columns that a terminal gives a character: two to Hangul, its letters and full-width signs.
int columns_of(char32_t c) {
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0x303E) ||
                    (c >= 0x3041 && c <= 0x33FF) || (c >= 0x3400 && c <= 0x4DBF) ||
                    (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0xA960 && c <= 0xA97F) ||
                    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60);
  const bool is_mark = c >= 0x300 && c <= 0x36F;  // on the letter before it
  return is_mark ? 0 : wide ? 2 : 1;
}

// `line` is UTF-8.
int columns_of(const std::string& line) {
  int columns = 0;
  for (std::size_t i = 0; i < line.size();) {
    const auto lead = static_cast<unsigned char>(line[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t c = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k)
      c = (c << 6) | (static_cast<unsigned char>(line.at(i + k)) & 0x3FU);
    columns += columns_of(c);
    i += length;
  }
  return columns;
}

void expect_fits(const std::string& page) {
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(columns_of(line), 80) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(ExplainText, ColumnsAreCountedAsATerminalDoes) {
  EXPECT_EQ(columns_of(std::string("W5⁺ = √(z) × ∂E")), 15);
  EXPECT_EQ(columns_of(std::string("역전파 1단계")), 12);
}

TEST(ExplainText, ExamplesFit80ColumnsInBothLanguages) {
  for (const char* example : {"tutorial", "three_layers", "softmax", "xor"})
    for (const Language language : {Language::en, Language::ko})
      for (const int digits : {1, 4, 8, 12}) {
        SCOPED_TRACE(example + (", digits " + std::to_string(digits)));
        expect_fits(page_of(example, {.language = language, .digits = digits}));
      }
}

TEST(ExplainText, SlowFormulasOfEveryActivationAndLossFit80Columns) {
  for (const std::string& loss : all_losses())
    for (const ReferenceNetwork& net : random_networks(loss)) {
      SCOPED_TRACE(description(net));
      expect_fits(explain(step_of(net)).page);
    }
}

TEST(ExplainText, WorksTheTutorialInItsOwnManner) {
  const std::string page = page_of("tutorial");
  for (const char* lines :
       {"  z1 = W1 × x1 + W2 × x2 = 0.3 × 0.1 + 0.25 × 0.2 = 0.08000000\n",
        "  h1 = sigmoid(z1) = sigmoid(0.08000000) = 0.51998934\n",
        "  z3 = W5 × h1 + W6 × h2 = 0.45 × 0.51998934 + 0.4 × 0.52747230 = 0.44498412\n",
        "  E_o1 = 1/2 × (target_o1 - o1)^2 = 1/2 × (0.4 - 0.60944600)^2 = 0.02193381\n",
        "  E_total = E_o1 + E_o2 = 0.02193381 + 0.00203809 = 0.02397190\n",
        "  ∂E_total/∂W5 = ∂E_total/∂o1 × ∂o1/∂z3 × ∂z3/∂W5\n"
        "               = 0.20944600 × 0.23802157 × 0.51998934\n"
        "               = 0.02592286\n",
        "  W5⁺ = W5 - learning rate × ∂E_total/∂W5 = 0.45 - 0.5 × 0.02592286 = 0.43703857\n",
        "  ∂E_total/∂h1 = ∂E_o1/∂h1 + ∂E_o2/∂h1 = 0.02243370 + 0.00997311 = 0.03240681\n",
        "  ∂E_total/∂W1 = ∂E_total/∂h1 × ∂h1/∂z1 × ∂z1/∂W1\n"
        "               = 0.03240681 × 0.24960043 × 0.1\n"
        "               = 0.00080888\n",
        "0.02323634 < 0.02397190: the error fell.\n"})
    EXPECT_THAT(page, HasSubstr(lines));
}

// The titles of the numbered sections.
std::vector<std::string> titles(const std::string& page) {
  std::vector<std::string> found;
  std::string last;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line); last = line)
    if (!line.empty() && line.find_first_not_of('-') == std::string::npos) found.push_back(last);
  return found;
}

TEST(ExplainText, GoesBackStepByStepFromTheOutput) {
  EXPECT_THAT(titles(page_of("three_layers")),
              testing::ElementsAre("The network", "1. Forward propagation", "2. Error",
                                   "3. Backpropagation, step 1", "4. Backpropagation, step 2",
                                   "5. Backpropagation, step 3", "6. Update", "7. Check"));
  EXPECT_THAT(titles(page_of("tutorial", {.language = Language::ko})),
              testing::ElementsAre("신경망", "1. 순전파", "2. 오차", "3. 역전파 1단계",
                                   "4. 역전파 2단계", "5. 갱신", "6. 결과 확인"));
}

TEST(ExplainText, SpeaksKoreanInThePagesOwnTerms) {
  const std::string page = page_of("three_layers", {.language = Language::ko});
  for (const char* term : {"순전파", "역전파", "가중치", "편향", "가중합", "은닉층", "출력층",
                           "입력층", "활성화 함수", "오차", "손실 함수", "평균 제곱 오차",
                           "경사 하강법", "학습률", "연쇄 법칙", "편미분", "목표값", "갱신"})
    // A line may end within a term of two words.
    EXPECT_THAT(std::regex_replace(page, std::regex("\n"), " "), HasSubstr(term));
  EXPECT_THAT(page, HasSubstr("b5⁺ = b5 - 학습률 × ∂E_total/∂b5"));
}

TEST(ExplainText, KoreanPagesHaveNoEnglishSentences) {
  for (const char* example : {"tutorial", "three_layers", "softmax", "xor"}) {
    const std::string page = page_of(example, {.language = Language::ko});
    // Two words of small letters in a row.
    EXPECT_THAT(page, Not(ContainsRegex("[a-z]{2,} [a-z]{2,}"))) << example;
  }
}

TEST(ExplainText, DigitsAreThoseAskedFor) {
  EXPECT_THAT(page_of("tutorial", {.digits = 4}), HasSubstr("0.2094 × 0.2380 × 0.5200"));
  EXPECT_THAT(page_of("tutorial", {.digits = 4}), Not(ContainsRegex("[0-9]\\.[0-9]{5}")));
  // tutorial.json: 0.2094460049966992, 0.2380215719902625, 0.5199893401555817
  EXPECT_THAT(page_of("tutorial", {.digits = 12}),
              HasSubstr("0.209446004997 × 0.238021571990 × 0.519989340156"));
  for (const int digits : {0, 18, -1})
    EXPECT_THAT(message([&] { page_of("tutorial", {.digits = digits}); }),
                HasSubstr("1 to 17 decimals"));
}

TEST(ExplainText, EndsWithTheFiguresOfItsCheck) {
  const std::string page = page_of("tutorial");
  EXPECT_THAT(page, HasSubstr("multiply to the engine's own gradients: largest\n"
                              "relative error 0 (allowed 1.0e-12).\n"));
  EXPECT_THAT(page, ContainsRegex("finite differences of the error, for 8 of 8 parameters:\n"
                                  "largest relative error [0-9]\\.[0-9]e-[0-9]+ "
                                  "\\(allowed 1\\.0e-06\\)\\.\n"));
  EXPECT_TRUE(page.ends_with("\n\nCheck passed.\n"));
}

TEST(ExplainText, AWeightsStoryIsThatWeightsAlone) {
  const std::string page = page_of("tutorial", {.parameter = "W5"});
  EXPECT_THAT(page, HasSubstr("               = 0.20944600 × 0.23802157 × 0.51998934\n"
                              "               = 0.02592286\n"));
  EXPECT_THAT(page, HasSubstr("0.43703857"));
  EXPECT_THAT(page, Not(ContainsRegex("/∂W[^5]|W[^5]⁺|/∂W5[0-9]")));
  EXPECT_THAT(page, Not(HasSubstr("step 2")));
  EXPECT_THAT(page, HasSubstr("for 1 of 1 parameters"));
}

TEST(ExplainText, AStoryHasAllThatItsFactorsAreMadeOf) {
  const std::string page = page_of("tutorial", {.parameter = "W1"});
  for (const char* line :
       {"\n  ∂E_total/∂o1 = ", "\n  ∂o1/∂z3 = ", "\n  ∂z3/∂h1 = ", "\n  ∂E_o1/∂h1 = ",
        "\n  ∂E_total/∂o2 = ", "\n  ∂o2/∂z4 = ", "\n  ∂z4/∂h1 = ", "\n  ∂E_o2/∂h1 = ",
        "\n  ∂E_total/∂h1 = ", "\n  ∂h1/∂z1 = ", "\n  ∂z1/∂W1 = ", "\n  W1⁺ = "})
    EXPECT_THAT(page, HasSubstr(line));
  EXPECT_THAT(page, Not(HasSubstr("∂h2/∂z2")));
  EXPECT_THAT(page_of("three_layers", {.parameter = "b2"}), HasSubstr("\n  b2⁺ = "));
}

TEST(ExplainText, AnUnknownWeightIsAnsweredWithTheNearest) {
  EXPECT_EQ(message([] { page_of("tutorial", {.parameter = "W55"}); }),
            "the page has no number \"W55\"; did you mean \"W5\"?");
  EXPECT_THAT(message([] { page_of("tutorial", {.parameter = "weight"}); }),
              HasSubstr("the page has no number \"weight\"; known are \"x1\", \"x2\", "
                        "\"target_o1\", \"target_o2\", \"W1\", "));
}

}  // namespace
}  // namespace chainrule
