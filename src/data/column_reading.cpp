// How a column is read, by what its tally has counted.
#include <algorithm>
#include <cmath>
#include <set>

#include "data/column_tally.h"
#include "data/number_units.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

// A word among few numbers is a mistake as well; of fewer than five nobody can tell.
bool are_most(std::int64_t some, std::int64_t all) {
  return all >= 20 ? 10 * some >= 9 * all : all >= 5 && 5 * some >= 4 * all;
}

}  // namespace

// Whether all that is no number is one of a few words that come again. Whole numbers without a unit
// may be codes, as the words are then, unless nearly all are numbers.
bool ColumnTally::are_words_among(const FieldForm& form, std::int64_t read) const {
  std::int64_t count = 0;
  for (const Word& word : words_) count += word.count;
  const auto* number = std::get_if<NumberForm>(&form);
  const bool may_be_codes =
      number != nullptr && is_bare(form) && !number->scaled && fraction_count_ == 0;
  return !words_.empty() && !has_many_words_ && read + count == present() &&
         (may_be_codes ? are_most(read, present()) : 2 * read >= present()) &&
         values_.size() == fewest_values &&
         std::ranges::all_of(words_, [](const Word& word) { return word.count >= fewest_of_word; });
}

// Numbers such as 20190301 that are all dates: by chance one in 27 of such numbers is, and one in
// eight of those such as 201903.
bool ColumnTally::are_compact_dates() const {
  if (compact_digits_ <= 0) return false;
  if (asked_ == Asked::date || expected_.order() == DateOrder::compact) return true;
  const bool is_named = expected_.hints.date || (compact_digits_ == 6 && expected_.hints.month);
  if (is_named) return true;
  std::set<double> distinct, years;
  for (const double x : numbers_) {
    if (std::isnan(x)) continue;
    distinct.insert(x);
    if (compact_digits_ == 6) years.insert(std::floor(x / 100));
  }
  constexpr std::size_t few = 8, months = 24;
  return compact_digits_ == 6 ? distinct.size() >= months && years.size() >= 3
                              : distinct.size() >= few;
}

// Numbers in this form alone, with a mark or without, beside ranges and fractions in it.
std::int64_t ColumnTally::singles(NumberForm form) const {
  std::int64_t count = is_bare(FieldForm(form)) ? number_count_ + marked_count_ : 0;
  const bool takes_magnitudes = form.scaled && form.after.empty();
  form.scaled = false;
  const auto is_single = [&](const Candidate& candidate) {
    const auto* number = std::get_if<NumberForm>(&candidate.form);
    return number != nullptr && number->decimal == form.decimal && number->before == form.before &&
           (number->after == form.after || (takes_magnitudes && magnitude_of(number->after) != 0));
  };
  for (const auto* candidates : {&candidates_, &marked_})
    for (const Candidate& candidate : *candidates)
      if (is_single(candidate)) count += candidate.count;
  return count;
}

std::int64_t ColumnTally::read_by(const Candidate& candidate) const {
  if (const auto* range = std::get_if<RangeForm>(&candidate.form))
    return candidate.count + singles(range->ends);
  if (const auto* fraction = std::get_if<FractionForm>(&candidate.form))
    return candidate.count + singles(fraction->whole);
  if (!is_bare(candidate.form)) return candidate.count;
  // The other decimal mark reads whole numbers alike, and no others.
  const bool is_other = std::get<NumberForm>(candidate.form).decimal != decimal_;
  return candidate.count + number_count_ - (is_other ? fraction_count_ : 0);
}

// Measures differ; a few that come again are names of bands or kinds.
bool ColumnTally::differ() const {
  constexpr std::int64_t fewest = 5;
  return values_.size() == fewest_values ||
         (present() >= fewest && 2 * static_cast<std::int64_t>(values_.size()) > present());
}

// Whether numbers that are written as two may be meant.
bool ColumnTally::may_be(const Candidate& candidate) const {
  const bool is_asked = asked_ == Asked::number;
  if (std::holds_alternative<RangeForm>(candidate.form))
    return expected_.is(NumberKind::middle) ||
           (!has_no_ranges_ && (is_asked || (differ() && !are_range_codes())));
  if (std::holds_alternative<FractionForm>(candidate.form))
    return expected_.is(NumberKind::fraction) || has_sure_fraction_;
  const auto* pair = std::get_if<PairForm>(&candidate.form);
  if (pair == nullptr || expected_.is(NumberKind::first)) return true;
  // A day and a month, or a number of a year, are no two numbers.
  constexpr double most_days = 31;
  const bool may_be_date =
      pair->mark == '/' && (has_year_ || std::ranges::max(largest_parts_) <= most_days);
  return is_asked || (differ() && !may_be_date);
}

// 600K beside 1.5M, or beside 0: the units say how large, not what. With a base: 500 g beside
// 1.2 kg.
std::optional<ColumnTally::Candidate> ColumnTally::with_units_of(std::string_view base) const {
  const Candidate* first = nullptr;
  Candidate all;
  std::size_t units = 0;
  for (const Candidate& candidate : candidates_) {
    const auto* number = std::get_if<NumberForm>(&candidate.form);
    if (number == nullptr || number->decimal != decimal_) continue;
    const bool is_of_base = base.empty() ? number->after.empty() || magnitude_of(number->after) != 0
                                         : measure_of(number->after, base).has_value();
    if (!is_of_base) continue;
    if (first == nullptr) {
      first = &candidate;
      all = candidate;
      all.count = 0;
      all.varies = true;
      auto& scaled = std::get<NumberForm>(all.form);
      scaled.after = base;
      scaled.scaled = true;
    } else if (number->before != std::get<NumberForm>(all.form).before) {
      return std::nullopt;
    }
    all.count += candidate.count;
    ++units;
  }
  if (first == nullptr) return std::nullopt;
  auto& form = std::get<NumberForm>(all.form);
  const bool is_known =
      expected_.is(NumberKind::measures) && expected_.column->unit == form.before + form.after;
  // 12 E and 14 W may be houses; 12.5 E is a place.
  const bool is_place = base == "N" || base == "E";
  if (!base.empty())
    return is_known || (units >= 2 && (!is_place || all.first != std::floor(all.first)))
               ? std::optional(all)
               : std::nullopt;
  // $380K in every row is money, not a unit called K.
  const bool has_currency = !form.before.empty();
  if (units + (is_bare(all.form) && number_count_ > 0 ? 1 : 0) <
      (has_currency || is_known ? 1u : 2u))
    return std::nullopt;
  if (units == 1 && std::get<NumberForm>(first->form).after.empty()) return std::nullopt;
  return all;
}

// Whether a model has its numbers in this form, which is more than a unit.
bool ColumnTally::is_expected(const FieldForm& form) const {
  return number_kind(form) != NumberKind::plain && expected_.is(number_kind(form));
}

// One that reads more, or what a model expects; of dates that could be 23.03.01 as well as 01.03.23
// that order in which they lie nearer to each other: days differ more than years do.
bool ColumnTally::is_preferred(const Candidate& candidate, const Candidate& best) const {
  if (read_by(candidate) != read_by(best)) return read_by(candidate) > read_by(best);
  if (is_expected(candidate.form) != is_expected(best.form)) return is_expected(candidate.form);
  const auto* date = std::get_if<DateForm>(&candidate.form);
  return date != nullptr && date->order == DateOrder::short_year && is_date(best.form) &&
         2 * candidate.span() < best.span();
}

// Of those that read equally many the first: plain numbers, then the file's own decimal mark.
std::optional<ColumnTally::Candidate> ColumnTally::best() const {
  std::optional<Candidate> best;
  const auto offer = [&](const Candidate& candidate) {
    const auto* date = std::get_if<DateForm>(&candidate.form);
    if (date != nullptr && (asked_ == Asked::number || expected_.is(ColumnKind::numeric))) return;
    if (asked_ == Asked::date && date == nullptr) return;
    // A model's order of dates holds for new files, whatever else they might be.
    if (expected_.order() && date != nullptr && date->order != *expected_.order()) return;
    if (!may_be(candidate)) return;
    if (has_unit(candidate.form) && !candidate.varies && asked_ == Asked::nothing) return;
    if (!best || is_preferred(candidate, *best)) best = candidate;
  };
  offer({NumberForm{.decimal = decimal_}});
  for (const Candidate& candidate : candidates_) offer(candidate);
  // Marked numbers alone, such as <5 and >5, are rather names.
  if (marked_count_ > 0 && (number_count_ >= marked_count_ || !has_other_marks_))
    offer({NumberForm{.decimal = decimal_, .marked = true}, marked_count_, 0, true});
  for (const Candidate& candidate : marked_) {
    const Candidate all = marked(candidate);
    if (all.count >= 2 * candidate.count || !has_other_marks_) offer(all);
  }
  const auto offer_scaled = [&](std::string_view base) {
    if (const auto scaled = with_units_of(base); scaled && read_by(*scaled) >= read_by(*best))
      best = scaled;
  };
  offer_scaled("");
  for (const std::string_view base : measure_bases) offer_scaled(base);
  return best;
}

// All numbers of its form, with a mark or without.
ColumnTally::Candidate ColumnTally::marked(const Candidate& candidate) const {
  Candidate all = candidate;
  const auto plain = std::ranges::find(candidates_, candidate.form, &Candidate::form);
  if (plain != candidates_.end()) all.count += plain->count;
  std::get<NumberForm>(all.form).marked = true;
  all.varies = true;
  return all;
}

// The amounts in one currency that are most of all, where the others are in another one.
const ColumnTally::Candidate* ColumnTally::money() const {
  const Candidate* most = nullptr;
  std::int64_t amounts = 0;
  for (const Candidate& candidate : candidates_)
    if (is_amount(candidate)) {
      amounts += candidate.count;
      if (most == nullptr || candidate.count > most->count) most = &candidate;
    }
  return most != nullptr && amounts == present() && 2 * most->count > amounts ? most : nullptr;
}

ColumnTally::Reading ColumnTally::decide() const {
  if (asked_ == Asked::text) return {.kind = ColumnKind::categorical};
  if (are_compact_dates() && (text_count_ == 0 || are_most(number_count_, present())))
    return reading_of(DateForm{DateOrder::compact}, number_count_);
  if (text_count_ == 0 && asked_ != Asked::date) return {.power = power_.field};
  const std::optional<Candidate> taken = best();
  const std::int64_t read = taken ? read_by(*taken) : 0;
  const bool is_asked = asked_ == Asked::number || asked_ == Asked::date ||
                        (taken && is_composed(taken->form) && is_expected(taken->form));
  if (!is_asked && taken && are_words_among(taken->form, read)) {
    Reading reading = reading_of(taken->form, read);
    for (const Word& word : words_) reading.words.push_back(word.text);
    reading.word_count = present() - read;
    return reading;
  }
  if (const Candidate* amounts = money(); !is_asked && amounts != nullptr && read < present()) {
    Reading reading = reading_of(amounts->form, amounts->count);
    reading.other_money_count = present() - amounts->count;
    for (const Candidate& candidate : candidates_)
      if (candidate.form != amounts->form && reading.other_money.empty() && is_amount(candidate))
        reading.other_money = candidate.field;
    return reading;
  }
  if (!is_asked && (read == 0 || (read < present() && !are_most(read, present()))))
    return as_text();
  return reading_of(taken ? taken->form : DateForm{DateOrder::year_month_day}, read);
}

ColumnTally::Reading ColumnTally::as_text() const {
  Reading reading{.kind = ColumnKind::categorical, .read = 0, .present = present()};
  for (const Candidate& candidate : candidates_)
    if (std::holds_alternative<RangeForm>(candidate.form) && !has_no_ranges_ &&
        !are_range_codes() && candidate.varies && are_most(read_by(candidate), present())) {
      reading.are_bands = true;
      reading.composed = candidate.field;
      return reading;
    }
  return with_numbers(std::move(reading));
}

ColumnTally::Reading ColumnTally::reading_of(const FieldForm& form, std::int64_t read) const {
  Reading reading{.form = form, .read = read, .present = present()};
  reading.kind = is_date(form) ? ColumnKind::date : ColumnKind::numeric;
  const auto may_be = [&](DateOrder order) {
    const auto found = std::ranges::find(
        candidates_, FieldForm(DateForm{order, expected_.hints.birth}), &Candidate::form);
    return found != candidates_.end() && found->count == read;
  };
  reading.either_order = !expected_.order() && is_date(form) && may_be(DateOrder::day_month_year) &&
                         may_be(DateOrder::month_day_year);
  const auto* number = std::get_if<NumberForm>(&form);
  if (number != nullptr && number->marked) reading.marked = first_marked_.field;
  reading.has_groups = has_groups_;
  if (!is_date(form)) reading.power = power_.field;
  if (number != nullptr) reading.triangle = triangle_.field;
  reading.may_be_clock = std::holds_alternative<DurationForm>(form) && !has_long_duration_;
  const auto found = std::ranges::find(candidates_, form, &Candidate::form);
  if (is_composed(form) && found != candidates_.end()) reading.composed = found->field;
  reading.may_be_code = (std::holds_alternative<RangeForm>(form) && is_bare_range_) ||
                        std::holds_alternative<PairForm>(form);
  return reading;
}

// Numbers that are read as text are a surprise.
ColumnTally::Reading ColumnTally::with_numbers(Reading reading) const {
  std::vector<std::int64_t> counts{number_count_};
  for (const Candidate& candidate : candidates_) {
    const auto* number = std::get_if<NumberForm>(&candidate.form);
    const bool is_counted = candidate.varies && !has_unit(candidate.form);  // 1st and 2nd are names
    if (number != nullptr && number->decimal == decimal_ && is_counted)
      counts.push_back(candidate.count);
  }
  std::ranges::sort(counts, std::greater<>());
  const std::int64_t numbers = counts[0] + (counts.size() > 1 ? counts[1] : 0);
  if (2 * numbers <= present()) return reading;
  reading.read = numbers;
  reading.other = text_.field;
  return reading;
}

}  // namespace chainrule::data
