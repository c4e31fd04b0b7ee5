#include "data/column_doubts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/display.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

using Reading = ColumnTally::Reading;

std::string as_category(const Column& column) {
  return fmt::format("--type {}=category", column.name);
}

std::string doubt_of_text(const Reading& reading) {
  return fmt::format(
      "{} of its {} values are numbers in one form or another, and others, such as "
      "{}, are not; taken as text",
      reading.read, reading.present, quote(reading.other));
}

std::string doubt_of_power(const Column& column, const Reading& reading) {
  return fmt::format("numbers such as {} are read as {}; if they are codes: {}",
                     quote(reading.power), number_text(*parse_number(reading.power)),
                     as_category(column));
}

std::string doubt_of_words(const Column& column, const Reading& reading) {
  std::vector<std::string> quoted;
  for (const std::string& word : reading.words) quoted.push_back(quote(word));
  return fmt::format("{} in {} of {} rows {} no {}, and count{} as missing; if they are names: {}",
                     fmt::join(quoted, ", "), reading.word_count, reading.present,
                     quoted.size() == 1 ? "is" : "are",
                     column.kind == ColumnKind::date ? "date" : "number",
                     quoted.size() == 1 ? "s" : "", as_category(column));
}

std::string doubt_of_order(const Column& column) {
  return fmt::format(
      "in every date the day could be the month as well; they are read as {}",
      column.order == DateOrder::day_month_year ? "day, month, year" : "month, day, year");
}

std::string doubt_of_compact_dates(const Column& column) {
  return fmt::format(
      "its numbers are all dates, and are read so; if they are numbers: --type {}=number",
      column.name);
}

std::string doubt_of_marks(const Column& column, const Reading& reading) {
  return fmt::format("numbers with a mark, such as {}, are read without it; if they are names: {}",
                     quote(reading.marked), as_category(column));
}

std::string doubt_of_clock() {
  return "its fields have two parts, which are read as minutes and seconds; if they are no "
         "lengths of time, give the column as categories";
}

std::string doubt_of_triangles(const Reading& reading) {
  return fmt::format("triangles are read as signs, △ and ▼ as minus and ▲ as plus, as in {}",
                     quote(reading.triangle));
}

std::string doubt_of_money(const Column& column, const Reading& reading) {
  return fmt::format(
      "{} of its {} amounts are in another currency than {}, such as {}, and count as missing; "
      "bring them to one currency",
      reading.other_money_count, reading.present, quote(column.unit), quote(reading.other_money));
}

std::string doubt_of_ranges(const Column& column, const Reading& reading) {
  return fmt::format(
      "ranges such as {} are read as the number in their middle; if they are codes: "
      "{}",
      quote(reading.composed), as_category(column));
}

std::string note_of_ranges(const Reading& reading) {
  return fmt::format("ranges such as {} are read as the number in their middle",
                     quote(reading.composed));
}

std::string note_of_bands(const Column& column, const Reading& reading) {
  return fmt::format(
      "its few ranges, such as {}, are taken as names; as the numbers in their middle: --type "
      "{}=number",
      quote(reading.composed), column.name);
}

std::string doubt_of_pairs(const Column& column, const Reading& reading) {
  return fmt::format(
      "fields such as {} hold two numbers, which become two columns; if they are "
      "names: {}",
      quote(reading.composed), as_category(column));
}

std::string note_of_fractions(const Reading& reading) {
  return fmt::format("fractions such as {} are read as numbers", quote(reading.composed));
}

std::string note_of_measures(const Column& column) {
  return column.unit.empty()
             ? std::string("its numbers have magnitudes of their own, and are counted in ones")
             : fmt::format("its numbers have units of their own, and are read in {}", column.unit);
}

}  // namespace

void note_reading(Column& column, const Reading& reading) {
  if (!reading.other.empty()) column.doubts.push_back(doubt_of_text(reading));
  if (!reading.power.empty()) column.doubts.push_back(doubt_of_power(column, reading));
  if (!reading.words.empty()) column.doubts.push_back(doubt_of_words(column, reading));
  if (reading.either_order) column.doubts.push_back(doubt_of_order(column));
  if (column.kind == ColumnKind::date && column.order == DateOrder::compact)
    column.doubts.push_back(doubt_of_compact_dates(column));
  if (!reading.marked.empty()) column.doubts.push_back(doubt_of_marks(column, reading));
  if (reading.may_be_clock) column.doubts.push_back(doubt_of_clock());
  if (!reading.triangle.empty()) column.doubts.push_back(doubt_of_triangles(reading));
  if (!reading.other_money.empty()) column.doubts.push_back(doubt_of_money(column, reading));
  if (reading.are_bands) column.notes.push_back(note_of_bands(column, reading));
  if (reading.composed.empty() || reading.are_bands) {
    if (column.number_kind == NumberKind::measures)
      column.notes.push_back(note_of_measures(column));
    return;
  }
  if (column.number_kind == NumberKind::first)
    column.doubts.push_back(doubt_of_pairs(column, reading));
  else if (column.number_kind == NumberKind::fraction)
    column.notes.push_back(note_of_fractions(reading));
  else if (reading.may_be_code)
    column.doubts.push_back(doubt_of_ranges(column, reading));
  else
    column.notes.push_back(note_of_ranges(reading));
}

std::string doubt_of_far_year(std::string_view field, const std::string& date) {
  return fmt::format(
      "years of two digits are taken for 1969 to 2068, so that {} is {}; if it is earlier, "
      "write the years in full",
      quote(field), date);
}

std::string doubt_of_row_names() {
  return "the names are one short, as R writes them, so this column is taken for the "
         "names of the rows";
}

std::string doubt_of_twins(const Column& column) {
  const std::string twins = twins_in(column);
  return twins.empty() ? ""
                       : fmt::format("column {}: {} are taken for two", quote(column.name), twins);
}

std::string doubt_of_totals(const Totals& totals) {
  if (totals.are_last)
    return fmt::format(
        "the last row, {}, seems to be a sum of the others, and is read as one of "
        "them; leave it out of the file",
        quote(totals.word));
  return fmt::format(
      "the {} with {} in column {} seem{} to be sums of others, and {} read as all "
      "rows are; leave {} out of the file",
      totals.rows == 1 ? "row" : fmt::format("{} rows", totals.rows), quote(totals.word),
      quote(totals.column->name), totals.rows == 1 ? "s" : "", totals.rows == 1 ? "is" : "are",
      totals.rows == 1 ? "it" : "them");
}

std::string doubt_of_merged(const Column& column) {
  return fmt::format(
      "column {}: each of its {} texts stands once, with empty fields below, as "
      "cells that are joined in a spreadsheet; the empty ones count as missing, "
      "unless the file repeats the text",
      quote(column.name), column.categories.size());
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
  return fmt::format("{}, nor {} {}{}{}", text, others.empty() && told == 2 ? "is" : "are",
                     fmt::join(others, ", "), others.empty() ? "" : " and ", last);
}

std::string refusal_of_mistakes(const Mistakes& mistakes, const Column& column,
                                const Reading& reading) {
  return fmt::format(
      "column {}: {}, as {} of the {} values here are{}; mend the file, say which word means "
      "missing: --missing {}, or train with the column as text: --categorical {}",
      quote(column.name),
      mistakes_are_no(mistakes, column.kind == ColumnKind::date ? "date" : "number"), reading.read,
      reading.present, column.written.empty() ? "" : ", such as " + column.written,
      shell_word(mistakes.first[0].field), shell_word(column.name));
}

}  // namespace chainrule::data
