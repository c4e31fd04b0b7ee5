#include "data/field_form.h"

#include "data/duration_form.h"
#include "data/number_units.h"

namespace chainrule::data {

std::optional<double> read_field(std::string_view field, const FieldForm& form) {
  if (const auto* number = std::get_if<NumberForm>(&form)) return read_number(field, *number);
  if (std::holds_alternative<DurationForm>(form)) return read_duration(field);
  if (const auto* range = std::get_if<RangeForm>(&form)) return read_number(field, *range);
  if (const auto* pair = std::get_if<PairForm>(&form)) return read_number(field, *pair);
  if (const auto* fraction = std::get_if<FractionForm>(&form)) return read_number(field, *fraction);
  const auto& [order, of_birth] = std::get<DateForm>(form);
  const std::optional<Moment> moment = read_date(field, order, of_birth);
  return moment ? std::optional(moment->days) : std::nullopt;
}

bool is_date(const FieldForm& form) { return std::holds_alternative<DateForm>(form); }

bool is_bare(const FieldForm& form) {
  const auto* number = std::get_if<NumberForm>(&form);
  return number != nullptr && number->before.empty() && number->after.empty();
}

bool has_unit(const FieldForm& form) {
  const auto* number = std::get_if<NumberForm>(&form);
  return number != nullptr && !number->after.empty() && number->after != "%";
}

bool is_money(const FieldForm& form) {
  const auto* number = std::get_if<NumberForm>(&form);
  return number != nullptr && !number->scaled &&
         (!number->before.empty() || is_currency(number->after));
}

bool is_composed(const FieldForm& form) {
  return std::holds_alternative<RangeForm>(form) || std::holds_alternative<PairForm>(form) ||
         std::holds_alternative<FractionForm>(form);
}

NumberKind number_kind(const FieldForm& form) {
  if (std::holds_alternative<RangeForm>(form)) return NumberKind::middle;
  if (std::holds_alternative<PairForm>(form)) return NumberKind::first;
  if (std::holds_alternative<FractionForm>(form)) return NumberKind::fraction;
  const auto* number = std::get_if<NumberForm>(&form);
  return number != nullptr && number->scaled ? NumberKind::measures : NumberKind::plain;
}

std::string unit_of(const FieldForm& form) {
  if (const auto* number = std::get_if<NumberForm>(&form)) return number->before + number->after;
  if (const auto* range = std::get_if<RangeForm>(&form))
    return range->ends.before + range->ends.after;
  if (const auto* pair = std::get_if<PairForm>(&form)) return pair->unit;
  if (const auto* fraction = std::get_if<FractionForm>(&form)) return fraction->whole.after;
  return std::holds_alternative<DurationForm>(form) ? "s" : "";
}

}  // namespace chainrule::data
