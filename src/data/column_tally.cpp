#include "data/column_tally.h"

#include <algorithm>
#include <cmath>

#include "data/duration_form.h"
#include "data/number_units.h"
#include "data/period_form.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

// A column has one form, and perhaps a few mistakes; of one with more forms nobody need know all.
constexpr std::size_t most_candidates = 12;
// Words among numbers: no more different ones than these.
constexpr std::size_t most_words = 8, longest_word = 40;
// Once so many texts have been seen of which few are numbers or dates, the rest is not tried.
constexpr std::int64_t texts_tried = 200;

// 13E7: digits and a power alone, which few write for a number.
bool is_bare_power(std::string_view field) {
  const std::size_t mark = field.find_first_of("eE");
  return mark != std::string_view::npos && mark > 0 && mark + 1 < field.size() &&
         std::ranges::all_of(field.substr(0, mark), is_digit) &&
         std::ranges::all_of(field.substr(mark + 1), is_digit);
}

}  // namespace

void ColumnTally::add(std::string_view field, std::int64_t line) {
  const auto note = [&](Sighting& first) {
    if (first.line == 0) first = {line, std::string(field)};
  };
  if (expected_.column &&
      std::ranges::find(expected_.column->words, field) != expected_.column->words.end()) {
    add_missing();
  } else if (const std::optional<double> number = parse_number(field, decimal_)) {
    if (std::isinf(*number)) note(infinity_);
    if (is_rounded(field, *number)) note(rounded_);
    if (field.size() > 1 && field[0] == '0' && std::ranges::all_of(field, is_digit)) note(padded_);
    if (is_bare_power(field)) note(power_);
    add_number(*number);
  } else if (is_infinity_word(field)) {
    note(infinity_);
    add_number(INFINITY);
  } else {
    note(text_);
    if (text_count_ == 0)
      for (const double value : numbers_) note_value(value);
    if (has_triangle(field)) note(triangle_);
    if (add_text(field)) note(first_marked_);
    keep_nothing();
  }
}

bool ColumnTally::is_known_word(std::string_view field) {
  const auto known = std::ranges::find(words_, field, &Word::text);
  if (known == words_.end()) return false;
  ++known->count;
  return true;
}

void ColumnTally::add_word(std::string_view field) {
  has_many_words_ = has_many_words_ || words_.size() == most_words || field.size() > longest_word ||
                    std::ranges::any_of(field, is_digit);
  if (!has_many_words_) words_.push_back({std::string(field), 1});
}

void ColumnTally::note_value(double value) {
  if (values_.size() < fewest_values && !std::isnan(value) &&
      std::ranges::find(values_, value) == values_.end())
    values_.push_back(value);
}

// Whether it is a number with a mark.
bool ColumnTally::add_text(std::string_view field) {
  ++text_count_;
  if (asked_ == Asked::text || is_known_word(field)) return false;
  if (text_count_ > texts_tried) {
    std::int64_t most = 0;
    for (const Candidate& candidate : candidates_) most = std::max(most, candidate.count);
    if (2 * std::max(most, marked_count_) < text_count_) return false;
  }
  bool is_read = false;
  for (const char decimal : {decimal_, decimal_ == '.' ? ',' : '.'})
    if (auto number = written_number(field, decimal)) {
      is_read = true;
      count(std::move(number->form), number->value, field);
      has_groups_ = has_groups_ || std::ranges::count(field, decimal_) > 1;
    }
  for (const DateOrder order : date_orders) {
    if (order == DateOrder::time_only && expected_.hints.length) continue;
    if (const auto moment = read_date(field, order, expected_.hints.birth)) {
      is_read = true;
      count(DateForm{order, expected_.hints.birth}, moment->days, field);
    }
  }
  if (const auto seconds = read_duration(field)) {
    is_read = true;
    count(DurationForm{}, *seconds, field);
    has_long_duration_ = has_long_duration_ || std::ranges::count(field, ':') != 1;
  }
  is_read = add_composed(field) || is_read;
  const std::string_view bare = without_mark(field);
  const auto number = written_number(bare, decimal_);
  if (!number && !is_read) add_word(field);
  if (!number) return false;
  const bool may_be_in_all =
      field.ends_with('+') || field.ends_with("이상") || field.find("±") != std::string_view::npos;
  has_other_marks_ = has_other_marks_ || !may_be_in_all;
  if (is_bare(number->form)) {
    ++marked_count_;
    return true;
  }
  const auto known = std::ranges::find(marked_, FieldForm(number->form), &Candidate::form);
  if (known != marked_.end())
    ++known->count;
  else if (marked_.size() < most_candidates)
    marked_.push_back({.form = number->form, .count = 1, .field = std::string(field)});
  return true;
}

void ColumnTally::note_digits(std::string_view bare_range) {
  const std::size_t hyphen = bare_range.find('-', 1);
  const std::array<std::size_t, 2> digits{hyphen, bare_range.size() - hyphen - 1};
  for (std::size_t i = 0; i < 2; ++i) {
    const auto here = static_cast<std::int64_t>(digits[i]);
    range_digits_[i] = !is_bare_range_ || range_digits_[i] == here ? here : -1;
  }
  is_bare_range_ = true;
}

// Ranges, pairs and fractions; whether it is one.
bool ColumnTally::add_composed(std::string_view field) {
  bool is_read = false;
  if (const auto range = written_range(field, decimal_)) {
    is_read = true;
    has_no_ranges_ =
        has_no_ranges_ || range->low > range->high || (range->is_bare && range->low == range->high);
    if (range->is_bare) note_digits(field);
    count(range->form, range->middle(), field);
  }
  if (const auto pair = written_pair(field, decimal_)) {
    is_read = true;
    for (std::size_t i = 0; i < 2 && pair->form.mark == '/'; ++i) {
      const double part = pair->parts[i];
      largest_parts_[i] = std::max(largest_parts_[i], part);
      has_year_ = has_year_ || (part >= 1900 && part < 2100);
    }
    count(pair->form, pair->parts[0], field);
  }
  if (const auto fraction = written_fraction(field, decimal_)) {
    is_read = true;
    has_sure_fraction_ = has_sure_fraction_ || fraction->is_sure;
    count(fraction->form, fraction->value, field);
  }
  return is_read;
}

void ColumnTally::note_compact(double number) {
  if (is_no_date(number)) return;
  const int digits = data::compact_digits(number);
  const bool is_alike = digits > 0 && (compact_digits_ == 0 || compact_digits_ == digits);
  compact_digits_ = is_alike ? digits : -1;
}

void ColumnTally::count(FieldForm form, double value, std::string_view field) {
  note_value(value);
  const auto known = std::ranges::find(candidates_, form, &Candidate::form);
  if (known != candidates_.end()) {
    ++known->count;
    known->varies = known->varies || value != known->first;
    known->low = std::min(known->low, value);
    known->high = std::max(known->high, value);
  } else if (candidates_.size() < most_candidates) {
    candidates_.push_back(
        {.form = std::move(form), .count = 1, .first = value, .field = std::string(field)});
  }
}

}  // namespace chainrule::data
