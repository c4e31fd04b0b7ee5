// Files that are tables in an unusual dress, or none: what each is, written down by hand.
#include <iconv.h>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/file_kinds.h"
#include "data/fitted_encoder.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string in_encoding(const std::string& text, const char* encoding) {
  const iconv_t to = iconv_open(encoding, "UTF-8");
  std::string out(4 * text.size() + 4, '\0');
  char *from = const_cast<char*>(text.data()), *at = out.data();
  std::size_t left = text.size(), room = out.size();
  iconv(to, &from, &left, &at, &room);
  iconv_close(to);
  EXPECT_EQ(left, 0u) << text;
  out.resize(out.size() - room);
  return out;
}

TEST(OddFiles, AreInTheEncodingsOfTheirCountries) {
  struct Case {
    const char *text, *encoding, *name;
  };
  for (const Case& one : {Case{"都市,値\n東京,1\n大阪,2\n名古屋,3\n", "CP932", "Shift-JIS"},
                          Case{"なまえ,値\nさとう,1\nスズキ,2\n", "CP932", "Shift-JIS"},
                          Case{"都市,値\nさいたま,1\n大阪のまち,2\n", "EUC-JP", "EUC-JP"},
                          Case{"城市,值\n北京,1\n上海,2\n广州,3\n深圳,4\n", "GB18030", "GB18030"},
                          Case{"город,y\nМосква,1\nКазань,2\nОмск,3\n", "CP1251", "Windows-1251"},
                          Case{"도시,값\n서울,1\n부산,2\n", "CP949", "CP949"},
                          Case{"이름,값\n똠방각하,1\n펲시,2\n서울,3\n", "CP949", "CP949"},
                          Case{"Größe,Straße\n1,Köln\n2,Düsseldorf\n", "CP1252", "Windows-1252"},
                          Case{"élève,âge\n1,été\n2,à côté\n", "CP1252", "Windows-1252"}}) {
    const Table table = parse_csv(in_encoding(one.text, one.encoding), "f.csv");
    const Table same = parse_csv(one.text, "f.csv");
    EXPECT_EQ(table.encoding, one.name) << one.text;
    EXPECT_EQ(table.names(), same.names()) << one.text;
    EXPECT_EQ(table.columns[0].categories, same.columns[0].categories) << one.text;
  }
}

TEST(OddFiles, AreCalledWhatTheyAre) {
  struct Case {
    const char *text, *what;
  };
  for (const Case& one :
       {Case{"{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 4}\n", "is JSON"},
        Case{"\xEF\xBB\xBF\n[\n  {\"a\": 1}\n]\n", "is JSON"},
        Case{"% weather\n@RELATION w\n@attribute a numeric\n@data\n1\n", "is an ARFF file"},
        Case{"| a | b |\n|---|:-:|\n| 1 | 2 |\n", "is a table drawn with lines"},
        Case{" a | b \n---+---\n 1 | 2 \n", "is a table drawn with lines"},
        Case{"+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n", "is a table drawn with lines"},
        Case{"1 1:0.5 3:0.25\n0 2:1.5\n", "is in LibSVM's format"},
        Case{"<?xml version=\"1.0\"?>\n<a/>\n", "is an XML file"},
        Case{"$FL2@(#) SPSS DATA FILE", "is an SPSS file"},
        Case{"ARROW1\x01", "is an Arrow (Feather) file"}}) {
    EXPECT_THAT(std::string(other_kind_of_file(one.text)), HasSubstr(one.what)) << one.text;
    EXPECT_THROW(parse_csv(one.text, "f.csv"), DataError);
  }
  for (const char* text : {"a,b\n1,2\n", "1 12:30 13:45\n2 10:15 11:20\n", "{a},b\n1,2\n",
                           "[1],2\n", "%,b\n1,2\n", "\"{\",b\n1,2\n", "", "@a,b\n"})
    EXPECT_THAT(std::string(other_kind_of_file(text)), IsEmpty()) << text;
}

TEST(OddFiles, HaveOtherMarksBetweenFields) {
  const Table carets = parse_csv("a^b^c\n1^x, y^3\n2^z; w^4\n", "f.csv");
  EXPECT_THAT(carets.names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(carets.dialect.delimiter, '^');
  const Table movies = parse_csv("1::Star Wars: A New Hope::Drama|War\n2::Heat::Crime\n", "f.csv");
  EXPECT_THAT(movies.columns[1].categories, ElementsAre("Heat", "Star Wars: A New Hope"));
  EXPECT_TRUE(movies.dialect.doubled);
  EXPECT_THAT(parse_csv("a;;b\n1,5;;2\n2,5;;3\n", "f.csv").columns[0].numbers,
              ElementsAre(1.5, 2.5));
  EXPECT_THAT(parse_csv("a||b\n1||2\n2||3\n", "f.csv").names(), ElementsAre("a", "b"));
  // Empty fields are no such mark.
  EXPECT_EQ(parse_csv("a;b;c\n1;;2\n3;;4\n", "f.csv").columns.size(), 3u);
  EXPECT_EQ(parse_csv("when,c\n10::30,2\n11::30,4\n", "f.csv").dialect.delimiter, ',');
  // A model knows it again.
  const Source source{parse_csv("a::b::y\n1::2::3.5\n2::3::4.5\n", "f.csv")};
  const Target target = decide_target(source);
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  EXPECT_EQ(Encoder::from_json(encoder.to_json(), "m").dialect(),
            std::get<Table>(source.main).dialect);
}

TEST(OddFiles, HaveCommentsInTheMiddle) {
  const Table table =
      parse_csv("# made by x\n# 2023\na;b\n1,5;x\n# a pause; with marks; in it\n2,5;y\n", "f.csv");
  EXPECT_THAT(table.names(), ElementsAre("a", "b"));
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1.5, 2.5));
  EXPECT_EQ(table.lines.of(1), 6);
}

TEST(OddFiles, HaveNamesThatTheModelHasNot) {
  const Source source{parse_csv("1,x,0.5\n2,y,1.5\n3,x,2.5\n", "train.csv")};
  const Target target = decide_target(source);
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  CsvOptions options{.expected = encoder.dialect(), .header = Header::unlikely};
  options.names = {encoder.names(), {"column1", "column2"}};
  options.expected_columns["column2"].kind = ColumnKind::categorical;
  const auto rows_of = [&](const char* text) {
    const Table table = parse_csv(text, "new.csv", options);
    const Dataset data = encoder.encode(table, false);
    return std::pair(data.rows(), english(data.notes()));
  };
  EXPECT_THAT(rows_of("size,kind\n1,x\n2,y\n"),
              testing::Pair(2, ElementsAre("new.csv has names, which training's had not: its "
                                           "columns are taken in the order of training's")));
  EXPECT_THAT(rows_of("1,x\n2,y\n"),
              testing::Pair(2, ElementsAre(HasSubstr("has no row of names"))));
  EXPECT_THAT(rows_of("column2,column1\nx,1\ny,2\n"), testing::Pair(2, IsEmpty()));
  EXPECT_EQ(rows_of(",y\n2,x\n").first, 2) << "a gap is no name";
}

TEST(OddFiles, AreOneRowToPredict) {
  const CsvOptions options{.expected = Dialect{}, .names = {{"a", "k", "y"}, {"a", "k"}}};
  const Table row = parse_csv("1,x\n", "new.csv", options);
  EXPECT_EQ(row.rows, 1);
  EXPECT_TRUE(row.by_position);
  EXPECT_THROW(parse_csv("a,k\n", "new.csv", options), DataError) << "names and no row";
}

TEST(OddFiles, NameClassesAsTheyAreWritten) {
  const auto classes_of = [](const char* text) {
    return decide_target({parse_csv(text, "f.csv")}).classes;
  };
  EXPECT_THAT(classes_of("a,y\n1,1.0\n2,2.0\n3,\n4,1.0\n5,1.0\n6,2.0\n"),
              ElementsAre("1.0", "2.0"));
  EXPECT_THAT(classes_of("a,y\n1,1\n2,2.0\n4,1.0\n5,1.0\n6,2.0\n"), ElementsAre("1", "2"));
  EXPECT_THAT(classes_of("a,y\n1,1\n2,2\n4,1\n5,1\n6,2\n"), ElementsAre("1", "2"));
  // They are found by their value, however a new file writes them.
  const Source source{parse_csv("a,y\n1,1.0\n2,2.0\n4,1.0\n5,1.0\n6,2.0\n", "f.csv")};
  const Target target = decide_target(source);
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  const Dataset data = encoder.encode(parse_csv("a,y\n1,2\n2,1\n3,1\n", "g.csv"));
  EXPECT_EQ(data.class_of(0), 1);
  EXPECT_EQ(data.class_of(1), 0);
}

TEST(OddFiles, HoldClassesThatTrainingNeverSaw) {
  const Source source{parse_csv("a,y\n1,cat\n2,dog\n3,cat\n4,dog\n", "f.csv")};
  const Target target = decide_target(source);
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  const Dataset data =
      encoder.encode(parse_csv("a,y\n1,cat\n2,dgo\n3,dog\n4,cat\n5,\n", "new.csv"));
  EXPECT_THAT(data.rows_with_target(), ElementsAre(0, 2, 3));
  EXPECT_EQ(data.unknown_targets(), 1);
  EXPECT_THAT(english(data.notes()),
              testing::Contains(
                  HasSubstr("1 of 4 rows hold a class that training never saw (\"dgo\" is not "
                            "a class of the model; did you mean \"dog\"?)")));
  EXPECT_THROW(encoder.encode(parse_csv("a,y\n1,Cat\n2,Dog\n3,dog\n", "new.csv")), DataError);
}

// Twelve lines of a table made by `line` of their number.
template <class Line>
std::string rows_by(Line line) {
  std::string text;
  for (int i = 0; i < 12; ++i) text += line(i) + "\n";
  return text;
}

TEST(OddFiles, SayOfWhomTheyAreAboveTheTable) {
  // A German bank's, and the World Bank's.
  const Table bank = parse_csv(
      "Kontonummer:;DE89 3704;\n\nVon:;01.01.2023;\nBis:;31.03.2023;\n\n"
      "Buchungstag;Wertstellung;Text;Betrag (EUR)\n" +
          rows_by([](int i) {
            return fmt::format("{:02}.01.2023;14.02.2023;Rate;-1.2{:02},50", i + 1, i);
          }),
      "f.csv");
  EXPECT_THAT(bank.names(), ElementsAre("Buchungstag", "Wertstellung", "Text", "Betrag (EUR)"));
  EXPECT_EQ(bank.rows, 12);
  EXPECT_EQ(bank.columns[3].numbers[1], -1201.5);
  EXPECT_THAT(bank.skipped, HasSubstr("Kontonummer"));
  const Table world = parse_csv(
      "\"Data Source\",\"Indicators\",\n\n\"Last Updated Date\",\"2023-03-01\",\n\n"
      "\"Country\",\"Code\",\"2018\",\"2019\",\n" +
          rows_by([](int i) { return fmt::format("\"C{}\",\"K\",\"{}.5\",\"1.25\",", i, i); }),
      "f.csv");
  EXPECT_THAT(world.names(), ElementsAre("Country", "Code", "2018", "2019"));
  EXPECT_EQ(world.rows, 12);
  // A row that is short is one, though.
  EXPECT_THROW(parse_csv("a,b,c,d\n1,2\n1,2,3,4\n1,2,3,4\n", "f.csv"), DataError);
  EXPECT_THROW(parse_csv("a,b,c\n1,2,3,4\n5,6,7,8\n", "f.csv"), DataError);
}

TEST(OddFiles, SayTheirSourceBelowTheTable) {
  const auto line = [](int i) { return fmt::format("{},{}.5,x", i, i); };
  for (const char* note :
       {"\nSource: National Statistics, 2023\n", "\"Source: Statistics, 2023\"\n",
        "Note: provisional figures,,\n", "* from a sample of households\n"}) {
    const Table table = parse_csv("a,b,c\n" + rows_by(line) + note, "f.csv");
    EXPECT_EQ(table.rows, 12) << note;
    EXPECT_FALSE(table.skipped.empty()) << note;
  }
  // A row that was cut, and one with gaps, are none.
  EXPECT_THROW(parse_csv("a,b,c\n" + rows_by(line) + "13\n", "f.csv"), DataError);
  EXPECT_THROW(parse_csv("a,b,c\n" + rows_by(line) + "Miller\n", "f.csv"), DataError);
  EXPECT_EQ(parse_csv("c,a,b\n" + rows_by([](int i) { return fmt::format("x y {},1,2", i); }) +
                          "the last one,,\n",
                      "f.csv")
                .rows,
            13);
}

TEST(OddFiles, SayTheirUnitsBelowTheNames) {
  const auto line = [](int i) { return fmt::format("{}.5,{}.25,x", i, 20 + i); };
  const Table units = parse_csv("time,temp,kind\ns,°C,\n" + rows_by(line), "f.csv");
  EXPECT_EQ(units.rows, 12);
  EXPECT_EQ(units.lines.of(0), 3);
  EXPECT_THAT(units.skipped, HasSubstr("s °C"));
  const Table survey =
      parse_csv("Q1,Q2,y\nHow old?,How often?,Group\n{x},{y},{z}\n" + rows_by(line), "f.csv");
  EXPECT_EQ(survey.rows, 12);
  EXPECT_EQ(survey.columns[0].kind, ColumnKind::numeric);
  // One word may be a mistake, and is told.
  EXPECT_THROW(
      parse_csv("a,b\nlow,x\n" + rows_by([](int i) { return fmt::format("{},y", i); }), "f.csv"),
      DataError);
  EXPECT_EQ(parse_csv("a,b,c\n,-,x\n" + rows_by(line), "f.csv").rows, 13) << "gaps are no units";
}

TEST(OddFiles, HaveTheirNamesAgain) {
  const auto line = [](int i) { return fmt::format("{},x", i); };
  const Table joined =
      parse_csv("a,b\n" + rows_by(line) + "a,b\n" + rows_by(line) + "a,b\n", "f.csv");
  EXPECT_EQ(joined.rows, 24);
  EXPECT_EQ(joined.lines.of(12), 15);
  EXPECT_THAT(joined.skipped, HasSubstr("the names again (2 lines)"));
  EXPECT_EQ(parse_csv("x,y\na,b\nx,y\nc,d\n", "f.csv").rows, 4) << "texts that come again are rows";
}

TEST(OddFiles, EndWithASum) {
  const auto doubts_of = [](const std::string& text) {
    return encoder_of(parse_csv(text, "f.csv")).doubts();
  };
  const auto line = [](int i) { return fmt::format("{},{}.5,{}.25", "NS"[i % 2], i, 2 * i); };
  EXPECT_THAT(doubts_of("region,a,y\n" + rows_by(line) + "Total,66,132\n"),
              testing::Contains(HasSubstr("\"Total\", seems to be a sum")));
  EXPECT_THAT(doubts_of("region,a,y\n" + rows_by(line)), IsEmpty());
}

TEST(OddFiles, MarkTheirNumbers) {
  const auto column_of_fields = [](const std::vector<std::string>& fields) {
    std::string text = "x,y\n";
    for (const std::string& field : fields) text += fmt::format("\"{}\",a\n", field);
    return parse_csv(text, "f.csv").columns[0];
  };
  const Column limits = column_of_fields({"<0.5", "1.25", "3", "> 9", "7"});
  EXPECT_THAT(limits.numbers, ElementsAre(0.5, 1.25, 3, 9, 7));
  EXPECT_THAT(limits.doubts, testing::ElementsAre(HasSubstr("such as \"<0.5\"")));
  EXPECT_THAT(column_of_fields({"12.5*", "3", "4"}).numbers, ElementsAre(12.5, 3, 4));
  EXPECT_THAT(column_of_fields({"1,000+", "500+", "10+"}).numbers, ElementsAre(1000, 500, 10));
  EXPECT_EQ(column_of_fields({"<5", ">5", "<5"}).kind, ColumnKind::categorical);
  EXPECT_EQ(column_of_fields({"18-24", "25-34", "65+"}).kind, ColumnKind::categorical);
  // No cents, which is no minus.
  EXPECT_THAT(column_of_fields({"€ 42.425,-", "€ 6.520,-"}).numbers, ElementsAre(42425, 6520));
  EXPECT_THAT(column_of_fields({"12.-", "7.50"}).numbers, ElementsAre(12, 7.5));
  EXPECT_THAT(column_of_fields({"1.5", ":", "2.5"}).numbers,
              ElementsAre(1.5, testing::IsNan(), 2.5));
}

TEST(OddFiles, HoldWhatSpreadsheetsAndMapsWrite) {
  const auto numbers_of = [](const std::vector<std::string>& fields) {
    std::string text = "x,y\n";
    for (const std::string& field : fields) text += fmt::format("{},a\n", field);
    return parse_csv(text, "f.csv").columns[0].numbers;
  };
  EXPECT_THAT(numbers_of({"=\"001\"", "=\"012\"", "\"=\"\"7\"\"\""}), ElementsAre(1, 12, 7));
  EXPECT_THAT(numbers_of({"52.5° N", "33.9° S"}), ElementsAre(52.5, -33.9));
  EXPECT_THAT(numbers_of({"13.4°E", "70.6°W"}), ElementsAre(13.4, -70.6));
  EXPECT_THAT(numbers_of({"12.5 ± 0.3", "13 ± 1"}), ElementsAre(12.5, 13));
  EXPECT_THAT(numbers_of({"Rp 7.330.000", "Rp 500.000"}), ElementsAre(7330000, 500000));
  EXPECT_THAT(numbers_of({"24", "unknown", "31", "미상"}),
              ElementsAre(24, testing::IsNan(), 31, testing::IsNan()));
  const Column words = parse_csv("x,y\nred,a\nunknown,b\n", "f.csv").columns[0];
  EXPECT_THAT(words.categories, ElementsAre("red", "unknown"));
}

TEST(OddFiles, HaveErrorsOfSpreadsheetsWhereCommentsCouldBe) {
  const Table table = parse_csv("# made by x\na,b\n1,x\n#N/A,y\n# pause\n2,z\n", "f.csv");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, testing::IsNan(), 2));
}

TEST(OddFiles, SeparateWordsBySpacesWhereColumnsHoldNumbers) {
  const Table table = parse_csv("x kind city when y\n" + rows_by([](int i) {
                                  return fmt::format("{}.5 big \"New York\" 10:{:02}:00 no", i, i);
                                }),
                                "f.txt");
  EXPECT_THAT(table.names(), ElementsAre("x", "kind", "city", "when", "y"));
}

}  // namespace
}  // namespace chainrule::data
