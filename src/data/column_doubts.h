// What is said of how a column was read: one function for each sentence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/column_checks.h"
#include "data/column_tally.h"

namespace chainrule::data {

// Says in the column how else it might have been read, and what was read in a form of its own.
void note_reading(Column& column, const ColumnTally::Reading& reading);

Text doubt_of_far_year(std::string_view field, const std::string& date);
Text doubt_of_row_names();
Text doubt_of_twins(const Column& column);  // "" if it has none
Text doubt_of_totals(const Totals& totals);
Text doubt_of_merged(const Column& column);

// Fields that are neither numbers nor dates where the others are: the first few that differ.
struct Mistakes {
  static constexpr std::size_t told = 3;
  std::vector<Sighting> first{};
  std::int64_t count = 0;

  void add(std::string_view field, std::int64_t line);
};
// "\"five\" is not a number", or of several "\"five\" is not a number, nor are \"x\" in line 7 and
// 3 more".
std::string mistakes_are_no(const Mistakes& mistakes, const char* what);
std::string refusal_of_mistakes(const Mistakes& mistakes, const Column& column,
                                const ColumnTally::Reading& reading);

}  // namespace chainrule::data
