// Tables as spreadsheets, offices and their programs export them, written down by hand.
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/fitted_encoder.h"

namespace chainrule::data {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Table exported(const std::string& text) { return parse_csv(text, "f.csv"); }

std::vector<std::string> doubts_about(const std::string& text) {
  return english(encoder_of(exported(text)).doubts());
}

TEST(ExportedTables, HaveGroupsOfNames) {
  const Table table = exported(
      "region,2022,,2023,\n,sales,profit,sales,profit\nN,1,2,3,4\nS,5,6,7,8\nE,9,10,11,12\n");
  EXPECT_THAT(table.names(),
              ElementsAre("region", "2022 sales", "2022 profit", "2023 sales", "2023 profit"));
  EXPECT_EQ(table.rows, 3);
  EXPECT_THAT(table.columns[4].numbers, ElementsAre(4, 8, 12));
  EXPECT_EQ(table.skipped, "");
  EXPECT_EQ(table.lines.of(0), 3);
  // A row of units, or a first row with gaps, is none of names.
  EXPECT_THAT(exported("t,p,v\ns,kPa,m3\n1,2.5,3\n2,3.5,4\n3,4.5,5\n").names(),
              ElementsAre("t", "p", "v"));
  EXPECT_THAT(exported("a,b,\nx,1,2\ny,3,4\nx,5,6\n").names(), ElementsAre("a", "b", "column3"));
}

TEST(ExportedTables, LoseCellsThatWereJoined) {
  std::string text = "region,n,y\n";
  for (int i = 0; i < 24; ++i)
    text += fmt::format("{},{},{}.5\n", i % 8 == 0 ? fmt::format("r{}", i) : "", i * 7 % 9, i);
  EXPECT_THAT(doubts_about(text),
              Contains(HasSubstr("column \"region\": each of its 3 texts stands once, with empty "
                                 "fields below")));
  std::string whole = "region,n,y\n";
  for (int i = 0; i < 24; ++i)
    whole += fmt::format("{},{},{}.5\n", i % 3 == 0 ? "" : i % 2 == 0 ? "a" : "b", i * 7 % 9, i);
  EXPECT_THAT(doubts_about(whole), Not(Contains(HasSubstr("joined"))));
}

TEST(ExportedTables, HaveSumsAmongTheirRows) {
  std::string text = "부서,건수,값\n";
  for (int i = 0; i < 24; ++i)
    text += i % 8 == 7 ? fmt::format("소계,{},{}.5\n", 40 + i, 30 + i * 3 % 11)
                       : fmt::format("d{},{},{}.5\n", i % 4, i * 5 % 9, i * 3 % 11);
  EXPECT_THAT(doubts_about(text),
              Contains("the 3 rows with \"소계\" in column \"부서\" seem to be sums of others, and "
                       "are read as all rows are; leave them out of the file"));
  std::string last = "part,n,y\n";
  for (int i = 0; i < 20; ++i) last += fmt::format("p{},{},{}.5\n", i % 3, i * 5 % 9, i * 3 % 11);
  EXPECT_THAT(doubts_about(last + "Total,95,100.5\n"),
              Contains(HasSubstr("the last row, \"Total\", seems to be a sum of the others")));
}

TEST(ExportedTables, HaveNotesOfOfficesBelow) {
  const Table table = exported(
      "시도별 인구,,\n(단위: "
      "명),,\n시도,연도,인구\n서울,2020,\"9,668,465\"\n부산,2020,\"3,391,946\"\n"
      "대구,2020,\"2,418,346\"\n※ 자료: 행정안전부,,\n주) 주민등록 기준,,\n");
  EXPECT_EQ(table.rows, 3);
  EXPECT_THAT(table.names(), ElementsAre("시도", "연도", "인구"));
  EXPECT_THAT(table.columns[2].numbers, ElementsAre(9668465, 3391946, 2418346));
  EXPECT_THAT(table.skipped, HasSubstr("※ 자료: 행정안전부"));
  EXPECT_THAT(table.skipped, HasSubstr("주) 주민등록 기준"));
}

TEST(ExportedTables, HaveCodesThatAreNoNumbers) {
  const auto kind = [](const auto& field) {
    std::string text = "x,y\n";
    for (int i = 0; i < 60; ++i) text += fmt::format("{},{}.5\n", field(i), i);
    return exported(text).columns[0].kind;
  };
  // Telephones and parts have as many digits in each row, though the second number is the larger.
  EXPECT_EQ(
      kind([](int i) { return fmt::format("{}-{}", 200 + i * 7 % 700, 1000 + i * 131 % 8000); }),
      ColumnKind::categorical);
  EXPECT_EQ(kind([](int i) { return fmt::format("{}-{}", 10 + i, 100 + i * 13); }),
            ColumnKind::categorical);
  EXPECT_EQ(kind([](int i) { return fmt::format("{}.{}.{}", i % 7, i % 5, i % 9); }),
            ColumnKind::categorical);
  EXPECT_EQ(kind([](int i) { return fmt::format("{}/{}", i % 12 + 1, i % 28 + 1); }),
            ColumnKind::categorical);
  EXPECT_EQ(kind([](int i) { return fmt::format("{}-{}", i % 6, (i * 5 + 3) % 7); }),
            ColumnKind::categorical);
}

TEST(ExportedTables, OfCountriesWriteAmountsInTheirWay) {
  const Table sap = exported(
      "Belegnr;Datum;Betrag;Konto\n0000001000;05.07.2023;1.234,50;X\n0000001001;20.05.2023;99,00-;"
      "Y\n"
      "0000001002;23.03.2023;12,5;X\n");
  EXPECT_EQ(sap.dialect.decimal, ',');
  EXPECT_THAT(sap.columns[2].numbers, ElementsAre(1234.5, -99, 12.5));
  EXPECT_EQ(sap.columns[1].order, DateOrder::day_month_year);
  EXPECT_EQ(sap.columns[0].padded, "0000001000");
  const Table budget = exported("과목,증감\n교육,\"△1,234\"\n복지,\"2,345\"\n국방,△56\n");
  EXPECT_THAT(budget.columns[1].numbers, ElementsAre(-1234, 2345, -56));
  EXPECT_THAT(budget.columns[1].doubts, ElementsAre(HasSubstr("triangles are read as signs")));
}

}  // namespace
}  // namespace chainrule::data
