#include "data/column_tally.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/duration_form.h"
#include "data/period_form.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

// A column has one form, and perhaps a few mistakes; of one with more forms nobody need know all.
constexpr std::size_t most_candidates = 12;
// Words among numbers: no more different ones than these, each at least so often, among more
// different numbers than these. What is seen once or twice may be a mistake, and a few numbers with
// a few words are categories.
constexpr std::size_t most_words = 8, longest_word = 40, fewest_values = 17;
constexpr std::int64_t fewest_of_word = 3;
// Once so many texts have been seen of which few are numbers or dates, the rest is not tried.
constexpr std::int64_t texts_tried = 200;

bool is_date(const FieldForm& form) { return std::holds_alternative<DateForm>(form); }

bool is_bare(const FieldForm& form) {
  const auto* number = std::get_if<NumberForm>(&form);
  return number != nullptr && number->before.empty() && (number->after.empty() || number->scaled);
}

bool has_unit(const FieldForm& form) {
  const auto* number = std::get_if<NumberForm>(&form);
  return number != nullptr && !number->after.empty() && number->after != "%";
}

// 13E7: digits and a power alone, which few write for a number.
bool is_bare_power(std::string_view field) {
  const std::size_t mark = field.find_first_of("eE");
  return mark != std::string_view::npos && mark > 0 && mark + 1 < field.size() &&
         std::ranges::all_of(field.substr(0, mark), is_digit) &&
         std::ranges::all_of(field.substr(mark + 1), is_digit);
}

// A word among few numbers is a mistake as well; of fewer than five nobody can tell.
bool are_most(std::int64_t some, std::int64_t all) {
  return all >= 20 ? 10 * some >= 9 * all : all >= 5 && 5 * some >= 4 * all;
}

}  // namespace

std::optional<double> read_field(std::string_view field, const FieldForm& form) {
  if (const auto* number = std::get_if<NumberForm>(&form)) return read_number(field, *number);
  if (std::holds_alternative<DurationForm>(form)) return read_duration(field);
  const auto& [order, of_birth] = std::get<DateForm>(form);
  const std::optional<Moment> moment = read_date(field, order, of_birth);
  return moment ? std::optional(moment->days) : std::nullopt;
}

void ColumnTally::add(std::string_view field, std::int64_t line) {
  const auto note = [&](Sighting& first) {
    if (first.line == 0) first = {line, std::string(field)};
  };
  if (std::ranges::find(expected_.words, field) != expected_.words.end()) {
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
    if (add_text(field)) note(marked_);
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
      count(std::move(number->form), number->value);
      has_groups_ = has_groups_ || std::ranges::count(field, decimal_) > 1;
    }
  for (const DateOrder order : date_orders) {
    if (order == DateOrder::time_only && expected_.hints.length) continue;
    if (const auto moment = read_date(field, order, expected_.hints.birth)) {
      is_read = true;
      count(DateForm{order, expected_.hints.birth}, moment->days);
    }
  }
  if (const auto seconds = read_duration(field)) {
    is_read = true;
    count(DurationForm{}, *seconds);
    has_long_duration_ = has_long_duration_ || std::ranges::count(field, ':') != 1;
  }
  const std::string_view bare = without_mark(field);
  const auto number = written_number(bare, decimal_);
  if (!number && !is_read) add_word(field);
  if (!number || !is_bare(number->form)) return false;
  ++marked_count_;
  const bool may_be_in_all = field.ends_with('+') || field.find("±") != std::string_view::npos;
  has_other_marks_ = has_other_marks_ || !may_be_in_all;
  return true;
}

void ColumnTally::note_compact(double number) {
  if (is_no_date(number)) return;
  const int digits = data::compact_digits(number);
  const bool is_alike = digits > 0 && (compact_digits_ == 0 || compact_digits_ == digits);
  compact_digits_ = is_alike ? digits : -1;
}

// Numbers such as 20190301 that are all dates: by chance one in 27 of such numbers is, and one in
// eight of those such as 201903.
bool ColumnTally::are_compact_dates() const {
  if (compact_digits_ <= 0) return false;
  if (asked_ == Asked::date || expected_.order == DateOrder::compact) return true;
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

void ColumnTally::count(FieldForm form, double value) {
  note_value(value);
  const auto known = std::ranges::find(candidates_, form, &Candidate::form);
  if (known != candidates_.end()) {
    ++known->count;
    known->varies = known->varies || value != known->first;
    known->low = std::min(known->low, value);
    known->high = std::max(known->high, value);
  } else if (candidates_.size() < most_candidates) {
    candidates_.push_back({std::move(form), 1, value});
  }
}

std::int64_t ColumnTally::read_by(const Candidate& candidate) const {
  if (!is_bare(candidate.form)) return candidate.count;
  // The other decimal mark reads whole numbers alike, and no others.
  const bool is_other = std::get<NumberForm>(candidate.form).decimal != decimal_;
  return candidate.count + number_count_ - (is_other ? fraction_count_ : 0);
}

// 600K beside 1.5M, or beside 0: the units say how large, not what.
std::optional<ColumnTally::Candidate> ColumnTally::with_magnitudes() const {
  const Candidate* first = nullptr;
  Candidate all;
  std::size_t units = 0;
  for (const Candidate& candidate : candidates_) {
    const auto* form = std::get_if<NumberForm>(&candidate.form);
    if (form == nullptr || form->decimal != decimal_) continue;
    if (!form->after.empty() && !is_magnitude(form->after)) continue;
    if (first == nullptr) {
      first = &candidate;
      all = candidate;
      all.count = 0;
      all.varies = true;
      auto& scaled = std::get<NumberForm>(all.form);
      scaled.after.clear();
      scaled.scaled = true;
    } else if (form->before != std::get<NumberForm>(all.form).before) {
      return std::nullopt;
    }
    all.count += candidate.count;
    ++units;
  }
  if (first == nullptr) return std::nullopt;
  // $380K in every row is money, not a unit called K.
  const bool is_money = !std::get<NumberForm>(all.form).before.empty();
  if (units + (is_bare(all.form) && number_count_ > 0 ? 1 : 0) < (is_money ? 1u : 2u))
    return std::nullopt;
  if (units == 1 && std::get<NumberForm>(first->form).after.empty()) return std::nullopt;
  return all;
}

// One that reads more; of dates that could be 23.03.01 as well as 01.03.23 that order in which they
// lie nearer to each other: days differ more than years do.
bool ColumnTally::is_preferred(const Candidate& candidate, const Candidate& best) const {
  if (read_by(candidate) != read_by(best)) return read_by(candidate) > read_by(best);
  const auto* date = std::get_if<DateForm>(&candidate.form);
  return date != nullptr && date->order == DateOrder::short_year && is_date(best.form) &&
         2 * candidate.span() < best.span();
}

// Of those that read equally many the first: plain numbers, then the file's own decimal mark.
std::optional<ColumnTally::Candidate> ColumnTally::best() const {
  std::optional<Candidate> best;
  const auto offer = [&](const Candidate& candidate) {
    const auto* date = std::get_if<DateForm>(&candidate.form);
    if (date != nullptr && (asked_ == Asked::number || expected_.number)) return;
    if (asked_ == Asked::date && date == nullptr) return;
    // A model's order of dates holds for new files, whatever else they might be.
    if (expected_.order && date != nullptr && date->order != *expected_.order) return;
    if (has_unit(candidate.form) && !candidate.varies && asked_ == Asked::nothing) return;
    if (!best || is_preferred(candidate, *best)) best = candidate;
  };
  offer({NumberForm{.decimal = decimal_}});
  for (const Candidate& candidate : candidates_) offer(candidate);
  // Marked numbers alone, such as <5 and >5, are rather names.
  if (marked_count_ > 0 && (number_count_ >= marked_count_ || !has_other_marks_))
    offer({NumberForm{.decimal = decimal_, .marked = true}, marked_count_, 0, true});
  if (const auto scaled = with_magnitudes(); scaled && read_by(*scaled) >= read_by(*best))
    best = scaled;
  return best;
}

ColumnTally::Reading ColumnTally::decide() const {
  if (asked_ == Asked::text) return {.kind = ColumnKind::categorical};
  if (are_compact_dates() && (text_count_ == 0 || are_most(number_count_, present())))
    return reading_of(DateForm{DateOrder::compact}, number_count_);
  if (text_count_ == 0 && asked_ != Asked::date) return {.power = power_.field};
  const std::optional<Candidate> taken = best();
  const std::int64_t read = taken ? read_by(*taken) : 0;
  const bool is_asked = asked_ == Asked::number || asked_ == Asked::date;
  if (!is_asked && taken && are_words_among(taken->form, read)) {
    Reading reading = reading_of(taken->form, read);
    for (const Word& word : words_) reading.words.push_back(word.text);
    reading.word_count = present() - read;
    return reading;
  }
  if (!is_asked && (read == 0 || (read < present() && !are_most(read, present()))))
    return {.kind = ColumnKind::categorical, .doubt = doubt()};
  return reading_of(taken ? taken->form : DateForm{DateOrder::year_month_day}, read);
}

ColumnTally::Reading ColumnTally::reading_of(const FieldForm& form, std::int64_t read) const {
  Reading reading{.form = form, .read = read, .present = present()};
  reading.kind = is_date(form) ? ColumnKind::date : ColumnKind::numeric;
  const auto may_be = [&](DateOrder order) {
    const auto found = std::ranges::find(
        candidates_, FieldForm(DateForm{order, expected_.hints.birth}), &Candidate::form);
    return found != candidates_.end() && found->count == read;
  };
  reading.either_order = !expected_.order && is_date(form) && may_be(DateOrder::day_month_year) &&
                         may_be(DateOrder::month_day_year);
  const auto* number = std::get_if<NumberForm>(&form);
  if (number != nullptr && number->marked) reading.marked = marked_.field;
  reading.has_groups = has_groups_;
  if (!is_date(form)) reading.power = power_.field;
  reading.may_be_clock = std::holds_alternative<DurationForm>(form) && !has_long_duration_;
  return reading;
}

// Numbers that are read as text are a surprise.
Text ColumnTally::doubt() const {
  std::vector<std::int64_t> counts{number_count_};
  for (const Candidate& candidate : candidates_) {
    const auto* number = std::get_if<NumberForm>(&candidate.form);
    const bool is_counted = candidate.varies && !has_unit(candidate.form);  // 1st and 2nd are names
    if (number != nullptr && number->decimal == decimal_ && is_counted)
      counts.push_back(candidate.count);
  }
  std::ranges::sort(counts, std::greater<>());
  const std::int64_t numbers = counts[0] + (counts.size() > 1 ? counts[1] : 0);
  if (2 * numbers <= present()) return {};
  return in_words(Phrase::numbers_as_text, numbers, present(), quote(text_.field));
}

void note_doubts(Column& column, const ColumnTally::Reading& reading) {
  if (!reading.power.empty())
    column.doubt = in_words(Phrase::read_as_power, quote(reading.power),
                            number_text(*parse_number(reading.power)), column.name);
  if (!reading.words.empty()) {
    std::vector<std::string> quoted;
    for (const std::string& word : reading.words) quoted.push_back(quote(word));
    column.doubt = in_words(
        quoted.size() == 1 ? Phrase::word_for_missing : Phrase::words_for_missing,
        fmt::format("{}", fmt::join(quoted, ", ")), reading.word_count, reading.present,
        in_words(column.kind == ColumnKind::date ? Phrase::a_date : Phrase::a_number), column.name);
  }
  if (reading.either_order)
    column.doubt = in_words(Phrase::day_or_month, in_words(column.order == DateOrder::day_month_year
                                                               ? Phrase::day_month_year
                                                               : Phrase::month_day_year));
  if (column.kind == ColumnKind::date && column.order == DateOrder::compact)
    column.doubt = in_words(Phrase::all_are_dates, column.name);
  if (!reading.marked.empty())
    column.doubt = in_words(Phrase::read_without_mark, quote(reading.marked), column.name);
  if (reading.may_be_clock) column.doubt = in_words(Phrase::minutes_and_seconds);
}

}  // namespace chainrule::data
