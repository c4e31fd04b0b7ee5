#include "data/csv.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;

std::string refusal(std::string_view text, const CsvOptions& options = {}) {
  try {
    parse_csv(text, "f.csv", options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> texts(const Column& column) {
  std::vector<std::string> all;
  for (const auto code : column.codes)
    all.push_back(code < 0 ? "(missing)" : column.categories[static_cast<std::size_t>(code)]);
  return all;
}

std::vector<std::int64_t> lines(const Table& table) {
  std::vector<std::int64_t> all;
  for (std::int64_t row = 0; row < table.lines.size(); ++row) all.push_back(table.lines.of(row));
  return all;
}

TEST(Csv, TellsNumbersFromText) {
  const Table table = parse_csv("age,sex\n31,f\n-4.5e1,m\n+.5,f\n", "f.csv");
  ASSERT_EQ(table.rows, 3);
  EXPECT_THAT(table.names(), ElementsAre("age", "sex"));
  EXPECT_EQ(table.columns[0].kind, ColumnKind::numeric);
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(31, -45, 0.5));
  EXPECT_EQ(table.columns[1].kind, ColumnKind::categorical);
  EXPECT_THAT(table.columns[1].categories, ElementsAre("f", "m"));
  EXPECT_THAT(table.columns[1].codes, ElementsAre(0, 1, 0));
  EXPECT_THAT(lines(table), ElementsAre(2, 3, 4));
}

TEST(Csv, FollowsRfc4180) {
  const Table table = parse_csv(
      "\xEF\xBB\xBFname,\"a \"\"b\"\"\",n\r\n\"Smith, J\",\"two\nlines\",1\r\n\r\n \"x\" , y ,2",
      "f.csv");
  EXPECT_THAT(table.names(), ElementsAre("name", "a \"b\"", "n"));
  EXPECT_THAT(texts(table.columns[0]), ElementsAre("Smith, J", "x"));
  EXPECT_THAT(texts(table.columns[1]), ElementsAre("two\nlines", "y"));
  EXPECT_THAT(table.columns[2].numbers, ElementsAre(1, 2));
  EXPECT_THAT(lines(table), ElementsAre(2, 5))
      << "the first row spans two lines, then one is blank";
}

TEST(Csv, AcceptsEveryLineEnd) {
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r"}) {
    const Table table = parse_csv(text, "f.csv");
    EXPECT_EQ(table.rows, 2);
    EXPECT_THAT(table.columns[1].numbers, ElementsAre(2, 4));
    EXPECT_THAT(lines(table), ElementsAre(2, 3));
  }
}

TEST(Csv, GuessesTheDelimiter) {
  EXPECT_EQ(parse_csv("a;b\n1;2\n", "f.csv").columns.size(), 2u);
  EXPECT_EQ(parse_csv("a\tb\n1\t2\n", "f.csv").columns.size(), 2u);
  EXPECT_EQ(parse_csv("\"a,b,c\";d\n1;2\n", "f.csv").columns.size(), 2u);
  EXPECT_EQ(parse_csv("a\n1\n", "f.csv").columns.size(), 1u);
  EXPECT_EQ(parse_csv("a|b,c\n1|2\n", "f.csv", {.delimiter = '|'}).columns.size(), 2u);
}

TEST(Csv, KeepsEmptyFieldsBetweenTabs) {
  const Table table = parse_csv("a\tb\tc\n1\t\t3\n\t2\t\n", "f.csv");
  EXPECT_EQ(table.columns[1].numbers[1], 2);
  EXPECT_TRUE(std::isnan(table.columns[1].numbers[0]));
  EXPECT_TRUE(std::isnan(table.columns[0].numbers[1]));
}

// The C library's strtod rounds correctly, and shares no code with either way the reader takes.
TEST(Csv, ReadsNumbersToTheLastBit) {
  RandomStream random(1, 0);
  std::vector<std::string> fields = {"0.1", "-0",   "9007199254740993", "123456789012345",  "1e22",
                                     "5.",  "1e-5", "4.9e-324",         "999999999999999.9"};
  for (int i = 0; i < 5000; ++i) {
    std::string field = random.below(2) == 0 ? "-" : "";
    const std::uint64_t before = 1 + random.below(20), after = random.below(20);
    for (std::uint64_t k = 0; k < before; ++k) field += static_cast<char>('0' + random.below(10));
    if (after > 0) field += '.';
    for (std::uint64_t k = 0; k < after; ++k) field += static_cast<char>('0' + random.below(10));
    if (random.below(8) == 0) field += fmt::format("e{}", static_cast<int>(random.below(40)) - 20);
    fields.push_back(field);
  }
  const Table table = parse_csv(fmt::format("x\n{}\n", fmt::join(fields, "\n")), "f.csv");
  ASSERT_EQ(table.columns[0].kind, ColumnKind::numeric);
  for (std::size_t i = 0; i < fields.size(); ++i)
    EXPECT_EQ(table.columns[0].numbers[i], std::strtod(fields[i].c_str(), nullptr)) << fields[i];
}

TEST(Csv, FindsOutWhetherThereIsAHeader) {
  EXPECT_THAT(parse_csv("1,2\n3,4\n", "f.csv").names(), ElementsAre("column1", "column2"));
  EXPECT_EQ(parse_csv("1,2\n3,4\n", "f.csv").rows, 2);
  EXPECT_EQ(parse_csv("5.1,setosa\n4.9,setosa\n", "f.csv").rows, 2);
  EXPECT_EQ(parse_csv("colour,taste\nred,sweet\n", "f.csv").rows, 1) << "no name comes again below";
  EXPECT_EQ(parse_csv("red,sweet\ngreen,sour\nred,sour\n", "f.csv").rows, 3) << "red comes again";
  EXPECT_EQ(parse_csv("red,a\nred,b\n", "f.csv", {.header = Header::present}).rows, 1);
  EXPECT_EQ(parse_csv("a,b\n1,2\n", "f.csv", {.header = Header::absent}).rows, 2);
  EXPECT_THAT(parse_csv(",x\n1,2\n", "f.csv").names(), ElementsAre("column1", "x"));
  // Names may be numbers: those that pandas writes, and years.
  EXPECT_THAT(parse_csv("0,1,2\n5,6,0\n7,8,1\n", "f.csv").names(), ElementsAre("0", "1", "2"));
  EXPECT_THAT(parse_csv("2019,2020,grown\n5,6,1\n7,8,3\n", "f.csv").names(),
              ElementsAre("2019", "2020", "grown"));
  EXPECT_EQ(parse_csv("2019,2020,yes\n5,6,no\n7,8,yes\n", "f.csv").rows, 3);
  EXPECT_EQ(parse_csv("1,2,a\n5,6,b\n1,2,c\n", "f.csv").rows, 3) << "a is above no number";
  EXPECT_EQ(parse_csv("1,1,a\n5,6,1\n7,8,2\n", "f.csv").rows, 2 + 1) << "names do not come twice";
  // Gaps are no names.
  EXPECT_EQ(parse_csv(",,yes\n1,2,no\n3,4,yes\n", "f.csv").rows, 3);
  EXPECT_EQ(parse_csv("NA,?,a\n1,2,b\n3,4,c\n", "f.csv").rows, 3);
  EXPECT_FALSE(parse_csv("1,2\n3,4\n", "f.csv").dialect.header);
}

TEST(Csv, TakesEmptyLinesOfOneColumnAsMissing) {
  const Table one = parse_csv("\nx\n1\n\n 3\n  \n5\n\n\n", "f.csv");
  EXPECT_EQ(one.rows, 5) << "those before and behind all others do not count";
  EXPECT_THAT(one.columns[0].numbers, ElementsAre(1, testing::IsNan(), 3, testing::IsNan(), 5));
  EXPECT_THAT(lines(one), ElementsAre(3, 4, 5, 6, 7));
  EXPECT_EQ(parse_csv("x,y\n1,2\n\n3,4\n", "f.csv").rows, 2);
}

TEST(Csv, SkipsWhatStandsAboveTheTable) {
  const auto read = [](std::string_view text) { return parse_csv(text, "f.csv"); };
  const Table comments = read("# made by a logger\n# 2 rows\na,b\n1,2\n#late\n3,4\n");
  EXPECT_THAT(comments.names(), ElementsAre("a", "b"));
  EXPECT_THAT(lines(comments), ElementsAre(4, 6));
  EXPECT_EQ(comments.skipped.en, "");
  const Table names = read("# about\r\n# a,b\r\n1,x\r\n3,y\r\n");
  EXPECT_THAT(names.names(), ElementsAre("a", "b"));
  EXPECT_THAT(lines(names), ElementsAre(3, 4));
  EXPECT_EQ(read("#a,#1\n#b,#2\n").rows, 1) << "texts that begin with #";
  const Table title = read("Sales of 2023\n\na,b,c\n1,2,3\n3,4,5\n5,6,7\n");
  EXPECT_THAT(title.names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(title.skipped.en, "\"Sales of 2023\"");
  EXPECT_THAT(lines(title), ElementsAre(4, 5, 6));
  EXPECT_THAT(refusal("value\n1,5\n2,5\n3,5\n"), testing::HasSubstr("f.csv:2:2"))
      << "one word above pairs may be the name of numbers with commas";
  const Table separated = read("sep=;\r\na;b\r\n1,5;2\r\n");
  EXPECT_THAT(separated.names(), ElementsAre("a", "b"));
  EXPECT_THAT(separated.columns[0].numbers, ElementsAre(1.5));
  EXPECT_THAT(lines(separated), ElementsAre(3));
}

TEST(Csv, TakesADelimiterAtTheEndOfEveryLine) {
  EXPECT_THAT(parse_csv("a,b,\n1,2,\n3,x,\n", "f.csv").names(), ElementsAre("a", "b"));
  const Table rows = parse_csv("a,b\n1,2,\n3,x,\n", "f.csv");
  EXPECT_THAT(rows.columns[0].numbers, ElementsAre(1, 3));
  EXPECT_THAT(texts(rows.columns[1]), ElementsAre("2", "x"));
  EXPECT_THAT(refusal("a,b\n1,2,\n3,4,5\n"), testing::HasSubstr("f.csv:3:3"));
  EXPECT_THAT(refusal("a,b\n1,2,,\n"), testing::HasSubstr("f.csv:2:3"));
}

TEST(Csv, KnowsTheWordsForMissing) {
  const Table table =
      parse_csv("n,t\n,\nNA,N/A\nNaN,nan\nnull,None\n?,-\n7,seven\nn/a,NULL\n", "f.csv");
  EXPECT_EQ(table.columns[0].kind, ColumnKind::numeric);
  for (const std::size_t row : {0u, 1u, 2u, 3u, 4u, 6u}) {
    EXPECT_TRUE(std::isnan(table.columns[0].numbers[row]));
    EXPECT_EQ(table.columns[1].codes[row] == -1, row == 0) << "among texts a word is a word";
  }
  EXPECT_EQ(table.columns[0].numbers[5], 7);
}

TEST(Csv, KnowsMoreWordsForMissingAmongNumbers) {
  for (const char* word : {"#N/A", "<NA>", "NaT", "nil", ".", "--", "na", "nAn", "NONE", "Null"}) {
    const Table table = parse_csv(fmt::format("n,t\n1,a\n{},b\n2,{}\n", word, word), "f.csv");
    ASSERT_EQ(table.columns[0].kind, ColumnKind::numeric) << word;
    EXPECT_TRUE(std::isnan(table.columns[0].numbers[1])) << word;
  }
}

TEST(Csv, RefusesAWordAmongFewNumbers) {
  EXPECT_THAT(
      refusal("x,y\n1,a\n2,b\n1.2x,a\n4,b\n5,a\n6,b\n"),
      testing::HasSubstr("f.csv:4:1: column \"x\": \"1.2x\" is not a number, as 5 of the 6"));
  EXPECT_EQ(parse_csv("x,y\n1,a\n2,b\nx,a\n4,b\n", "f.csv").columns[0].kind,
            ColumnKind::categorical)
      << "three numbers prove nothing";
}

TEST(Csv, SortsCategoriesAsNumbersWhereAllAre) {
  const Table table = parse_csv("k,n\n10,1\n9,1\n10,1\n", "f.csv", {.categorical = {"k"}});
  EXPECT_THAT(table.columns[0].categories, ElementsAre("9", "10"));
  EXPECT_THAT(table.columns[0].codes, ElementsAre(1, 0, 1));
}

TEST(Csv, NamesThePlaceOfWhatIsWrong) {
  EXPECT_EQ(refusal(""), "f.csv: is empty; give a file with a header and at least one row");
  EXPECT_EQ(refusal("\n  \n"), "f.csv: is empty; give a file with a header and at least one row");
  EXPECT_EQ(refusal("a,b\n"), "f.csv:1: holds a header and no rows; add at least one row");
  EXPECT_EQ(
      refusal("a,b\n1,2\n1\n"),
      "f.csv:3:2: this row has 1 field and the first row has 2; mend the row (quote a field that "
      "holds ',')");
  EXPECT_EQ(
      refusal("a,b\n1,2\n\n1,2,3,4\n"),
      "f.csv:4:3: this row has 4 fields and the first row has 2; mend the row (quote a field that "
      "holds ',')");
  EXPECT_EQ(
      refusal("a,b\n1,\"2\n3,4\n"),
      "f.csv:2:2: a quote opens here and is never closed; close it, or write \"\" for a quote "
      "inside quotes");
  EXPECT_EQ(
      refusal("a,b\n1,\"x\"y\n"),
      "f.csv:2:2: text follows a closing quote; quote the whole field, and write \"\" for a quote "
      "inside it");
  EXPECT_EQ(refusal(std::string_view("a,b\n1,\0\n", 8)),
            "f.csv:2: holds a NUL byte, so this is no text (a binary file?); save it as CSV in "
            "UTF-8");
  EXPECT_EQ(refusal("a,b\n1,café\n2,caf\xE9\n"),
            "f.csv:3: is not UTF-8 (damaged, or in an encoding that is not known here?); save it "
            "as CSV in UTF-8");
  EXPECT_EQ(refusal("a,b\n1,café 한국어 😀\n"), "");
  EXPECT_EQ(refusal("a,b,a\n1,2,3\n"),
            "f.csv:1:3: the column name \"a\" stands here and in field 1; rename one");
  EXPECT_EQ(refusal("a,b\n1,2\n3,inf\n"),
            "f.csv:3:2: column \"b\": \"inf\" is not a finite number (at most 1.8e308); mend it, "
            "or leave "
            "the field empty if it is missing");
  EXPECT_EQ(
      refusal("a,b\n1,2\n3,1e999\n"),
      "f.csv:3:2: column \"b\": \"1e999\" is not a finite number (at most 1.8e308); mend it, or "
      "leave the field empty if it is missing");
  EXPECT_EQ(refusal("age,b\n1,2\n", {.categorical = {"aeg"}}),
            "categorical: f.csv has no column \"aeg\"; did you mean \"age\"?");
}

TEST(Csv, TakesAFewTextsAmongManyNumbersAsMistakes) {
  std::string text = "age,n\n";
  for (int i = 0; i < 40; ++i) text += i == 30 ? "3O,1\n" : "30,1\n";
  EXPECT_EQ(
      refusal(text),
      "f.csv:32:1: column \"age\": \"3O\" is not a number, as 39 of the 40 values here are; mend "
      "the file, say which word means missing: --missing 3O, or train with the column as text: "
      "--categorical age");
  EXPECT_EQ(refusal(text, {.categorical = {"age"}}), "");
  EXPECT_EQ(refusal("age,n\n1,1\n2,1\nold,1\n"), "")
      << "three values are too few to call it a mistake";
}

// As categories the numbers would be lost. Between semicolons a comma that could be either is a
// decimal mark; where other numbers have points it stands between thousands.
TEST(Csv, ReadsCommasInNumbers) {
  EXPECT_THAT(parse_csv("a;b\r\n1;x\r\n1,500;y\r\n", "f.csv").columns[0].numbers,
              ElementsAre(1, 1.5));
  EXPECT_THAT(parse_csv("a;b\n1;0.5\n1,500;2\n", "f.csv").columns[0].numbers, ElementsAre(1, 1500));
  EXPECT_THAT(parse_csv("a,b\n\"1,234.5\",x\n\"-2,000\",y\n", "f.csv").columns[0].numbers,
              ElementsAre(1234.5, -2000));
  EXPECT_EQ(refusal("a;b\n1,5;x\n2,5;y\n", {.categorical = {"a"}}), "");
  EXPECT_EQ(refusal("a;b\n1,5;x\nall;y\n1,2;y\n"), "") << "texts, some of which look like numbers";
  EXPECT_EQ(refusal("a;b\n1.5,2.5;x\n;y\n,;y\n"), "") << "a pair is no number";
}

std::string utf16(std::string_view ascii, bool low_first) {
  std::string bytes;
  for (const char c : ascii)
    for (const bool low : {low_first, !low_first}) bytes += low ? c : '\0';
  return bytes;
}

TEST(Csv, ReadsOtherEncodings) {
  const Table latin = parse_csv("a,b\n1,caf\xE9\n2,\x80 5\n", "f.csv");
  EXPECT_EQ(latin.encoding, "Windows-1252");
  EXPECT_THAT(texts(latin.columns[1]), ElementsAre("café", "€ 5"));
  const Table korean = parse_csv("\xC0\xCC\xB8\xA7,n\n\xC7\xD1\xB1\xB9,1\n", "f.csv");
  EXPECT_EQ(korean.encoding, "CP949");
  EXPECT_EQ(korean.columns[0].name, "이름");
  EXPECT_THAT(texts(korean.columns[0]), ElementsAre("한국"));
  for (const bool low_first : {true, false}) {
    const std::string bytes = utf16("a,b\n1,x\n2,y\n", low_first);
    for (const char* mark : {"", low_first ? "\xFF\xFE" : "\xFE\xFF"}) {
      const Table table = parse_csv(mark + bytes, "f.csv");
      EXPECT_EQ(table.encoding, "UTF-16");
      EXPECT_THAT(table.names(), ElementsAre("a", "b"));
      EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2));
    }
  }
  EXPECT_EQ(parse_csv("a,b\n1,x\n", "f.csv").encoding, "UTF-8");
}

TEST(Csv, SaysWhatAFileIsThatIsNoTable) {
  const std::vector<std::pair<std::string, std::string>> files{
      {"PAR1...", "Parquet"},
      {"\xD0\xCF\x11\xE0", "Excel"},
      {"7z\xBC\xAF\x27\x1C", "7-Zip"},
      {"Rar!\x1A\x07", "RAR"},
      {std::string(257, '0') + "ustar", "tar -xf"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", "git lfs pull"},
      {"\n <!DOCTYPE html>\n<html>", "web page"}};
  for (const auto& [bytes, what] : files)
    EXPECT_THAT(refusal(bytes), testing::HasSubstr(what)) << bytes;
}

TEST(Csv, TakesAnythingInColumnsThatAreNotUsed) {
  const CsvOptions options{.uses = [](std::string_view name) { return name == "a"; }};
  const Table table = parse_csv("price,a,memo,memo,far\n\"1,000\",1,x,1,1e999\n\"1,001\",2,y,2,1\n",
                                "f.csv", options);
  EXPECT_THAT(table.names(), ElementsAre("price", "a", "memo", "memo (4)", "far"));
  EXPECT_THAT(table.columns[1].numbers, ElementsAre(1, 2));
  EXPECT_NE(refusal("b,a\n1,1e999\n", options), "") << "but a is used";
  EXPECT_NE(refusal("a,a\n1,1\n", options), "");
}

TEST(Csv, RefusesFieldsAndRowsBeyondReason) {
  const std::string longest(1 << 20, 'x');
  EXPECT_EQ(parse_csv("a,b\n1," + longest + "\n2,y\n", "f.csv").columns[1].categories[0], longest);
  const std::string end =
      ": this field is 1048577 bytes long, and at most 1048576 are read (is a quote or a line end "
      "missing?); mend the file, or leave the column out of it";
  EXPECT_EQ(refusal("a,b\n1,y\n2,x" + longest + "\n"), "f.csv:3:2" + end);
  EXPECT_EQ(refusal("a,b\n1,y\n2,\"" + longest + "\"\n"), "f.csv:3:2" + end);
  EXPECT_EQ(parse_csv(std::string(99'999, ',') + "\n" + std::string(99'999, ',') + "\n", "f.csv")
                .columns.size(),
            100'000u);
  EXPECT_EQ(refusal(std::string(100'000, ',') + "\n"),
            "f.csv:1:100001: this row has more than 100000 fields; give such wide data as .npy "
            "arrays");
}

TEST(Csv, KeepsNoNumbersOfTextColumns) {
  const Table table = parse_csv("a,b\n1,1\nx,2\n3,3\n", "f.csv", {.categorical = {"b"}});
  EXPECT_THAT(texts(table.columns[0]), ElementsAre("1", "x", "3"));
  EXPECT_THAT(texts(table.columns[1]), ElementsAre("1", "2", "3"));
  EXPECT_EQ(table.columns[0].numbers.capacity() + table.columns[1].numbers.capacity(), 0u);
}

TEST(Csv, TakesLongNumbersThatComeAgainAsNames) {
  const Table table = parse_csv(
      "when,label\n1700000000000000001,9007199254740993\n1700000000000000002,9007199254740995\n"
      "1700000000000000500,9007199254740993\n1700000000000000900,9007199254740995\n",
      "f.csv");
  EXPECT_EQ(table.columns[0].kind, ColumnKind::numeric);
  EXPECT_THAT(texts(table.columns[1]), ElementsAre("9007199254740993", "9007199254740995",
                                                   "9007199254740993", "9007199254740995"));
}

// As R's write.table writes them.
TEST(Csv, NamesTheNamesOfRows) {
  const Table table =
      parse_csv("\"mpg\",\"kind\"\n\"Mazda RX4\",21,\"a\"\n\"Valiant\",18.1,\"b\"\n", "f.csv");
  EXPECT_THAT(table.names(), ElementsAre("row", "mpg", "kind"));
  EXPECT_THAT(texts(table.columns[0]), ElementsAre("Mazda RX4", "Valiant"));
  EXPECT_THAT(table.columns[1].numbers, ElementsAre(21, 18.1));
  EXPECT_THAT(table.columns[0].doubts,
              testing::ElementsAre(testing::HasSubstr("as R writes them")));
  EXPECT_THAT(
      parse_csv("\"x\" \"row\"\n\"1\" 5 6\n\"2\" 7 8\n", "f.csv", {.delimiter = ' '}).names(),
      ElementsAre("column1", "x", "row"));
  // Numbers are no names, and a delimiter at the end of every line begins no field.
  EXPECT_THROW(parse_csv("1,2\n3,4,5\n", "f.csv"), DataError);
  EXPECT_THAT(parse_csv("a,b\n3,4,\n5,6,\n", "f.csv").names(), ElementsAre("a", "b"));
}

}  // namespace
}  // namespace chainrule::data
