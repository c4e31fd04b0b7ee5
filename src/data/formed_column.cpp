#include "data/formed_column.h"

#include <algorithm>
#include <limits>

#include "data/period_form.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

// 2040-01-01, in days since 1970: a year of two digits that lies behind it may be of the last
// century, such as one of birth.
constexpr double far_in_century = 25567;

bool has_full_year(std::string_view field) {
  std::size_t digits = 0;
  for (const char c : field) {
    digits = is_digit(c) ? digits + 1 : 0;
    if (digits == 4) return true;
  }
  return false;
}

}  // namespace

bool FormedColumn::is_missing_here(std::string_view field) const {
  if (missing_.hold(field)) return true;
  if (std::ranges::find(column_.words, field) != column_.words.end()) return true;
  return column_.kind == ColumnKind::date && column_.order == DateOrder::compact &&
         is_no_date(parse_number(field).value_or(1));
}

// In a column of "1,5" in a file with points, "1.234" could be either.
std::optional<double> FormedColumn::read(std::string_view field) const {
  const char other = decimal_ == '.' ? ',' : '.';
  const auto* form = std::get_if<NumberForm>(&*reading_.form);
  const std::size_t mark = field.find(decimal_);
  const bool is_clear = form == nullptr || form->decimal == decimal_ || reading_.has_groups ||
                        mark == std::string_view::npos || mark != field.rfind(decimal_) ||
                        field.find(other) != std::string_view::npos;
  return is_clear ? read_field(field, *reading_.form) : std::nullopt;
}

void FormedColumn::note_written(std::string_view field, double value) {
  if (const auto* date = std::get_if<DateForm>(&*reading_.form)) {
    const std::optional<Moment> moment = read_date(field, date->order, date->of_birth);
    column_.has_time = column_.has_time || moment->has_time;
    if (!has_far_year_ && value >= far_in_century && !has_full_year(field)) {
      has_far_year_ = true;
      column_.doubts.push_back(
          doubt_of_far_year(field, date_text(value, column_.order, moment->has_time)));
    }
    if (column_.written.empty())
      column_.written = in_words(Phrase::written_as, quote(field),
                                 date_text(value, column_.order, moment->has_time));
    return;
  }
  if (!column_.written.empty()) return;
  if (std::holds_alternative<DurationForm>(*reading_.form))
    column_.written = in_words(Phrase::written_as_seconds, quote(field), number_text(value));
  else if (column_.number_kind == NumberKind::first)
    column_.written = in_words(Phrase::written_as_two, quote(field), number_text(value),
                               number_text(seconds_.back()));
  else if (!parse_number(field, decimal_))
    column_.written = in_words(Phrase::written_as, quote(field), number_text(value));
}

double FormedColumn::value_of(std::string_view field, std::int64_t line) {
  if (is_missing_here(field)) return no_number;
  const std::optional<double> value = read(field);
  if (!value) {
    const bool is_amount = reading_.other_money_count > 0 && [&] {
      const auto amount = written_number(field, decimal_);
      return amount && is_money(FieldForm(amount->form));
    }();
    if (is_used_ && !is_amount) mistakes_.add(field, line);
    return no_number;
  }
  if (missing_.hold_number(*value)) return no_number;
  if (const auto* form = std::get_if<PairForm>(&*reading_.form))
    if (const auto pair = written_pair(field, form->decimal)) seconds_.back() = pair->parts[1];
  note_written(field, *value);
  return *value;
}

void FormedColumn::add(std::string_view given, std::int64_t line) {
  if (column_.number_kind == NumberKind::first) seconds_.push_back(no_number);
  column_.numbers.push_back(value_of(trimmed(given), line));
}

}  // namespace chainrule::data
