#include "data/name_hints.h"

#include <algorithm>
#include <array>
#include <string>

#include "data/words.h"

namespace chainrule::data {

NameHints hints_in(std::string_view name) {
  constexpr std::array<std::string_view, 9> dates{"date", "datum",  "fecha",  "yyyymmdd", "날짜",
                                                  "일자", "년월일", "年月日", "日付"};
  constexpr std::array<std::string_view, 7> months{"month",  "yyyymm", "monat", "mois",
                                                   "period", "년월",   "연월"};
  constexpr std::array<std::string_view, 9> births{
      "birth", "dob", "geburt", "naissance", "born", "생년", "출생", "nacimiento", "nascita"};
  constexpr std::array<std::string_view, 11> lengths{
      "duration", "elapsed", "runtime", "time_taken", "time taken", "dauer",
      "durée",    "duree",   "duraci",  "durata",     "소요"};
  const std::string lower = lower_case(name);
  const auto has_one_of = [&](const auto& words) {
    return std::ranges::any_of(
        words, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
  };
  NameHints hints{.date = has_one_of(dates), .month = has_one_of(months)};
  hints.birth = has_one_of(births);
  hints.date = hints.date || hints.birth || lower.ends_with("_dt");
  hints.length = has_one_of(lengths);
  return hints;
}

}  // namespace chainrule::data
