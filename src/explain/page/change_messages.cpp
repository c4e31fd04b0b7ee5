// The sentences about what differs: two runs, two steps, two epochs.
#include <array>

#include "explain/page/row_messages.h"

namespace chainrule::page {
namespace {

constexpr std::array change_dictionary{
    PhraseEntry{Phrase::compare_title, "{0} (A) and {1} (B) compared", "실행 비교: {0}(A), {1}(B)"},
    PhraseEntry{Phrase::compare_settings, "Settings", "설정"},
    PhraseEntry{Phrase::compare_settings_same, "All settings are the same.",
                "모든 설정이 같습니다."},
    PhraseEntry{Phrase::compare_setting, "{0}: A has {1}, B has {2}.", "{0}: A는 {1}, B는 {2}."},
    PhraseEntry{Phrase::compare_unset, "none", "없음"},
    PhraseEntry{Phrase::compare_data, "Data", "데이터"},
    PhraseEntry{Phrase::compare_data_of,
                "{0} reads {1} ({2}): {3} rows, of which {4} are for training, {5} for validation, "
                "{6} for the test.",
                "{0}의 데이터: {1}({2}), {3}행. 학습 {4}행, 검증 {5}행, 테스트 {6}행."},
    PhraseEntry{Phrase::compare_data_same, "Both read the same rows.", "둘은 같은 행을 읽습니다."},
    PhraseEntry{Phrase::compare_data_other,
                "The data is not the same, so that scores cannot be compared row by row.",
                "데이터가 다르므로 점수를 행끼리 비교할 수 없습니다."},
    PhraseEntry{Phrase::compare_curves, "Losses by epoch", "에포크마다의 손실"},
    PhraseEntry{Phrase::compare_epochs, "A has {0} epochs, B has {1}.",
                "A는 {0}에포크, B는 {1}에포크입니다."},
    PhraseEntry{Phrase::epoch, "epoch", "에포크"},
    PhraseEntry{Phrase::train_loss, "training", "학습"},
    PhraseEntry{Phrase::validation_loss, "validation", "검증"},
    PhraseEntry{Phrase::compare_train_a, "training A", "학습 A"},
    PhraseEntry{Phrase::compare_train_b, "training B", "학습 B"},
    PhraseEntry{Phrase::compare_validation_a, "validation A", "검증 A"},
    PhraseEntry{Phrase::compare_validation_b, "validation B", "검증 B"},
    PhraseEntry{Phrase::compare_scores, "Scores", "점수"},
    PhraseEntry{Phrase::compare_no_model,
                "A run without a saved model has no scores; chainrule train --resume finishes it.",
                "저장된 모델이 없는 실행에는 점수가 없습니다. chainrule train --resume으로 마칠 수 "
                "있습니다."},
    PhraseEntry{Phrase::compare_scores_text,
                "Of the models that the runs ended with. The true score lies between the two "
                "figures behind it with 95% confidence (bootstrap over the rows).",
                "각 실행이 마지막에 남긴 모델의 점수입니다. 95% 신뢰 구간의 양 끝을 함께 "
                "적습니다(행의 부트스트랩)."},
    PhraseEntry{
        Phrase::compare_difference_text,
        "B minus A on the same rows, which are drawn together, with its interval. Where "
        "that holds 0, so few rows do not tell the runs apart.",
        "같은 행에서 구한 B - A와 그 신뢰 구간입니다(행을 쌍으로 뽑습니다). 구간에 0이 들어 "
        "있으면 이 행들만으로는 두 실행을 구별할 수 없습니다."},
    PhraseEntry{Phrase::score, "score", "점수"},
    PhraseEntry{Phrase::side_a, "A", "A"},
    PhraseEntry{Phrase::side_b, "B", "B"},
    PhraseEntry{Phrase::from_low, "from", "하한"},
    PhraseEntry{Phrase::to_high, "to", "상한"},
    PhraseEntry{Phrase::compare_difference, "B - A", "B - A"},
    PhraseEntry{Phrase::compare_mcnemar,
                "Of the {0} {1} rows, A alone has {2} right and B alone {3}. Were both equally "
                "good, a split at least as uneven would have probability {4} (McNemar's exact "
                "test).",
                "{1} 데이터 {0}행 가운데 A만 맞힌 행은 {2}개, B만 맞힌 행은 {3}개입니다. 둘의 "
                "실력이 같다면 이만큼 이상 치우칠 확률은 {4}입니다(맥니마 정확 검정)."},
    PhraseEntry{Phrase::parting_title, "Where their bits part", "비트가 갈라지는 곳"},
    PhraseEntry{Phrase::parting_none,
                "They do not: the states are the same bits up to step {0}, as far as both are "
                "recorded.",
                "갈라지지 않습니다. 둘 다 기록된 {0}번째 스텝까지 상태가 비트 단위까지 같습니다."},
    PhraseEntry{Phrase::parting_begin, "They begin with other weights.",
                "처음 가중치부터 다릅니다."},
    PhraseEntry{Phrase::parting_step,
                "Step {0} is the first that leaves other bits; up to step {1} all are the same.",
                "{0}번째 스텝이 처음으로 다른 비트를 남깁니다. {1}번째 스텝까지는 모두 같습니다."},
    PhraseEntry{Phrase::parting_rows, "Its batches hold other rows.", "배치의 행이 서로 다릅니다."},
    PhraseEntry{Phrase::parting_weights, "Its rows do not count the same in the batch's mean.",
                "배치 평균에서 행의 비중이 서로 다릅니다."},
    PhraseEntry{Phrase::parting_rate, "Its learning rates differ.", "학습률이 서로 다릅니다."},
    PhraseEntry{Phrase::parting_losses, "The loss of its batch is {0} in A and {1} in B.",
                "배치의 손실은 A에서 {0}, B에서 {1}입니다."},
    PhraseEntry{Phrase::parting_shapes, "In one run alone, or of another shape: {0}.",
                "한 실행에만 있거나 모양이 다른 변수: {0}."},
    PhraseEntry{Phrase::parting_variables, "What differs then:", "그때 다른 변수:"},
    PhraseEntry{Phrase::variable, "variable", "변수"},
    PhraseEntry{Phrase::numbers_different, "different", "다른 수"},
    PhraseEntry{Phrase::numbers_of, "of", "전체"},
    PhraseEntry{Phrase::largest_difference, "largest difference", "가장 큰 차이"},
    PhraseEntry{Phrase::more_of_them, "And {0} more.", "그 밖에 {0}개가 더 있습니다."},
    PhraseEntry{Phrase::diff_title, "What moved between the steps {0} and {1}",
                "{0}번째와 {1}번째 스텝 사이에 움직인 것"},
    PhraseEntry{Phrase::diff_parameters, "Layers", "층"},
    PhraseEntry{Phrase::diff_parameters_text,
                "Euclidean norms: of the weights before, of their change, and the one relative to "
                "the other.",
                "유클리드 노름입니다. 바뀌기 전 가중치, 그 변화, 둘의 비를 적습니다."},
    PhraseEntry{Phrase::diff_norm, "norm", "노름"},
    PhraseEntry{Phrase::diff_share, "relative", "비"},
    PhraseEntry{Phrase::diff_weights, "Weights that moved most", "가장 많이 움직인 가중치"},
    PhraseEntry{Phrase::diff_nothing, "No weight moved.", "움직인 가중치가 없습니다."},
    PhraseEntry{Phrase::diff_rows, "Training rows that pushed them", "이들을 민 학습 데이터 행"},
    PhraseEntry{
        Phrase::diff_rows_text,
        "A row's push is how far gradient descent on its share of each batch would move "
        "the {0} weights above along the way that they went: learning rate x share of the "
        "batch x -(gradient · direction), summed over these steps, at the weights before "
        "each.",
        "행의 기여분은 각 배치에서 그 행의 몫만으로 경사 하강을 했을 때 위의 가중치 {0}개가 "
        "실제로 움직인 방향으로 움직이는 거리입니다. 학습률 x 배치에서의 몫 x -(기울기 · "
        "방향)을 각 스텝 직전의 가중치에서 구하여 더합니다."},
    PhraseEntry{Phrase::diff_row, "row: label → prediction", "행: 레이블 → 예측"},
    PhraseEntry{Phrase::diff_push, "push", "기여분"},
    PhraseEntry{
        Phrase::diff_pushed,
        "Of {0} rows, {1} pushed that way and {2} against it: {3} together. The weights "
        "moved by {4}. In plain gradient descent both are the same; momentum, the scaling "
        "of Adam and its kind, decay, clipping and dropout make the difference.",
        "{0}개 행 가운데 {1}개는 그 방향으로, {2}개는 반대로 밀었으며 모두 더하면 {3}입니다. "
        "가중치가 움직인 거리는 {4}입니다. 단순한 경사 하강법에서는 둘이 같습니다. 차이는 "
        "모멘텀, Adam 등의 배율, 가중치 감쇠, 클리핑, 드롭아웃에서 옵니다."},
    PhraseEntry{Phrase::epochs_title, "The validation loss, epoch by epoch",
                "에포크마다의 검증 손실"},
    PhraseEntry{Phrase::epochs_best, "The best epoch is {0}.", "가장 좋은 에포크는 {0}입니다."},
    PhraseEntry{Phrase::epochs_rose,
                "It rose most in epoch {0}; --epoch {0} tells which rows got worse then.",
                "가장 많이 오른 에포크는 {0}입니다. --epoch {0}(으)로 그때 나빠진 행을 볼 수 "
                "있습니다."},
    PhraseEntry{Phrase::epochs_fell, "It never rose. --epoch N tells of an epoch's rows.",
                "한 번도 오르지 않았습니다. --epoch N으로 한 에포크의 행을 볼 수 있습니다."},
    PhraseEntry{Phrase::epoch_title, "Which validation rows got worse in epoch {0}",
                "{0}번째 에포크에서 나빠진 검증 데이터 행"},
    PhraseEntry{Phrase::epoch_rows, "The rows", "행"},
    PhraseEntry{Phrase::epoch_counts, "Of {0} rows, the loss of {1} rose and that of {2} fell.",
                "{0}행 가운데 {1}행의 손실이 오르고 {2}행의 손실이 내렸습니다."},
    PhraseEntry{Phrase::epoch_losses, "Their mean loss is {0} before the epoch and {1} after it.",
                "평균 손실은 에포크 전에 {0}, 후에 {1}입니다."},
    PhraseEntry{Phrase::epoch_worst,
                "Those that rose most, by their losses:", "손실이 가장 많이 오른 행과 그 손실:"},
    PhraseEntry{Phrase::epoch_agrees,
                "The run recorded {0} for this epoch; the mean of the rows' losses is the same "
                "(relative difference {1}).",
                "실행이 이 에포크에 기록한 값은 {0}이며, 행마다의 손실을 평균한 값과 같습니다(상대 "
                "차이 {1})."},
    PhraseEntry{Phrase::epoch_differs,
                "The run recorded {0} for this epoch, which the mean of the rows' losses is NOT "
                "(relative difference {1}).",
                "실행이 이 에포크에 기록한 값은 {0}이며, 행마다의 손실을 평균한 값과 다릅니다(상대 "
                "차이 {1})."},
};

}  // namespace

std::span<const PhraseEntry> change_messages() { return change_dictionary; }

}  // namespace chainrule::page
