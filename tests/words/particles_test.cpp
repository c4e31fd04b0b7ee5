#include "words/particles.h"

#include <gtest/gtest.h>

namespace chainrule {
namespace {

struct Reading {
  const char *word, *object, *subject, *topic, *with, *to;
};

// As the words are read: 삼을, 사를, 칠로.
TEST(Particles, FollowTheSoundThatAWordEndsWith) {
  constexpr Reading readings[] = {{"값", "을", "이", "은", "과", "으로"},
                                  {"가중치", "를", "가", "는", "와", "로"},
                                  {"스텝", "을", "이", "은", "과", "으로"},
                                  {"손실", "을", "이", "은", "과", "로"},
                                  {"0", "을", "이", "은", "과", "으로"},
                                  {"1", "을", "이", "은", "과", "로"},
                                  {"2", "를", "가", "는", "와", "로"},
                                  {"3", "을", "이", "은", "과", "으로"},
                                  {"4", "를", "가", "는", "와", "로"},
                                  {"5", "를", "가", "는", "와", "로"},
                                  {"6", "을", "이", "은", "과", "으로"},
                                  {"7", "을", "이", "은", "과", "로"},
                                  {"8", "을", "이", "은", "과", "로"},
                                  {"9", "를", "가", "는", "와", "로"},
                                  {"10", "을", "이", "은", "과", "으로"},
                                  {"-0.25", "를", "가", "는", "와", "로"},
                                  {"W5⁺", "를", "가", "는", "와", "로"},
                                  {"dense1.weight[2,1]", "을", "이", "은", "과", "로"},
                                  {"model", "을", "이", "은", "과", "로"},
                                  {"Adam", "을", "이", "은", "과", "으로"},
                                  {"training", "을", "이", "은", "과", "으로"},
                                  {"loss", "를", "가", "는", "와", "로"},
                                  {"시그모이드(sigmoid)", "를", "가", "는", "와", "로"},
                                  {"ε", "을", "이", "은", "과", "으로"},
                                  {"η", "를", "가", "는", "와", "로"},
                                  {"m̂", "을", "이", "은", "과", "으로"},
                                  {"\"1.5\"", "를", "가", "는", "와", "로"},
                                  {"", "를", "가", "는", "와", "로"}};
  for (const auto& [word, object, subject, topic, with, to] : readings) {
    EXPECT_EQ(with_particle(word, "을(를) 본다"), std::string(object) + " 본다") << word;
    EXPECT_EQ(with_particle(word, "이(가)"), subject) << word;
    EXPECT_EQ(with_particle(word, "은(는)"), topic) << word;
    EXPECT_EQ(with_particle(word, "과(와) 함께"), std::string(with) + " 함께") << word;
    EXPECT_EQ(with_particle(word, "(으)로"), to) << word;
  }
  EXPECT_EQ(with_particle("값", "의 합"), "의 합");
  EXPECT_EQ(with_particles("3을(를) 2(으)로 나누면 1.5이(가) 됩니다"),
            "3을 2로 나누면 1.5가 됩니다");
  EXPECT_EQ(with_particles(""), "");
}

}  // namespace
}  // namespace chainrule
