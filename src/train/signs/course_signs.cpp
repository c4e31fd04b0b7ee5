// Signs of how the training went: the steps' lengths, and the loss from epoch to epoch.
#include <algorithm>
#include <cmath>
#include <map>

#include "train/loop/steps.h"
#include "train/signs/evidence.h"
#include "train/signs/findings.h"

namespace chainrule {
namespace {

constexpr double learnt_enough = 0.5;  // a skill from which on nobody blames the rate

bool is_weight(const LayerSize& size) {
  return size.parameter.ends_with(".weight") && size.weight > 0 && std::isfinite(size.update);
}

// The length of the whole way of each weight matrix, as a share of its own norm: the mean over the
// measured steps, times the number of steps. Returns the longest.
Sign longest_way(const SignFacts& facts) {
  std::map<std::string, std::vector<double>> shares;
  for (const LayerSize& size : facts.result().sizes)
    if (is_weight(size)) shares[size.parameter].push_back(size.update / size.weight);
  Sign longest{.kind = SignKind::rate_too_small, .figure = -1};
  for (const auto& [parameter, steps] : shares) {
    double way = 0;
    for (const double step : steps) way += step;
    way *= static_cast<double>(facts.history().steps) / static_cast<double>(steps.size());
    if (way > longest.figure) {
      longest.figure = way;
      longest.where = parameter;
    }
  }
  return longest;
}

// The loss from epoch to epoch beside the learning rate.
class Course {
 public:
  explicit Course(const SignFacts& facts)
      : epochs_(facts.history().epochs),
        fit_(facts.result().config.fit),
        per_epoch_(steps_per_epoch(facts.source.data.train.size(), fit_)) {}

  // The speed of the last third of the epochs as a share of that of the first third, if the loss
  // fell all the way (in nine of ten epochs), and its epochs are surely faster than half as fast,
  // and slower than twice as fast, as those of the first: what a falling rate gains by settling is
  // no sign. Else 0.
  double speed_kept() const {
    std::size_t falls = 0;
    for (std::size_t e = 1; e < epochs_.size(); ++e)
      falls += epochs_[e].train_loss < epochs_[e - 1].train_loss ? 1 : 0;
    if (epochs_.size() < 2 || 10 * falls < 9 * (epochs_.size() - 1)) return 0;
    const std::size_t last = epochs_.size() - 1, third = last / 3;
    const std::vector<double> first = speeds(0, third), kept = speeds(last - third, last);
    constexpr double as_fast = 0.5;
    const bool is_kept =
        are_above(kept, scaled(first, as_fast)) && are_above(scaled(first, 1 / as_fast), kept);
    return is_kept ? speed(last - third, last) / speed(0, third) : 0;
  }

 private:
  // By how much the loss falls per unit of learning rate, from one epoch (from 0) to another: all
  // steps between their middles.
  double speed(std::size_t from, std::size_t to) const {
    double rates = 0;
    const auto middle = [&](std::size_t epoch) {
      return static_cast<std::int64_t>(epoch) * per_epoch_ + per_epoch_ / 2;
    };
    for (std::int64_t step = middle(from) + 1; step <= middle(to); ++step)
      rates += learning_rate_at(fit_.schedule, 1, step, fit_.epochs * per_epoch_);
    return rates > 0 ? (epochs_[from].train_loss - epochs_[to].train_loss) / rates : 0;
  }

  std::vector<double> speeds(std::size_t from, std::size_t to) const {
    std::vector<double> speeds;
    for (std::size_t e = from; e < to; ++e) speeds.push_back(speed(e, e + 1));
    return speeds;
  }
  static std::vector<double> scaled(std::vector<double> speeds, double by) {
    for (double& each : speeds) each *= by;
    return speeds;
  }

  const std::vector<Progress>& epochs_;
  const FitOptions& fit_;
  std::int64_t per_epoch_;
};

void find_small_rate(const SignFacts& facts, double rate, std::vector<Sign>& signs) {
  constexpr double hardly_moved = 0.05;
  if (!(facts.skill < learnt_enough)) return;
  Sign way = longest_way(facts);
  way.beside = rate;
  if (way.figure >= 0 && way.figure < hardly_moved) return signs.push_back(std::move(way));
  const double kept = Course(facts).speed_kept();
  if (kept > 0) signs.push_back({.kind = SignKind::rate_too_small, .figure = kept, .beside = rate});
}

// Steps of a tenth of the weights leave nothing of what ten steps before had learnt. That alone may
// be how a training begins; with a loss above a guess's it is no beginning.
void find_large_rate(const SignFacts& facts, double rate, std::vector<Sign>& signs) {
  constexpr double large_step = 0.1, thrown_far = 3;
  Sign sign{.kind = SignKind::rate_too_large, .figure = large_step, .beside = rate};
  for (const LayerSize& size : facts.result().sizes)
    if (is_weight(size) && size.update / size.weight > sign.figure) {
      sign.figure = size.update / size.weight;
      sign.where = size.parameter;
      sign.count = size.step;
    }
  if (sign.where.empty()) return;
  double highest = 0;
  const std::vector<Progress>& epochs = facts.history().epochs;
  for (const Progress& epoch : epochs) highest = std::max(highest, epoch.train_loss);
  const bool is_lost = facts.history().stopped == StopReason::diverged ||
                       (!epochs.empty() && epochs.back().train_loss >= facts.guess) ||
                       highest >= thrown_far * facts.guess;
  if (is_lost) signs.push_back(std::move(sign));
}

}  // namespace

void find_rate_signs(const SignFacts& facts, std::vector<Sign>& signs) {
  Optimizer optimizer = facts.result().config.optimizer;
  const double rate = learning_rate(optimizer);
  find_small_rate(facts, rate, signs);
  find_large_rate(facts, rate, signs);
}

// The second half of a run that has learnt nothing.
void find_loss_signs(const SignFacts& facts, std::vector<Sign>& signs) {
  constexpr double still = 0.01;
  const std::vector<Progress>& epochs = facts.history().epochs;
  if (epochs.size() < 2 || !(facts.skill < still)) return;
  const std::size_t middle = (epochs.size() - 1) / 2;
  double least = epochs[middle].train_loss, largest = least;
  for (std::size_t e = middle; e < epochs.size(); ++e) {
    least = std::min(least, epochs[e].train_loss);
    largest = std::max(largest, epochs[e].train_loss);
  }
  if (largest - least <= still * std::abs(largest))
    signs.push_back({.kind = SignKind::loss_stands_still,
                     .figure = epochs[middle].train_loss,
                     .beside = epochs.back().train_loss,
                     .count = static_cast<std::int64_t>(epochs.size() - 1 - middle)});
}

}  // namespace chainrule
