// Tables as people have them: what each is, written down by hand.
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/date_form.h"
#include "data/fitted_encoder.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::NanSensitiveDoubleEq;

Table read_odd(const std::string& text, const CsvOptions& options = {}) {
  return parse_csv(text, "f.csv", options);
}

// The table `times` rows long: its lines below the names again and again.
std::string repeated(const std::string& names, const std::vector<std::string>& lines, int times) {
  std::string text = names + "\n";
  for (int i = 0; i < times; ++i) text += lines[static_cast<std::size_t>(i) % lines.size()] + "\n";
  return text;
}

std::string refusal_of(const std::string& text, const CsvOptions& options = {}) {
  try {
    read_odd(text, options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

std::string doubts_of(const Column& column) {
  return fmt::format("{}", fmt::join(english(column.doubts), "; "));
}

Encoder encoder_of(const std::string& text) { return encoder_of(read_odd(text)); }

TEST(OddTables, NeverShiftTheirColumns) {
  // Decimal commas without quotes, a comma in a name: one field too many, whatever it is.
  for (const char* text : {"preis,menge,k\n3,20,45,nein\n73,17,63,nein\n",
                           "name,a,k\nDoe, A,1.94,no\nRoe, B,2.5,yes\n",
                           "order,price,qty,k\n1,7,833,4,yes\n2,8,1,5,no\n"})
    EXPECT_THAT(refusal_of(text), HasSubstr("f.csv:2:")) << text;
  // In quotes as R has them, but not another one in every row.
  EXPECT_THAT(refusal_of("\"a\",\"b\"\n\"x\",1,2\n\"x\",3,4\n"),
              HasSubstr("this row has 3 fields"));
}

TEST(OddTables, AreSplitByWhatSplitsTheNamesToo) {
  const Table tweets = read_odd(
      repeated("created_at,label",
               {"Wed Mar 01 00:00:00 +0000 2023,yes", "Thu Mar 02 10:00:00 +0000 2023,no"}, 40));
  EXPECT_THAT(tweets.names(), ElementsAre("created_at", "label"));
  const Table names = read_odd(repeated("name;b", {"Müller, A;70,15", "Meier, B;1,5"}, 40));
  EXPECT_THAT(names.names(), ElementsAre("name", "b"));
  EXPECT_THAT(names.columns[1].numbers.front(), 70.15);
  const CsvOptions expected{.expected = Dialect{}};
  EXPECT_THAT(read_odd(repeated("a;b", {"0,20;1,52", "0,31;2,25"}, 60), expected).names(),
              ElementsAre("a", "b"));
  // A comma within a number stands in quotes where commas separate.
  const Table quoted = read_odd("menge,anzahl,preis\n3,37,\"10,95\"\n4,5,\"11,5\"\n");
  EXPECT_THAT(quoted.columns[1].numbers, ElementsAre(37, 5));
  EXPECT_THAT(quoted.columns[2].numbers, ElementsAre(10.95, 11.5));
}

TEST(OddTables, HaveNumbersForNames) {
  EXPECT_THAT(read_odd("country,2019,2020,2021\nKR,4.88,4.77,4.24\nJP,1,2.5,3\n").names(),
              ElementsAre("country", "2019", "2020", "2021"));
  EXPECT_THAT(read_odd(",0,1,2\n0,0.99,0.08,0\n1,0.5,0.1,1\n").names(),
              ElementsAre("column1", "0", "1", "2"));
  EXPECT_THAT(read_odd("2019,2020,2021\n17,25,31\n18,20,9\n").names(),
              ElementsAre("2019", "2020", "2021"));
  // Rows that count, and a first row of values, are no names.
  EXPECT_EQ(read_odd("0,1,yes\n1,0,no\n0,1,yes\n").rows, 3);
  EXPECT_EQ(read_odd("5,6,7\n8,9,10\n").rows, 2);
  EXPECT_EQ(read_odd("a,1,2,3\nb,2,3,4\na,7,1,1\n").rows, 3);
}

TEST(OddTables, HaveTitlesAsWideAsTheyAre) {
  const Table survey =
      read_odd("Survey 2023,,\n,,\ncolour,size,k\nred,S,yes\nblue,M,no\nred,L,yes\n");
  EXPECT_THAT(survey.names(), ElementsAre("colour", "size", "k"));
  EXPECT_THAT(survey.skipped, HasSubstr("Survey 2023"));
  EXPECT_THAT(read_odd("Report,,\n,,\nregion,sales,profit\nN,1,2\nS,3,4\n").columns[1].numbers,
              ElementsAre(1, 3));
  EXPECT_THAT(read_odd("a,b,k,,,\n1,2,x,,,\n3,4,y,,,\n").names(), ElementsAre("a", "b", "k"));
}

TEST(OddTables, PadTheirNumbersWithinQuotes) {
  const Table table =
      read_odd("a,b,c\n\" 4,276.26 \",\" $743.97 \",\u00A05.5\n\" 1.5\",\"$2.10 \",\u200B7\n");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(4276.26, 1.5));
  EXPECT_THAT(table.columns[1].numbers, ElementsAre(743.97, 2.1));
  EXPECT_THAT(table.columns[2].numbers, ElementsAre(5.5, 7));
}

TEST(OddTables, MarkThousandsWithPoints) {
  EXPECT_THAT(read_odd("a;k\n2.576.500;x\n1.200.000;y\n").columns[0].numbers,
              ElementsAre(2576500, 1200000));
  EXPECT_THAT(read_odd("a;k\n207;x\n8.683;y\n").doubt.en, HasSubstr("\"8.683\""));
  EXPECT_THAT(read_odd("a;k\n207;x\n8.68;y\n8.683;y\n").doubt.en, IsEmpty());
  EXPECT_THAT(read_odd("a;k\n207;x\n8.683;y\n", {.decimal = ','}).columns[0].numbers,
              ElementsAre(207, 8683));
}

TEST(OddTables, NameTheNumberThatIsOtherThanTheRest) {
  std::string text = "x,y\n";
  for (int i = 0; i < 59; ++i) text += fmt::format("{},{}\n", i + 0.25, i);
  EXPECT_THAT(refusal_of(text + "\"12,5\",7\n"), HasSubstr("f.csv:61:1: column \"x\": \"12,5\""));
}

TEST(OddTables, KeepZerosInFrontOfCodes) {
  const Source source{read_odd(repeated("a,zip", {"1,01234", "2,02139", "3,90210"}, 30))};
  EXPECT_THAT(decide_target(source).classes, ElementsAre("01234", "02139", "90210"));
}

TEST(OddTables, WriteMinusBehind) {
  const Table table = read_odd("a;k\n9.476,48-;x\n89,9-;y\n1,5;x\n");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(-9476.48, -89.9, 1.5));
}

TEST(OddTables, SayMissingInManyWords) {
  for (const char* word : {"\\N", "#DIV/0!", "#NULL!", "#VALUE!", "#REF!", "n.a.", "N.A.", "#NA",
                           "-nan", "1.#QNAN", "-1.#IND", "(null)", "[NULL]", "\u2014", ".."}) {
    const Table table = read_odd(fmt::format("a,k\n1.5,x\n{},y\n2.5,x\n", word));
    EXPECT_THAT(table.columns[0].numbers, ElementsAre(1.5, NanSensitiveDoubleEq(NAN), 2.5)) << word;
  }
}

TEST(OddTables, WriteDatesInTheirLanguage) {
  const auto date = [](const char* text) {
    const auto moment = read_date(text, DateOrder::named_month);
    return moment ? date_text(moment->days, DateOrder::named_month, moment->has_time) : "none";
  };
  EXPECT_EQ(date("3. März 2017"), "2017-03-03");
  EXPECT_EQ(date("14 août 2010"), "2010-08-14");
  EXPECT_EQ(date("1 juil. 2020"), "2020-07-01");
  EXPECT_EQ(date("5 ottobre 1999"), "1999-10-05");
  EXPECT_EQ(date("01/Mar/2023:14:37:00 +0000"), "2023-03-01 14:37:00");
  EXPECT_EQ(date("3 Moor 2017"), "none");
  const auto ordered = [](const char* text) {
    const auto moment = read_date(text, DateOrder::year_month_day);
    return moment ? date_text(moment->days, DateOrder::year_month_day, moment->has_time) : "none";
  };
  EXPECT_EQ(ordered("2023-03-01 오후 4:19:00"), "2023-03-01 16:19:00");
  EXPECT_EQ(ordered("2023-03-01 오전 12:19:00"), "2023-03-01 00:19:00");
  EXPECT_EQ(ordered("2019年4月9日"), "2019-04-09");
  EXPECT_NEAR(read_date("2023-03-01 00:00:00,589", DateOrder::year_month_day)->days, 19417.0, 1e-5);
}

TEST(OddTables, KeepTheOrderOfTrainingsDates) {
  const CsvOptions day_first{
      .expected_columns = {{"d", {.kind = ColumnKind::date, .order = DateOrder::day_month_year}}}};
  EXPECT_NEAR(read_odd("d\n05/06/2022\n14/03/2022\n", day_first).columns[0].numbers[0], 19148,
              1e-9);
  // What cannot be read in it is no reason to read the others otherwise.
  EXPECT_EQ(read_odd("d\n03/14/2022\n05/06/2022\n", day_first).columns[0].kind,
            ColumnKind::categorical);
}

TEST(OddTables, TellThatAUnitIsAnother) {
  const Encoder encoder = encoder_of("w,y\n70 kg,1.5\n80 kg,2.5\n60 kg,3.5\n");
  const Encoder again = Encoder::from_json(encoder.to_json(), "m");
  const auto notes = [&](const char* text) {
    return english(again.encode(read_odd(text), false).notes());
  };
  EXPECT_THAT(notes("w\n65 kg\n75 kg\n"), IsEmpty());
  EXPECT_THAT(notes("w\n65 lb\n75 lb\n"),
              ElementsAre("column \"w\": its numbers are in lb, and training's in kg"));
  EXPECT_THAT(notes("w\n65\n75\n"),
              ElementsAre("column \"w\": its numbers are in no unit, and training's in kg"));
}

TEST(OddTables, CountMoneyInThousands) {
  EXPECT_THAT(read_odd("m,k\n€380K,x\n€200K,y\n").columns[0].numbers, ElementsAre(380e3, 200e3));
  EXPECT_THAT(read_odd("m,k\n€380K,x\n€2M,y\n").columns[0].numbers, ElementsAre(380e3, 2e6));
}

TEST(OddTables, CountInWords) {
  const Table films =
      read_odd(repeated("gross,y", {"$1.5 million,1", "$2 billion,0", "$90 thousand,1"}, 30));
  EXPECT_EQ(films.columns[0].kind, ColumnKind::numeric);
  EXPECT_THAT(std::span(films.columns[0].numbers).first(3), ElementsAre(1.5e6, 2e9, 9e4));
  const Table flats = read_odd(repeated("price,y", {"42 Lac,1", "1.40 Cr,0", "98 Lac,0"}, 30));
  EXPECT_THAT(std::span(flats.columns[0].numbers).first(3), ElementsAre(4.2e6, 1.4e7, 9.8e6));
  const Table prices = read_odd(repeated("가격,y", {"1억 5천만원,1", "9천만원,0", "3억원,0"}, 30));
  EXPECT_THAT(std::span(prices.columns[0].numbers).first(3), ElementsAre(1.5e8, 9e7, 3e8));
  EXPECT_EQ(prices.columns[0].unit, "원");
}

// Thirty sizes and a word that comes again.
std::vector<std::string> sizes(const std::string& word, const std::string& unit) {
  std::vector<std::string> lines;
  for (int i = 0; i < 40; ++i)
    lines.push_back(i % 4 == 3 ? word + ",1" : fmt::format("{}.5{},{}", i + 1, unit, i % 2));
  return lines;
}

TEST(OddTables, HaveWordsAmongNumbers) {
  for (const char* unit : {"", "M", " kg"}) {
    const Table apps = read_odd(repeated("size,y", sizes("Varies with device", unit), 200));
    EXPECT_THAT(read_odd(repeated("size,y", sizes("<LOD", unit), 200)).columns[0].words,
                ElementsAre("<LOD"));
    const Column& size = apps.columns[0];
    ASSERT_EQ(size.kind, ColumnKind::numeric) << unit;
    EXPECT_THAT(size.words, ElementsAre("Varies with device"));
    EXPECT_TRUE(std::isnan(size.numbers[3]));
    EXPECT_FALSE(std::isnan(size.numbers[4]));
    EXPECT_EQ(doubts_of(size),
              "\"Varies with device\" in 50 of 200 rows is no number, and counts as missing; if "
              "they are names: --type size=category");
  }
  // A few numbers and a word are categories.
  EXPECT_EQ(read_odd(repeated("grade,y", {"9,1", "10,0", "11,1", "12,0", "other,0"}, 200))
                .columns[0]
                .kind,
            ColumnKind::categorical);
  // As many whole numbers may be codes.
  std::vector<std::string> rooms;
  for (int i = 0; i < 40; ++i) rooms.push_back(i % 4 == 3 ? "lab,1" : fmt::format("{},0", 100 + i));
  EXPECT_EQ(read_odd(repeated("room,y", rooms, 200)).columns[0].kind, ColumnKind::categorical);
  // What comes once is a mistake, and so is what has digits.
  for (const char* typo : {"five", "O.5"})
    EXPECT_THAT(
        refusal_of(repeated("size,y", sizes("7.5", ""), 200) + typo + ",1\n"),
        HasSubstr(fmt::format("f.csv:202:1: column \"size\": \"{}\" is not a number", typo)));
}

TEST(OddTables, KeepTheWordsOfTraining) {
  const std::string text = repeated("size,y", sizes("varies", ""), 200);
  const Encoder encoder = encoder_of(text);
  ASSERT_EQ(encoder.columns().size(), 1u);
  EXPECT_THAT(encoder.columns()[0].words, ElementsAre("varies"));
  EXPECT_TRUE(encoder.columns()[0].missing_feature);
  const Encoder again = Encoder::from_json(encoder.to_json(), "f");
  EXPECT_THAT(again.columns()[0].words, ElementsAre("varies"));
  CsvOptions options;
  options.expected_columns["size"].words = again.columns()[0].words;
  const Table one = read_odd("size,y\nvaries,1\n2.5,0\n", options);
  EXPECT_EQ(one.columns[0].kind, ColumnKind::numeric);
  EXPECT_THAT(one.columns[0].numbers, ElementsAre(NanSensitiveDoubleEq(NAN), 2.5));
  EXPECT_EQ(doubts_of(one.columns[0]), "");
  // Of another word it is said that it is none.
  const Table other = read_odd("size,y\nvaries,1\n2.5,0\nodd,1\n", options);
  const std::string refusal = [&] {
    try {
      encoder.encode(other);
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  }();
  EXPECT_THAT(refusal, HasSubstr("f.csv:4:1: column \"size\": \"odd\" is not a number"));
}

TEST(OddTables, DoubtPowersThatMayBeCodes) {
  EXPECT_EQ(doubts_of(read_odd(repeated("icd,y", {"13E7,1", "2E3,0", "44E1,1"}, 30)).columns[0]),
            "numbers such as \"13E7\" are read as 130000000; if they are codes: --type "
            "icd=category");
  EXPECT_EQ(doubts_of(read_odd(repeated("x,y", {"1.3E7,1", "2e-3,0", "4.4E1,1"}, 30)).columns[0]),
            "");
}

TEST(OddTables, DoubtYearsOfTwoDigitsFarAhead) {
  EXPECT_EQ(
      doubts_of(
          read_odd(repeated("d,y", {"24.03.66,1", "25.07.99,0", "13.12.12,1"}, 30)).columns[0]),
      "years of two digits are taken for 1969 to 2068, so that \"24.03.66\" is 2066-03-24; "
      "if it is earlier, write the years in full");
  EXPECT_EQ(
      doubts_of(
          read_odd(repeated("d,y", {"24.03.16,1", "25.07.99,0", "13.12.12,1"}, 30)).columns[0]),
      "");
  EXPECT_EQ(
      doubts_of(read_odd(repeated("d,y", {"24.03.2066,1", "25.07.1999,0", "13.12.2012,1"}, 30))
                    .columns[0]),
      "");
}

TEST(OddTables, HoldCodesForMissing) {
  const auto doubts = [](const std::vector<std::string>& values) {
    std::string text = "x,y\n";
    for (int i = 0; i < 60; ++i)
      text += fmt::format("{},{}\n",
                          i % 10 < 2 ? values[static_cast<std::size_t>(i % 10) % values.size()]
                                     : fmt::format("{}", 1 + i % 5),
                          i * 0.37);
    return encoder_of(text).doubts();
  };
  EXPECT_THAT(doubts({"-999.9"}), Contains(HasSubstr("--missing -999.9")));
  EXPECT_THAT(doubts({"88", "99"}),
              Contains(HasSubstr("far from all others; if it means missing")));
  EXPECT_THAT(doubts({"3", "4"}), IsEmpty());
  // In the target as well.
  std::string target = "x,y\n";
  for (int i = 0; i < 60; ++i)
    target += fmt::format("{},{}\n", i * i % 17 * 0.5, i % 12 == 0 ? -200 : 0.5 + i * 0.01);
  EXPECT_THAT(english(encoder_of(target).doubts()), Contains(HasSubstr("--missing -200")));
}

TEST(OddTables, NoteWhatTellsTheTargetByALine) {
  std::string text = "f,other,c\n";
  for (int i = 0; i < 200; ++i)
    text +=
        fmt::format("{},{},{}\n", 32 + 1.8 * (i * 37 % 101) / 7, i * 11 % 23, (i * 37 % 101) / 7.0);
  EXPECT_THAT(english(encoder_of(text).notes()),
              Contains(HasSubstr("column \"f\" alone tells the target")));
}

TEST(OddTables, DoubtNumbersInNoForm) {
  for (const char* form : {"{} lb/{} kg", "4:{}:48 h 3", "={}", "{} ± 0.4"}) {
    std::string text = "x,y\n";
    for (int i = 0; i < 60; ++i)
      text += fmt::format("\"{}\",{}\n", fmt::format(fmt::runtime(form), 10 + i * 7 % 50, 3),
                          i % 7 * 1.5);
    EXPECT_THAT(english(encoder_of(text).doubts()), Contains(HasSubstr("column \"x\""))) << form;
  }
}

TEST(OddTables, LeaveOutKeysOfFewRows) {
  std::string text = "uuid,mail,word,y\n";
  for (int i = 0; i < 20; ++i)
    text += fmt::format("k{},u{}@mail.example,w{},{}\n", i * 31, i, i, i % 7 * 1.5);
  const Encoder encoder = encoder_of(text);
  ASSERT_EQ(encoder.columns().size(), 1u);
  EXPECT_EQ(encoder.columns()[0].name, "word");
}

TEST(OddTables, WithoutNamesAreTakenByPosition) {
  const Encoder encoder = encoder_of("a,k,y\n1,x,1.5\n2,z,2.5\n3,x,3.5\n");
  CsvOptions options{.header = Header::absent, .names = {encoder.names(), {"a", "k"}}};
  const Table inputs = read_odd("2,x\n1,z\n", options);
  EXPECT_THAT(inputs.names(), ElementsAre("a", "k"));
  EXPECT_THAT(english(encoder.encode(inputs, false).notes()),
              ElementsAre("f.csv has no row of names: its columns are taken in the order of "
                          "training's"));
  EXPECT_THAT(read_odd("2,x,7\n1,z,8\n", options).names(), ElementsAre("a", "k", "y"));
  EXPECT_THAT(read_odd("2,x,7,1\n1,z,8,1\n", options).names(),
              ElementsAre("column1", "column2", "column3", "column4"));
}

}  // namespace
}  // namespace chainrule::data
