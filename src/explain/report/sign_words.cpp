// What a sign says to people: the finding with its figure, what helps, and a command to copy.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/display.h"
#include "chainrule/explain.h"
#include "explain/page/particles.h"

namespace chainrule {
namespace {

double rate_of(const RunResult& result) {
  Optimizer optimizer = result.config.optimizer;
  return learning_rate(optimizer);
}

class SignWriter {
 public:
  SignWriter(const Sign& sign, const RunResult& result, Language language, std::string_view program)
      : sign_(sign), result_(result), language_(language), program_(program) {}

  SignWords write() const {
    switch (sign_.kind) {
      case SignKind::diverged:
        return diverged();
      case SignKind::chance_level:
        return result_.target.task == data::Task::regression ? no_better_than_the_mean()
                                                             : no_better_than_guessing();
      case SignKind::one_class:
        return one_class();
      case SignKind::dead_units:
        return dead_units();
      case SignKind::saturated_units:
        return saturated_units();
      case SignKind::vanishing_gradients:
        return vanishing_gradients();
      case SignKind::exploding_gradients:
        return exploding_gradients();
      case SignKind::overfitting:
        return overfitting();
      case SignKind::loss_stands_still:
        return loss_stands_still();
      case SignKind::unscaled_inputs:
        return unscaled_inputs();
      case SignKind::constant_inputs:
        return constant_inputs();
      case SignKind::rate_too_small:
        return sign_.where.empty() ? falls_as_fast_as_ever() : rate_too_small();
      case SignKind::rate_too_large:
        return rate_too_large();
    }
    return {};
  }

 private:
  template <class... Args>
  std::string say(std::string_view en, std::string_view ko, const Args&... args) const {
    const bool in_korean = language_ == Language::ko;
    const std::string text = fmt::format(fmt::runtime(in_korean ? ko : en), args...);
    return in_korean ? page::with_particles(text) : text;
  }

  std::string command(std::string_view name, std::string_view more) const {
    return fmt::format("{} {} {}{}{}", program_, name, shell_word(result_.folder),
                       more.empty() ? "" : " ", more);
  }
  // The same training with another setting; what is new is --out's next free folder.
  std::string again(std::string_view options) const {
    return fmt::format("{} train --config {} {}", program_,
                       shell_word(result_.folder + "/config.toml"), options);
  }
  std::string at_rate(double rate) const { return again(fmt::format("--lr {:.1g}", rate)); }

  std::string where_rows() const {
    if (sign_.where == "training") return say("rows that it was trained on", "학습한 행");
    return say("rows not trained on", "학습하지 않은 행");
  }

  SignWords diverged() const {
    return {say("The loss was no longer finite at step {}.",
                "{}번째 스텝에서 손실이 유한하지 않게 되었습니다.", sign_.count),
            say("A smaller learning rate than {} (--lr), or --clip-norm 1. Where the first such "
                "number came from:",
                "학습률을 {}보다 작게(--lr) 하거나 --clip-norm 1을 써 보십시오. 그런 수가 처음 "
                "나온 곳을 보려면:",
                rate_of(result_)),
            command("trace", "--nan")};
  }

  SignWords no_better_than_guessing() const {
    return {
        say("Chance level: accuracy {:.1f}% on {} {}, no better than guessing (the most "
            "frequent class alone: {:.1f}%).",
            "우연 수준: {2} {1}개에서 정확도 {0:.1f}%로, 찍는 것보다 낫다고 할 수 없습니다(가장 "
            "많은 클래스만 답하면 {3:.1f}%).",
            100 * sign_.figure, sign_.of, where_rows(), 100 * sign_.beside),
        chance_advice(), chance_command()};
  }
  SignWords no_better_than_the_mean() const {
    return {say("Chance level: R2 {:.3g} on {} {}, no better than always the mean.",
                "우연 수준: {2} {1}개에서 R2 {0:.3g}(으)로, 늘 평균을 답하는 것보다 낫다고 할 수 "
                "없습니다.",
                sign_.figure, sign_.of, where_rows()),
            chance_advice(), chance_command()};
  }
  std::string chance_advice() const {
    return say(
        "If no other sign says why: do the inputs tell anything of the target, and are its "
        "labels right?",
        "다른 징후로 설명되지 않는다면 입력이 목표값에 대해 말해 주는 것이 있는지, 레이블이 "
        "맞는지 확인하십시오.");
  }
  std::string chance_command() const {
    return result_.config.network.layers.empty() ? "" : command("blame", "--suspects");
  }

  SignWords one_class() const {
    return {
        say("One class predicted: all {} rows are taken for {}, and {} are of other classes.",
            "한 클래스만 예측: {0}행을 모두 {1}(으)로 예측하지만 그중 {2}행은 다른 클래스입니다.",
            sign_.of, visible(sign_.where), sign_.count),
        say("Let all classes count the same, and compare epochs by F1, which asks for each "
            "class:",
            "모든 클래스의 비중을 같게 하고 클래스마다 따지는 F1로 에폭을 비교하십시오:"),
        again("--class-weights balanced --metric f1")};
  }

  SignWords dead_units() const {
    return {say("Dead units: {} of {} units of {} are off (relu gives 0) for each of {} training "
                "rows, and learn no more.",
                "죽은 뉴런: {2}의 뉴런 {1}개 가운데 {0}개가 학습 데이터 {3}행 모두에서 "
                "꺼져(relu가 0) 더는 학습하지 않습니다.",
                sign_.count, sign_.of, sign_.where, sign_.rows),
            say("A smaller learning rate; or leaky_relu, which is never quite off; biases that "
                "start at 0:",
                "학습률을 줄이거나, 완전히 꺼지지 않는 leaky_relu를 쓰거나, 편향을 0에서 "
                "시작하십시오:"),
            at_rate(rate_of(result_) / 10)};
  }
  SignWords saturated_units() const {
    return {
        say("Saturated units: {} of {} units of {} pass on less than a tenth of the error, on "
            "average over {} training rows.",
            "포화된 뉴런: {2}의 뉴런 {1}개 가운데 {0}개가 학습 데이터 {3}행 평균으로 오차의 "
            "10분의 1도 전하지 못합니다.",
            sign_.count, sign_.of, sign_.where, sign_.rows),
        say("Smaller first weights, scaled inputs, a smaller learning rate, or relu. What they "
            "give:",
            "초기 가중치나 학습률을 줄이거나, 입력을 표준화하거나, relu를 쓰십시오. 이 뉴런들의 "
            "값을 보려면:"),
        command("explain", shell_word(sign_.other))};
  }

  SignWords vanishing_gradients() const {
    return {say("Vanishing gradients: that of {} is {:.2g} times that of {}, so that the first "
                "layers hardly learn.",
                "기울기 소실: {0}의 기울기가 {2}의 {1:.2g}배여서 앞쪽 층이 거의 학습하지 못합니다.",
                sign_.where, sign_.figure, sign_.other),
            say("relu or silu in place of sigmoid or tanh, batch_norm between layers, ways around "
                "(add), or fewer layers. The gradient:",
                "시그모이드나 tanh 대신 relu나 silu, 층 사이의 batch_norm, 건너뛰는 연결(add)을 "
                "쓰거나 층을 줄이십시오. 기울기를 보려면:"),
            command("explain", shell_word(sign_.where + ".gradient"))};
  }
  SignWords exploding_gradients() const {
    return {say("Exploding gradients: that of {} is {:.3g} times that of {}.",
                "기울기 폭주: {0}의 기울기가 {2}의 {1:.3g}배입니다.", sign_.where, sign_.figure,
                sign_.other),
            say("Clip gradients, begin with smaller weights, or put batch_norm between layers:",
                "기울기를 클리핑하거나, 초기 가중치를 줄이거나, 층 사이에 batch_norm을 두십시오:"),
            again("--clip-norm 1")};
  }

  SignWords overfitting() const {
    std::string finding;
    if (sign_.where == "accuracy")
      finding = say("Overfitting: accuracy {:.1f}% on training rows, {:.1f}% on {} others.",
                    "과적합: 정확도가 학습한 행에서는 {:.1f}%, 다른 {2}행에서는 {1:.1f}%입니다.",
                    100 * sign_.figure, 100 * sign_.beside, sign_.of);
    else if (sign_.where == "r2")
      finding = say("Overfitting: R2 {:.3f} on training rows, {:.3f} on {} others.",
                    "과적합: R2가 학습한 행에서는 {0:.3f}, 다른 {2}행에서는 {1:.3f}입니다.",
                    sign_.figure, sign_.beside, sign_.of);
    else
      finding =
          say("Overfitting: log loss {:.3f} on training rows, {:.3f} on {} others, where the "
              "classes' frequencies alone do better.",
              "과적합: 로그 손실이 학습한 행에서는 {0:.3f}, 다른 {2}행에서는 {1:.3f}(으)로 "
              "클래스의 빈도만 아는 것보다 나쁩니다.",
              sign_.figure, sign_.beside, sign_.of);
    return {finding,
            say("More rows, a smaller network (--hidden), --dropout 0.3, fewer epochs, or more "
                "weight decay:",
                "데이터를 늘리거나, 네트워크를 줄이거나(--hidden), --dropout 0.3을 쓰거나, 에폭을 "
                "줄이거나, 가중치 감쇠를 늘리십시오:"),
            again(fmt::format("--weight-decay {:.2g}", more_decay()))};
  }
  double more_decay() const {
    const double now =
        std::visit([](const auto& rule) { return rule.weight_decay; }, result_.config.optimizer);
    return std::max(10 * now, 0.1);
  }

  SignWords loss_stands_still() const {
    return {say("The loss never moved: {:.4g} and {:.4g} after {} more {}; guessing costs no more.",
                "움직이지 않는 손실: {0:.4g}에서 {2}에폭 뒤에도 {1:.4g}입니다. 찍어도 이보다 크지 "
                "않습니다.",
                sign_.figure, sign_.beside, sign_.count, sign_.count == 1 ? "epoch" : "epochs"),
            say("Another learning rate, ten times as large or as small; and what moves the loss:",
                "학습률을 열 배 또는 10분의 1로 바꾸어 보십시오. 손실이 어떻게 나왔는지 보려면:"),
            command("explain", "loss")};
  }

  SignWords unscaled_inputs() const {
    const std::string finding =
        sign_.figure > 1
            ? say("Unscaled inputs: their root mean square is {:.4g} (most in {}), where first "
                  "weights are made for 1.",
                  "스케일이 맞지 않은 입력: 제곱 평균 제곱근이 {:.4g}(으)로(가장 큰 것은 {}), 초기 "
                  "가중치가 전제하는 1과 크게 다릅니다.",
                  sign_.figure, visible(sign_.where))
            : say("Unscaled inputs: the largest is {:.2g}, where first weights are made for 1.",
                  "스케일이 맞지 않은 입력: 가장 큰 값이 {:.2g}(으)로, 초기 가중치가 전제하는 1과 "
                  "크게 다릅니다.",
                  sign_.figure);
    return {finding, say("Let them be standardised:", "입력을 표준화하십시오:"),
            again("--scaling standard")};
  }
  SignWords constant_inputs() const {
    return {say("Constant inputs: all of {} rows have the same inputs.",
                "변하지 않는 입력: {}행의 입력이 모두 같습니다.", sign_.of),
            say("How the data was read:", "데이터를 어떻게 읽었는지 보려면:"),
            fmt::format("{} inspect {}", program_, shell_word(result_.config.data))};
  }

  SignWords rate_too_small() const {
    return {
        say("Learning rate too small: all steps together moved {} by {:.2g}% of its norm, at a "
            "rate of {:.2g}, and no weights further.",
            "너무 작은 학습률: 학습률 {2:.2g}(으)로 모든 스텝을 합쳐도 가장 많이 움직인 {0}이(가) "
            "노름의 {1:.2g}%만 움직였습니다.",
            sign_.where, 100 * sign_.figure, sign_.beside),
        say("One with which they can move as far as they are long:",
            "가중치가 제 길이만큼 움직일 수 있는 학습률:"),
        at_rate(sign_.beside * std::min(1 / std::max(sign_.figure, 1e-6), 1e4))};
  }
  SignWords falls_as_fast_as_ever() const {
    return {say("Learning rate too small, or too few epochs: for each unit of the rate the loss "
                "still fell {:.2g} times as fast in the last third as in the first.",
                "너무 작은 학습률 또는 너무 적은 에폭: 학습률에 비해 손실이 마지막 3분의 1에서도 "
                "처음 3분의 1의 {:.2g}배 속도로 줄고 있었습니다.",
                sign_.figure),
            say("A larger rate than {:.2g}, or more --epochs:",
                "학습률을 {:.2g}보다 크게 하거나 --epochs를 늘리십시오:", sign_.beside),
            at_rate(10 * sign_.beside)};
  }
  SignWords rate_too_large() const {
    return {say("Learning rate too large: step {} moved {} by {:.3g}% of its norm, at a rate of "
                "{:.2g}, and the loss rose above what guessing costs.",
                "너무 큰 학습률: 학습률 {3:.2g}에서 {0}번째 스텝이 {1}을(를) 노름의 {2:.3g}%만큼 "
                "움직였고, 손실이 찍을 때보다 커졌습니다.",
                sign_.count, sign_.where, 100 * sign_.figure, sign_.beside),
            say("One with which a step moves weights by about a hundredth:",
                "한 스텝에 가중치를 100분의 1쯤 움직이는 학습률:"),
            at_rate(std::isfinite(sign_.figure) ? sign_.beside * 0.01 / sign_.figure
                                                : std::min(sign_.beside / 10, 0.01))};
  }

  const Sign& sign_;
  const RunResult& result_;
  Language language_;
  std::string_view program_;
};

}  // namespace

SignWords words_of(const Sign& sign, const RunResult& result, Language language,
                   std::string_view program) {
  return SignWriter(sign, result, language, program).write();
}

}  // namespace chainrule
