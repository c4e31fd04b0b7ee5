// Dates that are no year, month and day, and lengths of time.
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "data/date_form.h"
#include "data/duration_form.h"
#include "data/validate.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Table column_called(const std::string& name, const std::vector<std::string>& fields,
                    const CsvOptions& options = {}) {
  std::string text = name + ",y\n";
  for (const std::string& field : fields) text += fmt::format("\"{}\",a\n", field);
  return parse_csv(text, "f.csv", options);
}

std::string date_in(const char* field, DateOrder order) {
  const auto moment = read_date(field, order);
  return moment ? date_text(moment->days, order, moment->has_time) : "none";
}

// Twelve dates without marks, and what they are.
std::vector<std::string> compact_dates() {
  std::vector<std::string> dates;
  for (int month = 1; month <= 12; ++month) dates.push_back(fmt::format("2023{:02}15", month));
  return dates;
}

TEST(Durations, AreSeconds) {
  EXPECT_EQ(read_duration("26:30:00"), 95400);
  EXPECT_EQ(read_duration("1:02:03.5"), 3723.5);
  EXPECT_EQ(read_duration("58:10"), 3490);
  EXPECT_EQ(read_duration("3:25.41"), 205.41);
  EXPECT_EQ(read_duration("-0:30:00"), -1800);
  EXPECT_EQ(read_duration("1 days 02:03:04"), 93784);
  EXPECT_EQ(read_duration("-1 days +23:00:00"), -3600);  // as pandas writes an hour less
  EXPECT_EQ(read_duration("1 day, 2:03:04"), 93784);
  EXPECT_EQ(read_duration("2h 50m"), 10200);
  EXPECT_EQ(read_duration("19h"), 68400);
  EXPECT_EQ(read_duration("1 hr 5 min"), 3900);
  EXPECT_EQ(read_duration("1.5 hours"), 5400);
  EXPECT_EQ(read_duration("2시간 30분"), 9000);
  EXPECT_EQ(read_duration("PT1H30M"), 5400);
  EXPECT_EQ(read_duration("P1DT2H"), 93600);
  EXPECT_EQ(read_duration("3 weeks"), 1814400);
  EXPECT_EQ(read_duration("2 years"), 63115200);  // of 365.25 days
  EXPECT_EQ(read_duration("2y 6m"), 78894000);    // months behind years
  EXPECT_EQ(read_duration("2년 3개월"), 71004600);
  for (const char* text :
       {"", "5", "12:5", "12:60", "1:2:3:4", "12:30:61", "5m 2h", "2h 3h", "1st", "h", "2x",
        "12:30pm", "16:9", "P", "2019년", "1:", ":30", "2021-01-01", "1h 5"})
    EXPECT_FALSE(read_duration(text)) << text;
}

TEST(Durations, AreToldFromTimesOfDay) {
  const Table beyond_a_day = column_called("t", {"26:30:00", "1:02:03.5", "9:15:00"});
  EXPECT_THAT(beyond_a_day.columns[0].numbers, ElementsAre(95400, 3723.5, 33300));
  EXPECT_EQ(beyond_a_day.columns[0].written.en, "\"26:30:00\" is 95400 seconds");
  EXPECT_EQ(column_called("t", {"23:59:00", "1:02:03"}).columns[0].kind, ColumnKind::date);
  EXPECT_EQ(column_called("t", {"09:30", "24:00"}).columns[0].kind, ColumnKind::date);
  // By the column's name, or by a model that took it for a number.
  EXPECT_EQ(column_called("duration", {"23:59:00", "1:02:03"}).columns[0].kind,
            ColumnKind::numeric);
  EXPECT_THAT(column_called("t", {"0:59:00"}, {.expected_columns = {{"t", {}}}}).columns[0].numbers,
              ElementsAre(3540));
  EXPECT_THAT(column_called("t", {"2h 50m", "19h", "45m"}).columns[0].numbers,
              ElementsAre(10200, 68400, 2700));
  EXPECT_THAT(column_called("t", {"71:30", "15:20"}).columns[0].doubts,
              ElementsAre(HasSubstr("minutes and seconds")));
}

TEST(Dates, AreReadWithoutMarks) {
  const Table dates = column_called("x", compact_dates());
  EXPECT_EQ(dates.columns[0].kind, ColumnKind::date);
  EXPECT_EQ(value_text(dates.columns[0], 2), "2023-03-15");
  EXPECT_THAT(dates.columns[0].doubts, ElementsAre(HasSubstr("--type x=number")));
  EXPECT_EQ(column_called("x", compact_dates(), {.numeric = {"x"}}).columns[0].kind,
            ColumnKind::numeric);
  // Few are enough where the name, an option or a model says so.
  EXPECT_EQ(column_called("x", {"20230301"}).columns[0].kind, ColumnKind::numeric);
  EXPECT_EQ(column_called("sale_date", {"20230301"}).columns[0].kind, ColumnKind::date);
  EXPECT_EQ(column_called("x", {"20230301"}, {.dates = {"x"}}).columns[0].numbers[0], 19417);
  EXPECT_EQ(
      column_called(
          "x", {"20230301"},
          {.expected_columns = {{"x", {.kind = ColumnKind::date, .order = DateOrder::compact}}}})
          .columns[0]
          .numbers[0],
      19417);
  EXPECT_EQ(value_text(column_called("기준년월", {"202303"}).columns[0], 0), "2023-03-01");
  // One that is none settles it.
  std::vector<std::string> numbers = compact_dates();
  numbers.emplace_back("20231315");
  EXPECT_EQ(column_called("date", numbers).columns[0].kind, ColumnKind::numeric);
  EXPECT_EQ(date_in("20230301140506", DateOrder::compact), "2023-03-01 14:05:06");
  EXPECT_EQ(date_in("202303011405", DateOrder::compact), "2023-03-01 14:05:00");
  for (const char* text :
       {"18991231", "21000101", "20230229", "2023030", "202300", "20230301246000"})
    EXPECT_EQ(date_in(text, DateOrder::compact), "none") << text;
}

TEST(Dates, AreDaysOfAnyYear) {
  for (const char* text : {"17-May", "17 May", "17. Mai", "May 17", "17May"})
    EXPECT_EQ(date_in(text, DateOrder::day_month), "05-17") << text;
  EXPECT_EQ(date_in("29-Feb", DateOrder::day_month), "02-29");
  for (const char* text : {"30-Feb", "May-17", "17-Mayor", "0-May", "17-5"})
    EXPECT_EQ(date_in(text, DateOrder::day_month), "none") << text;
  const Source source{parse_csv("d,y\n17-May,1\n3-Jan,2\n9-Dec,4\n", "f.csv")};
  const Target target = decide_target(source, {.task = Task::regression});
  const Encoder encoder = Encoder::fit(source, target, target.rows);
  ASSERT_EQ(encoder.width(), 2);
  EXPECT_EQ(encoder.feature_name(0), "d year (sin)");
  EXPECT_EQ(encoder.feature_name(1), "d year (cos)");
}

TEST(Dates, AreQuartersWeeksAndMonths) {
  for (const char* text : {"2021Q3", "2021-Q3", "2021 q3", "Q3 2021", "Q3/2021", "3Q21", "3Q2021",
                           "2021H2", "2021년 3분기", "Jul-21", "Jul '21", "07/2021", "7-2021"})
    EXPECT_EQ(date_in(text, DateOrder::period), "2021-07-01") << text;
  EXPECT_EQ(date_in("2021-W01", DateOrder::period), "2021-01-04");  // its Monday
  EXPECT_EQ(date_in("2020W53", DateOrder::period), "2020-12-28");
  EXPECT_EQ(date_in("2021-W05-3", DateOrder::period), "2021-02-03");
  EXPECT_EQ(date_in("85-May", DateOrder::period), "1985-05-01");
  for (const char* text : {"Q5 2021", "2021Q0", "2021-W54", "2021-W5", "W05", "Q3", "13/2021",
                           "Foo-17", "3/21", "2021Q31"})
    EXPECT_EQ(date_in(text, DateOrder::period), "none") << text;
  const Table quarters = column_called("q", {"2021Q3", "2020Q1"});
  EXPECT_EQ(quarters.columns[0].order, DateOrder::period);
  EXPECT_THAT(quarters.columns[0].numbers, ElementsAre(18809, 18262));
  EXPECT_EQ(column_called("d", {"17-May", "3-Jan"}).columns[0].order, DateOrder::day_month);
  EXPECT_EQ(column_called("d", {"85-May", "3-Jan"}).columns[0].order, DateOrder::period);
}

TEST(Dates, OfBirthAreNotToCome) {
  EXPECT_EQ(value_text(column_called("birth_date", {"15/05/48"}).columns[0], 0), "1948-05-15");
  EXPECT_EQ(value_text(column_called("birth_date", {"15/05/20"}).columns[0], 0), "2020-05-15");
  EXPECT_EQ(value_text(column_called("생년월일", {"15-May-48"}).columns[0], 0), "1948-05-15");
  EXPECT_EQ(value_text(column_called("due", {"15/05/48"}).columns[0], 0), "2048-05-15");
  EXPECT_EQ(value_text(column_called("birth", {"15/05/2048"}).columns[0], 0), "2048-05-15");
}

TEST(Dates, MayBeginWithTwoDigitsOfTheYear) {
  // The last part differs most: it is the day.
  const Table dates =
      column_called("d", {"20.02.08", "21.11.28", "23.07.14", "22.01.02", "20.09.21", "21.05.25"});
  EXPECT_EQ(dates.columns[0].order, DateOrder::short_year);
  EXPECT_EQ(value_text(dates.columns[0], 0), "2020-02-08");
  EXPECT_EQ(column_called("d", {"08.02.20", "28.11.21", "14.07.23", "02.01.22"}).columns[0].order,
            DateOrder::day_month_year);
  EXPECT_EQ(date_in("99-12-31", DateOrder::short_year), "1999-12-31");
}

TEST(Dates, MayBeZero) {
  std::vector<std::string> compact = compact_dates();
  compact.insert(compact.end(), {"0", "99991231", "00000000"});
  const Column dates = column_called("sale_date", compact).columns[0];
  EXPECT_EQ(dates.kind, ColumnKind::date);
  EXPECT_TRUE(std::isnan(dates.numbers[12]) && std::isnan(dates.numbers[13]));
  const Column zeros = column_called("d", {"2020-02-08", "0000-00-00", "2021-01-01"}).columns[0];
  EXPECT_EQ(zeros.kind, ColumnKind::date);
  EXPECT_TRUE(std::isnan(zeros.numbers[1]));
}

TEST(Dates, MaySayThatTheyAreTimes) {
  EXPECT_EQ(date_in("14:05 Uhr", DateOrder::time_only), "14:05:00");
  EXPECT_EQ(date_in("2023-03-01 14:05 Uhr", DateOrder::year_month_day), "2023-03-01 14:05:00");
}

TEST(Dates, OfEveryOrderAreKeptInModels) {
  for (const char* field : {"2021Q3", "17-May", "20210301"}) {
    const Source source{parse_csv(fmt::format("date,y\n{},1.5\n{},2.5\n", field, field), "f.csv")};
    const Target target = decide_target(source);
    const Encoder encoder = Encoder::fit(source, target, target.rows);
    const Encoder again = Encoder::from_json(encoder.to_json(), "m");
    EXPECT_EQ(again.to_json(), encoder.to_json());
    EXPECT_EQ(again.columns()[0].order, encoder.columns()[0].order) << field;
  }
}

TEST(Fractions, AreNumbersOfOneWhole) {
  const Table ratings = column_called("r", {"4.5/5", "3/5", "5/5"});
  EXPECT_THAT(ratings.columns[0].numbers, ElementsAre(4.5, 3, 5));
  EXPECT_EQ(ratings.columns[0].unit, "/5");
  EXPECT_THAT(ratings.columns[0].written, HasSubstr("\"4.5/5\" is 4.5"));
  EXPECT_EQ(column_called("r", {"120/80", "130/85", "110/70"}).columns[0].kind,
            ColumnKind::categorical);
}

}  // namespace
}  // namespace chainrule::data
