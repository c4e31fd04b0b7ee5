#include "data/column_doubts.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/display.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

using Reading = ColumnTally::Reading;

Text doubt_of_text(const Reading& reading) {
  return in_words(Phrase::numbers_as_text, reading.read, reading.present, quote(reading.other));
}

Text doubt_of_power(const Column& column, const Reading& reading) {
  return in_words(Phrase::read_as_power, quote(reading.power),
                  number_text(*parse_number(reading.power)), column.name);
}

Text doubt_of_words(const Column& column, const Reading& reading) {
  std::vector<std::string> quoted;
  for (const std::string& word : reading.words) quoted.push_back(quote(word));
  return in_words(quoted.size() == 1 ? Phrase::word_for_missing : Phrase::words_for_missing,
                  fmt::format("{}", fmt::join(quoted, ", ")), reading.word_count, reading.present,
                  in_words(column.kind == ColumnKind::date ? Phrase::a_date : Phrase::a_number),
                  column.name);
}

Text doubt_of_order(const Column& column) {
  return in_words(Phrase::day_or_month,
                  in_words(column.order == DateOrder::day_month_year ? Phrase::day_month_year
                                                                     : Phrase::month_day_year));
}

Text doubt_of_money(const Column& column, const Reading& reading) {
  return in_words(Phrase::other_currency, reading.other_money_count, reading.present,
                  quote(column.unit), quote(reading.other_money));
}

Text note_of_measures(const Column& column) {
  return column.unit.empty() ? in_words(Phrase::magnitudes_of_their_own)
                             : in_words(Phrase::units_of_their_own, column.unit);
}

// Of fields that hold more than one number.
void note_composed(Column& column, const Reading& reading) {
  const std::string example = quote(reading.composed);
  if (reading.are_bands)
    column.notes.push_back(in_words(Phrase::ranges_as_names, example, column.name));
  else if (column.number_kind == NumberKind::first)
    column.doubts.push_back(in_words(Phrase::read_as_pairs, example, column.name));
  else if (column.number_kind == NumberKind::fraction)
    column.notes.push_back(in_words(Phrase::read_as_fractions, example));
  else if (reading.may_be_code)
    column.doubts.push_back(in_words(Phrase::ranges_that_may_be_codes, example, column.name));
  else
    column.notes.push_back(in_words(Phrase::read_as_ranges, example));
}

}  // namespace

void note_reading(Column& column, const Reading& reading) {
  const auto doubt = [&](Text what) { column.doubts.push_back(std::move(what)); };
  if (!reading.other.empty()) doubt(doubt_of_text(reading));
  if (!reading.power.empty()) doubt(doubt_of_power(column, reading));
  if (!reading.words.empty()) doubt(doubt_of_words(column, reading));
  if (reading.either_order) doubt(doubt_of_order(column));
  if (column.kind == ColumnKind::date && column.order == DateOrder::compact)
    doubt(in_words(Phrase::all_are_dates, column.name));
  if (!reading.marked.empty())
    doubt(in_words(Phrase::read_without_mark, quote(reading.marked), column.name));
  if (reading.may_be_clock) doubt(in_words(Phrase::minutes_and_seconds));
  if (!reading.triangle.empty()) doubt(in_words(Phrase::read_as_signs, quote(reading.triangle)));
  if (!reading.other_money.empty()) doubt(doubt_of_money(column, reading));
  if (!reading.composed.empty())
    note_composed(column, reading);
  else if (column.number_kind == NumberKind::measures)
    column.notes.push_back(note_of_measures(column));
}

Text doubt_of_far_year(std::string_view field, const std::string& date) {
  return in_words(Phrase::years_of_two_digits, quote(field), date);
}

Text doubt_of_row_names() { return in_words(Phrase::names_of_rows); }

Text doubt_of_twins(const Column& column) {
  const Text twins = twins_in(column);
  return twins.empty() ? Text() : in_words(Phrase::taken_for_two, quote(column.name), twins);
}

Text doubt_of_totals(const Totals& totals) {
  if (totals.are_last) return in_words(Phrase::seems_a_total, quote(totals.word));
  const std::string column = quote(totals.column->name), word = quote(totals.word);
  return totals.rows == 1 ? in_words(Phrase::seems_a_sum, word, column)
                          : in_words(Phrase::seem_sums, totals.rows, word, column);
}

Text doubt_of_merged(const Column& column) {
  return in_words(Phrase::joined_cells, quote(column.name), column.categories.size());
}

void Mistakes::add(std::string_view field, std::int64_t line) {
  ++count;
  if (first.size() < told && std::ranges::find(first, field, &Sighting::field) == first.end())
    first.push_back({line, std::string(field)});
}

std::string mistakes_are_no(const Mistakes& mistakes, const char* what) {
  std::string text = fmt::format("{} is not a {}", quote(mistakes.first[0].field), what);
  std::vector<std::string> others;
  for (std::size_t i = 1; i < mistakes.first.size(); ++i)
    others.push_back(
        fmt::format("{} in line {}", quote(mistakes.first[i].field), mistakes.first[i].line));
  const auto told = static_cast<std::int64_t>(mistakes.first.size());
  if (mistakes.count > told) others.push_back(fmt::format("{} more", mistakes.count - told));
  if (others.empty()) return text;
  const std::string last = others.back();
  others.pop_back();
  return fmt::format("{}, nor {} {}{}{}", text, mistakes.count == 2 ? "is" : "are",
                     fmt::join(others, ", "), others.empty() ? "" : " and ", last);
}

std::string refusal_of_mistakes(const Mistakes& mistakes, const Column& column,
                                const Reading& reading) {
  return fmt::format(
      "column {}: {}, as {} of the {} values here are{}; mend the file, say which word means "
      "missing: --missing {}, or train with the column as text: --categorical {}",
      quote(column.name),
      mistakes_are_no(mistakes, column.kind == ColumnKind::date ? "date" : "number"), reading.read,
      reading.present, column.written.empty() ? "" : ", such as " + column.written.en,
      shell_word(mistakes.first[0].field), shell_word(column.name));
}

}  // namespace chainrule::data
