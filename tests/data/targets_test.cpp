// Targets that stand in several columns.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/one_hot.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Row i is of class i * i % 3; `on` and `off` are how that is written.
std::string one_hot_table(const char* on = "1", const char* off = "0") {
  std::string text = "x,kind_a,kind_b,kind_c\n";
  for (int i = 0; i < 30; ++i) {
    text += fmt::format("{}", i * 0.5);
    for (int k = 0; k < 3; ++k) text += fmt::format(",{}", i * 7 % 10 % 3 == k ? on : off);
    text += "\n";
  }
  return text;
}

Source read(const std::string& text) { return {parse_csv(text, "f.csv")}; }

TEST(OneHotTargets, AreOneClassWhereNobodyNamesOne) {
  for (const auto& [on, off] : {std::pair{"1", "0"}, {"True", "False"}, {"true", "false"}}) {
    const Source source = read(one_hot_table(on, off));
    const Target target = decide_target(source);
    EXPECT_EQ(target.name, "kind");
    EXPECT_THAT(target.columns, ElementsAre("kind_a", "kind_b", "kind_c"));
    EXPECT_THAT(target.classes, ElementsAre("a", "b", "c"));
    for (int i = 0; i < 30; ++i)
      EXPECT_EQ(target.class_of[static_cast<std::size_t>(i)], i * 7 % 10 % 3);
    const Encoder encoder = Encoder::fit(source, target, target.rows);
    EXPECT_EQ(encoder.width(), 1);
    const Encoder again = Encoder::from_json(encoder.to_json(), "m");
    EXPECT_EQ(again.to_json(), encoder.to_json());
    const Dataset data = again.encode(std::get<Table>(read(one_hot_table(on, off)).main));
    for (int i = 0; i < 30; ++i) EXPECT_EQ(data.class_of(i), i * 7 % 10 % 3);
  }
}

TEST(OneHotTargets, AreNotToldByTheirNeighbours) {
  const Source source = read(one_hot_table());
  const Target target = decide_target(source, {.column = "kind_b"});
  EXPECT_THAT(target.columns, ElementsAre("kind_b"));
  EXPECT_THAT(target.told_by, ElementsAre("kind_a", "kind_c"));
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  EXPECT_EQ(encoder.width(), 1);
  EXPECT_THAT(english(encoder.doubts()),
              testing::Contains(HasSubstr("one-hot together with the target")));
  const Encoder kept = Encoder::fit(source, target, target.rows, {.keep = {"kind_a"}});
  EXPECT_EQ(kept.width(), 2);
}

TEST(OneHotTargets, AreNotSeenElsewhere) {
  // Two ones in the last row; a third value; inputs that are one-hot beside another target.
  EXPECT_THAT(decide_target(read(one_hot_table() + "1,1,1,0\n")).columns, ElementsAre("kind_c"));
  EXPECT_THAT(decide_target(read(one_hot_table() + "1,0,0,2\n")).columns, ElementsAre("kind_c"));
  const Source source = read("a,b,y\n1,0,1.5\n0,1,2\n1,0,7\n");
  EXPECT_THAT(decide_target(source).told_by, IsEmpty());
  EXPECT_EQ(Encoder::fit(source, decide_target(source), std::vector<std::int64_t>{0, 1, 2}).width(),
            2);
}

TEST(OneHotTargets, MissWhereAColumnDoes) {
  const Source source = read("x,a,b\n1,1,0\n2,,1\n3,0,1\n4,1,0\n");
  const Target target = decide_target(source, {.column = "a,b"});
  EXPECT_THAT(target.rows, ElementsAre(0, 2, 3));
  EXPECT_EQ(target.left_out, 1);
  EXPECT_EQ(target.name, "a,b");
}

TEST(OneHotTargets, RefuseARowOfNoClass) {
  const Source source = read(one_hot_table());
  const Encoder encoder = Encoder::fit(source, decide_target(source), decide_target(source).rows);
  try {
    encoder.encode(parse_csv("x,kind_a,kind_b,kind_c\n1,0,1,0\n2,1,1,0\n", "g.csv"));
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(),
                 "g.csv:3:2: of the 3 columns of the target \"kind\" exactly one is to be 1 in "
                 "every row; mend the row");
  }
}

TEST(SeveralTargets, AreNumbersSideBySide) {
  const Source source = read("x,\"Length, cm\",width\n1,10,0.5\n2,20,1.5\n3,30,\n4,40,3.5\n");
  const Target target = decide_target(source, {.column = "width, Length, cm"});
  EXPECT_THAT(target.columns, ElementsAre("width", "Length, cm"));
  EXPECT_EQ(target.task, Task::regression);
  EXPECT_EQ(target.outputs, 2);
  EXPECT_THAT(target.rows, ElementsAre(0, 1, 3));
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  EXPECT_EQ(encoder.width(), 1);
  const Encoder again = Encoder::from_json(encoder.to_json(), "m");
  EXPECT_EQ(again.to_json(), encoder.to_json());
  const Dataset data = encoder.encode(std::get<Table>(source.main));
  EXPECT_THAT(data.rows_with_target(), ElementsAre(0, 1, 3));
  std::vector<float> y(2);
  data.gather(std::vector<std::int64_t>{3}, nullptr, y.data());
  EXPECT_NEAR(encoder.in_target_units(static_cast<double>(y[0]), 0), 3.5, 1e-6);
  EXPECT_NEAR(encoder.in_target_units(static_cast<double>(y[1]), 1), 40, 1e-5);
}

TEST(SeveralTargets, AreRefusedWhereTheyAreNone) {
  const auto refusal = [](const std::string& columns,
                          std::optional<Task> task = {}) -> std::string {
    try {
      decide_target(read("x,y,z,w\n1,2,a,1\n2,2.5,b,2\n3,9,c,3\n"),
                    {.column = columns, .task = task});
    } catch (const std::exception& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("x,v"), "target: f.csv has no column \"v\"; did you mean \"x\"?");
  EXPECT_EQ(refusal("x,x"), "target: \"x\" is named twice");
  EXPECT_THAT(refusal("x,z"), HasSubstr("column \"z\" holds text such as \"a\""));
  EXPECT_THAT(refusal("x,y", Task::classification), HasSubstr("these columns are no class"));
}

}  // namespace
}  // namespace chainrule::data
