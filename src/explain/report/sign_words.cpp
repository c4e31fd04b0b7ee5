// What a sign says to people: the finding with its figure, what helps, and a command to copy.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/display.h"
#include "chainrule/explain.h"
#include "words/messages.h"

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
  std::string say(Phrase which, const Args&... arguments) const {
    return chainrule::said(which, language_, arguments...);
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
    if (sign_.where == "training") return say(Phrase::sign_rows_trained_on);
    return say(Phrase::sign_rows_not_trained_on);
  }

  SignWords diverged() const {
    return {say(Phrase::sign_diverged, sign_.count),
            say(Phrase::sign_diverged_advice, rate_of(result_)), command("trace", "--nan")};
  }

  SignWords no_better_than_guessing() const {
    return {say(Phrase::sign_chance_classes, 100 * sign_.figure, sign_.of, where_rows(),
                100 * sign_.beside),
            chance_advice(), chance_command()};
  }
  SignWords no_better_than_the_mean() const {
    return {say(Phrase::sign_chance_numbers, sign_.figure, sign_.of, where_rows()), chance_advice(),
            chance_command()};
  }
  std::string chance_advice() const { return say(Phrase::sign_chance_advice); }
  std::string chance_command() const {
    return result_.config.network.layers.empty() ? "" : command("blame", "--suspects");
  }

  SignWords one_class() const {
    return {say(Phrase::sign_one_class, sign_.of, visible(sign_.where), sign_.count),
            say(Phrase::sign_one_class_advice), again("--class-weights balanced --metric f1")};
  }

  SignWords dead_units() const {
    return {say(Phrase::sign_dead_units, sign_.count, sign_.of, sign_.where, sign_.rows),
            say(Phrase::sign_dead_units_advice), at_rate(rate_of(result_) / 10)};
  }
  SignWords saturated_units() const {
    return {say(Phrase::sign_saturated_units, sign_.count, sign_.of, sign_.where, sign_.rows),
            say(Phrase::sign_saturated_units_advice), command("explain", shell_word(sign_.other))};
  }

  SignWords vanishing_gradients() const {
    return {say(Phrase::sign_vanishing, sign_.where, sign_.figure, sign_.other),
            say(Phrase::sign_vanishing_advice),
            command("explain", shell_word(sign_.where + ".gradient"))};
  }
  SignWords exploding_gradients() const {
    return {say(Phrase::sign_exploding, sign_.where, sign_.figure, sign_.other),
            say(Phrase::sign_exploding_advice), again("--clip-norm 1")};
  }

  SignWords overfitting() const {
    std::string finding;
    if (sign_.where == "accuracy")
      finding =
          say(Phrase::sign_overfitting_accuracy, 100 * sign_.figure, 100 * sign_.beside, sign_.of);
    else if (sign_.where == "r2")
      finding = say(Phrase::sign_overfitting_r2, sign_.figure, sign_.beside, sign_.of);
    else
      finding = say(Phrase::sign_overfitting_log_loss, sign_.figure, sign_.beside, sign_.of);
    return {finding, say(Phrase::sign_overfitting_advice),
            again(fmt::format("--weight-decay {:.2g}", more_decay()))};
  }
  double more_decay() const {
    const double now =
        std::visit([](const auto& rule) { return rule.weight_decay; }, result_.config.optimizer);
    return std::max(10 * now, 0.1);
  }

  SignWords loss_stands_still() const {
    return {say(Phrase::sign_still, sign_.figure, sign_.beside, sign_.count,
                sign_.count == 1 ? "epoch" : "epochs"),
            say(Phrase::sign_still_advice), command("explain", "loss")};
  }

  SignWords unscaled_inputs() const {
    const std::string finding =
        sign_.figure > 1 ? say(Phrase::sign_unscaled_large, sign_.figure, visible(sign_.where))
                         : say(Phrase::sign_unscaled_small, sign_.figure);
    return {finding, say(Phrase::sign_unscaled_advice), again("--scaling standard")};
  }
  SignWords constant_inputs() const {
    return {say(Phrase::sign_constant, sign_.of), say(Phrase::sign_constant_advice),
            fmt::format("{} inspect {}", program_, shell_word(result_.config.data))};
  }

  SignWords rate_too_small() const {
    return {say(Phrase::sign_rate_small, sign_.where, 100 * sign_.figure, sign_.beside),
            say(Phrase::sign_rate_small_advice),
            at_rate(sign_.beside * std::min(1 / std::max(sign_.figure, 1e-6), 1e4))};
  }
  SignWords falls_as_fast_as_ever() const {
    return {say(Phrase::sign_rate_small_or_few_epochs, sign_.figure),
            say(Phrase::sign_rate_small_or_few_epochs_advice, sign_.beside),
            at_rate(10 * sign_.beside)};
  }
  SignWords rate_too_large() const {
    return {
        say(Phrase::sign_rate_large, sign_.count, sign_.where, 100 * sign_.figure, sign_.beside),
        say(Phrase::sign_rate_large_advice),
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
