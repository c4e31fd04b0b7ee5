// Numbers that are written as two, with units of their own, or in signs: field by field, column by
// column, and in the next file.
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/composed_form.h"
#include "data/csv.h"
#include "data/expected_column.h"
#include "data/fitted_encoder.h"
#include "data/typed_row.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::NanSensitiveDoubleEq;

TEST(Ranges, AreReadAsPeopleMeanThem) {
  struct Meant {
    const char* field;
    double low, high;
    const char* unit = "";
  };
  for (const Meant& one : {Meant{"2100 - 2850", 2100, 2850},
                           {"10-20", 10, 20},
                           {"10~20", 10, 20},
                           {"10 \u2013 20", 10, 20},
                           {"1,000-2,500", 1000, 2500},
                           {"-5 - 10", -5, 10},
                           {"-5~-1", -5, -1},
                           {"0.5 to 1.25", 0.5, 1.25},
                           {"$30k to $50k", 30e3, 50e3, "$"},
                           {"$30-50k", 30e3, 50e3, "$"},
                           {"$900K - $1.2M", 900e3, 1.2e6, "$"},
                           {"10-20%", 0.1, 0.2, "%"},
                           {"18세 ~ 24세", 18, 24, "세"},
                           {"18~24세", 18, 24, "세"},
                           {"3-5 kg", 3, 5, "kg"},
                           {"[10, 20)", 10, 20},
                           {"(0.5, 1.5]", 0.5, 1.5},
                           {"[10-20)", 10, 20}}) {
    const auto range = written_range(one.field, '.');
    ASSERT_TRUE(range) << one.field;
    EXPECT_EQ(range->low, one.low) << one.field;
    EXPECT_EQ(range->high, one.high) << one.field;
    EXPECT_EQ(range->form.ends.before + range->form.ends.after, one.unit) << one.field;
  }
  for (const char* text : {"2019-01", "05-12", "10-", "-10", "10", "A-12", "10-20-30",
                           "10:00-11:00", "a to b", "1e-5", "(10-20)", "02-123-4567", "4/5 - 5/5"})
    EXPECT_FALSE(written_range(text, '.')) << text;
}

TEST(Pairs, AreTwoNumbers) {
  for (const char* field :
       {"120/80", "120 / 80", "120x80", "120 X 80 cm", "120\u00D780", "120*80"}) {
    const auto pair = written_pair(field, '.');
    ASSERT_TRUE(pair) << field;
    EXPECT_THAT(pair->parts, ElementsAre(120, 80)) << field;
  }
  for (const char* text :
       {"120", "120/", "/80", "012/80", "1/2/3", "10x20x30", "4x4 off-road 7", "1234567/8", "a/b"})
    EXPECT_FALSE(written_pair(text, '.')) << text;
}

TEST(Fractions, AreThoseOfRulersAndRecipes) {
  struct Meant {
    const char* field;
    double value;
    bool is_sure = true;
    const char* unit = "";
  };
  for (const Meant& one : {Meant{"1/2", 0.5, false},
                           {"1 1/2", 1.5},
                           {"2-3/8", 2.375},
                           {"-1 1/4", -1.25},
                           {"\u00BD", 0.5},
                           {"1\u00BD", 1.5},
                           {"3 \u00BE cup", 3.75, true, "cup"},
                           {"3/4\"", 0.75, true, "in"},
                           {"1/2 cup", 0.5, true, "cup"}}) {
    const auto fraction = written_fraction(one.field, '.');
    ASSERT_TRUE(fraction) << one.field;
    EXPECT_EQ(fraction->value, one.value) << one.field;
    EXPECT_EQ(fraction->is_sure, one.is_sure) << one.field;
    EXPECT_EQ(fraction->form.whole.after, one.unit) << one.field;
  }
  for (const char* text : {"3/2", "2/7", "01/2", "1/02", "1/2/3", "12/25", "1", "11/2 1"})
    EXPECT_FALSE(written_fraction(text, '.')) << text;
}

TEST(NumberForms, HaveSignsOfTheirOwn) {
  struct Meant {
    const char* field;
    double value;
    const char* unit = "";
  };
  for (const Meant& one : {Meant{"1.2\u00D710^5", 1.2e5},
                           {"3x10^-2", 0.03},
                           {"6.02 \u00D7 10\u00B2\u00B3", 6.02e23},
                           {"5\u00D710\u207B\u00B3 m", 0.005, "m"},
                           {"\uFF11\uFF12\uFF0E\uFF15", 12.5},
                           {"\uFF11\uFF0C\uFF10\uFF10\uFF10円", 1000, "円"},
                           {"\u25B31,234", -1234},
                           {"\u25BC0.5%", -0.005, "%"},
                           {"\u25B20.5%", 0.005, "%"},
                           {"\u22121.2%p", -1.2, "%p"},
                           {"\u2605\u2605\u2605\u2606\u2606", 3, "★"},
                           {"\u2605\u2605\u00BD", 2.5, "★"},
                           {"\u2606\u2606", 0, "★"},
                           {"37\u00B030'N", 37.5, "° N"},
                           {"37\u00B0 30' 36\" S", -37.51, "° N"},
                           {"W 126\u00B015\u2032", -126.25, "° E"},
                           {"12\u00B045'", 12.75, "°"}}) {
    const auto number = written_number(one.field, '.');
    ASSERT_TRUE(number) << one.field;
    EXPECT_DOUBLE_EQ(number->value, one.value) << one.field;
    EXPECT_EQ(number->form.before + number->form.after, one.unit) << one.field;
  }
  for (const char* text : {"\u25B3", "\u2605a", "37\u00B0 75'N", "1x10", "1.2\u00D710^"})
    EXPECT_FALSE(written_number(text, '.')) << text;
}

// `rows` lines, each made of its number.
template <class Line>
Table made(const std::string& names, int rows, const Line& line, const CsvOptions& options = {}) {
  std::string text = names + "\n";
  for (int i = 0; i < rows; ++i) text += line(i) + "\n";
  return parse_csv(text, "f.csv", options);
}

std::string all_of(const std::vector<Text>& sentences) {
  return fmt::format("{}", fmt::join(english(sentences), "; "));
}

// What a model lets the next file expect, as it is after it was saved.
CsvOptions expected_by(const Encoder& encoder) {
  const Encoder again = Encoder::from_json(encoder.to_json(), "m");
  EXPECT_EQ(again.to_json(), encoder.to_json());
  CsvOptions options{.expected = again.dialect(), .names = {again.names()}};
  for (const ColumnEncoding& column : again.columns())
    options.expected_columns[column.name] = expected_like(column);
  return options;
}

TEST(Columns, OfRangesAreTheirMiddles) {
  const Table rpm = made("rpm,y", 30, [](int i) {
    return fmt::format("{} - {},{}.5", 1000 + 100 * i, 1200 + 110 * i, i);
  });
  EXPECT_EQ(rpm.columns[0].kind, ColumnKind::numeric);
  EXPECT_EQ(rpm.columns[0].number_kind, NumberKind::middle);
  EXPECT_EQ(rpm.columns[0].numbers[0], 1100);
  EXPECT_EQ(rpm.columns[0].numbers[29], (3900 + 4390) / 2.0);
  EXPECT_THAT(rpm.columns[0].doubts, IsEmpty());
  EXPECT_EQ(all_of(rpm.columns[0].notes),
            "ranges such as \"1000 - 1200\" are read as the number in their middle");
  // The next file has one of each kind, and all are read likewise.
  const CsvOptions options = expected_by(encoder_of(rpm));
  const Table next = parse_csv("rpm\n10-20\n\n7\n90+\n30~50\n", "g.csv", options);
  EXPECT_THAT(next.columns[0].numbers, ElementsAre(15, NanSensitiveDoubleEq(NAN), 7, 90, 40));
  const Table one = parse_csv("rpm\n10-20\n", "g.csv", options);
  EXPECT_THAT(one.columns[0].numbers, ElementsAre(15));
  const Encoder encoder = encoder_of(rpm);
  EXPECT_EQ(typed_row(encoder, std::vector<TypedField>{{"rpm", "10-20"}}).columns[0].numbers[0],
            15);
}

TEST(Columns, OfRangesThatMayBeCodesAreDoubted) {
  const auto column = [](const auto& line) { return made("x,y", 30, line).columns[0]; };
  EXPECT_EQ(all_of(column([](int i) { return fmt::format("{}-{},{}.5", i, 2 * i + 3, i); }).doubts),
            "ranges such as \"0-3\" are read as the number in their middle; if they are codes: "
            "--type x=category");
  // The second number is the lower one somewhere: results of matches, and parts of codes.
  EXPECT_EQ(column([](int i) {
              return fmt::format("{}-{},{}.5", 10 + i * 7 % 23, 10 + i * 5 % 19, i);
            }).kind,
            ColumnKind::categorical);
}

TEST(Columns, OfAFewBandsAreNames) {
  const char* bands[] = {"18세 ~ 24세", "25세 ~ 34세", "35세 ~ 44세", "65세 이상"};
  const auto line = [&](int i) { return fmt::format("{},{}.5", bands[i % 4], i); };
  const Column age = made("age,y", 40, line).columns[0];
  EXPECT_EQ(age.kind, ColumnKind::categorical);
  EXPECT_THAT(age.doubts, IsEmpty());
  EXPECT_EQ(all_of(age.notes),
            "its few ranges, such as \"18세 ~ 24세\", are taken as names; as the numbers in their "
            "middle: --type age=number");
  const Column asked = made("age,y", 40, line, {.numeric = {"age"}}).columns[0];
  EXPECT_THAT(std::span(asked.numbers).first(4), ElementsAre(21, 29.5, 39.5, 65));
  EXPECT_EQ(asked.unit, "세");
}

TEST(Columns, OfTwoNumbersBecomeTwo) {
  const auto line = [](int i) { return fmt::format("{}/{},{}.5", 100 + i, 60 + i * 7 % 20, i); };
  const Table table = made("bp,y", 30, line);
  ASSERT_THAT(table.names(), ElementsAre("bp", "bp (second)", "y"));
  EXPECT_THAT(std::span(table.columns[0].numbers).first(3), ElementsAre(100, 101, 102));
  EXPECT_THAT(std::span(table.columns[1].numbers).first(3), ElementsAre(60, 67, 74));
  EXPECT_EQ(all_of(table.columns[0].doubts),
            "fields such as \"100/60\" hold two numbers, which become two columns; if they are "
            "names: --type bp=category");
  const Encoder encoder = encoder_of(table);
  EXPECT_EQ(encoder.width(), 2);
  EXPECT_THAT(encoder.names(), ElementsAre("bp", "y"));
  const CsvOptions options = expected_by(encoder);
  // One value of the second number is enough there, and none at all; a file without names, too.
  for (const char* text : {"bp,y\n120/80,1.5\n130/80,2.5\n", "120/80,1.5\n130/80,2.5\n"}) {
    CsvOptions here = options;
    if (text[0] == '1') here.header = Header::absent;
    const Table next = parse_csv(text, "g.csv", here);
    ASSERT_EQ(next.columns.size(), 3u) << text;
    EXPECT_THAT(next.columns[0].numbers, ElementsAre(120, 130));
    EXPECT_THAT(next.columns[1].numbers, ElementsAre(80, 80));
  }
  const Table gaps = parse_csv("bp,y\n,1.5\n140,2.5\n", "g.csv", options);
  EXPECT_THAT(gaps.columns[0].numbers, ElementsAre(NanSensitiveDoubleEq(NAN), 140));
  EXPECT_THAT(gaps.columns[1].numbers,
              ElementsAre(NanSensitiveDoubleEq(NAN), NanSensitiveDoubleEq(NAN)));
  EXPECT_NO_THROW(encoder.encode(gaps, false));
  // Days and months, numbers of a year, and a few kinds are no two numbers.
  for (const auto& other : std::vector<std::vector<std::string>>{
           {"3/12", "4/30", "12/1", "7/7", "9/28", "10/3", "2/2"},
           {"2019/123", "2019/4411", "2020/17", "2020/18", "2020/19", "2020/20", "2020/21"},
           {"4x2", "4x4", "4x4", "4x2", "4x4", "4x4", "4x4"}})
    EXPECT_EQ(made("x,y", 28,
                   [&](int i) {
                     return fmt::format("{},{}.5",
                                        other[static_cast<std::size_t>(i) % other.size()], i);
                   })
                  .columns[0]
                  .kind,
              ColumnKind::categorical)
        << other[0];
}

TEST(Columns, OfFractionsNeedMoreThanAStroke) {
  const auto column = [](const std::vector<std::string>& fields) {
    std::string text = "x;y\n";
    for (const std::string& field : fields) text += field + ";1\n";
    return parse_csv(text, "f.csv").columns[0];
  };
  EXPECT_THAT(column({"1/2", "1 1/2", "2", "3/4"}).numbers, ElementsAre(0.5, 1.5, 2, 0.75));
  EXPECT_EQ(column({"1/2", "3/4", "5/8", "1/2"}).kind, ColumnKind::categorical);
  EXPECT_THAT(column({"1/2 cup", "1 cup", "\u00BE cup"}).numbers, ElementsAre(0.5, 1, 0.75));
}

TEST(Columns, OfOneKindOfUnitAreInOneUnit) {
  const Table food = made("w,y", 30, [](int i) {
    return i % 2 == 0 ? fmt::format("{} g,{}.5", 100 + i, i) : fmt::format("{}.25kg,{}.5", i, i);
  });
  EXPECT_THAT(std::span(food.columns[0].numbers).first(4), ElementsAre(100, 1250, 102, 3250));
  EXPECT_EQ(food.columns[0].unit, "g");
  EXPECT_EQ(all_of(food.columns[0].notes),
            "its numbers have units of their own, and are read in g");
  // Of a model that counts grams, kilograms alone are no other unit.
  const CsvOptions options = expected_by(encoder_of(food));
  EXPECT_THAT(parse_csv("w\n1 kg\n2 kg\n", "g.csv", options).columns[0].numbers,
              ElementsAre(1000, 2000));
  const auto first_two = [](const char* a, const char* b) {
    return parse_csv(fmt::format("x;y\n{};1\n{};2\n", a, b), "f.csv").columns[0].numbers;
  };
  EXPECT_THAT(first_two("12MB", "1.5 GB"), ElementsAre(12e6, 1.5e9));
  EXPECT_THAT(first_two("750 ml", "1.5 L"), ElementsAre(0.75, 1.5));
  EXPECT_THAT(first_two("57.05N", "10.5S"), ElementsAre(57.05, -10.5));
  EXPECT_THAT(first_two("10.33E", "8.25W"), ElementsAre(10.33, -8.25));
  EXPECT_THAT(first_two("1.5 kW", "750 W"), ElementsAre(1500, 750));
  EXPECT_THAT(first_two("12 E", "14 W"), IsEmpty()) << "houses";
  // All in one unit stay in it.
  EXPECT_THAT(first_two("12MB", "15MB"), ElementsAre(12, 15));
}

TEST(Columns, OfMagnitudesAreReadSoAgain) {
  const Table table = made("v,y", 20, [](int i) {
    return i % 2 == 0 ? fmt::format("{}K,{}.5", 100 + i, i) : fmt::format("{}.5M,{}.5", i, i);
  });
  EXPECT_EQ(table.columns[0].number_kind, NumberKind::measures);
  const CsvOptions options = expected_by(encoder_of(table));
  EXPECT_THAT(parse_csv("v\n600K\n700K\n", "g.csv", options).columns[0].numbers,
              ElementsAre(600e3, 700e3));
  // Of the target as well.
  const Table amounts = made("x,v", 60, [](int i) {
    return i % 2 == 0 ? fmt::format("{},{}K", i % 7, 100 + i * 3)
                      : fmt::format("{},{}.5M", i % 7, i);
  });
  const Encoder encoder = encoder_of(amounts, {.task = Task::regression});
  ASSERT_EQ(encoder.target().written.size(), 1u);
  EXPECT_EQ(encoder.target().written[0].number_kind, NumberKind::measures);
  EXPECT_EQ(Encoder::from_json(encoder.to_json(), "m").to_json(), encoder.to_json());
}

TEST(Columns, OfATargetTellThatItsUnitIsAnother) {
  const auto priced = [](const char* currency) {
    return made("x,price", 60,
                [&](int i) { return fmt::format("{},{}{}.5", i % 7, currency, 5 + i); });
  };
  const Encoder encoder = encoder_of(priced("$"), {.task = Task::regression});
  EXPECT_THAT(encoder.encode(priced("$")).notes(), IsEmpty());
  EXPECT_THAT(english(encoder.encode(priced("€")).notes()),
              ElementsAre("target \"price\": its numbers are in €, and training's in $"));
}

TEST(Columns, OfSeveralCurrenciesReadTheOneThatMostHave) {
  const Table table = made("price,y", 30, [](int i) {
    return i % 10 == 3 ? fmt::format("{}원,{}.5", 5000 + i, i) : fmt::format("${},{}.5", 5 + i, i);
  });
  const Column& price = table.columns[0];
  EXPECT_EQ(price.kind, ColumnKind::numeric);
  EXPECT_THAT(std::span(price.numbers).first(5),
              ElementsAre(5, 6, 7, NanSensitiveDoubleEq(NAN), 9));
  EXPECT_EQ(all_of(price.doubts),
            "3 of its 30 amounts are in another currency than \"$\", such as \"5003원\", and count "
            "as missing; bring them to one currency");
}

TEST(Columns, TellAllTheirDoubts) {
  const Table table = made("x,y", 40, [](int i) {
    return i % 4 == 3   ? fmt::format("varies,{}.5", i)
           : i % 4 == 2 ? fmt::format("{}E3,{}.5", i + 1, i)
                        : fmt::format("{}.25,{}.5", i, i);
  });
  EXPECT_THAT(table.columns[0].doubts, ElementsAre(HasSubstr("numbers such as \"3E3\""),
                                                   HasSubstr("\"varies\" in 10 of 40")));
}

TEST(Columns, OpenAtOneEndAreReadWithoutTheMark) {
  const auto column = [](const std::vector<std::string>& fields) {
    std::string text = "x;y\n";
    for (const std::string& field : fields) text += field + ";1\n";
    return parse_csv(text, "f.csv").columns[0];
  };
  EXPECT_THAT(column({"10", "12", "100 이상", "13"}).numbers, ElementsAre(10, 12, 100, 13));
  EXPECT_THAT(column({"10 kg", "12 kg", "under 5 kg", "13 kg"}).numbers,
              ElementsAre(10, 12, 5, 13));
  EXPECT_THAT(column({"10세", "65세 이상", "12세"}).numbers, ElementsAre(10, 65, 12));
  EXPECT_EQ(column({"<5", ">5", "<7", ">9"}).kind, ColumnKind::categorical);
}

TEST(Mistakes, AreNamedUpToThree) {
  const auto refusal = [](const std::vector<std::string>& odd) {
    std::string text = "x,y\n";
    for (int i = 0; i < 60; ++i) text += fmt::format("{}.25,{}\n", i, i);
    for (const std::string& field : odd) text += field + ",1\n";
    try {
      parse_csv(text, "f.csv");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(refusal({"soon"}), HasSubstr("f.csv:62:1: column \"x\": \"soon\" is not a number, as "
                                           "60 of the 61"));
  EXPECT_THAT(refusal({"soon", "O.5"}),
              HasSubstr("\"soon\" is not a number, nor is \"O.5\" in line 63, as 60 of the 62"));
  EXPECT_THAT(
      refusal({"soon", "O.5", "l7", "x9", "z8"}),
      HasSubstr("\"soon\" is not a number, nor are \"O.5\" in line 63, \"l7\" in line 64 and "
                "2 more, as 60 of the 65"));
  // The same word again is one of those more.
  EXPECT_THAT(
      refusal({"soon", "soon", "soon", "later"}),
      HasSubstr("\"soon\" is not a number, nor are \"later\" in line 65 and 2 more, as 60"));
}

TEST(MissingWords, AreThoseOfOffices) {
  for (const char* word : {"해당없음", "해당 없음", "무응답", "모름", "不明", "なし", "－",
                           "(blank)", "#ERROR!", "#값!", "---", "not applicable"})
    EXPECT_THAT(
        parse_csv(fmt::format("a,k\n1.5,x\n{},y\n2.5,x\n", word), "f.csv").columns[0].numbers,
        ElementsAre(1.5, NanSensitiveDoubleEq(NAN), 2.5))
        << word;
}

}  // namespace
}  // namespace chainrule::data
