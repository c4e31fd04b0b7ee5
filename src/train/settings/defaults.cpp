#include "train/settings/defaults.h"

#include <algorithm>
#include <array>

#include "data/picture_axes.h"
#include "nn/named.h"

namespace chainrule {
namespace {

// Small tables are passed over often, large ones seldom: about this many updates in all.
constexpr std::int64_t wanted_steps = 4000;

std::int64_t batch_size_for(std::int64_t rows) {
  if (rows < 2'000) return 16;
  return rows < 20'000 ? 64 : 128;
}

struct EffortName {
  std::string_view name;
  Effort effort;
};
constexpr std::array efforts{EffortName{"quick", Effort::quick},
                             EffortName{"default", Effort::standard},
                             EffortName{"best", Effort::best}};

// What is smaller on a side is hardly a picture, and nothing for convolutions.
constexpr std::int64_t smallest_side = 8;

// Of a picture its shorter side, else 0.
std::int64_t side_of(const Shape& row) {
  const auto axes = data::picture_axes(row);
  return axes ? std::min(axes->height, axes->width) : 0;
}

// Convolutions whose channels grow while pooling halves the sides (Simonyan & Zisserman 2015).
std::vector<std::int64_t> channels_for(const Shape& row) {
  std::vector<std::int64_t> channels;
  for (std::int64_t side = side_of(row); side >= smallest_side && channels.size() < 4; side /= 2)
    channels.push_back(channels.empty() ? 32 : std::min<std::int64_t>(2 * channels.back(), 128));
  return channels;
}

// What a table hides with fewer rows, one dense layer finds as well, and tells more simply. A
// number says more than a class does (docs/tables.md has the figures).
constexpr std::int64_t fewest_rows_of_classes = 500;
std::int64_t fewest_rows_for_members(const DataFacts& facts) {
  const bool is_of_numbers = facts.task == data::Task::regression && facts.texts.empty();
  return is_of_numbers ? 60 : fewest_rows_of_classes;
}

// Rows of a step: few while there are few, so that they make some hundred steps.
std::int64_t member_batch_size(std::int64_t rows) {
  if (rows < 2'800) return 32;
  if (rows < 4'500) return 64;
  return rows < 6'400 ? 128 : 256;
}

// Members that share their weights (Gorishniy et al. 2024) over piecewise linear functions of each
// number (Gorishniy et al. 2022), while the learning rate comes down four times, each time later
// (Holzmüller et al. 2024): validation says which time the network had learnt what there is, and
// not yet the noise. It is asked of the weights' moving average over some fifty steps, which does
// not depend on what the last few batches were (Polyak & Juditsky 1992). It is asked after
// calibration, so that a classifier that has become too sure of itself is not stopped for that
// (Berta et al. 2025).
void choose_members(const DataFacts& facts, Defaults& chosen) {
  constexpr double affordable = 1.5e12;  // multiply-adds of a training
  constexpr std::int64_t units = 256;
  const bool is_best = facts.effort == Effort::best;
  chosen.members = is_best ? 32 : 8;
  // Of very many numbers each tells less, and all their intervals would fill the memory.
  const auto numbers = static_cast<std::int64_t>(facts.numbers.size());
  if (numbers <= 512) {
    chosen.bins = numbers <= 64 ? 48 : 16;
    chosen.functions = numbers <= 64 ? 8 : 4;
  }
  chosen.is_calibrated = facts.task == data::Task::classification;
  chosen.hidden = {units, units};
  chosen.activation = nn::relu;
  chosen.optimizer = AdamW{.learning_rate = 5e-3, .weight_decay = 0.05};
  chosen.clip_norm = 1;
  chosen.weight_average = 0.98;
  chosen.schedule = {.shape = Schedule::Shape::coslog4, .warmup = 0, .floor = 0};
  chosen.batch_size = member_batch_size(facts.rows);
  std::int64_t inputs = facts.width + numbers * std::max<std::int64_t>(0, chosen.functions - 1);
  for (const data::TextFeatures& text : facts.texts) inputs += chosen.text_size - text.slots;
  const std::int64_t of_a_row = 3 * chosen.members * units * (inputs + units + facts.outputs);
  const double epochs = affordable * (is_best ? 8 : 1) / static_cast<double>(of_a_row) /
                        static_cast<double>(facts.rows);
  chosen.epochs = std::clamp(static_cast<std::int64_t>(epochs), std::int64_t{2},
                             std::int64_t{is_best ? 96 : 48});
  chosen.patience = 0;
  if (!is_best) chosen.cycle_gain = 0.03;
  chosen.keep_best = true;
}

// Members that share nothing, as one dense layer each, so that each is judged by rows that it did
// not see.
void choose_apart_members(const DataFacts& facts, Defaults& chosen) {
  chosen.members = facts.effort == Effort::best ? 32 : 8;
  chosen.apart = true;
  chosen.is_calibrated = facts.task == data::Task::classification;
  chosen.keep_best = true;
  chosen.patience = 0;
}

}  // namespace

Effort effort_named(std::string_view name) {
  if (name.empty()) return Effort::standard;
  return nn::named("effort", efforts, name).effort;
}

bool has_channels_last(const Shape& row) {
  const auto axes = data::picture_axes(row);
  return axes && axes->are_channels_last;
}

Defaults choose_defaults(const DataFacts& facts) {
  const bool classes = facts.task == data::Task::classification;
  const bool is_small = facts.rows < 1'000;
  Defaults chosen;
  chosen.loss = loss_named(classes ? "cross_entropy" : "mean_squared_error");
  chosen.text_size = 16;
  if (!facts.is_array && facts.may_have_members && !facts.has_rows_of_members &&
      facts.effort != Effort::quick && facts.rows >= fewest_rows_for_members(facts)) {
    choose_members(facts, chosen);
    return chosen;
  }
  std::int64_t steps = wanted_steps, fewest_epochs = 10;
  if (facts.is_array) chosen.channels = channels_for(facts.row);
  if (!chosen.channels.empty()) {
    // A step takes long and teaches much: few passes do.
    steps = 2500;
    fewest_epochs = 3;
    chosen.has_channels_last = has_channels_last(facts.row);
    chosen.hidden = {128};
    chosen.activation = nn::relu;
    chosen.optimizer = AdamW{.learning_rate = 2e-3, .weight_decay = 0.02};
  } else if (facts.is_array) {
    chosen.hidden = {256, 128};
    chosen.activation = nn::relu;
    chosen.optimizer = AdamW{.learning_rate = 3e-3, .weight_decay = 0.02};
  } else {
    // What a table hides is smooth more often than not; the fewer its rows, the more is guessed.
    chosen.hidden = {is_small ? 64 : 256};
    if (facts.rows >= 20'000) chosen.hidden.push_back(128);
    chosen.activation = is_small ? nn::tanh : nn::silu;
    chosen.optimizer = AdamW{.learning_rate = 5e-3, .weight_decay = is_small ? 0.3 : 0.1};
  }
  // Warm-up keeps Adam's first, badly scaled steps short; the cosine lets the weights settle.
  chosen.schedule = {.shape = Schedule::Shape::cosine, .warmup = 0.05, .floor = 0};
  chosen.batch_size = facts.is_array ? 64 : batch_size_for(facts.rows);
  chosen.epochs =
      std::clamp<std::int64_t>(steps * chosen.batch_size / std::max<std::int64_t>(1, facts.rows),
                               fewest_epochs, classes ? 100 : 60);
  // A validation part of a few dozen rows says little; early stopping by it would be chance.
  chosen.patience = is_small ? 0 : std::max<std::int64_t>(10, chosen.epochs / 5);
  chosen.keep_best = !is_small;
  // Of a text's many words some belong to one class by chance: all rows are soon known by heart,
  // and the network is sure of everything. Even a small validation part tells that.
  if (!facts.texts.empty()) {
    chosen.keep_best = true;
    chosen.is_calibrated = classes;
  }
  if (!facts.is_array && facts.may_have_members && facts.has_rows_of_members)
    choose_apart_members(facts, chosen);
  return chosen;
}

// With few rows variance is the enemy, and none can be spared: each member is judged by those that
// its bootstrap sample left out (Breiman 1996).
data::MembersSee default_members_see(data::Task task, std::int64_t rows, Effort effort) {
  const bool is_few = task == data::Task::classification && rows < fewest_rows_of_classes;
  constexpr std::int64_t fewest = 40;  // to draw from
  return effort == Effort::best && is_few && rows >= fewest ? data::MembersSee::bags
                                                            : data::MembersSee::all;
}

double default_validation(std::int64_t /*rows*/) { return 0.1; }

Optimizer default_optimizer(std::string_view name) {
  Optimizer optimizer = optimizer_named(name);
  if (auto* sgd = std::get_if<SGD>(&optimizer)) {
    sgd->learning_rate = 0.02;
    sgd->momentum = 0.9;
    sgd->nesterov = true;
  } else if (std::holds_alternative<Adam>(optimizer) || std::holds_alternative<AdamW>(optimizer)) {
    learning_rate(optimizer) = 2e-3;
  }
  return optimizer;
}

}  // namespace chainrule
