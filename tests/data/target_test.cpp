// What is to be predicted, as its values tell.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "data/csv.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;

Source source_of(std::string_view text) { return {parse_csv(text, "f.csv", {}), {}}; }

template <class Error, class Action>
std::string told_by(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Target, IsDecidedFromItsValues) {
  std::string few = "x,y\n", many = "x,y\n", fractions = "x,y\n", words = "x,y\n";
  for (int i = 0; i < 100; ++i) {
    few += fmt::format("{},{}\n", i % 7, i % 11);
    many += fmt::format("{},{}\n", i % 7, i % 21);
    fractions += fmt::format("{},{}\n", i % 7, i % 2 + 0.5);
    words += fmt::format("{},{}\n", i % 7, i % 2 ? "yes" : "no");
  }
  const Target classes = decide_target(source_of(few));
  EXPECT_EQ(classes.task, Task::classification);
  EXPECT_THAT(classes.classes, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"));
  EXPECT_EQ(classes.reason.en, "11 distinct whole numbers");
  EXPECT_EQ(decide_target(source_of(many)).task, Task::regression);
  EXPECT_EQ(decide_target(source_of(fractions)).task, Task::regression);
  EXPECT_THAT(decide_target(source_of(words)).classes, ElementsAre("no", "yes"));
  EXPECT_EQ(decide_target(source_of(few), {.task = Task::regression}).task, Task::regression);
  EXPECT_EQ(decide_target(source_of(fractions), {.task = Task::classification}).classes[0], "0.5");
  EXPECT_EQ(decide_target(source_of("a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n")).task,
            Task::classification);
}

TEST(Target, LeavesOutRowsWithoutOne) {
  const Target target = decide_target(source_of("x,y\n1,a\n2,\n3,b\n4,\n5,NA\n"));
  EXPECT_THAT(target.rows, ElementsAre(0, 2, 4)) << "a word is a class";
  EXPECT_EQ(target.left_out, 2);
}

TEST(Target, RefusesWhatCannotBeLearnt) {
  const auto target_refusal = [](std::string_view text, const TargetOptions& options) {
    return told_by<DataError>([&] { decide_target(source_of(text), options); });
  };
  EXPECT_EQ(
      told_by<UsageError>([] { decide_target(source_of("age,size\n1,2\n"), {.column = "siez"}); }),
      "target: f.csv has no column \"siez\"; did you mean \"size\"?");
  EXPECT_EQ(target_refusal("x,y\n1,a\n2,a\n", {}),
            "f.csv: column \"y\" holds one class only, \"a\"; a classification needs two or more");
  EXPECT_EQ(
      target_refusal("x,y\n1,1.5\n2,1.5\n", {.task = Task::regression}),
      "f.csv: column \"y\" holds the same number in every row; there is nothing to learn, choose "
      "another target");
  EXPECT_EQ(target_refusal("x,y\n1,\n2,\n", {}),
            "f.csv: column \"y\" has no value in any row; choose another target");
  EXPECT_EQ(
      target_refusal("x,y\n1,\n2,a\n3,b\n", {.task = Task::regression}),
      "f.csv:3:2: column \"y\" holds text such as \"a\"; regression needs numbers: choose another "
      "target, or classification");
  std::string names = "x,name\n";
  for (int i = 0; i < 60; ++i) names += fmt::format("{},n{}\n", i % 3, i);
  EXPECT_EQ(
      target_refusal(names, {}),
      "f.csv: column \"name\" holds 60 classes in 60 rows, so it names rows rather than classes; "
      "choose another target");
}

}  // namespace
}  // namespace chainrule::data
