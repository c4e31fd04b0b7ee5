// Fields of text: numbers, missing values, the order of names.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule::data {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_ascii_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// A letter of any script: beyond ASCII nothing is told apart.
inline bool is_letter(char c) {
  return is_ascii_letter(c) || static_cast<unsigned char>(c) >= 0x80;
}

// How far the text is UTF-8 (RFC 3629) without NUL bytes; text.size() if all of it is.
std::size_t valid_text_length(std::string_view text);

// ASCII letters in lower case; all else as it is.
std::string lower_case(std::string_view text);

// Whether one of the words for a missing value begins so.
inline constexpr auto begins_missing = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("nN#<?.-\\(\xE2[1:uUmMkKsStT\xE3\xE4\xE6\xE8\xEA\xEB\xEC\xED\xEF"
                        "0"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();
bool is_missing_word(std::string_view field);

// Whether the field is one of the words that stand for a missing value among numbers, names and
// dates; they are listed at read_csv. Asked of every field that is no short number.
inline bool is_missing(std::string_view field) {
  return field.empty() ||
         (begins_missing[static_cast<unsigned char>(field[0])] && is_missing_word(field));
}

// Without spaces of any width at its ends, those of width zero among them.
std::string_view trimmed(std::string_view text);

// The whole field as a decimal number, "+1.5e3" included. Infinity, NaN and hexadecimal are text; a
// number beyond double's range is infinite.
std::optional<double> parse_number(std::string_view field);

// The same with this decimal mark. Where it is a comma, points may stand between thousands:
// 1.234,5.
std::optional<double> parse_number(std::string_view field, char decimal);

// "inf", "-Infinity" and their kind in any case.
bool is_infinity_word(std::string_view field);

// The shortest text that reads back as the same number: "3", "0.1", "1e+30".
std::string number_text(double value);

// From here on double holds some whole numbers only: 2^53.
inline constexpr double rounded_from = 9007199254740992.0;

// Whether a text of digits, such as "9007199254740993", is a whole number beyond 2^53 that is not
// `value`, the double nearest to it. Fractions and exponents are measurements, which may be
// rounded; whole numbers may be names.
bool is_rounded(std::string_view field, double value);

// The places of the names when they are sorted: as numbers if all of them are, else by bytes.
std::vector<std::size_t> sorted_places(const std::vector<std::string>& names);

// For messages: quoted, cut at 40 bytes, what steers a terminal as symbols.
std::string quote(std::string_view text);

}  // namespace chainrule::data
