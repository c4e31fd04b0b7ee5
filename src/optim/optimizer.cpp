// Optimizers by name, and what their numbers may be.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "chainrule/nn.h"

namespace chainrule {
namespace {

// The only list of names, in the order of the variant.
constexpr std::array<std::string_view, std::variant_size_v<Optimizer>> names{"sgd", "adam", "adamw",
                                                                             "rmsprop", "adagrad"};
constexpr std::array<Optimizer, names.size()> defaults{SGD{}, Adam{}, AdamW{}, RMSProp{},
                                                       Adagrad{}};

// Checks one optimizer's numbers, one call per kind of number.
class Checker {
 public:
  explicit Checker(std::string_view optimizer) : optimizer_(optimizer) {}

  void positive(std::string_view field, double value) const {
    require(value > 0 && std::isfinite(value), field, value, "above 0 and finite");
  }
  void not_negative(std::string_view field, double value) const {
    require(value >= 0 && std::isfinite(value), field, value, "at least 0 and finite");
  }
  void fraction(std::string_view field, double value) const {
    require(value >= 0 && value < 1, field, value, "at least 0 and below 1");
  }
  // It stands in a divisor that may else be 0, so single precision must hold it too.
  void epsilon(double value) const {
    require(value >= 1e-30 && std::isfinite(value), "epsilon", value, "at least 1e-30 and finite");
  }

 private:
  void require(bool holds, std::string_view field, double value, std::string_view rule) const {
    if (!holds)
      throw UsageError(fmt::format("{}: {} = {}; it must be {}.", optimizer_, field, value, rule));
  }
  std::string_view optimizer_;
};

void validate_own(const Checker& check, const SGD& sgd) {
  check.fraction("momentum", sgd.momentum);
  if (sgd.nesterov && sgd.momentum == 0)
    throw UsageError(
        "sgd: nesterov = true needs a momentum. Set momentum = 0.9, or nesterov = false.");
}

template <class AdamKind>  // Adam or AdamW
requires requires(AdamKind adam) { adam.beta1; }
void validate_own(const Checker& check, const AdamKind& adam) {
  check.fraction("beta1", adam.beta1);
  check.fraction("beta2", adam.beta2);
  check.epsilon(adam.epsilon);
}

void validate_own(const Checker& check, const RMSProp& rmsprop) {
  check.fraction("decay", rmsprop.decay);
  check.epsilon(rmsprop.epsilon);
}

void validate_own(const Checker& check, const Adagrad& adagrad) { check.epsilon(adagrad.epsilon); }

}  // namespace

std::vector<std::string_view> optimizer_names() { return {names.begin(), names.end()}; }

Optimizer optimizer_named(std::string_view name) {
  for (const Optimizer& optimizer : defaults)
    if (name_of(optimizer) == name) return optimizer;
  const std::vector<std::string> known(names.begin(), names.end());
  throw UsageError(fmt::format("there is no optimizer \"{}\"; {}", name, suggestion(name, known)));
}

std::string_view name_of(const Optimizer& optimizer) { return names[optimizer.index()]; }

double& learning_rate(Optimizer& optimizer) {
  return std::visit([](auto& rule) -> double& { return rule.learning_rate; }, optimizer);
}

void validate(const Optimizer& optimizer) {
  const Checker check(name_of(optimizer));
  std::visit(
      [&](const auto& rule) {
        check.positive("learning_rate", rule.learning_rate);
        check.not_negative("weight_decay", rule.weight_decay);
        validate_own(check, rule);
      },
      optimizer);
}

}  // namespace chainrule
