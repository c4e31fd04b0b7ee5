// The sentences about the form of a page: matrices, and what numbers are called.
#include <array>

#include "explain/page/row_messages.h"

namespace chainrule::page {
namespace {

constexpr std::array form_dictionary{
    PhraseEntry{Phrase::rate_name, "The learning rate is called {0}.",
                "학습률은 {0}(으)로 나타냅니다."},
    PhraseEntry{Phrase::delta_name, "The error's derivative by a weighted sum is called {0}.",
                "오차를 가중합으로 편미분한 값은 {0}(으)로 나타냅니다."},
    PhraseEntry{Phrase::matrix_title, "One training step of a {0} network, in matrices",
                "{0} 신경망의 학습 한 스텝, 행렬로 따라가기"},
    PhraseEntry{Phrase::matrix_forward_text,
                "A layer's weights are a matrix with a row for each neuron and a column for each "
                "of its inputs; inputs, weighted sums and outputs are columns of numbers. One "
                "product of the two is all weighted sums of the layer; the activation function "
                "takes each of them by itself.",
                "한 층의 가중치는 뉴런마다 한 행, 입력마다 한 열을 갖는 행렬이고, 입력과 가중합과 "
                "출력은 열벡터입니다. 행렬과 벡터의 곱 하나로 층의 모든 가중합을 구하고, 활성화 "
                "함수는 성분마다 적용합니다."},
    PhraseEntry{Phrase::matrix_columns,
                "Each column is one example. A bias is added to every column.",
                "열 하나가 표본 하나입니다. 편향은 모든 열에 더합니다."},
    PhraseEntry{
        Phrase::matrix_delta_text,
        "{0} is the error's derivative by the weighted sums {1}, in their shape. Times the "
        "layer's inputs, transposed, it is the derivative by the weights.",
        "{0}은(는) 오차를 가중합 {1}(으)로 편미분한 값으로, 모양이 가중합과 같습니다. 여기에 "
        "층의 입력의 전치를 곱하면 가중치에 대한 편미분이 됩니다."},
    PhraseEntry{
        Phrase::matrix_entrywise,
        "⊙ multiplies entry by entry, and functions, powers and quotients of matrices are "
        "taken entry by entry, too. f' is the activation function's derivative.",
        "⊙는 성분끼리의 곱이며, 행렬의 함수와 거듭제곱과 나눗셈도 성분마다 계산합니다. f'은 "
        "활성화 함수의 도함수입니다."},
    PhraseEntry{
        Phrase::matrix_back_text,
        "One layer nearer the input: layer {0}. The transposed weights {1} carry the "
        "derivatives back to it.",
        "입력층 쪽으로 한 층 더 들어갑니다. {0}층입니다. 전치한 가중치 {1}이(가) 미분값을 이 "
        "층으로 되돌려 보냅니다."},
    PhraseEntry{Phrase::matrix_no_form,
                "Each of the next numbers depends on several others in a way that has no short "
                "form in matrices; the scalar form of this page has their formulas.",
                "다음 수들은 저마다 여러 수에 따라 정해지므로 행렬로 짧게 쓸 수 없습니다. 식은 이 "
                "페이지의 스칼라 형식에 있습니다."},
    PhraseEntry{Phrase::summary_title, "The layers at a glance", "층별 요약"},
    PhraseEntry{Phrase::summary_norms,
                "In full this page would have thousands of lines. Of each parameter these are the "
                "Euclidean norms: of the numbers themselves, of the error's derivatives by them, "
                "and of their change in this step.",
                "모두 쓰면 수천 줄이 되므로 요약합니다. 매개변수마다 값, 오차의 편미분, 이 스텝의 "
                "변화량의 유클리드 노름입니다."},
    PhraseEntry{Phrase::summary_change, "change", "변화량"},
    PhraseEntry{Phrase::summary_largest,
                "The number of each with the largest gradient:", "각각에서 기울기가 가장 큰 수:"},
    PhraseEntry{Phrase::summary_outputs, "Output:", "출력값:"},
    PhraseEntry{Phrase::summary_more, "More", "더 보기"},
    PhraseEntry{Phrase::summary_story, "One number's story: {0}", "수 하나의 계산 과정: {0}"},
    PhraseEntry{Phrase::summary_matrix, "Layer by layer, in matrices: {0}", "층별로, 행렬로: {0}"},
    PhraseEntry{Phrase::summary_full, "Everything: {0}", "전부: {0}"},
};

}  // namespace

std::span<const PhraseEntry> form_messages() { return form_dictionary; }

}  // namespace chainrule::page
