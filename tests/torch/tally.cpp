#include "tally.h"

#include <algorithm>

#include <fmt/format.h>

#include "networks/drawn_layers.h"

namespace chainrule::beside_torch {
namespace {

// "dense1" of "dense1.weight"
std::string_view layer_of(std::string_view name) { return name.substr(0, name.find('.')); }

std::string heading(std::string_view what, std::string_view count) {
  return fmt::format("{:<28}{:>10}{:>22}{:>14}\n", what, count, "largest difference",
                     "of its limit");
}

// Its own, or those of its parts.
std::vector<std::string> names_of(const Loss& loss) {
  if (loss.parts.empty()) return {loss.name};
  std::vector<std::string> names;
  for (const Loss& part : loss.parts) names.push_back(part.name);
  return names;
}

}  // namespace

Differs::Differs(std::string_view ours, std::string_view theirs, const Difference& difference,
                 double limit)
    : std::runtime_error(fmt::format(
          "{} {}: number {} is {} {} and {} {}: {:.2g} apart, in parts of the largest one, where "
          "{:.2g} is allowed.",
          name_of(difference.part), difference.name, difference.at, difference.ours, ours,
          difference.theirs, theirs, difference.size, limit)) {}

void Tally::Line::add(double difference, double limit) {
  largest = std::max(largest, difference);
  share = std::max(share, difference / limit);
}

void Tally::enter(const DrawnTraining& training) {
  for (const DrawnLayer& at : training.layers) {
    ++layers_[at.kind].count;
    const nn::Activation activation = activation_of(at);
    if (activation != nn::identity) ++activations_[activation.name].count;
  }
  const auto has = [&](const std::string& feature, auto&& holds) {
    if (std::ranges::any_of(training.layers, holds)) ++features_[feature].count;
  };
  has("shared parameters", [](const DrawnLayer& at) { return at.owner >= 0; });
  has("frozen layers", [](const DrawnLayer& at) { return at.is_frozen; });
  if (training.has_members()) ++features_["members that predict"].count;
  if (training.clip_norm > 0) ++features_["clipped gradients"].count;
  ++features_[training.row.rank() == 1   ? "rows of features"
              : training.row.rank() == 2 ? "sequences"
                                         : "pictures"]
        .count;
  if (!training.heads.empty()) ++features_["several outputs"].count;
  for (const std::string& name : names_of(training.loss)) ++losses_[name].count;
  ++optimizers_[std::string(chainrule::name_of(training.optimizer))].count;
}

void Tally::add_to_layer(const DrawnTraining& training, const Difference& difference,
                         double limit) {
  const std::string_view name = layer_of(difference.name);
  const auto at = std::ranges::find(training.layers, name, &DrawnLayer::name);
  if (at == training.layers.end()) return;
  layers_[at->kind].add(difference.size, limit);
  const nn::Activation activation = activation_of(*at);
  const bool is_result = difference.name == name || difference.name.ends_with(".h");
  if (activation != nn::identity && is_result)
    activations_[activation.name].add(difference.size, limit);
}

void Tally::add(const DrawnTraining& training, const Difference& difference, double limit) {
  Line& part = parts_[difference.part];
  ++part.count;
  part.add(difference.size, limit);
  if (difference.part == Part::loss || difference.part == Part::last_loss)
    for (const std::string& name : names_of(training.loss))
      losses_[name].add(difference.size, limit);
  else if (difference.part != Part::output)
    add_to_layer(training, difference, limit);
  if (difference.part == Part::variable)
    optimizers_[std::string(chainrule::name_of(training.optimizer))].add(difference.size, limit);
}

void Tally::add_single(const Difference& difference, double limit) {
  Line& part = single_parts_[difference.part];
  ++part.count;
  // A variable's difference is in parts of its limit already.
  part.add(difference.size, difference.part == Part::variable ? 1 : limit);
}

void Tally::add_sabotage(const std::string& kind, Sabotage::What what, bool is_seen) {
  Seen& seen = seen_[kind];
  if (what == Sabotage::What::values) {
    ++seen.tried;
    seen.values += is_seen ? 1 : 0;
  } else {
    seen.gradients += is_seen ? 1 : 0;
  }
}

std::string Tally::table() const {
  std::string text;
  const auto lines = [&](std::string_view what, std::string_view count, const auto& list) {
    text += heading(what, count);
    for (const auto& [name, line] : list)
      text += fmt::format("  {:<26}{:>10}{:>22.1e}{:>14.2f}\n", name, line.count, line.largest,
                          line.share);
  };
  lines("layer", "layers", layers_);
  lines("activation", "layers", activations_);
  lines("loss", "networks", losses_);
  lines("optimizer, after 20 steps", "networks", optimizers_);
  text += heading("all of them", "tensors");
  for (const auto& [part, line] : parts_)
    text += fmt::format("  {:<26}{:>10}{:>22.1e}{:>14.2f}\n", name_of(part), line.count,
                        line.largest, line.share);
  text += heading("in single precision", "tensors");
  for (const auto& [part, line] : single_parts_)
    text +=
        fmt::format("  {:<26}{:>10}{:>22}{:>14.2f}\n", name_of(part), line.count,
                    part == Part::variable ? "" : fmt::format("{:.1e}", line.largest), line.share);
  text += "Networks with ";
  for (const auto& [name, line] : features_) text += fmt::format("{}: {}; ", name, line.count);
  text += fmt::format("in single precision: {}, {} more were near a kink.\n", single_networks,
                      near_kinks_in_single);
  return text;
}

std::string Tally::sabotage_table() const {
  std::string text = fmt::format("{:<28}{:>10}{:>16}{:>18}\n", "wrong by a millionth", "networks",
                                 "numbers: seen", "derivative: seen");
  for (const auto& [kind, seen] : seen_)
    text +=
        fmt::format("  {:<26}{:>10}{:>16}{:>18}\n", kind, seen.tried, seen.values, seen.gradients);
  return text;
}

// Wrong numbers are seen, but where a relu behind them makes 0 of them all; a wrong derivative is
// not where the first layer has no parameters.
bool Tally::sees_enough() const {
  Seen all;
  for (const auto& [kind, seen] : seen_) {
    all.tried += seen.tried;
    all.values += seen.values;
    all.gradients += seen.gradients;
  }
  return 10 * all.values >= 9 * all.tried && 10 * all.gradients >= 7 * all.tried;
}

}  // namespace chainrule::beside_torch
