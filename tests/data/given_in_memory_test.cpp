// Tables and arrays that a caller puts together in memory: what is wrong is said at the door.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/data.h"
#include "chainrule/error.h"

namespace chainrule::data {
namespace {

template <class Error, class Action>
std::string refused_by(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Encoder learnt_from(const Source& source) {
  return Encoder::fit(source, decide_target(source), std::vector<std::int64_t>{0, 1, 2});
}

Table small_table() {
  Table table{.rows = 3, .file = "mine"};
  table.columns = {
      {.name = "x", .numbers = {1, 2, 3}},
      {.name = "k", .kind = ColumnKind::categorical, .codes = {0, 1, -1}, .categories = {"a", "b"}},
      {.name = "y", .numbers = {0.5, 1.5, 2.5}}};
  return table;
}

TEST(Tables, NeedNoLines) {
  const Source source{small_table(), {}};
  const Prepared done = prepare(source, {.split = {.validation = 0, .test = 0}});
  EXPECT_EQ(done.train.rows.size(), 3u);
  EXPECT_EQ(done.train.data->place(2).line, 0);
  Table huge = small_table();
  huge.columns[0].numbers[1] = 1e300;
  const Encoder encoder = learnt_from({small_table(), {}});
  EXPECT_THAT(refused_by<DataError>([&] { encoder.encode(huge); }),
              testing::StartsWith("mine: column"));
  Table words = small_table();
  words.columns[0] = {
      .name = "x", .kind = ColumnKind::categorical, .codes = {0, 0, 0}, .categories = {"w"}};
  EXPECT_THAT(refused_by<DataError>([&] { encoder.encode(words); }),
              testing::HasSubstr("\"w\" is not a number"));
}

TEST(Tables, AreCheckedAtTheDoor) {
  const auto refused = [](const Table& table) {
    const std::string said = refused_by<UsageError>([&] { decide_target({table, {}}); });
    const Encoder encoder = learnt_from({small_table(), {}});
    EXPECT_EQ(refused_by<UsageError>([&] { encoder.encode(table); }), said);
    EXPECT_EQ(refused_by<UsageError>([&] { prepare(Source{table, {}}); }), said);
    return said;
  };
  Table bad = small_table();
  bad.columns[0].numbers.pop_back();
  EXPECT_EQ(refused(bad),
            "table \"mine\": column \"x\" has 2 numbers, and the table has 3 rows; give one per "
            "row");
  bad = small_table();
  bad.columns[1].codes.push_back(0);
  EXPECT_EQ(refused(bad),
            "table \"mine\": column \"k\" has 4 codes, and the table has 3 rows; give one per row");
  for (const std::int32_t code : {2, -2}) {
    bad = small_table();
    bad.columns[1].codes[1] = code;
    EXPECT_EQ(
        refused(bad),
        fmt::format("table \"mine\": column \"k\" holds the code {}, and it has 2 categories; "
                    "give -1 for missing, or an index into them",
                    code));
  }
  bad = small_table();
  bad.lines.push_back(2);
  EXPECT_EQ(
      refused(bad),
      "table \"mine\": 1 rows have a line, and the table has 3 rows; give a line for each, or "
      "for none");
}

Examples small_arrays() {
  return {{"x", {3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}},
          Array{"y", {3}, std::vector<float>{0.5f, 1.5f, 2.5f}}};
}

TEST(Arrays, AreCheckedAtTheDoor) {
  const auto refused = [](const Examples& examples) {
    const auto said = [](auto action) { return refused_by<std::exception>(action); };
    const std::string first = said([&] { decide_target({examples, {}}); });
    const Encoder encoder = learnt_from({small_arrays(), {}});
    EXPECT_EQ(said([&] { encoder.encode(examples); }), first);
    EXPECT_EQ(said([&] { prepare(Source{examples, {}}); }), first);
    return first;
  };
  EXPECT_EQ(refused(small_arrays()), "");
  Examples bad = small_arrays();
  bad.features.values = std::vector<std::uint8_t>(5);
  EXPECT_EQ(refused(bad), "array \"x\": shape [3, 2] needs 6 values, got 5");
  bad = small_arrays();
  bad.targets->values = std::vector<double>(2);
  EXPECT_EQ(refused(bad), "array \"y\": shape [3] needs 3 values, got 2");
  bad = small_arrays();
  bad.targets = Array{"y", {2}, std::vector<float>{1, 2}};
  EXPECT_EQ(refused(bad), "y: has shape [2] and x has shape [3, 2]; give one target per row");
}

TEST(Encoder, LearnsFromRowsThatExist) {
  const Source source{small_table(), {}};
  const Target target = decide_target(source);
  for (const std::int64_t row : {-1, 3})
    EXPECT_EQ(refused_by<UsageError>([&] { Encoder::fit(source, target, std::vector{row}); }),
              fmt::format("training row {} does not exist; the source has 3 rows", row));
}

}  // namespace
}  // namespace chainrule::data
