// Numbers and dates as people write them, field by field and column by column.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/date_form.h"
#include "data/number_form.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Written {
  const char* field;
  double value;
  const char* before = "";
  const char* after = "";
  char decimal = '.';
};

TEST(NumberForms, AreReadAsPeopleMeanThem) {
  for (const Written& one : {
           Written{"1,234", 1234},
           {"1,234,567.5", 1234567.5},
           {"1,23,456", 123456},  // as in India
           {"1 234", 1234},
           {"1\u00A0234,5", 1234.5, "", "", ','},
           {"1\u202F234", 1234},
           {"1.234,5", 1234.5, "", "", ','},
           {"1'234", 1234},
           {"1\u2019234.5", 1234.5},
           {"-1,234", -1234},
           {"\u22121.5", -1.5},
           {"(1.2)", -1.2},
           {"(1,234.50)", -1234.5},
           {"+5", 5},
           {"$1,033.10", 1033.1, "$"},
           {"-$5", -5, "$"},
           {"$-5", -5, "$"},
           {"($5.00)", -5, "$"},
           {"$(5.00)", -5, "$"},
           {"₩12,000", 12000, "₩"},
           {"EUR 3.5", 3.5, "EUR"},
           {"US$ 3", 3, "US$"},
           {"3,50 €", 3.5, "", "€", ','},
           {"12,000원", 12000, "", "원"},
           {"12.5%", 0.125, "", "%"},
           {"12.5 %", 0.125, "", "%"},
           {"1.4%", 0.014, "", "%"},  // 1.4 / 100 would be 0.013999999999999999
           {"70 kg", 70, "", "kg"},
           {"71.2kg", 71.2, "", "kg"},
           {"3 days", 3, "", "day"},
           {"1 day", 1, "", "day"},
           {"20.5 °C", 20.5, "", "°C"},
           {"12 m2", 12, "", "m2"},
           {"80 km/h", 80, "", "km/h"},
           {"1e3 m", 1000, "", "m"},
           {"4.5/5", 4.5, "", "/5"},
           {"8 / 10", 8, "", "/10"},
           {"3,5 von 5", 3.5, "", "/5", ','},
           {"4.5 out of 5 stars", 4.5, "", "/5"},
           {"3천만원", 30'000'000, "", "원"},
           {"1억 5천만원", 150'000'000, "", "원"},
           {"2천5백만 원", 25'000'000, "", "원"},
           {"1억2,345만 6,789원", 123'456'789, "", "원"},
           {"2.5억", 250'000'000},
           {"1.1万", 11'000},
           {"₩3만", 30'000, "₩"},
           {"5만 3200", 53'200},
           {"5'7\"", 67, "", "in"},
           {"6' 2.5", 74.5, "", "in"},
           {"5\u20327\u2033", 67, "", "in"},
       }) {
    const auto number = written_number(one.field, one.decimal);
    ASSERT_TRUE(number) << one.field;
    EXPECT_EQ(number->value, one.value) << one.field;
    EXPECT_EQ(number->form, (NumberForm{one.decimal, one.before, one.after})) << one.field;
  }
}

TEST(NumberForms, AreNotSeenInOtherTexts) {
  for (const char* text : {"",
                           "kg",
                           "$",
                           "%",
                           "-",
                           "()",
                           "12-14",
                           "12/2014",
                           "12/04",
                           "12/14/16",
                           "1,2,3",
                           "12,34",
                           "1,2345",
                           "0,123,456",
                           "1.2.3",
                           "10:30",
                           "2019-01-02",
                           "12 34",
                           "<5",
                           "5+",
                           "#7",
                           "A12",
                           "12ab34",
                           "B-52",
                           "192.168.1.10",
                           "1 Main St 2",
                           "1,234 567",
                           "(5",
                           "5)",
                           "--5",
                           "$$5",
                           "e5",
                           "1_000",
                           "4.5 stars of 5",
                           "12345678901234567890 a rather long text behind a number"})
    EXPECT_FALSE(written_number(text, '.')) << text;
  EXPECT_FALSE(written_number("1.5", ',')) << "a point marks thousands there";
}

struct Dated {
  const char* field;
  DateOrder order;
  double days;  // since 1970-01-01, by the calendar: 2000-03-01 is 11017, 2019-12-31 is 18261
  bool has_time = false;
};

TEST(DateForms, AreReadInTheirOrder) {
  using enum DateOrder;
  for (const Dated& one : {
           Dated{"1970-01-01", year_month_day, 0},
           {"2000-03-01", year_month_day, 11017},
           {"2000/3/1", year_month_day, 11017},
           {"2000.03.01", year_month_day, 11017},
           {"2000. 3. 1.", year_month_day, 11017},
           {"2000년 3월 1일", year_month_day, 11017},
           {"2000-03", year_month_day, 11017},
           {"01/03/2000", day_month_year, 11017},
           {"1.3.00", day_month_year, 11017},
           {"3/1/2000", month_day_year, 11017},
           {"12/31/19", month_day_year, 18261},
           {"1/1/70", month_day_year, 0},
           {"1 Mar 2000", named_month, 11017},
           {"March 1, 2000", named_month, 11017},
           {"01-MAR-00", named_month, 11017},
           {"Wed, 1 Mar 2000", named_month, 11017},
           {"Mar 2000", named_month, 11017},
           {"2000-03-01T06:00", year_month_day, 11017.25, true},
           {"2000-03-01 18:00:00", year_month_day, 11017.75, true},
           {"2000-03-01T18:00:00Z", year_month_day, 11017.75, true},
           {"2000-03-01T18:00:00.000+09:00", year_month_day, 11017.375, true},
           {"3/1/2000 6:00 PM", month_day_year, 11017.75, true},
           {"3/1/2000 12:00 AM", month_day_year, 11017, true},
           {"06:00", time_only, 0.25, true},
           {"18:00:00", time_only, 0.75, true},
       }) {
    const auto moment = read_date(one.field, one.order);
    ASSERT_TRUE(moment) << one.field;
    EXPECT_EQ(moment->days, one.days) << one.field;
    EXPECT_EQ(moment->has_time, one.has_time) << one.field;
  }
}

TEST(DateForms, RefuseDaysThatAreNotInTheCalendar) {
  using enum DateOrder;
  for (const char* text :
       {"2019-02-29", "2019-13-01", "2019-00-01", "2019-01-32", "19-01-02", "2019-1", "2019-01-02x",
        "2019-01-02 25:00", "2019-01-02 10:61", "2019-01-02 13:00 PM", "2019.01", "2019"})
    EXPECT_EQ(read_date(text, year_month_day).has_value(), std::string_view(text) == "2019-1")
        << text;
  EXPECT_FALSE(read_date("31/04/2019", day_month_year));
  EXPECT_FALSE(read_date("13/13/2019", month_day_year));
  EXPECT_FALSE(read_date("may 5", named_month));
  EXPECT_FALSE(read_date("12 monkeys 1995", named_month));
  EXPECT_FALSE(read_date("5:1", time_only));
}

TEST(DateForms, KnowTheYearAndTheWeek) {
  EXPECT_EQ(place_in_week(4), 0) << "1970-01-05 was a Monday";
  EXPECT_EQ(place_in_week(3), 6.0 / 7);
  EXPECT_EQ(place_in_week(-4), 6.0 / 7) << "1969-12-28 was a Sunday";
  EXPECT_EQ(place_in_year(0), 0);
  EXPECT_EQ(place_in_year(18261), 364.0 / 365);
  EXPECT_EQ(place_in_year(11017), 60.0 / 366) << "2000 was a leap year";
  for (const double days : {-1e300, 1e300}) {  // from a damaged model
    EXPECT_LT(place_in_year(days), 1);
    EXPECT_LT(place_in_week(days), 1);
    EXPECT_NE(date_text(days, DateOrder::year_month_day, true), "");
  }
  EXPECT_EQ(date_text(11017.75, DateOrder::year_month_day, true), "2000-03-01 18:00:00");
  EXPECT_EQ(date_text(11017, DateOrder::month_day_year, false), "2000-03-01");
  EXPECT_EQ(date_text(0.25, DateOrder::time_only, false), "06:00:00");
}

Table column_of(const std::vector<std::string>& fields, CsvOptions options = {}) {
  options.delimiter = ';';
  options.decimal = '.';
  std::string text = "x;y\n";
  for (const std::string& field : fields) text += field + ";1\n";
  return parse_csv(text, "f.csv", options);
}

Column x_of(const std::vector<std::string>& fields, const CsvOptions& options = {}) {
  return column_of(fields, options).columns[0];
}

std::string x_refusal(const std::vector<std::string>& fields, const CsvOptions& options = {}) {
  try {
    column_of(fields, options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Columns, OfOneFormAreNumbers) {
  const Column price = x_of({"$1,033.10", "$5", "", "n/a", "$0.50"});
  EXPECT_EQ(price.kind, ColumnKind::numeric);
  EXPECT_THAT(price.numbers, ElementsAre(1033.1, 5, testing::IsNan(), testing::IsNan(), 0.5));
  EXPECT_EQ(price.written.en, "\"$1,033.10\" is 1033.1");
  EXPECT_THAT(x_of({"1,234", "7", "12,000"}).numbers, ElementsAre(1234, 7, 12000));
  EXPECT_THAT(x_of({"(1.5)", "2", "\u22123"}).numbers, ElementsAre(-1.5, 2, -3));
  EXPECT_THAT(x_of({"1 day", "2 days"}).numbers, ElementsAre(1, 2));
  EXPECT_THAT(x_of({"1,5", "2", "3,25"}).numbers, ElementsAre(1.5, 2, 3.25))
      << "the only numbers with a mark are those with a comma";
  EXPECT_THAT(x_of({"€600K", "€1.5M", "€0"}).numbers, ElementsAre(600e3, 1.5e6, 0));
  EXPECT_THAT(x_of({"19M", "8.7M", "201k"}).numbers, ElementsAre(19e6, 8.7e6, 201e3));
  EXPECT_EQ(x_of({"7", "8"}).written.en, "");
}

TEST(Columns, OfSeveralFormsAreNot) {
  for (const std::vector<std::string>& fields :
       std::vector<std::vector<std::string>>{{"$5", "€7", "$6", "€8"},
                                             {"5 kg", "7 lb", "9 oz"},
                                             {"32A", "34B", "36C"},
                                             {"1st", "2nd", "3rd"},
                                             {"1st", "1st", "1st"},
                                             {"12 Oak Street", "7 Elm Street"},
                                             {"12a", "12b"},
                                             {"red", "12 kg"}}) {
    const Column column = x_of(fields);
    EXPECT_EQ(column.kind, ColumnKind::categorical) << fields[0];
  }
  EXPECT_THAT(x_of({"$5", "€7", "$6", "€8"}).doubt, HasSubstr("4 of its 4 values are numbers"));
  EXPECT_THAT(x_of({"red", "green"}).doubt.en, IsEmpty());
}

TEST(Columns, NameTheLineOfAMistake) {
  std::vector<std::string> fields{"$1", "$2", "$3", "$4", "5", "$6"};
  EXPECT_THAT(x_refusal(fields),
              HasSubstr("f.csv:6:1: column \"x\": \"5\" is not a number, as 5 of the 6 values here "
                        "are, such as \"$1\" is 1"));
  fields[4] = "soon";
  EXPECT_THAT(x_refusal(fields), HasSubstr("--missing soon"));
  EXPECT_EQ(x_refusal(fields, {.missing = {"soon"}}), "");
  EXPECT_EQ(x_refusal(fields, {.categorical = {"x"}}), "");
  EXPECT_THAT(x_refusal({"2019-01-02", "2019-01-03", "2019-02-30", "2019-01-04", "2019-01-05"}),
              HasSubstr("f.csv:4:1: column \"x\": \"2019-02-30\" is not a date"));
  try {
    parse_csv("x;y\n1,5;0.5\n2,5;0.5\n3,5;0.5\n4,5;0.5\n1.234;0.5\n", "f.csv");
    FAIL() << "1.234 could be either";
  } catch (const DataError& error) {
    EXPECT_THAT(error.what(), HasSubstr("f.csv:6:1: column \"x\": \"1.234\" is not a number"));
  }
}

TEST(Columns, OfDatesFindTheirOrder) {
  const Column known = x_of({"03/04/2019", "13/04/2019"});
  EXPECT_EQ(known.kind, ColumnKind::date);
  EXPECT_EQ(known.order, DateOrder::day_month_year);
  EXPECT_EQ(known.doubt.en, "");
  EXPECT_EQ(known.numbers[1] - known.numbers[0], 10);
  EXPECT_EQ(x_of({"03/04/2019", "03/13/2019"}).order, DateOrder::month_day_year);
  const Column open = x_of({"03/04/2019", "05/06/2019"});
  EXPECT_EQ(open.order, DateOrder::day_month_year);
  EXPECT_THAT(open.doubt, HasSubstr("the day could be the month as well"));
  const Column told =
      x_of({"03/04/2019", "05/06/2019"}, {.date_orders = {{"x", DateOrder::month_day_year}}});
  EXPECT_EQ(told.order, DateOrder::month_day_year);
  EXPECT_EQ(told.doubt.en, "");
  EXPECT_TRUE(x_of({"2019-01-02 10:00", "2019-01-02"}).has_time);
  EXPECT_EQ(x_of({"10:30", "23:59"}).order, DateOrder::time_only);
}

TEST(Columns, AreWhatTheOptionsSay) {
  EXPECT_EQ(x_of({"1", "2"}, {.categorical = {"x"}}).kind, ColumnKind::categorical);
  EXPECT_THAT(x_refusal({"1", "b", "c"}, {.numeric = {"x"}}),
              HasSubstr("f.csv:3:1: column \"x\": \"b\" is not a number"));
  EXPECT_THAT(x_refusal({"1", "2019-01-02"}, {.dates = {"x"}}),
              HasSubstr("f.csv:2:1: column \"x\": \"1\" is not a date"));
  EXPECT_EQ(x_refusal({"1"}, {.numeric = {"z"}}),
            "numeric: f.csv has no column \"z\"; did you mean \"x\"?");
  EXPECT_THAT(x_of({"-999", "3", "-999.0"}, {.missing = {"-999"}}).numbers,
              ElementsAre(testing::IsNan(), 3, testing::IsNan()));
  const Column words = x_of({"NA", "", "gone", "a"}, {.missing = {"gone"}});
  EXPECT_THAT(words.categories, ElementsAre("NA", "a")) << "a word among texts is a category";
  EXPECT_THAT(words.codes, ElementsAre(0, -1, -1, 1));
}

}  // namespace
}  // namespace chainrule::data
