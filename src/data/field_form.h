// How the fields of a column become numbers: each column has one of these forms.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "data/composed_form.h"
#include "data/date_form.h"
#include "data/number_form.h"

namespace chainrule::data {

struct DateForm {
  DateOrder order{};
  bool of_birth = false;
  bool operator==(const DateForm&) const = default;
};
struct DurationForm {
  bool operator==(const DurationForm&) const = default;
};

using FieldForm =
    std::variant<NumberForm, DateForm, DurationForm, RangeForm, PairForm, FractionForm>;

// The number, the days of the date or the seconds that it lasts, if the field has this form.
std::optional<double> read_field(std::string_view field, const FieldForm& form);

bool is_date(const FieldForm& form);
// Digits alone, but for marks between thousands.
bool is_bare(const FieldForm& form);
bool has_unit(const FieldForm& form);
bool is_money(const FieldForm& form);
bool is_composed(const FieldForm& form);

// What the numbers of such a column are.
NumberKind number_kind(const FieldForm& form);
// Their currency or unit; seconds of lengths of time.
std::string unit_of(const FieldForm& form);

}  // namespace chainrule::data
