// What the first pass over a table learns of a column, and how the column is then read.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/date_form.h"
#include "data/name_hints.h"
#include "data/number_form.h"

#include "chainrule/data.h"

namespace chainrule::data {

struct DateForm {
  DateOrder order{};
  bool of_birth = false;
  bool operator==(const DateForm&) const = default;
};
struct DurationForm {
  bool operator==(const DurationForm&) const = default;
};

// How the fields of a column become numbers.
using FieldForm = std::variant<NumberForm, DateForm, DurationForm>;

// The number, the days of the date or the seconds that it lasts, if the field has this form.
std::optional<double> read_field(std::string_view field, const FieldForm& form);

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
    std::optional<DateOrder> order{};  // that a model's dates have
    bool number = false;               // as a model has it
    std::vector<std::string> words{};  // that mean missing, likewise
    NameHints hints{};
  };
  ColumnTally(const Expected& expected, char decimal)
      : expected_(expected), asked_(expected.asked), decimal_(decimal) {
    if (asked_ == Asked::text) keep_nothing();
    if (asked_ == Asked::text || asked_ == Asked::number || expected.number) compact_digits_ = -1;
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
    Text doubt{};                        // of a column that was taken as text
    bool either_order = false;           // the day and the month of all dates could be exchanged
    std::string marked{};                // the first number with a mark that is passed over
    bool has_groups = false;             // the file's decimal mark stands between thousands
    bool may_be_clock = false;           // lengths of two parts: minutes and seconds, or not
    std::string power{};                 // the first number such as 13E7, which might be a code
    std::vector<std::string> words{};    // that mean missing
    std::int64_t word_count = 0;         // fields that are one of them
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

  struct Candidate {
    FieldForm form;
    std::int64_t count = 0;
    double first = 0;     // value
    bool varies = false;  // another value followed
    double low = first, high = first;

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
  void count(FieldForm form, double value);
  bool is_preferred(const Candidate& candidate, const Candidate& best) const;
  void note_compact(double number);
  bool are_compact_dates() const;
  // Fields that this candidate would read, as far as can be told before they are read again.
  std::int64_t read_by(const Candidate& candidate) const;
  std::optional<Candidate> best() const;
  Reading reading_of(const FieldForm& form, std::int64_t read) const;
  Text doubt() const;
  std::optional<Candidate> with_magnitudes() const;
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
  bool has_other_marks_ = false;   // than + and ±
  Sighting marked_;
  bool has_long_duration_ = false;  // of three parts, or with units
  std::vector<Word> words_;
  bool has_many_words_ = false;
  std::vector<double> values_;  // some of the distinct ones, where there are texts as well
  std::vector<Candidate> candidates_;
  Sighting text_, infinity_, rounded_, padded_, power_;
};

// Says in the column how else it might have been read.
void note_doubts(Column& column, const ColumnTally::Reading& reading);

}  // namespace chainrule::data
