#include "data/spreadsheet.h"

#include <gtest/gtest.h>

#include "data/csv.h"

namespace chainrule::data {
namespace {

TEST(SpreadsheetSafe, GuardsWhatBeginsAFormula) {
  for (const char* cell : {"=1+1", "+x", "-x", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "-", "-1-1",
                           "+1+cmd|' /C calc'!A0"})
    EXPECT_EQ(spreadsheet_safe("k\n" + std::string(cell) + ",0.5\n"),
              "k\n'" + std::string(cell) + ",0.5\n");
  EXPECT_EQ(spreadsheet_safe("\"\t=1\",\"\r=1\",\"\n=1\"\n"), "\"'\t=1\",\"'\r=1\",\"'\n=1\"\n");
  EXPECT_EQ(spreadsheet_safe("=head,b\n"), "'=head,b\n") << "a column's name too";
  EXPECT_EQ(spreadsheet_safe("\"=a,\"\"b\"\"\"\n"), "\"'=a,\"\"b\"\"\"\n");
}

TEST(SpreadsheetSafe, LeavesNumbersAndOtherTextAlone) {
  for (const char* csv : {"value\n-3.5\n+2\n-1e-05\n", "class,probability\nsetosa,0.998\n", "",
                          "a\n\n", "\"a,b\",\"c\"\"d\"\n", "a=b,c-d\n", "nan\n", "'=1\n"})
    EXPECT_EQ(spreadsheet_safe(csv), csv);
}

// Where semicolons separate cells, a;=1 would be two.
TEST(SpreadsheetSafe, QuotesWhatOtherSeparatorsWouldSplit) {
  EXPECT_EQ(spreadsheet_safe("a;=1,b\n"), "\"a;=1\",b\n");
}

TEST(SpreadsheetSafe, IsStillTheSameTable) {
  const std::string csv = "k,\"=n\"\n\"-x\ny\",1\n\"a\"\"b\",-2\n@,3\n";
  const Table table = parse_csv(spreadsheet_safe(csv), "safe.csv");
  ASSERT_EQ(table.rows, 3);
  EXPECT_EQ(table.columns[0].categories, (std::vector<std::string>{"'-x\ny", "'@", "a\"b"}));
  EXPECT_EQ(table.columns[1].numbers, (std::vector<double>{1, -2, 3}));
}

}  // namespace
}  // namespace chainrule::data
