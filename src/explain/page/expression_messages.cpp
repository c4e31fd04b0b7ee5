#include "explain/page/expression_messages.h"

#include <array>

namespace chainrule::page {
namespace {

constexpr std::array expression_dictionary{
    PhraseEntry{Phrase::expression_title, "The derivatives of {0}, worked by hand",
                "{0}의 편미분, 손으로 따라가기"},
    PhraseEntry{Phrase::expression_section, "The expression", "식"},
    PhraseEntry{Phrase::expression_given, "Given:", "주어진 값:"},
    PhraseEntry{Phrase::expression_again,
                "A name that is assigned again stands for another value: {0}, then {1}.",
                "같은 이름에 다시 대입하면 다른 값이 됩니다. 처음 값은 {0}, 다음 값은 {1}입니다."},
    PhraseEntry{Phrase::expression_forward, "From the given values, line by line, to {0}.",
                "주어진 값에서 시작하여 한 줄씩 계산해 {0}까지 구합니다."},
    PhraseEntry{Phrase::locals_title, "Local derivatives", "국소적 미분"},
    PhraseEntry{Phrase::locals_text,
                "Each line by itself: how much its value changes with each value that it uses.",
                "각 줄의 값이 그 줄에 쓰인 값 하나하나에 따라 얼마나 변하는지, 줄마다 따로 "
                "구합니다."},
    PhraseEntry{Phrase::backward_title, "Backpropagation", "역전파"},
    PhraseEntry{Phrase::backward_text,
                "From {0} back to the given values. A value acts through every line that uses it: "
                "along each the derivatives multiply, and the products add up.",
                "{0}에서 주어진 값 쪽으로 거슬러 올라갑니다. 어떤 값은 그 값을 쓰는 모든 줄을 거쳐 "
                "결과에 영향을 주므로, 줄마다 편미분을 곱한 다음 모두 더합니다."},
    PhraseEntry{Phrase::derivatives, "So the derivatives are:", "구한 편미분:"},
    PhraseEntry{Phrase::paths_title, "Path by path", "경로별 계산"},
    PhraseEntry{Phrase::paths_of,
                "From {0} to {1}: along each path the local derivatives multiply, and all paths "
                "add up. Number of paths: {2}.",
                "{0}에서 {1}까지: 경로마다 국소적 미분을 곱하고, 모든 경로를 더합니다. 경로의 수: "
                "{2}."},
    PhraseEntry{Phrase::paths_many,
                "From {0} to {1} more than {2} paths lead; the sums above take them together.",
                "{0}에서 {1}까지 가는 경로는 {2}개가 넘습니다. 위의 합이 모든 경로를 묶어 "
                "계산합니다."},
    PhraseEntry{Phrase::path_number, "path {}", "경로 {}"},
    PhraseEntry{Phrase::directly, "direct", "직접"},
    PhraseEntry{Phrase::value_now, "With the new values {0} = {1}; before the step it was {2}.",
                "새 값으로 다시 구하면 {0} = {1}입니다. 갱신하기 전에는 {2}였습니다."},
    PhraseEntry{Phrase::expression_differences_agree,
                "The derivatives agree with finite differences of {4}, for {2} of {3} given "
                "values: largest relative error {0} (allowed {1}).",
                "편미분은 {4}의 유한 차분과 일치합니다(주어진 값 {3}개 중 {2}개). 최대 상대 오차 "
                "{0} (허용 {1})."},
    PhraseEntry{Phrase::expression_differences_differ,
                "The derivatives do NOT agree with finite differences of {4}, for {2} of {3} given "
                "values: largest relative error {0} (allowed {1}).",
                "편미분이 {4}의 유한 차분과 다릅니다(주어진 값 {3}개 중 {2}개). 최대 상대 오차 {0} "
                "(허용 {1})."},
    PhraseEntry{Phrase::expression_kinks,
                "At {0} of them the result has a kink and no derivative; what is shown lies "
                "between the slopes on both sides.",
                "그중 {0}개는 결과가 꺾이는 점이라 미분할 수 없으며, 보인 값은 양쪽 기울기 사이에 "
                "있습니다."},
    PhraseEntry{Phrase::example_title, "Example {0} of {1}", "표본 {1}개 중 {0}번째"},
    PhraseEntry{Phrase::batch_title, "The batch", "배치"},
    PhraseEntry{
        Phrase::batch_text,
        "The batch's error is the mean of its {0} examples' errors, so its gradients are the "
        "means of theirs. The parameters are updated once, with these.",
        "배치의 오차는 표본 {0}개의 오차를 평균한 값이므로, 기울기도 표본별 기울기의 "
        "평균입니다. 매개변수는 이 평균으로 한 번만 갱신합니다."},
    PhraseEntry{Phrase::steps_title, "{0} training steps, one after the other",
                "학습 {0}번, 차례로 따라가기"},
    PhraseEntry{Phrase::steps_text,
                "Each step starts from what the one before it left. Row 0 is the start; each row "
                "has the values after so many steps. --step K shows step K in full.",
                "매번 바로 앞에서 갱신한 값으로 시작합니다. 0행은 처음 값이고, 각 행은 그만큼 "
                "학습한 뒤의 값입니다. --step K로 K번째 학습의 모든 계산을 볼 수 있습니다."},
    PhraseEntry{Phrase::steps_taken, "steps", "학습 횟수"},
    PhraseEntry{Phrase::steps_columns, "From {0} to {1}", "{0}부터 {1}까지"},
    PhraseEntry{Phrase::exercise_text,
                "An exercise: {0} numbers are blank; work them out. The solutions are at the end. "
                "(Seed {1}.)",
                "연습 문제입니다. 빈칸 {0}개를 계산해 채워 보세요. 정답은 맨 끝에 있습니다. (시드 "
                "{1})"},
    PhraseEntry{Phrase::exercise_title, "Solutions", "정답"},
    PhraseEntry{Phrase::exercise_solutions, "The blanks, by their numbers:", "빈칸 번호 순서:"},
    PhraseEntry{Phrase::exercise_blank, "Blank {}", "빈칸 {}"},
    PhraseEntry{Phrase::exercise_no_number, "Write a number, such as -0.125.",
                "-0.125처럼 수를 적어 주세요."},
    PhraseEntry{Phrase::answer_right, "Right.", "맞았습니다."},
    PhraseEntry{Phrase::answer_sign, "Look at the signs: one is the wrong way round.",
                "부호를 확인해 보세요. 부호 하나가 반대입니다."},
    PhraseEntry{Phrase::answer_factor, "A factor of the product is left out.",
                "곱에서 인수 하나가 빠졌습니다."},
    PhraseEntry{Phrase::answer_term, "A term of the sum is left out.",
                "합에서 항 하나가 빠졌습니다."},
    PhraseEntry{Phrase::answer_derivative,
                "That is the derivative of another function, or of this one at another place.",
                "다른 함수의 미분이거나, 다른 값에서 구한 미분입니다."},
    PhraseEntry{Phrase::answer_rounding,
                "Nearly: carry more digits along the way, and round at the end.",
                "거의 맞았습니다. 계산 중에는 자릿수를 더 남기고 마지막에 반올림하세요."},
    PhraseEntry{Phrase::answer_other, "Not this number. Put the numbers into the formula again.",
                "이 값이 아닙니다. 식에 수를 다시 넣어 보세요."},
};

}  // namespace

std::span<const PhraseEntry> expression_messages() { return expression_dictionary; }

}  // namespace chainrule::page
