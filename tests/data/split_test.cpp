#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"

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

// ---- Groups, times, orders, folds --------------------------------------------------------------

struct Given {
  Source source;
  Target target;
};

Given given(const std::string& text) {
  Given given{{parse_csv(text, "f.csv")}, {}};
  given.target = decide_target(given.source, {.task = Task::regression});
  return given;
}

// Groups of 1 to 9 rows each, interleaved; times that count down, three rows at each.
Given rows_with_groups_and_times() {
  std::string text = "who,when,y\n";
  for (int i = 0; i < 300; ++i)
    text += fmt::format("p{},{},{}\n", i * i % 61, 2000 - i / 3, i * 7 % 101);
  return given(text);
}

std::vector<std::vector<std::int64_t>> parts_of(const Split& split) {
  return {split.train, split.validation, split.test};
}

std::vector<std::int64_t> all_of(const Split& split) {
  std::vector<std::int64_t> all;
  for (const auto& part : parts_of(split)) all.insert(all.end(), part.begin(), part.end());
  std::ranges::sort(all);
  return all;
}

TEST(Split, KeepsGroupsTogether) {
  const auto [source, target] = rows_with_groups_and_times();
  const Column& who = std::get<Table>(source.main).columns[0];
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Split split = split_rows(source.main, target,
                                   {.validation = 0.2, .test = 0.3, .seed = seed, .group = "who"});
    EXPECT_EQ(all_of(split), target.rows);
    std::map<std::int32_t, std::set<std::size_t>> parts_with;
    const auto parts = parts_of(split);
    for (std::size_t part = 0; part < parts.size(); ++part)
      for (const auto row : parts[part])
        parts_with[who.codes[static_cast<std::size_t>(row)]].insert(part);
    for (const auto& [group, in] : parts_with)
      EXPECT_EQ(in.size(), 1u) << who.categories[static_cast<std::size_t>(group)];
    EXPECT_NEAR(static_cast<double>(split.test.size()), 90, 10);
    EXPECT_NEAR(static_cast<double>(split.validation.size()), 60, 10);
  }
}

TEST(Split, TestsWhatIsLaterThanWhatItLearnsFrom) {
  const auto [source, target] = rows_with_groups_and_times();
  const std::vector<double>& when = std::get<Table>(source.main).columns[1].numbers;
  const auto earliest = [&](const std::vector<std::int64_t>& rows) {
    return std::ranges::min(rows, {},
                            [&](auto row) { return when[static_cast<std::size_t>(row)]; });
  };
  const Split split =
      split_rows(source.main, target, {.validation = 0.1, .test = 0.2, .time = "when"});
  EXPECT_EQ(all_of(split), target.rows);
  EXPECT_EQ(split.test.size(), 60u);
  for (const auto& [before, after] :
       {std::pair{&split.train, &split.validation}, {&split.validation, &split.test}}) {
    const double border = when[static_cast<std::size_t>(earliest(*after))];
    for (const auto row : *before) EXPECT_LT(when[static_cast<std::size_t>(row)], border);
  }
  // Three rows have one time: a cut goes between times.
  EXPECT_EQ(
      split_rows(source.main, target, {.validation = 0, .test = 0.2 + 1.0 / 300, .time = "when"})
          .test.size(),
      63u);
}

TEST(Split, TakesTheLastRowsInOrder) {
  Target target = classes_of({6, 4});
  const Split split = split_rows(target, {.validation = 0.2, .test = 0.3, .in_order = true});
  EXPECT_THAT(split.train, testing::ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(split.validation, testing::ElementsAre(5, 6));
  EXPECT_THAT(split.test, testing::ElementsAre(7, 8, 9));
}

TEST(Split, TestsEveryRowInOneFold) {
  const auto [source, numbers] = rows_with_groups_and_times();
  const Target classes = classes_of({40, 17, 3, 1});
  for (const int folds : {2, 5, 7}) {
    std::vector<std::int64_t> tested, tested_with_group;
    std::size_t least = 1000, most = 0;
    for (int fold = 1; fold <= folds; ++fold) {
      const Split split =
          split_rows(classes, {.validation = 0.1, .seed = 4, .folds = folds, .fold = fold});
      EXPECT_EQ(all_of(split), classes.rows);
      tested.insert(tested.end(), split.test.begin(), split.test.end());
      least = std::min(least, split.test.size());
      most = std::max(most, split.test.size());
      for (const auto count : counts(classes, split.train)) EXPECT_GE(count, 1);
      const Split grouped =
          split_rows(source.main, numbers, {.group = "who", .folds = folds, .fold = fold});
      tested_with_group.insert(tested_with_group.end(), grouped.test.begin(), grouped.test.end());
      EXPECT_NEAR(static_cast<double>(grouped.test.size()), 300.0 / folds, 10);
    }
    EXPECT_LE(most - least, 1u);
    // All but the one row of the last class, which is always trained on.
    std::ranges::sort(tested);
    std::vector<std::int64_t> due = classes.rows;
    std::erase_if(due,
                  [&](auto row) { return classes.class_of[static_cast<std::size_t>(row)] == 3; });
    EXPECT_EQ(tested, due);
    std::ranges::sort(tested_with_group);
    EXPECT_EQ(tested_with_group, numbers.rows);
  }
}

TEST(Split, GoesForwardInTimeFoldByFold) {
  Target target = classes_of({12});
  const Split second =
      split_rows(target, {.validation = 0.25, .in_order = true, .folds = 3, .fold = 2});
  EXPECT_THAT(second.train, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(second.validation, testing::ElementsAre(4, 5));
  EXPECT_THAT(second.test, testing::ElementsAre(6, 7, 8));
  EXPECT_THAT(split_rows(target, {.validation = 0, .in_order = true, .folds = 3, .fold = 3}).test,
              testing::ElementsAre(9, 10, 11));
}

TEST(Split, RefusesWhatCannotBeDivided) {
  const auto [source, target] = rows_with_groups_and_times();
  const auto refusal = [&, &rows = source.main,
                        &of = target](const SplitOptions& options) -> std::string {
    try {
      split_rows(rows, of, options);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal({.group = "whom"}),
            "group: f.csv has no column \"whom\"; did you mean \"who\"?");
  EXPECT_EQ(refusal({.group = "y"}), "group: \"y\" is the target; name another column");
  EXPECT_EQ(refusal({.time = "who"}),
            "time: column \"who\" holds text; name one of dates or numbers");
  EXPECT_EQ(refusal({.group = "who", .time = "when"}),
            "a group, a time and an order divide the rows in different ways; take one of them");
  EXPECT_EQ(refusal({.folds = 1, .fold = 1}),
            "fold 1 of 1: there must be 2 folds or more, and their numbers are from 1");
  EXPECT_EQ(refusal({.folds = 400, .fold = 1}), "folds = 400, and there are 300 rows");
  const auto [two, numbers] = given("g,t,y\na,1,1\na,,2\nb,3,3.5\n");
  try {
    split_rows(two.main, numbers, {.group = "g"});
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_STREQ(error.what(),
                 "group: column \"g\" has 2 values, and there are to be 3 parts without a value in "
                 "common");
  }
  try {
    split_rows(two.main, numbers, {.time = "t"});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(),
                 "f.csv:3:2: column \"t\" is missing here, so the row has no place in time; mend "
                 "it, or leave the row out");
  }
}

}  // namespace
}  // namespace chainrule::data
