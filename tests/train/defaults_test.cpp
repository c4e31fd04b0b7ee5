#include "train/settings/defaults.h"

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "train/network/optimizer_fields.h"

namespace chainrule {
namespace {

using Widths = std::vector<std::int64_t>;

constexpr auto classes = data::Task::classification, numbers = data::Task::regression;

double weight_decay(const Defaults& chosen) {
  return std::get<AdamW>(chosen.optimizer).weight_decay;
}

TEST(Defaults, KeepASmallTableSmooth) {
  const Defaults chosen = choose_defaults({.task = classes, .rows = 150, .width = 4, .outputs = 3});
  EXPECT_EQ(chosen.hidden, Widths{64});
  EXPECT_EQ(chosen.activation, nn::tanh);
  EXPECT_EQ(chosen.batch_size, 16);
  EXPECT_EQ(chosen.epochs, 100);
  EXPECT_EQ(chosen.loss.name, "cross_entropy");
  EXPECT_EQ(chosen.patience, 0) << "fifteen validation rows decide nothing";
  EXPECT_FALSE(chosen.keep_best);
  const Defaults larger = choose_defaults({.task = classes, .rows = 1000});
  EXPECT_GT(weight_decay(chosen), weight_decay(larger)) << "the fewer rows, the more is guessed";
}

TEST(Defaults, KeepASmallTableWithATextFromBeingSureOfItself) {
  DataFacts facts{.task = classes, .rows = 150, .width = 64, .outputs = 2};
  EXPECT_FALSE(choose_defaults(facts).is_calibrated);
  facts.texts = {{.first = 0, .slots = 60, .buckets = 256}};
  EXPECT_TRUE(choose_defaults(facts).keep_best);
  EXPECT_TRUE(choose_defaults(facts).is_calibrated);
  facts.task = numbers;
  EXPECT_FALSE(choose_defaults(facts).is_calibrated);
}

TEST(Defaults, StopAMiddlingTableByItsValidationRows) {
  const Defaults chosen =
      choose_defaults({.task = numbers, .rows = 1000, .width = 9, .outputs = 1});
  EXPECT_EQ(chosen.hidden, Widths{256});
  EXPECT_EQ(chosen.activation, nn::silu);
  EXPECT_EQ(chosen.batch_size, 16);
  EXPECT_EQ(chosen.epochs, 60);
  EXPECT_EQ(chosen.loss.name, "mean_squared_error");
  EXPECT_EQ(chosen.patience, 12);
  EXPECT_TRUE(chosen.keep_best);
  EXPECT_EQ(choose_defaults({.task = numbers, .rows = 999}).patience, 0) << "the border";
}

TEST(Defaults, GiveALargeTableASecondLayerAndFewerEpochs) {
  const Defaults chosen = choose_defaults({.task = classes, .rows = 20'000, .width = 9});
  EXPECT_EQ(chosen.hidden, (Widths{256, 128}));
  EXPECT_EQ(chosen.batch_size, 128);
  EXPECT_EQ(chosen.epochs, 25) << "25 x 157 batches, about 4000 steps";
  EXPECT_EQ(chosen.patience, 10);
  EXPECT_EQ(choose_defaults({.task = classes, .rows = 19'999}).hidden, Widths{256});
  EXPECT_EQ(choose_defaults({.task = classes, .rows = 10'000'000}).epochs, 10);
}

DataFacts table_of(std::int64_t rows, std::int64_t count) {
  DataFacts facts{.task = classes, .rows = rows, .width = count, .outputs = 2};
  facts.may_have_members = true;
  for (std::int64_t i = 0; i < count; ++i) facts.numbers.push_back(i);
  return facts;
}

TEST(Defaults, GiveATableMembersThatVote) {
  const Defaults chosen = choose_defaults(table_of(1000, 8));
  EXPECT_EQ(chosen.members, 8);
  EXPECT_EQ(chosen.bins, 48);
  EXPECT_EQ(chosen.hidden, (Widths{256, 256}));
  EXPECT_EQ(chosen.schedule.shape, Schedule::Shape::coslog4);
  EXPECT_TRUE(chosen.keep_best) << "validation says when what there is was learnt";
  EXPECT_EQ(chosen.cycle_gain, 0.03);
  EXPECT_EQ(choose_defaults(table_of(500, 8)).members, 8);
  EXPECT_EQ(choose_defaults(table_of(499, 8)).members, 0) << "the border";
  DataFacts few = table_of(60, 8);
  few.task = numbers;
  EXPECT_EQ(choose_defaults(few).members, 8);
  few.rows = 59;
  EXPECT_EQ(choose_defaults(few).members, 0) << "the border of numbers";
}

TEST(Defaults, GiveNoMembersWhereSomethingElseIsAskedFor) {
  DataFacts described = table_of(1000, 8);
  described.may_have_members = false;
  EXPECT_EQ(choose_defaults(described).members, 0);
  DataFacts quick = table_of(1000, 8);
  quick.effort = Effort::quick;
  EXPECT_EQ(choose_defaults(quick).members, 0);
  DataFacts images = table_of(1000, 784);
  images.is_array = true;
  EXPECT_EQ(choose_defaults(images).members, 0);
}

TEST(Defaults, AreWorthTheEffortAskedFor) {
  EXPECT_EQ(effort_named(""), Effort::standard);
  EXPECT_EQ(effort_named("default"), Effort::standard);
  EXPECT_EQ(effort_named("quick"), Effort::quick);
  EXPECT_THROW(effort_named("bset"), UsageError);
  DataFacts facts = table_of(1000, 8);
  facts.effort = effort_named("best");
  const Defaults best = choose_defaults(facts);
  EXPECT_GT(best.members, 8);
  EXPECT_GT(best.epochs, choose_defaults(table_of(1000, 8)).epochs);
}

TEST(Defaults, GiveMembersOfFewRowsRowsOfTheirOwn) {
  using data::MembersSee;
  EXPECT_EQ(default_members_see(classes, 300, Effort::best), MembersSee::bags);
  EXPECT_EQ(default_members_see(classes, 500, Effort::best), MembersSee::all) << "the border";
  EXPECT_EQ(default_members_see(classes, 30, Effort::best), MembersSee::all);
  EXPECT_EQ(default_members_see(classes, 300, Effort::standard), MembersSee::all);
  EXPECT_EQ(default_members_see(numbers, 300, Effort::best), MembersSee::all);
  DataFacts facts = table_of(300, 8);
  facts.has_rows_of_members = true;
  const Defaults chosen = choose_defaults(facts);
  EXPECT_EQ(chosen.members, 8);
  EXPECT_TRUE(chosen.apart && chosen.keep_best && chosen.is_calibrated);
  facts.effort = Effort::best;
  EXPECT_EQ(choose_defaults(facts).members, 32);
}

// However many rows and columns there are: two epochs, or 1.5e12 multiply-adds, counted by hand for
// layers of (8 functions of each number) -> 256 -> 256 -> 2, forward, and twice that backward.
TEST(Defaults, BoundTheWorkOfATraining) {
  for (const std::int64_t rows : {1'000, 20'000, 1'000'000})
    for (const std::int64_t count : {1, 10, 60}) {
      const Defaults chosen = choose_defaults(table_of(rows, count));
      const double of_a_row = 3.0 * 8 * (256.0 * static_cast<double>(8 * count) + 256 * 256 + 512);
      EXPECT_TRUE(chosen.epochs == 2 ||
                  of_a_row * static_cast<double>(rows * chosen.epochs) <= 1.5e12)
          << rows << ", " << count;
      EXPECT_LE(chosen.epochs, 48);
    }
}

TEST(Defaults, DivideVeryManyNumbersIntoFewerIntervals) {
  EXPECT_EQ(choose_defaults(table_of(1000, 64)).bins, 48);
  EXPECT_EQ(choose_defaults(table_of(1000, 65)).bins, 16);
  EXPECT_EQ(choose_defaults(table_of(1000, 513)).bins, 0);
}

TEST(Defaults, TakeArraysAsImages) {
  const Defaults chosen =
      choose_defaults({.task = classes, .rows = 54'000, .width = 784, .is_array = true});
  EXPECT_EQ(chosen.hidden, (Widths{256, 128}));
  EXPECT_EQ(chosen.activation, nn::relu);
  EXPECT_EQ(chosen.batch_size, 64);
  EXPECT_EQ(chosen.epochs, 10);
}

TEST(Defaults, TakePicturesAsPictures) {
  const auto channels = [](const Shape& row) {
    return choose_defaults(
               {.task = classes, .rows = 54'000, .width = row.size(), .is_array = true, .row = row})
        .channels;
  };
  EXPECT_EQ(channels({28, 28}), (Widths{32, 64}));
  EXPECT_EQ(channels({1, 28, 28}), (Widths{32, 64}));
  EXPECT_EQ(channels({3, 32, 32}), (Widths{32, 64, 128}));
  EXPECT_EQ(channels({3, 500, 400}), (Widths{32, 64, 128, 128}));
  EXPECT_EQ(channels({8, 8}), Widths{32});
  EXPECT_EQ(channels({7, 8}), Widths{}) << "hardly a picture";
  EXPECT_EQ(channels({32, 32, 3}), (Widths{32, 64, 128})) << "channels last";
  EXPECT_TRUE(choose_defaults({.is_array = true, .row = {32, 32, 3}}).has_channels_last);
  EXPECT_FALSE(choose_defaults({.is_array = true, .row = {3, 32, 32}}).has_channels_last);
  EXPECT_EQ(channels({784}), Widths{});
  EXPECT_EQ(channels({10, 20, 30}), Widths{}) << "many channels";
  EXPECT_EQ(channels({2, 3, 28, 28}), Widths{});
}

TEST(Defaults, AreUsableForAnyNumberOfRows) {
  for (const auto task : {classes, numbers})
    for (const bool is_array : {false, true})
      for (std::int64_t rows = 1; rows < 200'000'000; rows = rows * 3 + 1) {
        const Defaults chosen = choose_defaults({.task = task, .rows = rows, .is_array = is_array});
        EXPECT_NO_THROW(validate(chosen.optimizer));
        EXPECT_GE(chosen.epochs, 10) << rows;
        EXPECT_LE(chosen.epochs, 100) << rows;
        EXPECT_GE(chosen.batch_size, 1) << rows;
        EXPECT_EQ(chosen.schedule.shape, Schedule::Shape::cosine);
        EXPECT_GT(chosen.schedule.warmup, 0);
      }
}

// Validation and test take 30% of the rows; a user counts those of the file.
TEST(Defaults, KeepATenthForValidationAndAFifthForTheTest) {
  for (const std::int64_t rows : {150, 1000, 20'000}) EXPECT_EQ(default_validation(rows), 0.1);
  EXPECT_EQ(default_test, 0.2);
}

TEST(Defaults, GiveEachNamedOptimizerNumbersThatTrainWell) {
  const auto sgd = std::get<SGD>(default_optimizer("sgd"));
  EXPECT_GT(sgd.momentum, 0);
  EXPECT_TRUE(sgd.nesterov);
  for (const std::string_view name : optimizer_names()) {
    const Optimizer optimizer = default_optimizer(name);
    EXPECT_EQ(name_of(optimizer), name);
    EXPECT_NO_THROW(validate(optimizer));
  }
  EXPECT_THROW(default_optimizer("sdg"), UsageError);
}

}  // namespace
}  // namespace chainrule
