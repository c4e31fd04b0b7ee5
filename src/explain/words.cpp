#include "explain/words.h"

#include <algorithm>
#include <array>

#include "chainrule/error.h"

namespace chainrule::page {
namespace {

struct Entry {
  Phrase phrase;
  std::string_view en, ko;
};

constexpr std::array entries{
    Entry{Phrase::page_title, "One training step of a {0} network, worked by hand",
          "{0} 신경망의 학습 한 걸음, 손으로 따라가기"},
    Entry{Phrase::network_title, "The network", "신경망"},
    Entry{Phrase::input, "Input:", "입력값:"},
    Entry{Phrase::target, "Target:", "목표값:"},
    Entry{Phrase::weights, "Weights:", "가중치:"},
    Entry{Phrase::biases, "Biases:", "편향:"},
    Entry{Phrase::hidden_about, "Layer {0} (hidden): size {1}, activation function {2}.",
          "{0}층(은닉층): 뉴런 {1}개, 활성화 함수 {2}."},
    Entry{Phrase::output_about, "Layer {0} (output): size {1}, activation function {2}.",
          "{0}층(출력층): 뉴런 {1}개, 활성화 함수 {2}."},
    Entry{Phrase::loss_about, "Loss function: {0}.", "손실 함수: {0}."},
    Entry{Phrase::optimizer_about, "Optimizer: {0}, learning rate {1}.",
          "최적화 방법: {0}, 학습률 {1}."},
    Entry{Phrase::shared_text,
          "In this step, every update uses:", "이 걸음의 모든 갱신에 다음 값을 씁니다."},
    Entry{Phrase::dropout_note,
          "Dropout is left out: it draws at random while training, and this page works one step "
          "exactly.",
          "드롭아웃은 학습 중에 무작위로 뉴런을 끄는 것이므로, 한 걸음을 정확히 계산하는 이 "
          "페이지에서는 적용하지 않습니다."},
    Entry{Phrase::condition_note, "[a > b] is 1 where the condition holds, otherwise 0.",
          "[a > b]는 조건이 참이면 1, 거짓이면 0입니다."},
    Entry{Phrase::choice_note, "(c ? a : b) is a where c holds, otherwise b.",
          "(c ? a : b)는 c가 참이면 a, 거짓이면 b입니다."},
    Entry{Phrase::forward_title, "Forward propagation", "순전파"},
    Entry{Phrase::forward_text,
          "Every neuron multiplies its inputs by its weights and adds up: the weighted sum z. The "
          "activation function turns z into the neuron's output: h in a hidden layer, o in the "
          "output layer.",
          "각 뉴런은 입력에 가중치를 곱하여 모두 더합니다. 이 값이 가중합 z입니다. 활성화 함수가 "
          "z를 뉴런의 출력으로 바꿉니다. 은닉층의 출력은 h, 출력층의 출력은 o로 나타냅니다."},
    Entry{Phrase::definition, "{0} = {1}", "{0} = {1}"},
    Entry{Phrase::hidden_layer, "Hidden layer {0}", "은닉층 {0}"},
    Entry{Phrase::output_layer, "Output layer", "출력층"},
    Entry{Phrase::errors_title, "Error", "오차"},
    Entry{Phrase::errors_text,
          "The loss function ({0}) measures how far the outputs are from the targets.",
          "손실 함수({0})로 출력이 목표값에서 얼마나 벗어났는지 구합니다."},
    Entry{Phrase::probabilities_text,
          "The outputs are logits; the loss function turns them into probabilities p.",
          "출력은 로짓이며, 손실 함수가 이를 확률 p로 바꿉니다."},
    Entry{Phrase::total_text, "The errors of all outputs add up to the total error.",
          "모든 출력의 오차를 더하면 전체 오차가 됩니다."},
    Entry{Phrase::step_title, "Backpropagation, step {0}", "역전파 {0}단계"},
    Entry{Phrase::first_step_text,
          "The weights between the last hidden layer and the output layer. The chain rule splits "
          "each partial derivative into factors that are easy to find.",
          "마지막 은닉층과 출력층 사이의 가중치입니다. 연쇄 법칙에 따라 편미분을 구하기 쉬운 "
          "인수들의 곱으로 나눕니다."},
    Entry{Phrase::only_step_text,
          "The weights between the input layer and the output layer. The chain rule splits each "
          "partial derivative into factors that are easy to find.",
          "입력층과 출력층 사이의 가중치입니다. 연쇄 법칙에 따라 편미분을 구하기 쉬운 인수들의 "
          "곱으로 나눕니다."},
    Entry{Phrase::logits_text,
          "The loss function and the last activation function are differentiated together: the "
          "chain starts at the weighted sum.",
          "손실 함수와 마지막 활성화 함수를 함께 미분하므로, 연쇄는 가중합에서 시작합니다."},
    Entry{Phrase::one_error_text, "Each output enters its own error only, so {0} = {1}.",
          "각 출력은 자기 오차에만 영향을 주므로 {0} = {1}입니다."},
    Entry{Phrase::inner_step_text, "One layer nearer the input: the weights of hidden layer {0}.",
          "입력층 쪽으로 한 층 더 들어갑니다. 은닉층 {0}의 가중치입니다."},
    Entry{Phrase::sum_over_outputs,
          "A hidden output acts on the error of every output; these contributions add up.",
          "은닉층의 출력은 모든 출력의 오차에 영향을 주므로, 각각의 몫을 더합니다."},
    Entry{Phrase::sum_over_neurons,
          "A hidden output acts on the error through every neuron of the next layer; these "
          "contributions add up.",
          "은닉층의 출력은 다음 층의 모든 뉴런을 거쳐 오차에 영향을 주므로, 각각의 몫을 "
          "더합니다."},
    Entry{Phrase::deltas_text, "From the step before, for the weighted sums of the next layer:",
          "앞 단계에서 구한 값으로 다음 층의 가중합에 대한 편미분을 구합니다."},
    Entry{Phrase::old_weights, "Every gradient uses the weights from before the update.",
          "모든 기울기는 갱신하기 전의 가중치로 계산합니다."},
    Entry{Phrase::update_title, "Update", "갱신"},
    Entry{Phrase::update_text, "All parameters change at once, after every gradient is known.",
          "기울기를 모두 구한 다음, 모든 매개변수를 한꺼번에 갱신합니다."},
    Entry{Phrase::parameter, "parameter", "매개변수"},
    Entry{Phrase::before, "before", "갱신 전"},
    Entry{Phrase::gradient, "gradient", "기울기"},
    Entry{Phrase::after, "after", "갱신 후"},
    Entry{Phrase::check_title, "Check", "결과 확인"},
    Entry{Phrase::again, "Forward again, with the new weights:", "새 가중치로 다시 순전파:"},
    Entry{Phrase::errors_again, "The errors now:", "이제 오차는 다음과 같습니다:"},
    Entry{Phrase::error_fell, "{0} < {1}: the error fell.", "{0} < {1}: 오차가 줄었습니다."},
    Entry{Phrase::error_rose,
          "{0} > {1}: the error rose. The step was too long; try a smaller learning rate.",
          "{0} > {1}: 오차가 늘었습니다. 한 걸음이 너무 큽니다. 학습률을 줄여 보세요."},
    Entry{Phrase::error_stayed, "{0} = {1}: the error stayed the same.",
          "{0} = {1}: 오차가 그대로입니다."},
    Entry{Phrase::products_agree,
          "The factors on this page multiply to the engine's own gradients: largest relative "
          "error {0} (allowed {1}).",
          "이 페이지의 인수를 곱한 값은 엔진이 구한 기울기와 같습니다. 최대 상대 오차 {0} (허용 "
          "{1})."},
    Entry{Phrase::products_differ,
          "The factors on this page do NOT multiply to the engine's own gradients: largest "
          "relative error {0} (allowed {1}).",
          "이 페이지의 인수를 곱한 값이 엔진이 구한 기울기와 다릅니다. 최대 상대 오차 {0} (허용 "
          "{1})."},
    Entry{Phrase::differences_agree,
          "The gradients agree with finite differences of the error, for {2} of {3} parameters: "
          "largest relative error {0} (allowed {1}).",
          "기울기는 오차의 유한 차분과 일치합니다(매개변수 {3}개 중 {2}개). 최대 상대 오차 {0} "
          "(허용 {1})."},
    Entry{Phrase::differences_differ,
          "The gradients do NOT agree with finite differences of the error, for {2} of {3} "
          "parameters: largest relative error {0} (allowed {1}).",
          "기울기가 오차의 유한 차분과 다릅니다(매개변수 {3}개 중 {2}개). 최대 상대 오차 {0} "
          "(허용 {1})."},
    Entry{Phrase::kinks,
          "At {0} of them the error has a kink and no derivative; there the gradient lies between "
          "the slopes on both sides.",
          "그중 {0}개는 오차가 꺾이는 점이라 미분할 수 없으며, 기울기는 양쪽 기울기 사이에 "
          "있습니다."},
    Entry{Phrase::passed, "Check passed.", "검산을 통과했습니다."},
    Entry{Phrase::failed, "CHECK FAILED.", "검산에 실패했습니다."},
    Entry{Phrase::learning_rate, "learning rate", "학습률"},
    Entry{Phrase::step_count, "step", "걸음"},
    Entry{Phrase::contents, "Contents", "차례"},
    Entry{Phrase::input_layer, "Input layer", "입력층"},
    Entry{Phrase::diagram_text,
          "Each line is a weight: the thicker, the larger; solid if positive, dashed if negative.",
          "선은 가중치입니다. 굵을수록 크며, 실선은 양수, 점선은 음수입니다."},
    Entry{Phrase::diagram_lit, "Lit up: the way on which {0} acts on the error.",
          "밝은 부분은 {0}의 변화가 오차에 이르는 길입니다."},
};

struct Name {
  std::string_view name, en, ko;
};

constexpr std::array names{
    Name{"half_squared_error", "half squared error", "제곱 오차의 절반"},
    Name{"mean_squared_error", "mean squared error", "평균 제곱 오차"},
    Name{"mean_absolute_error", "mean absolute error", "평균 절대 오차"},
    Name{"huber", "Huber", "후버 손실"},
    Name{"cross_entropy", "cross-entropy", "교차 엔트로피"},
    Name{"binary_cross_entropy", "binary cross-entropy", "이진 교차 엔트로피"},
    Name{"sgd", "gradient descent", "경사 하강법"},
    Name{"adam", "Adam", "Adam"},
    Name{"adamw", "AdamW", "AdamW"},
    Name{"rmsprop", "RMSProp", "RMSProp"},
    Name{"adagrad", "Adagrad", "Adagrad"},
    Name{"identity", "identity", "항등 함수"},
};

}  // namespace

std::string_view phrase(Phrase which, Language language) {
  const auto found = std::ranges::find(entries, which, &Entry::phrase);
  if (found == entries.end()) throw InternalError("a phrase of the page has no words");
  return language == Language::ko ? found->ko : found->en;
}

std::string_view human_name(std::string_view name, Language language) {
  const auto found = std::ranges::find(names, name, &Name::name);
  if (found == names.end()) return name;
  return language == Language::ko ? found->ko : found->en;
}

}  // namespace chainrule::page
