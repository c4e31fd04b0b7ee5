#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/data.h"

namespace chainrule::data {
namespace {

// `sizes[k]` rows of class k, interleaved as far as they go.
Target classes_of(std::vector<std::int64_t> sizes) {
  Target target;
  const std::int64_t longest = *std::max_element(sizes.begin(), sizes.end());
  for (std::int64_t i = 0; i < longest; ++i)
    for (std::size_t k = 0; k < sizes.size(); ++k)
      if (i < sizes[k]) target.class_of.push_back(static_cast<std::int32_t>(k));
  for (std::size_t k = 0; k < sizes.size(); ++k) target.classes.push_back(std::to_string(k));
  target.rows.resize(target.class_of.size());
  std::iota(target.rows.begin(), target.rows.end(), 0);
  return target;
}

std::vector<std::int64_t> counts(const Target& target, const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> count(target.classes.size());
  for (const auto row : rows)
    ++count[static_cast<std::size_t>(target.class_of[static_cast<std::size_t>(row)])];
  return count;
}

TEST(Split, DividesEveryRowOnce) {
  const Target target = classes_of({100, 50, 7});
  const Split split = split_rows(target, {.validation = 0.15, .test = 0.25, .seed = 3});
  std::multiset<std::int64_t> all(split.train.begin(), split.train.end());
  all.insert(split.validation.begin(), split.validation.end());
  all.insert(split.test.begin(), split.test.end());
  EXPECT_EQ(std::vector(all.begin(), all.end()), target.rows);
  EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
}

TEST(Split, KeepsTheProportionsOfTheClasses) {
  const Target target = classes_of({100, 50, 30});
  const Split split = split_rows(target, {.validation = 0.1, .test = 0.2, .seed = 1});
  EXPECT_THAT(counts(target, split.test), testing::ElementsAre(20, 10, 6));
  EXPECT_THAT(counts(target, split.validation), testing::ElementsAre(10, 5, 3));
}

TEST(Split, LeavesEveryClassARowToTrainOn) {
  const Target target = classes_of({40, 1, 2, 1, 1});
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Split split = split_rows(target, {.validation = 0.4, .test = 0.5, .seed = seed});
    for (const auto count : counts(target, split.train)) EXPECT_GE(count, 1);
  }
}

TEST(Split, TestRowsDependOnSeedAndTestFractionOnly) {
  const Target target = classes_of({60, 40});
  const Split some = split_rows(target, {.validation = 0.1, .test = 0.2, .seed = 5});
  EXPECT_EQ(some.test, split_rows(target, {.validation = 0.3, .test = 0.2, .seed = 5}).test);
  EXPECT_NE(some.test, split_rows(target, {.validation = 0.1, .test = 0.2, .seed = 6}).test);
  EXPECT_EQ(some.train, split_rows(target, {.validation = 0.1, .test = 0.2, .seed = 5}).train);
}

TEST(Split, IsTheSameOnEveryMachine) {
  const Target target = classes_of({5, 5});
  EXPECT_THAT(split_rows(target, {.validation = 0, .test = 0.4, .seed = 1}).test,
              testing::ElementsAre(0, 3, 4, 5));
}

TEST(Split, RefusesFractionsThatLeaveNothing) {
  for (const auto& [validation, test] :
       {std::pair{0.5, 0.5}, {-0.1, 0.2}, {0.1, 1.0}, {std::nan(""), 0.1}})
    EXPECT_THROW(split_rows(classes_of({9, 9}), {.validation = validation, .test = test}),
                 UsageError);
  try {
    split_rows(classes_of({9, 9}), {.validation = 0.5, .test = 0.6});
  } catch (const UsageError& error) {
    EXPECT_STREQ(
        error.what(),
        "validation = 0.5 and test = 0.6: each must be in [0, 1) and their sum below 1, so that "
        "rows to train on are left");
  }
}

TEST(EpochOrder, IsAPermutationThatSeedAndEpochName) {
  std::vector<std::int64_t> first(1000), again(1000), next(1000), other(1000);
  epoch_order(first, 7, 0);
  epoch_order(next, 7, 1);
  epoch_order(other, 8, 0);
  epoch_order(again, 7, 0);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, next);
  EXPECT_NE(first, other);
  std::sort(first.begin(), first.end());
  for (std::int64_t i = 0; i < 1000; ++i) EXPECT_EQ(first[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace chainrule::data
