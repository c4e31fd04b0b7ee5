// Splits CSV text into fields, one after the other, without copying them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "chainrule/data.h"
#include "chainrule/error.h"
#include "data/words.h"

namespace chainrule::data {

// A longer field is hardly a value; more likely a quote was never closed where it should be.
inline constexpr std::size_t longest_field = std::size_t{1} << 20;

// In place of a delimiter that stands twice, which is written so before it is read; it stands in no
// text.
inline constexpr char doubled_delimiter = '\x1F';

class CsvReader {
 public:
  // Where the table begins in its file, and what its lines may be.
  struct Lines {
    std::int64_t first = 1;
    bool has_comments = false;    // lines that begin with # are none of the table
    bool has_one_column = false;  // an empty line between others is an empty field
    std::string_view names{};     // the line of the names: where it comes again it is none
  };
  CsvReader(std::string_view text, Dialect dialect, const std::string& name, Lines lines)
      : at_(text.data()),
        end_(text.data() + text.size()),
        delimiter_(dialect.doubled ? doubled_delimiter : dialect.delimiter),
        // Where commas separate, one within a number stands in quotes.
        decimal_(dialect.decimal == dialect.delimiter ? '\0' : dialect.decimal),
        by_spaces_(dialect.delimiter == ' '),
        name_(name),
        has_comments_(lines.has_comments),
        line_(lines.first),
        names_(lines.names) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    if (lines.has_one_column && last != std::string_view::npos) last_content_ = text.data() + last;
    for (const char c : {' ', '\t'})
      if (c != delimiter_ || by_spaces_) kind_of(c) |= space;
    for (const char c : {delimiter_, '\n', '\r', by_spaces_ ? '\t' : '\n'}) kind_of(c) |= end_mark;
  }

  // Goes to the next line that holds more than spaces; false at the end. Before each record.
  bool next_record() {
    if (has_begun_ && last_content_ != nullptr && at_ <= last_content_)
      return record_line_ = line_, true;
    has_begun_ = true;
    while (at_ != end_) {
      if (has_comments_ && *at_ == '#' && !begins_with_error()) {
        while (at_ != end_ && *at_ != '\n' && *at_ != '\r') ++at_;
        if (at_ == end_) return false;
        take_line_end();
        continue;
      }
      const char* p = at_;
      while (p != end_ && is_space(*p)) ++p;
      if (p == end_) return at_ = end_, false;
      if (*p != '\n' && *p != '\r') {
        if (!are_names_again()) return is_after_first_ = true, record_line_ = line_, true;
        ++repeated_names_;
        p = at_ + names_.size();
        if (p == end_) return at_ = end_, false;
      }
      at_ = p;
      take_line_end();
    }
    return false;
  }

  // The next field of this record, without quotes and outer spaces; valid until the next call.
  // `last` says whether it ends the record. `number` counts fields from 1, for messages.
  std::string_view field(bool& last, std::int64_t number) {
    while (at_ != end_ && is_space(*at_)) ++at_;
    if (at_ != end_ && *at_ == '"') return quoted_field(last, number);
    const char* start = at_;
    const char* stop = start;
    while (stop != end_ && !ends_field(*stop)) ++stop;
    at_ = stop;
    require_short(start, line_, number);
    while (stop != start && is_space(stop[-1])) --stop;
    take_separator(last);
    return without_formula({start, static_cast<std::size_t>(stop - start)});
  }

  // The common case in one pass: a field of at most 15 digits, with or without sign and point, is
  // mantissa / 10^k with both exact in a double, so one division rounds correctly (Clinger, "How to
  // read floating point numbers accurately", 1990). False leaves the field for field() to read.
  bool short_number(double& value, bool& last) {
    constexpr double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char* p = at_;
    const bool negative = p != end_ && *p == '-';
    if (negative) ++p;
    std::uint64_t mantissa = 0;  // wraps where there are too many digits, and is not used then
    int digits = 0, after_point = 0;
    const auto take_digits = [&] {
      const char* start = p;
      for (; p != end_ && *p >= '0' && *p <= '9' && p - start < 16; ++p)
        mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p - '0');
      return static_cast<int>(p - start);
    };
    const bool padded = p != end_ && *p == '0' && p + 1 != end_ && p[1] >= '0' && p[1] <= '9';
    digits = take_digits();
    if (padded) return false;  // "007" may be a name
    if (digits > 0 && digits <= 15 && p != end_ && *p == decimal_) {
      ++p;
      digits += after_point = take_digits();
    }
    const bool ends = p == end_ || ends_field(*p);
    if (digits == 0 || digits > 15 || !ends) return false;
    value = static_cast<double>(mantissa);
    if (after_point > 0) value /= power[after_point];
    if (negative) value = -value;
    at_ = p;
    take_separator(last);
    return true;
  }

  std::int64_t record_line() const { return record_line_; }  // where this record starts, from 1
  const char* position() const { return at_; }
  std::int64_t repeated_names() const { return repeated_names_; }

 private:
  // What a byte is, looked up: most of the time of reading texts is spent on finding their ends.
  static constexpr std::uint8_t space = 1, end_mark = 2;
  std::uint8_t& kind_of(char c) { return kinds_[static_cast<unsigned char>(c)]; }
  bool is_space(char c) const { return kinds_[static_cast<unsigned char>(c)] & space; }
  bool ends_field(char c) const { return kinds_[static_cast<unsigned char>(c)] & end_mark; }

  // ="007" is how spreadsheets are told that 007 is a text.
  static std::string_view without_formula(std::string_view field) {
    if (field.size() < 3 || field[0] != '=' || field[1] != '"' || field.back() != '"') return field;
    return field.substr(2, field.size() - 3);
  }

  bool are_names_again() const {
    if (names_.empty() || !is_after_first_ || *at_ != names_[0]) return false;
    const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
    return rest.starts_with(names_) && (rest.size() == names_.size() ||
                                        rest[names_.size()] == '\n' || rest[names_.size()] == '\r');
  }

  // #N/A and #DIV/0! of spreadsheets are no comments.
  bool begins_with_error() const {
    const char* stop = at_;
    while (stop != end_ && !ends_field(*stop)) ++stop;
    return is_missing({at_, static_cast<std::size_t>(stop - at_)});
  }

  void take_line_end() {  // \n, \r\n or \r
    if (*at_ == '\r' && at_ + 1 != end_ && at_[1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  void take_separator(bool& last) {
    while (by_spaces_ && at_ != end_ && is_space(*at_)) ++at_;
    last = at_ == end_ || *at_ == '\n' || *at_ == '\r';
    if (at_ == end_) return;
    if (last)
      take_line_end();
    else if (!by_spaces_)
      ++at_;
  }

  // The field that began at `start` and has just been passed.
  void require_short(const char* start, std::int64_t line, std::int64_t number) const {
    const auto length = static_cast<std::size_t>(at_ - start);
    if (length > longest_field)
      throw DataError({name_, line, number},
                      fmt::format("this field is {} bytes long, and at most {} are read (is a "
                                  "quote or a line end missing?); mend the file, or leave the "
                                  "column out of it",
                                  length, longest_field));
  }

  std::string_view quoted_field(bool& last, std::int64_t number) {
    const std::int64_t opened_on = line_;
    const char* start = ++at_;
    bool copied = false;  // a doubled quote inside needs a copy, anything else does not
    const char* stop = nullptr;
    while (true) {
      const char* p = at_;
      while (p != end_ && *p != '"') {
        if (*p == '\n' || (*p == '\r' && (p + 1 == end_ || p[1] != '\n'))) ++line_;
        ++p;
      }
      if (p == end_)
        throw DataError(
            {name_, opened_on, number},
            "a quote opens here and is never closed; close it, or write \"\" for a quote "
            "inside quotes");
      if (p + 1 != end_ && p[1] == '"') {
        if (!copied) scratch_.clear();
        scratch_.append(copied ? at_ : start, p + 1);
        copied = true;
        at_ = p + 2;
        continue;
      }
      if (copied) scratch_.append(at_, p);
      stop = p;
      at_ = p + 1;
      break;
    }
    require_short(start, opened_on, number);
    while (!by_spaces_ && at_ != end_ && is_space(*at_)) ++at_;
    if (at_ != end_ && !ends_field(*at_))
      throw DataError(
          {name_, line_, number},
          "text follows a closing quote; quote the whole field, and write \"\" for a quote "
          "inside it");
    take_separator(last);
    if (copied) return without_formula(scratch_);
    return {start, static_cast<std::size_t>(stop - start)};
  }

  std::array<std::uint8_t, 256> kinds_{};
  const char* at_;
  const char* end_;
  const char delimiter_, decimal_;
  const bool by_spaces_;
  const std::string& name_;
  const bool has_comments_;
  std::int64_t line_, record_line_ = 1;
  const char* last_content_ = nullptr;  // of a table of one column
  bool has_begun_ = false;
  const std::string_view names_;
  bool is_after_first_ = false;
  std::int64_t repeated_names_ = 0;
  std::string scratch_;
};

}  // namespace chainrule::data
