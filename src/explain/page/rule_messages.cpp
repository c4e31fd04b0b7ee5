// What is said of the optimizers' rules and of schedules.
#include <array>

#include "explain/page/row_messages.h"

namespace chainrule::page {
namespace {

constexpr std::array rule_dictionary{
    PhraseEntry{Phrase::zero_target_note,
                "0 × ln(..) is 0: a target of 0 leaves its logarithm out.",
                "0 × ln(..)은 0입니다. 목표값이 0이면 그 로그는 손실에 들어가지 않습니다."},
    PhraseEntry{Phrase::step_last,
                "No step was asked for: this is the last one. --step N tells of any other.",
                "스텝을 지정하지 않아 마지막 스텝을 보여 줍니다. 다른 스텝은 --step N으로 봅니다."},
    PhraseEntry{
        Phrase::step_telling,
        "No step was asked for: this is the last one whose learning rate is at least half of "
        "the largest, so that there is something to see. --step N tells of any other.",
        "스텝을 지정하지 않아, 학습률이 최댓값의 절반 이상인 마지막 스텝을 보여 줍니다. 그 뒤로는 "
        "거의 바뀌지 않습니다. 다른 스텝은 --step N으로 봅니다."},
    PhraseEntry{
        Phrase::unit_off,
        "Unit {0} of {1} was off for every one of the {2} rows: z < 0 (the largest is {3}), so "
        "nothing flows back through it.",
        "{1}의 {0}번 유닛은 {2}개 행 모두에서 꺼져 있습니다. z < 0(최댓값 {3})이므로 오차가 "
        "역전파되지 않습니다."},
    PhraseEntry{Phrase::shares_zero,
                "Every share is 0: in each row the input or the derivative behind it is 0.",
                "모든 기여분이 0입니다. 각 행에서 입력이나 그 뒤의 미분이 0입니다."},
    PhraseEntry{Phrase::input_gradient_title, "The input", "입력"},
    PhraseEntry{Phrase::input_gradient_text,
                "An input acts on the error through every neuron of the first layer; these "
                "contributions add up. Training does not need it.",
                "입력은 첫 층의 모든 뉴런을 거쳐 오차에 영향을 주므로, 각각의 기여분을 더합니다. "
                "학습에는 쓰지 않는 값입니다."},
    PhraseEntry{Phrase::rule_constants, "In this step:", "이 스텝의 값:"},
    PhraseEntry{
        Phrase::rule_momentum,
        "v is the velocity, in which the gradients g of the steps before live on: mu (μ) is "
        "the share that is kept (momentum). η is the learning rate.",
        "v는 속도이며, 앞선 스텝의 기울기 g가 그 안에 남습니다. μ는 남기는 비율(모멘텀), η는 "
        "학습률입니다."},
    PhraseEntry{
        Phrase::rule_nesterov,
        "v is the velocity, in which the gradients g of the steps before live on: mu (μ) is "
        "the share that is kept (momentum). Nesterov's form goes on along v once more. η is "
        "the learning rate.",
        "v는 속도이며, 앞선 스텝의 기울기 g가 그 안에 남습니다. μ는 남기는 비율(모멘텀)이고, "
        "네스테로프 방식은 v를 따라 한 번 더 나아갑니다. η는 학습률입니다."},
    PhraseEntry{
        Phrase::rule_adam,
        "m and v are running means of the gradient g and of its square, m̂ and v̂ the same "
        "without the zeros that they began with. β1 and β2 are the shares that are kept, η is "
        "the learning rate, ε keeps the divisor above 0, t is the step.",
        "m과 v는 기울기 g와 그 제곱의 이동 평균이고, m̂과 v̂은 0에서 시작한 치우침을 바로잡은 "
        "값입니다. β1과 β2는 남기는 비율, η는 학습률, ε은 0으로 나누지 않게 하는 작은 수, t는 "
        "스텝입니다."},
    PhraseEntry{Phrase::rule_rmsprop,
                "v is a running mean of the gradient's square. ρ is the share that is kept, η the "
                "learning rate, ε keeps the divisor above 0.",
                "v는 기울기 제곱의 이동 평균입니다. ρ는 남기는 비율, η는 학습률, ε은 0으로 나누지 "
                "않게 하는 작은 수입니다."},
    PhraseEntry{Phrase::rule_adagrad,
                "sum adds up the squares of all gradients so far. η is the learning rate, ε keeps "
                "the divisor above 0.",
                "sum은 지금까지의 모든 기울기 제곱의 합입니다. η는 학습률, ε은 0으로 나누지 않게 "
                "하는 작은 수입니다."},
    PhraseEntry{
        Phrase::rule_decay,
        "λ is the weight decay, which pulls the weight towards 0 as a part of the gradient.",
        "λ는 가중치 감쇠이며, 기울기의 일부로서 가중치를 0 쪽으로 당깁니다."},
    PhraseEntry{Phrase::rule_decay_apart,
                "λ is the weight decay, which pulls the weight towards 0 apart from the gradient.",
                "λ는 가중치 감쇠이며, 기울기와 따로 가중치를 0 쪽으로 당깁니다."},
    PhraseEntry{
        Phrase::rule_average,
        "average is the moving average of the weights that the run ends with; β is the share "
        "that is kept, t the step.",
        "average는 학습이 끝날 때 쓰는 가중치의 이동 평균입니다. β는 남기는 비율, t는 스텝입니다."},
    PhraseEntry{Phrase::rule_clipping,
                "Clipping: gradient.norm_squared is the sum of the squares of all gradients. Where "
                "its root, their norm, is above c, all are scaled down to it.",
                "기울기 클리핑: gradient.norm_squared는 모든 기울기의 제곱의 합입니다. 그 제곱근인 "
                "노름이 c보다 크면 모든 기울기를 c에 맞추어 줄입니다."},
    PhraseEntry{
        Phrase::rule_engine,
        "The engine has {0} for the new value, worked in single precision and in a form that "
        "is quicker: relative difference {1} (allowed {2}).",
        "엔진이 단정밀도로, 더 빠른 꼴로 계산한 새 값은 {0}입니다. 상대 차이 {1} (허용 오차 {2})."},
    PhraseEntry{
        Phrase::rule_engine_differs,
        "The engine has something ELSE for the new value, {0}: relative difference {1} "
        "(allowed {2}).",
        "엔진이 계산한 새 값은 {0}(으)로, 위의 값과 다릅니다. 상대 차이 {1} (허용 오차 {2})."},
    PhraseEntry{
        Phrase::schedule_text,
        "The schedule ({0}) makes {1} at step t = {2} of T = {3}; u is how far the training "
        "has come behind its warm-up, from 0 to 1.",
        "스케줄({0})이 전체 T = {3}스텝 가운데 t = {2}에서 {1}의 값을 정합니다. u는 준비 구간이 "
        "끝난 뒤의 진행 정도로, 0부터 1까지입니다."},
    PhraseEntry{
        Phrase::schedule_warmup,
        "The schedule ({0}) lets {1} rise in its warm-up, at step t = {2} of T = {3}.",
        "스케줄({0})의 준비 구간이라 {1}의 값이 커지고 있습니다. 전체 T = {3}스텝 가운데 t = "
        "{2}입니다."},
};

}  // namespace

std::span<const PhraseEntry> rule_messages() { return rule_dictionary; }

}  // namespace chainrule::page
