// What the first pass over a table learns of a column, and how the column is then read.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/composed_form.h"
#include "data/field_form.h"
#include "data/name_hints.h"

#include "chainrule/data.h"

namespace chainrule::data {

// Where a field of some sort was first seen; line 0 means never.
struct Sighting {
  std::int64_t line = 0;
  std::string field{};
};

enum class Asked { nothing, text, number, date };

class ColumnTally {
 public:
  // What is known of a column before it is read.
  struct Expected {
    Asked asked = Asked::nothing;
    std::optional<ExpectedColumn> column{};  // as a model has it
    NameHints hints{};

    bool is(ColumnKind kind) const { return column && column->kind == kind; }
    bool is(NumberKind kind) const {
      return is(ColumnKind::numeric) && column->number_kind == kind;
    }
    std::optional<DateOrder> order() const {
      return is(ColumnKind::date) ? std::optional(column->order) : std::nullopt;
    }
  };
  ColumnTally(const Expected& expected, char decimal)
      : expected_(expected), asked_(expected.asked), decimal_(decimal) {
    if (asked_ == Asked::text) keep_nothing();
    if (asked_ == Asked::text || asked_ == Asked::number || expected.is(ColumnKind::numeric))
      compact_digits_ = -1;
  }

  void reserve(std::size_t rows) {
    if (keeps_) numbers_.reserve(rows);
  }
  void add_missing() { keep(missing); }
  void add_number(double number) {
    keep(number);
    ++number_count_;
    fraction_count_ += number != std::floor(number);
    if (text_count_ > 0) note_value(number);
    if (compact_digits_ >= 0) note_compact(number);
  }
  // Any field that is neither missing nor a short plain number.
  void add(std::string_view field, std::int64_t line);

  // What comes of it.
  struct Reading {
    ColumnKind kind = ColumnKind::numeric;
    std::optional<FieldForm>
        form{};  // each field is to be read by; empty: text, or `numbers` holds
    std::int64_t read = 0, present = 0;  // fields that the form reads, of those that hold something
    std::string other{};                 // among numbers in one form, of a column that is text
    bool either_order = false;           // the day and the month of all dates could be exchanged
    std::string marked{};                // the first number with a mark that is passed over
    bool has_groups = false;             // the file's decimal mark stands between thousands
    bool may_be_clock = false;           // lengths of two parts: minutes and seconds, or not
    std::string power{};                 // the first number such as 13E7, which might be a code
    std::string triangle{};              // the first number such as △5
    std::string composed{};              // the first range, pair or fraction
    bool may_be_code = false;            // it has a hyphen or a stroke as codes have, too
    bool are_bands = false;              // a few ranges that come again, taken for names
    std::string other_money{};           // the first amount in another currency, which is missing
    std::int64_t other_money_count = 0;
    std::vector<std::string> words{};  // that mean missing
    std::int64_t word_count = 0;       // fields that are one of them
  };
  Reading decide() const;

  std::vector<double> take_numbers() { return std::move(numbers_); }
  const Sighting& infinity() const { return infinity_; }
  const Sighting& rounded() const { return rounded_; }
  const Sighting& padded() const {
    return padded_;
  }  // a whole number that begins with 0, such as 007

 private:
  static constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  // A word among numbers stands at least so often, among more different numbers than these. What is
  // seen once or twice may be a mistake, and a few numbers with a few words are categories.
  static constexpr std::int64_t fewest_of_word = 3;
  static constexpr std::size_t fewest_values = 17;

  struct Candidate {
    FieldForm form;
    std::int64_t count = 0;
    double first = 0;     // value
    bool varies = false;  // another value followed
    double low = first, high = first;
    std::string field{};  // the first

    double span() const { return high - low; }
  };

  void keep(double number) {
    if (keeps_) numbers_.push_back(number);
  }
  void keep_nothing() {
    keeps_ = false;
    numbers_ = {};
  }
  // Texts among numbers, each with how often it was seen.
  struct Word {
    std::string text;
    std::int64_t count = 0;
  };
  bool is_known_word(std::string_view field);
  void add_word(std::string_view field);
  void note_value(double value);
  bool are_words_among(const FieldForm& form, std::int64_t read) const;
  bool add_text(std::string_view field);
  void count(FieldForm form, double value, std::string_view field);
  bool add_composed(std::string_view field);
  void note_digits(std::string_view bare_range);
  // As many digits in all first numbers, and as many others in all second ones: 555-1234.
  bool are_range_codes() const {
    return is_bare_range_ && range_digits_[0] > 0 && range_digits_[1] > 0 &&
           range_digits_[0] != range_digits_[1];
  }
  bool is_expected(const FieldForm& form) const;
  bool is_preferred(const Candidate& candidate, const Candidate& best) const;
  void note_compact(double number);
  bool are_compact_dates() const;
  // Fields that this candidate would read, as far as can be told before they are read again.
  std::int64_t read_by(const Candidate& candidate) const;
  std::optional<Candidate> best() const;
  bool differ() const;
  bool may_be(const Candidate& candidate) const;
  std::int64_t singles(NumberForm form) const;
  Candidate marked(const Candidate& candidate) const;
  Reading reading_of(const FieldForm& form, std::int64_t read) const;
  Reading as_text() const;
  Reading with_numbers(Reading reading) const;
  std::optional<Candidate> with_units_of(std::string_view base) const;
  bool is_amount(const Candidate& candidate) const {
    return is_money(candidate.form) && std::get<NumberForm>(candidate.form).decimal == decimal_;
  }
  const Candidate* money() const;
  std::int64_t present() const { return number_count_ + text_count_; }

  Expected expected_;
  Asked asked_;
  char decimal_;
  bool keeps_ = true;            // the numbers; not if something else has been seen
  std::vector<double> numbers_;  // NaN where missing
  std::int64_t number_count_ = 0, text_count_ = 0;
  std::int64_t fraction_count_ = 0;  // of the numbers, those that are not whole
  int compact_digits_ = 0;   // of numbers that are all dates of so many digits; -1 if they are not
  bool has_groups_ = false;  // a number with two of the file's decimal marks
  std::int64_t marked_count_ = 0;  // numbers such as <0.5 or 65+
  bool has_other_marks_ = false;   // than those that may stand in all: + and ±
  std::vector<Candidate> marked_;  // numbers with a mark and a unit, such as 65세 이상
  Sighting first_marked_;
  bool has_long_duration_ = false;  // of three parts, or with units
  std::vector<Word> words_;
  bool has_many_words_ = false;
  std::vector<double> values_;  // some of the distinct ones, where there are texts as well
  std::vector<Candidate> candidates_;
  bool has_no_ranges_ = false;  // the first number of two is not the lower one
  bool is_bare_range_ = false;  // such as 10-20
  bool has_sure_fraction_ = false;
  // Of bare ranges, how many digits the first number has, and the second one; -1 where that
  // differs.
  std::array<std::int64_t, 2> range_digits_{};
  std::array<double, 2> largest_parts_{};  // of pairs with a stroke
  bool has_year_ = false;                  // among these parts
  Sighting text_, infinity_, rounded_, padded_, power_, triangle_;
};

}  // namespace chainrule::data
