#include "explain/page/messages.h"

#include <algorithm>
#include <array>

#include "chainrule/error.h"
#include "explain/page/expression_messages.h"
#include "explain/page/row_messages.h"

namespace chainrule::page {
namespace {

using Entry = PhraseEntry;

constexpr std::array dictionary{
    Entry{Phrase::page_title, "One training step of a {0} network, worked by hand",
          "{0} 신경망의 학습 한 스텝, 손으로 따라가기"},
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
    Entry{Phrase::dropout_note,
          "Dropout is left out: it draws at random while training, and this page works one step "
          "exactly.",
          "드롭아웃은 학습 중에 무작위로 뉴런을 끄는 것이므로, 한 스텝을 정확히 계산하는 이 "
          "페이지에서는 적용하지 않습니다."},
    Entry{Phrase::condition_note, "[a > b] is 1 where the condition holds, otherwise 0.",
          "[a > b]는 조건이 참이면 1, 거짓이면 0입니다."},
    Entry{Phrase::choice_note, "(c ? a : b) is a where c holds, otherwise b.",
          "(c ? a : b)는 c가 참이면 a, 거짓이면 b입니다."},
    Entry{Phrase::forward_title, "Forward propagation", "순전파"},
    Entry{
        Phrase::forward_text,
        "Every neuron multiplies its inputs by its weights and adds up: the weighted sum {0}. The "
        "activation function turns {0} into the neuron's output: {1} in a hidden layer, {2} in the "
        "output layer.",
        "각 뉴런은 입력에 가중치를 곱하여 모두 더합니다. 이 값이 가중합 {0}입니다. 활성화 함수가 "
        "{0}을(를) 뉴런의 출력으로 바꿉니다. 은닉층의 출력은 {1}, 출력층의 출력은 {2}(으)로 "
        "나타냅니다."},
    Entry{Phrase::definition, "{0} = {1}", "{0} = {1}"},
    Entry{Phrase::hidden_layer, "Hidden layer {0}", "은닉층 {0}"},
    Entry{Phrase::output_layer, "Output layer", "출력층"},
    Entry{Phrase::errors_title, "Error", "오차"},
    Entry{Phrase::errors_text,
          "The loss function ({0}) measures how far the outputs are from the targets.",
          "손실 함수({0})로 출력이 목표값에서 얼마나 벗어났는지 구합니다."},
    Entry{Phrase::probabilities_text,
          "The outputs are logits; the loss function turns them into probabilities {0}.",
          "출력은 로짓이며, 손실 함수가 이를 확률 {0}(으)로 바꿉니다."},
    Entry{Phrase::total_text, "The errors of all outputs add up to the total error.",
          "모든 출력의 오차를 더하면 전체 오차가 됩니다."},
    Entry{Phrase::step_title, "Backpropagation, step {0}", "역전파 {0}단계"},
    Entry{Phrase::first_step_text,
          "The weights between the last hidden layer and the output layer. The chain rule splits "
          "each partial derivative into factors that are easy to find.",
          "마지막 은닉층과 출력층 사이의 가중치입니다. 연쇄 법칙에 따라 편미분을 계산하기 쉬운 "
          "편미분들의 곱으로 분해합니다."},
    Entry{Phrase::only_step_text,
          "The weights between the input layer and the output layer. The chain rule splits each "
          "partial derivative into factors that are easy to find.",
          "입력층과 출력층 사이의 가중치입니다. 연쇄 법칙에 따라 편미분을 계산하기 쉬운 편미분들의 "
          "곱으로 분해합니다."},
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
          "은닉층의 출력은 모든 출력의 오차에 영향을 주므로, 각각의 기여분을 더합니다."},
    Entry{Phrase::sum_over_neurons,
          "A hidden output acts on the error through every neuron of the next layer; these "
          "contributions add up.",
          "은닉층의 출력은 다음 층의 모든 뉴런을 거쳐 오차에 영향을 주므로, 각각의 기여분을 "
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
          "{0} > {1}: 오차가 늘었습니다. 한 스텝이 너무 큽니다. 학습률을 줄여 보세요."},
    Entry{Phrase::error_stayed, "{0} = {1}: the error stayed the same.",
          "{0} = {1}: 오차가 그대로입니다."},
    Entry{Phrase::products_agree,
          "The factors on this page multiply to the engine's own gradients: largest relative "
          "error {0} (allowed {1}).",
          "이 페이지의 인수를 곱한 값은 엔진이 구한 기울기와 같습니다. 최대 상대 오차 {0} (허용 "
          "오차 {1})."},
    Entry{Phrase::products_differ,
          "The factors on this page do NOT multiply to the engine's own gradients: largest "
          "relative error {0} (allowed {1}).",
          "이 페이지의 인수를 곱한 값이 엔진이 구한 기울기와 다릅니다. 최대 상대 오차 {0} (허용 "
          "오차 {1})."},
    Entry{Phrase::differences_agree,
          "The gradients agree with finite differences of the error, for {2} of {3} parameters: "
          "largest relative error {0} (allowed {1}).",
          "기울기는 오차의 수치 미분(유한 차분)과 일치합니다(매개변수 {3}개 중 {2}개). 최대 상대 "
          "오차 {0} "
          "(허용 오차 {1})."},
    Entry{Phrase::differences_differ,
          "The gradients do NOT agree with finite differences of the error, for {2} of {3} "
          "parameters: largest relative error {0} (allowed {1}).",
          "기울기가 오차의 수치 미분(유한 차분)과 다릅니다(매개변수 {3}개 중 {2}개). 최대 상대 "
          "오차 {0} "
          "(허용 오차 {1})."},
    Entry{Phrase::kinks,
          "At {0} of them the error has a kink and no derivative; there the gradient lies between "
          "the slopes on both sides.",
          "그중 {0}개는 오차가 꺾이는 점이라 미분할 수 없으며, 기울기는 양쪽 기울기 사이에 "
          "있습니다."},
    Entry{Phrase::passed, "Check passed.", "검산을 통과했습니다."},
    Entry{Phrase::failed, "CHECK FAILED.", "검산에 실패했습니다."},
    Entry{Phrase::learning_rate, "learning rate", "학습률"},
    Entry{Phrase::step_count, "step", "스텝"},
    Entry{Phrase::why_changed, "Why {0} changed at step {1}",
          "{1}번째 스텝에서 {0}의 값이 바뀐 까닭"},
    Entry{Phrase::where_from, "Where {0} comes from at step {1}",
          "{1}번째 스텝의 {0}, 어디에서 왔는가"},
    Entry{Phrase::the_step, "The step", "스텝"},
    Entry{Phrase::step_about, "Step {0} of {1}, in epoch {2}: a batch of {3}, learning rate {4}.",
          "전체 {1}스텝 가운데 {0}번째, 에폭 {2}: 표본 {3}개, 학습률 {4}."},
    Entry{Phrase::loss_is, "The loss of these samples is {0}.", "이 표본들의 손실은 {0}입니다."},
    Entry{Phrase::layer_about, "{0}: {1}", "{0}: {1}"},
    Entry{Phrase::optimizer_text,
          "The optimizer ({0}) makes the change from the gradient. What is marked + is the value "
          "after the step.",
          "최적화 방법({0})이 기울기로 변화량을 정합니다. + 표시는 스텝 뒤의 값입니다."},
    Entry{Phrase::changed_by, "So it changes by {0}.", "따라서 {0}만큼 바뀝니다."},
    Entry{Phrase::story_drawn,
          "The neurons that this story names; lit up: the way that it follows.",
          "이 계산 과정에 나오는 뉴런입니다. 밝은 부분은 따라간 길입니다."},
    Entry{Phrase::gradient_title, "The gradient", "기울기"},
    Entry{Phrase::samples_text, "Every sample of the batch adds its share. Those that pushed most:",
          "배치의 모든 표본이 각자의 기여분을 더합니다. 가장 크게 작용한 표본:"},
    Entry{Phrase::places_text, "Every {0} of every sample adds its share. Those that pushed most:",
          "모든 표본의 모든 {0}이(가) 각자의 기여분을 더합니다. 가장 크게 작용한 것:"},
    Entry{Phrase::members_text,
          "Every sample of the batch adds its share, in each member. Those that pushed most:",
          "배치의 모든 표본이 구성원마다 기여분을 더합니다. 가장 크게 작용한 것:"},
    Entry{Phrase::ids_text,
          "Every place of the batch that has this id adds its share. Those that pushed most:",
          "배치에서 이 id가 있는 모든 자리가 각자의 기여분을 더합니다. 가장 크게 작용한 것:"},
    Entry{Phrase::ids_unused, "No row of this batch has this id.",
          "이 배치에는 이 id가 있는 행이 없습니다."},
    Entry{Phrase::place_in_picture, "Sample {0}: the {1} at row {2}, column {3}.",
          "표본 {0}: {2}행 {3}열의 {1}."},
    Entry{Phrase::place_in_sequence, "Sample {0}: the {1} at time {2}.",
          "표본 {0}: 시점 {2}의 {1}."},
    Entry{Phrase::place_of_member, "Sample {0}: member {1}.", "표본 {0}: 구성원 {1}."},
    Entry{Phrase::window, "window", "창"},
    Entry{Phrase::place, "place", "자리"},
    Entry{Phrase::draw_about,
          "{0} is drawn at random: number {4} of what seed {1}, stream {2} and step {3} give. The "
          "same four give the same number again.",
          "{0}은(는) 난수입니다. 시드 {1}, 스트림 {2}, 스텝 {3}에서 나온 {4}번째 수이며, 이 네 "
          "값이 같으면 같은 수가 다시 나옵니다."},
    Entry{Phrase::sample_at_line, "Sample {0} is line {1} of {2}; target {3}.",
          "표본 {0}: {2}의 {1}번째 줄, 목표값 {3}."},
    Entry{Phrase::sample_example, "Sample {0} is example {1} of {2}; target {3}.",
          "표본 {0}: {2}의 {1}번째 표본, 목표값 {3}."},
    Entry{Phrase::sample_picture, "Sample {0} is {2}, example {1} of the data; target {3}.",
          "표본 {0}: {2}, 데이터의 {1}번째 표본, 목표값 {3}."},
    Entry{Phrase::sample_shifted,
          "In this step it is shifted by ({0}, {1}) pixels (down, right): the draw of seed {3}, "
          "step {4} and row {2}, counted from 0.",
          "이 스텝에서는 (아래, 오른쪽)으로 ({0}, {1})픽셀 옮긴 그림을 씁니다: 시드 {3}, 스텝 {4}, "
          "0부터 세어 {2}번 행의 추출."},
    Entry{Phrase::sample_flipped,
          "In this step it is mirrored left to right and then shifted by ({0}, {1}) pixels (down, "
          "right): the draw of seed {3}, step {4} and row {2}, counted from 0.",
          "이 스텝에서는 좌우를 뒤집은 뒤 (아래, 오른쪽)으로 ({0}, {1})픽셀 옮긴 그림을 씁니다: "
          "시드 {3}, 스텝 {4}, 0부터 세어 {2}번 행의 추출."},
    Entry{Phrase::sample_unseen, "Members that do not see it: {0}. Their row_weight of it is 0.",
          "이 행을 보지 않는 구성원: {0}. 이들에게는 row_weight가 0입니다."},
    Entry{Phrase::input_about, "Input {0} is {1}.", "입력 {0}: {1}."},
    Entry{Phrase::path_title, "Back to the loss", "손실까지 거슬러 올라가기"},
    Entry{Phrase::path_text,
          "How sample {0} came to push that way: its strongest path to the loss. Long sums show "
          "their {1} largest terms and the others as one number.",
          "표본 {0}이(가) 그렇게 작용한 까닭: 손실까지 가장 강한 길을 따라갑니다. 긴 합은 가장 큰 "
          "항 {1}개와 나머지의 합으로 나타냅니다."},
    Entry{Phrase::path_goes_on, "The path goes on; a greater depth shows more of it.",
          "길은 더 이어집니다. 깊이를 늘리면 더 볼 수 있습니다."},
    Entry{Phrase::paths_text,
          "{0} works with statistics of its numbers. So this number acts in several ways: "
          "directly, and through each statistic that it is part of.",
          "{0}은(는) 여러 수의 통계량을 씁니다. 그래서 이 수는 직접, 그리고 자기가 들어간 통계량을 "
          "거쳐 작용합니다."},
    Entry{Phrase::path_direct, "directly", "직접"},
    Entry{Phrase::path_through, "through {}", "{}을(를) 거쳐"},
    Entry{Phrase::forward_used,
          "The numbers from forward propagation that were used:", "위에서 쓴 순전파 값:"},
    Entry{Phrase::lines_agree,
          "Every line above gives its value: largest relative error {0} (allowed {1}).",
          "위의 모든 식은 그 값과 일치합니다. 최대 상대 오차 {0} (허용 오차 {1})."},
    Entry{Phrase::lines_differ,
          "The lines above do NOT give their values: largest relative error {0} (allowed {1}).",
          "위의 식이 그 값과 다릅니다. 최대 상대 오차 {0} (허용 오차 {1})."},
    Entry{Phrase::engine_agrees,
          "The engine, in single precision, has the same: relative difference {0} (allowed {1}).",
          "엔진의 단정밀도 값과 같습니다. 상대 차이 {0} (허용 오차 {1})."},
    Entry{Phrase::engine_differs,
          "The engine, in single precision, has something ELSE: relative difference {0} (allowed "
          "{1}).",
          "엔진의 단정밀도 값과 다릅니다. 상대 차이 {0} (허용 오차 {1})."},
    Entry{Phrase::difference_agrees,
          "So has the finite difference of the loss: relative difference {0} (allowed {1}).",
          "손실의 수치 미분(유한 차분)과도 같습니다. 상대 차이 {0} (허용 오차 {1})."},
    Entry{Phrase::difference_differs,
          "The finite difference of the loss has something ELSE: relative difference {0} (allowed "
          "{1}).",
          "손실의 수치 미분(유한 차분)과 다릅니다. 상대 차이 {0} (허용 오차 {1})."},
    Entry{Phrase::kink_here,
          "The loss has a kink here and no derivative; the gradient lies between the slopes on "
          "both sides.",
          "이 점에서 손실이 꺾여 미분할 수 없으며, 기울기는 양쪽 기울기 사이에 있습니다."},
    Entry{Phrase::proof_factors, "from the lines above", "위의 식에서"},
    Entry{Phrase::proof_engine, "the engine, single precision", "엔진, 단정밀도"},
    Entry{Phrase::proof_difference, "finite difference of the loss", "손실의 수치 미분(유한 차분)"},
    Entry{Phrase::others, "the other {0}", "나머지 {0}개"},
    Entry{Phrase::range, "range", "범위"},
    Entry{Phrase::entries, "entries", "개수"},
    Entry{Phrase::tensor_title, "At a glance", "한눈에 보기"},
    Entry{Phrase::tensor_about, "{0} has shape {1}: {2} numbers.",
          "{0}의 모양은 {1}, 수는 {2}개입니다."},
    Entry{Phrase::changes_title, "What this step changed most", "이 스텝에서 가장 크게 바뀐 값"},
    Entry{Phrase::entries_title, "Entries", "성분"},
    Entry{Phrase::largest_entries, "The largest:", "가장 큰 값:"},
    Entry{Phrase::ask_entry, "Ask for one of them by its name, such as {0}.",
          "{0}처럼 이름으로 하나를 물어볼 수 있습니다."},
    Entry{Phrase::accuracy_about, "{0} of {1} samples are classified rightly: {2}.",
          "표본 {1}개 가운데 {0}개를 맞혔습니다: {2}."},
    Entry{Phrase::wrong_samples, "These are not; the output shown is the one that was largest:",
          "틀린 표본과, 그때 가장 컸던 출력:"},
    Entry{Phrase::contents_title, "What can be asked at step {0} of {1}",
          "전체 {1}스텝 가운데 {0}번째 스텝에서 물어볼 수 있는 것"},
    Entry{Phrase::names, "Names", "이름"},
    Entry{Phrase::name, "name", "이름"},
    Entry{Phrase::numbers, "numbers", "수의 개수"},
    Entry{Phrase::names_text,
          "A name alone gives the tensor at a glance, name[i,j] one number's story: indices count "
          "from 0. name[i,j].gradient is the derivative of the loss.",
          "이름만 쓰면 텐서를 한눈에 보여 주고, 이름[i,j]는 수 하나의 유래를 알려 줍니다. 번호는 "
          "0부터 셉니다. 이름[i,j].gradient는 손실의 미분입니다."},
    Entry{Phrase::stat_norm, "Euclidean norm", "유클리드 노름"},
    Entry{Phrase::stat_mean, "mean", "평균"},
    Entry{Phrase::stat_deviation, "standard deviation", "표준 편차"},
    Entry{Phrase::stat_smallest, "smallest", "가장 작은 값"},
    Entry{Phrase::stat_largest, "largest", "가장 큰 값"},
    Entry{Phrase::contents, "Contents", "차례"},
    Entry{Phrase::input_layer, "Input layer", "입력층"},
    Entry{Phrase::diagram_text,
          "Each line is a weight: the thicker, the larger; solid if positive, dashed if negative.",
          "선은 가중치입니다. 굵을수록 크며, 실선은 양수, 점선은 음수입니다."},
    Entry{Phrase::diagram_lit, "Lit up: the way on which {0} acts on the error.",
          "밝은 부분은 {0}의 변화가 오차에 이르는 길입니다."},
    Entry{Phrase::trace_title, "{0} at step {1}: the first number that is not finite",
          "{1}번째 스텝의 {0}: 처음으로 유한하지 않은 수"},
    Entry{Phrase::trace_clean_title, "Every number is finite", "모든 수가 유한합니다"},
    Entry{Phrase::trace_clean,
          "In all {0} recorded steps, nothing is NaN or infinite: neither the losses, nor the "
          "weights, nor what the optimizer keeps.",
          "기록된 {0}스텝 모두에서 손실, 가중치, 최적화 방법의 상태 가운데 NaN이나 무한대는 "
          "없습니다."},
    Entry{Phrase::trace_count, "{0} is {1}. Of the {3} numbers of {4}, {2} are not finite.",
          "{0}의 값은 {1}입니다. {4}의 수 {3}개 가운데 {2}개가 유한하지 않습니다."},
    Entry{Phrase::trace_given, "It was not computed in this step: this is what the step was given.",
          "이 스텝에서 계산한 값이 아니라 처음부터 주어진 값입니다."},
    Entry{Phrase::trace_operation, "The operation", "연산"},
    Entry{Phrase::beyond_exp,
          "Single precision ends at {0}, which e^x passes from x = 88.73 on; here x is {1}.",
          "단정밀도로 나타낼 수 있는 가장 큰 수는 {0}이며 e^x는 x = 88.73부터 이를 넘습니다. "
          "여기서 x는 {1}입니다."},
    Entry{Phrase::beyond_log, "A logarithm of {1} is not finite.",
          "{1}의 로그는 유한하지 않습니다."},
    Entry{Phrase::beyond_divide, "{1} is divided by {2}, and single precision ends at {0}.",
          "{1}을(를) {2}(으)로 나눕니다. 단정밀도로 나타낼 수 있는 가장 큰 수는 {0}입니다."},
    Entry{Phrase::beyond_product,
          "The product of {1} and {2} is beyond {0}, where single precision ends.",
          "{1}과(와) {2}의 곱이 단정밀도로 나타낼 수 있는 가장 큰 수 {0}을(를) 넘습니다."},
    Entry{Phrase::beyond_power,
          "{1} to the power of {2} is beyond {0}, where single precision ends.",
          "{1}의 {2}제곱이 단정밀도로 나타낼 수 있는 가장 큰 수 {0}을(를) 넘습니다."},
    Entry{Phrase::trace_is, "{0} is {1}.", "{0}의 값은 {1}입니다."},
    Entry{Phrase::beyond_sum,
          "The sum passes {0}, where single precision ends; its largest term is {1}.",
          "합이 단정밀도로 나타낼 수 있는 가장 큰 수 {0}을(를) 넘습니다. 가장 큰 항은 {1}입니다."},
    Entry{Phrase::beyond_textbook,
          "The formula is as books write it. The engine works it in a form that keeps e^x and ln "
          "from overflowing, and even there the numbers pass {0}, where single precision ends.",
          "식은 책에 쓰이는 꼴입니다. 엔진은 e^x와 ln이 넘치지 않는 꼴로 계산하지만, 그 꼴에서도 "
          "수가 단정밀도로 나타낼 수 있는 가장 큰 수 {0}을(를) 넘습니다."},
    Entry{Phrase::beyond_other,
          "Worked in single precision, which ends at {0}, the result is not finite.",
          "가장 큰 수가 {0}인 단정밀도로 계산하면 결과가 유한하지 않습니다."},
    Entry{Phrase::trace_back, "Back to numbers that were fine", "정상이던 수까지 거슬러 올라가기"},
    Entry{Phrase::trace_back_text, "What the largest term was made of:", "가장 큰 항을 이루는 값:"},
    Entry{Phrase::trace_update,
          "{0} got its value in step {1}:", "{0}의 값은 {1}번째 스텝에서 정해졌습니다:"},
    Entry{Phrase::trace_growth, "The steps before", "앞선 스텝"},
    Entry{Phrase::trace_loss, "loss", "손실"},
    Entry{Phrase::trace_weight, "largest weight before it", "그 전의 가장 큰 가중치"},
    Entry{Phrase::advice_title, "What to do", "해결 방법"},
    Entry{Phrase::advice_scale,
          "Input {0} is {1} in this step, far from the numbers that weights are drawn for. Scale "
          "the inputs (--scaling standard), or mend the data.",
          "이 스텝에서 입력 {0}의 값이 {1}(으)로 지나치게 큽니다. 입력의 크기를 맞추거나(--scaling "
          "standard) 데이터를 고쳐 보세요."},
    Entry{Phrase::advice_rate,
          "Before step {0} the largest weight was {1}, before step {2} it was {3}: every step went "
          "too far. Try a smaller learning rate, such as --lr {4}.",
          "가장 큰 가중치가 {0}번째 스텝 전의 {1}에서 {2}번째 스텝 전의 {3}(으)로 커졌습니다. 매 "
          "스텝이 너무 컸습니다. --lr {4}처럼 학습률을 줄여 보세요."},
    Entry{Phrase::advice_other,
          "Try a smaller learning rate, such as --lr {0}, and look at the data of this step.",
          "--lr {0}처럼 학습률을 줄이고 이 스텝의 데이터를 살펴보세요."},
    Entry{
        Phrase::trace_agrees,
        "Worked again, the step gives the loss and the {0} new variables of the run, bit for bit.",
        "이 스텝을 다시 계산하면 실행의 손실과 새 변수 {0}개가 비트 단위까지 똑같이 재현됩니다."},
    Entry{Phrase::trace_agrees_in_parts,
          "Worked again, all rows at once, the step gives a loss and {0} new variables that are "
          "finite "
          "where the run's are; the run worked its rows in parts.",
          "모든 행을 한 번에 다시 계산한 스텝은 손실과 새 변수 {0}개를 실행과 같은 곳에서 유한하게 "
          "냅니다. 실행은 행을 여러 부분으로 나누어 계산했습니다."},
    Entry{Phrase::trace_differs,
          "Worked again, the step does NOT give what the run has: {0} of its {1} new variables and "
          "losses differ.",
          "다시 계산한 스텝이 실행과 다릅니다. 손실과 새 변수 {1}개 가운데 {0}개가 다릅니다."},
};

struct HumanName {
  std::string_view name, en, ko;
};

constexpr std::array human_names{
    HumanName{"half_squared_error", "half squared error", "제곱 오차의 1/2"},
    HumanName{"mean_squared_error", "mean squared error", "평균 제곱 오차"},
    HumanName{"mean_absolute_error", "mean absolute error", "평균 절대 오차"},
    HumanName{"huber", "Huber", "후버 손실"},
    HumanName{"pinball", "pinball", "핀볼 손실"},
    HumanName{"cross_entropy", "cross-entropy", "교차 엔트로피"},
    HumanName{"binary_cross_entropy", "binary cross-entropy", "이진 교차 엔트로피"},
    HumanName{"sgd", "gradient descent", "경사 하강법"},
    HumanName{"adam", "Adam", "Adam"},
    HumanName{"adamw", "AdamW", "AdamW"},
    HumanName{"rmsprop", "RMSProp", "RMSProp"},
    HumanName{"adagrad", "Adagrad", "Adagrad"},
    HumanName{"identity", "identity", "항등 함수"},
    HumanName{"sigmoid", "sigmoid", "시그모이드(sigmoid)"},
    HumanName{"tanh", "tanh", "하이퍼볼릭 탄젠트(tanh)"},
    HumanName{"softmax", "softmax", "소프트맥스(softmax)"},
};

}  // namespace

std::string_view phrase(Phrase which, Language language) {
  for (const std::span<const Entry> messages :
       {std::span<const Entry>(dictionary), row_messages(), rule_messages(), expression_messages(),
        form_messages(), change_messages()})
    if (const auto found = std::ranges::find(messages, which, &Entry::phrase);
        found != messages.end())
      return language == Language::ko ? found->ko : found->en;
  throw InternalError("a phrase of the page has no words");
}

std::string_view human_name(std::string_view name, Language language) {
  const auto found = std::ranges::find(human_names, name, &HumanName::name);
  if (found == human_names.end()) return name;
  return language == Language::ko ? found->ko : found->en;
}

}  // namespace chainrule::page
