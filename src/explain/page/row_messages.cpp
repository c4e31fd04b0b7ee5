#include "explain/page/row_messages.h"

#include <array>

namespace chainrule::page {
namespace {

constexpr std::array row_dictionary{
    PhraseEntry{Phrase::row_title_line, "Why this prediction: line {0} of {1}",
                "예측의 까닭: {1}의 {0}번째 줄"},
    PhraseEntry{Phrase::row_title_example, "Why this prediction: example {0} of {1}",
                "예측의 까닭: {1}의 {0}번째 표본"},
    PhraseEntry{Phrase::row_prediction, "The prediction", "예측"},
    PhraseEntry{Phrase::row_class, "The network takes the row for {0}, with probability {1}.",
                "신경망은 이 행을 {0}(으)로 보며, 그 확률은 {1}입니다."},
    PhraseEntry{Phrase::row_class_output, "The network takes the row for {0}.",
                "신경망은 이 행을 {0}(으)로 봅니다."},
    PhraseEntry{Phrase::row_number, "The network predicts {0} = {1}.",
                "신경망이 예측한 값은 {0} = {1}입니다."},
    PhraseEntry{Phrase::row_label, "In the data it is {0}; the row is one of the {1} rows.",
                "데이터에 적힌 값은 {0}이며, 이 행은 {1} 데이터에 속합니다."},
    PhraseEntry{
        Phrase::row_odds,
        "Taken apart are the log-odds of {0}, ln(p / (1 - p)) with its probability p, since "
        "that is where contributions add up: {1} here (p = {2}), {3} for the reference (p "
        "= {4}). A contribution of 0.69 doubles the odds, one of -0.69 halves them.",
        "나누어 보는 값은 {0}의 로그 오즈, 곧 확률 p의 ln(p / (1 - p))입니다. 로그 오즈에서는 "
        "기여를 그대로 더할 수 있습니다. 이 행은 {1}(p = {2}), 기준값은 {3}(p = "
        "{4})입니다. 기여 0.69는 오즈를 두 배로, -0.69는 절반으로 만듭니다."},
    PhraseEntry{
        Phrase::row_shares,
        "This network gives each class a probability by itself, and they need not add up to "
        "1; p is the class's share of their sum.",
        "이 신경망은 분류마다 따로 확률을 내므로 합이 1이 아닐 수 있습니다. p는 그 합에서 이 "
        "분류가 차지하는 몫입니다."},
    PhraseEntry{Phrase::row_output,
                "Taken apart is the network's output for {0}, which is no probability: {1} here, "
                "{2} for the reference.",
                "나누어 보는 값은 {0}에 대한 신경망의 출력이며 확률이 아닙니다. 이 행은 {1}, "
                "기준값은 {2}입니다."},
    PhraseEntry{Phrase::row_target,
                "Taken apart is the predicted {0}, in its own units: {1} here, {2} for the "
                "reference.",
                "나누어 보는 값은 예측한 {0}이며 단위는 데이터와 같습니다. 이 행은 {1}, 기준값은 "
                "{2}입니다."},
    PhraseEntry{Phrase::row_reference_all, "The reference is the mean over all {0} training rows.",
                "기준값은 학습 데이터 {0}행 전체의 평균입니다."},
    PhraseEntry{Phrase::row_reference_some,
                "The reference is the mean over {0} of the {1} training rows, drawn at random.",
                "기준값은 학습 데이터 {1}행에서 무작위로 고른 {0}행의 평균입니다."},
    PhraseEntry{Phrase::row_parts_title, "What each column contributed", "열마다의 기여"},
    PhraseEntry{Phrase::row_parts_text,
                "A contribution is the column's Shapley value. Starting from a training row, the "
                "columns get this row's values one after another; counted is by how much the "
                "prediction changes when it is the column's turn, on average over orders and "
                "training rows. That tells what the network does with the values, not what would "
                "happen in the world if they were others.",
                "기여는 그 열의 섀플리 값입니다. 학습 데이터의 한 행에서 시작하여 열을 하나씩 이 "
                "행의 값으로 바꾸고, 그 열의 차례에 예측이 얼마나 달라지는지를 모든 순서와 학습 "
                "데이터에 걸쳐 평균합니다. 신경망이 값을 어떻게 쓰는지를 말할 뿐, 실제로 값이 "
                "달라지면 무슨 일이 생기는지를 말하지는 않습니다."},
    PhraseEntry{Phrase::row_exact,
                "All orders and all training rows were worked out, so the contributions are exact.",
                "모든 순서와 모든 학습 데이터를 계산했으므로 기여는 정확한 값입니다."},
    PhraseEntry{Phrase::row_sampled,
                "{0} orders were drawn for each of {1} training rows; 95% of such estimates are "
                "within ± of the exact value.",
                "학습 데이터 {1}행마다 순서를 {0}개씩 무작위로 골랐습니다. 이렇게 구한 값의 95%는 "
                "정확한 값과 ± 안에서 일치합니다."},
    PhraseEntry{Phrase::row_column, "column", "열"},
    PhraseEntry{Phrase::row_part, "contribution", "기여"},
    PhraseEntry{Phrase::row_error, "±", "±"},
    PhraseEntry{Phrase::row_sum, "sum so far", "여기까지의 합"},
    PhraseEntry{Phrase::row_complete,
                "The reference and the contributions add up to the prediction; what is left is "
                "rounding: {0}.",
                "기준값과 기여를 모두 더하면 예측이 됩니다. 남는 차이는 반올림 오차입니다: {0}."},
    PhraseEntry{Phrase::row_incomplete,
                "The reference and the contributions do NOT add up to the prediction: {0} is left.",
                "기준값과 기여를 모두 더해도 예측이 되지 않습니다. 차이: {0}."},
    PhraseEntry{Phrase::row_changed_title, "What if {0}", "{0}(이)라면"},
    PhraseEntry{Phrase::row_changed_odds,
                "The network would take the row for {0}; the log-odds of {1} would be {2} (p = "
                "{3}).",
                "신경망은 이 행을 {0}(으)로 봅니다. {1}의 로그 오즈는 {2}(p = {3})입니다."},
    PhraseEntry{Phrase::row_changed_output,
                "The network would take the row for {0}; its output for {1} would be {2}.",
                "신경망은 이 행을 {0}(으)로 봅니다. {1}에 대한 출력은 {2}입니다."},
    PhraseEntry{Phrase::row_changed_number, "The network would predict {0} = {1}.",
                "신경망이 예측하는 값은 {0} = {1}이(가) 됩니다."},
    PhraseEntry{
        Phrase::row_changed_text,
        "How the contributions change, with the same training rows and orders; those that "
        "change most come first:",
        "같은 학습 데이터와 순서로 구한 기여가 어떻게 달라지는지, 많이 달라지는 것부터 보입니다:"},
    PhraseEntry{Phrase::row_before, "as it is", "지금"},
    PhraseEntry{Phrase::row_after, "then", "바꾸면"},
    PhraseEntry{Phrase::row_change, "change", "변화"},
    PhraseEntry{Phrase::row_note, "Note: {0}.", "참고: {0}."},
    PhraseEntry{Phrase::row_members_title, "What each member predicts", "구성원마다의 예측"},
    PhraseEntry{
        Phrase::row_members_text,
        "The network's prediction is the mean of {0} members'. A member that counts a row 0 "
        "times did not see it in training.",
        "신경망의 예측은 구성원 {0}개의 예측의 평균입니다. 행을 0번 센 구성원은 학습에서 그 "
        "행을 보지 않았습니다."},
    PhraseEntry{Phrase::row_members_calibrated,
                "The mean is calibrated afterwards: {0} becomes {1}.",
                "평균은 그다음에 보정됩니다: {0}이(가) {1}이(가) 됩니다."},
    PhraseEntry{Phrase::row_member, "member", "구성원"},
    PhraseEntry{Phrase::row_member_prediction, "prediction", "예측"},
    PhraseEntry{Phrase::row_member_counts, "counts the row", "행을 센 횟수"},
};

}  // namespace

std::span<const PhraseEntry> row_messages() { return row_dictionary; }

}  // namespace chainrule::page
