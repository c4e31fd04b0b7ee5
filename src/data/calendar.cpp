#include "data/calendar.h"

#include <array>
#include <chrono>
#include <string_view>

namespace chainrule::data {
namespace {

// The last year in which somebody can have been born, of two digits: one that stands still, so that
// a table is read alike next year.
constexpr int last_birth = 26;

struct MonthName {
  std::string_view name;
  int month;
};
// English, German, French, Spanish and Italian; where a word stands in several, once.
constexpr std::array<MonthName, 52> month_names{
    {{"january", 1},   {"februar", 2},    {"march", 3},      {"april", 4},     {"may", 5},
     {"june", 6},      {"july", 7},       {"august", 8},     {"september", 9}, {"october", 10},
     {"november", 11}, {"december", 12},  {"januar", 1},     {"february", 2},  {"märz", 3},
     {"mai", 5},       {"juni", 6},       {"juli", 7},       {"oktober", 10},  {"dezember", 12},
     {"janvier", 1},   {"février", 2},    {"mars", 3},       {"avril", 4},     {"juin", 6},
     {"juillet", 7},   {"août", 8},       {"septembre", 9},  {"octobre", 10},  {"novembre", 11},
     {"décembre", 12}, {"enero", 1},      {"febrero", 2},    {"marzo", 3},     {"abril", 4},
     {"mayo", 5},      {"junio", 6},      {"julio", 7},      {"agosto", 8},    {"septiembre", 9},
     {"octubre", 10},  {"noviembre", 11}, {"diciembre", 12}, {"gennaio", 1},   {"febbraio", 2},
     {"aprile", 4},    {"maggio", 5},     {"giugno", 6},     {"luglio", 7},    {"settembre", 9},
     {"ottobre", 10},  {"dicembre", 12}}};

}  // namespace

int month_named(const std::string& word) {
  for (const auto& [name, month] : month_names)
    if (word == name || ((word.size() == 3 || word.size() == 4) && name.starts_with(word)))
      return month;
  return 0;
}
std::optional<double> days_of(int year, int month, int day) {
  namespace ch = std::chrono;
  const ch::year_month_day date{ch::year(year), ch::month(static_cast<unsigned>(month)),
                                ch::day(static_cast<unsigned>(day))};
  if (month < 1 || day < 1 || !date.ok()) return std::nullopt;
  return static_cast<double>(ch::sys_days(date).time_since_epoch().count());
}

int full_year(int year, std::size_t digits, bool of_birth) {
  if (digits == 4) return year;
  const int first = of_birth ? last_birth + 1 : 69;  // of the last century
  return digits == 2 ? year + (year < first ? 2000 : 1900) : -1;
}

}  // namespace chainrule::data
