#include "data/number_form.h"

#include <algorithm>
#include <array>
#include <utility>

#include "data/number_units.h"
#include "data/text_scan.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_written = 100;

// Offices of statistics, and accountants in the east, write a triangle for a minus.
constexpr std::array<std::string_view, 8> minus_signs{"-",      "\u2212", "\u2013", "\uFF0D",
                                                      "\uFE63", "\u25B3", "\u25BC", "\u25BD"};
constexpr std::array<std::string_view, 2> plus_signs{"+", "\u25B2"};
constexpr std::array<std::string_view, 2> apostrophes{"'", "\u2019"};

// 3천 is 3,000 and 5만 is 50,000: the former count within the latter, so that 2천5백만 is
// 25,000,000.
constexpr std::array<std::pair<std::string_view, int>, 4> small_powers{
    {{"천", 3}, {"千", 3}, {"백", 2}, {"百", 2}}};
constexpr std::array<std::pair<std::string_view, int>, 5> myriads{
    {{"억", 8}, {"億", 8}, {"亿", 8}, {"만", 4}, {"万", 4}}};

std::string_view without_blanks_behind(std::string_view text) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view blank : blanks)
      if (text.ends_with(blank)) {
        text.remove_suffix(blank.size());
        found = true;
      }
  }
  return text;
}

// A mark between thousands, if three digits follow it (or two, as in 1,23,456, and a mark again).
std::string_view thousands_mark(std::string_view text, char decimal) {
  std::string_view rest = text;
  std::string_view mark;
  if (rest.starts_with(decimal == '.' ? ',' : '.')) {
    mark = rest.substr(0, 1);
    rest.remove_prefix(1);
  } else if (mark = take_any(rest, blanks); mark.empty()) {
    mark = take_any(rest, apostrophes);
  }
  if (mark.empty()) return "";
  const std::size_t digits = digits_at(rest);
  const bool indian = digits == 2 && mark == "," && rest.substr(2).starts_with(',');
  return digits == 3 || indian ? mark : "";
}

// x10^5, × 10⁻⁵, taken off the text: "e5", "e-5"; "" if there is none.
std::string take_power_of_ten(std::string_view& text) {
  constexpr std::array<std::string_view, 5> times{"\u00D7", "x", "*", "\u00B7", "\u22C5"};
  constexpr std::array<std::string_view, 10> raised{"\u2070", "\u00B9", "\u00B2", "\u00B3",
                                                    "\u2074", "\u2075", "\u2076", "\u2077",
                                                    "\u2078", "\u2079"};
  std::string_view rest = text;
  skip_blanks(rest);
  if (take_any(rest, times).empty()) return "";
  skip_blanks(rest);
  if (!take(rest, "10")) return "";
  std::string power = "e";
  if (take(rest, "^")) {
    if (take(rest, "-") || take(rest, "\u2212")) power += '-';
    power += rest.substr(0, digits_at(rest));
    rest.remove_prefix(digits_at(rest));
  } else {
    if (take(rest, "\u207B")) power += '-';
    for (std::string_view digit; !(digit = take_any(rest, raised)).empty();)
      power += static_cast<char>('0' + (std::ranges::find(raised, digit) - raised.begin()));
  }
  if (!is_digit(power.back()) || power.size() > 5) return "";
  text = rest;
  return power;
}

// The digits, with a point, that the text begins with; they are taken off it. "" if there is no
// number.
std::string take_digits(std::string_view& text, char decimal) {
  std::string number;
  const auto move = [&](std::size_t count) {
    number += text.substr(0, count);
    text.remove_prefix(count);
  };
  const std::size_t first = digits_at(text);
  const bool groups = first >= 1 && first <= 3 && text[0] != '0';
  move(first);
  if (groups) {
    const std::string_view mark = thousands_mark(text, decimal);
    while (!mark.empty() && thousands_mark(text, decimal) == mark) {
      text.remove_prefix(mark.size());
      move(digits_at(text));
    }
  }
  if (text.starts_with(decimal)) {
    const std::size_t after = digits_at(text.substr(1));
    if (first == 0 && after == 0) return "";
    number += '.';
    text.remove_prefix(1);
    move(after);
  }
  if (number.empty()) return "";
  if (text.starts_with('e') || text.starts_with('E')) {
    const std::size_t sign = text.size() > 1 && (text[1] == '-' || text[1] == '+') ? 1 : 0;
    if (const std::size_t digits = digits_at(text.substr(1 + sign)); digits > 0)
      move(1 + sign + digits);
    return number;
  }
  return number + take_power_of_ten(text);
}

template <std::size_t N>
int take_power(std::string_view& text,
               const std::array<std::pair<std::string_view, int>, N>& powers) {
  for (const auto& [name, exponent] : powers)
    if (text.starts_with(name)) {
      text.remove_prefix(name.size());
      return exponent;
    }
  return 0;
}

// What stands behind the digits in 1억 5천만, taken off the text: the whole as digits, or those
// that were given if none of these words follows.
std::string with_myriads(std::string digits, std::string_view& text, char decimal) {
  double total = 0, section = 0;  // of the words so far; what the next large one multiplies
  std::string_view rest = text;
  std::string number = digits;
  int last = 100, parts = 0;
  const auto value_of = [](const std::string& n, int exponent) {
    return *parse_number(n + "e" + std::to_string(exponent));
  };
  if (number.find_first_of("eE") != std::string::npos) return digits;
  std::string single;
  while (!number.empty()) {
    const int small = take_power(rest, small_powers), large = take_power(rest, myriads);
    if (small == 0 && large == 0) break;
    if (large >= last && large > 0) return digits;
    single = number + "e" + std::to_string(small + large);
    ++parts;
    if (large > 0) {
      total += value_of(number, small + large) + section * value_of("1", large);
      section = 0;
      last = large;
    } else {
      section += value_of(number, small);
    }
    text = rest;
    skip_blanks(rest);
    number = take_digits(rest, decimal);
  }
  if (parts == 0) return digits;
  if (!number.empty()) {  // 5만 3200
    total += *parse_number(number);
    ++parts;
    text = rest;
  }
  return parts == 1 ? number_text(*parse_number(single)) : number_text(total + section);
}

// 5'7", 6' 2: feet and inches, as inches; "" for anything else.
std::string inches_in(std::string_view text) {
  constexpr std::array<std::string_view, 3> feet_marks{"'", "\u2019", "\u2032"};
  constexpr std::array<std::string_view, 4> inch_marks{"\"", "\u201D", "\u2033", "''"};
  const std::size_t feet = digits_at(text);
  if (feet == 0 || feet > 2) return "";
  const double whole = *parse_number(text.substr(0, feet));
  text.remove_prefix(feet);
  if (take_any(text, feet_marks).empty()) return "";
  skip_blanks(text);
  const std::string inches = take_digits(text, '.');
  take_any(text, inch_marks);
  if (inches.empty() || !text.empty() || !(*parse_number(inches) < 12)) return "";
  return number_text(12 * whole + *parse_number(inches));
}

// Degrees, minutes and perhaps seconds, 37°33'59"N or N37°33', as degrees; "" for anything else.
// `unit` is what they are then, with north and east positive.
std::string degrees_in(std::string_view text, std::string& unit) {
  constexpr std::array<std::string_view, 2> degree_marks{"\u00B0", "\u00BA"};
  constexpr std::array<std::string_view, 3> minute_marks{"'", "\u2019", "\u2032"};
  constexpr std::array<std::string_view, 4> second_marks{"\"", "\u201D", "\u2033", "''"};
  constexpr std::array<std::string_view, 4> sides{"N", "S", "E", "W"};
  std::string_view side = take_any(text, sides);
  skip_blanks(text);
  const std::string degrees = take_digits(text, '.');
  if (degrees.empty() || take_any(text, degree_marks).empty()) return "";
  skip_blanks(text);
  const std::string minutes = take_digits(text, '.');
  if (minutes.empty() || take_any(text, minute_marks).empty()) return "";
  skip_blanks(text);
  std::string seconds = take_digits(text, '.');
  if (!seconds.empty() && take_any(text, second_marks).empty()) return "";
  skip_blanks(text);
  if (side.empty()) side = take_any(text, sides);
  if (seconds.empty()) seconds = "0";
  const double whole = *parse_number(degrees);
  const double parts = 60 * *parse_number(minutes) + *parse_number(seconds);
  if (!text.empty() || !(whole <= 360) || !(parts < 3600) || !(*parse_number(seconds) < 60))
    return "";
  unit = side.empty() ? "°" : side == "N" || side == "S" ? "° N" : "° E";
  const std::string value = number_text((3600 * whole + parts) / 3600);
  return side == "S" || side == "W" ? "-" + value : value;
}

// ★★★★☆, ⭐⭐⭐½: how many stars; none if it is anything else.
std::optional<double> stars_in(std::string_view text) {
  constexpr std::array<std::string_view, 2> full{"\u2605", "\u2B50"};
  constexpr std::size_t most = 10;
  std::size_t stars = 0;
  while (!take_any(text, full).empty()) {
    take(text, "\uFE0F");  // drawn in colours
    ++stars;
  }
  const bool has_half = stars > 0 && take(text, "\u00BD");
  bool has_empty = false;
  while (take(text, "\u2606")) has_empty = true;
  if (!text.empty() || stars > most || (stars == 0 && !has_empty)) return std::nullopt;
  return static_cast<double>(stars) + (has_half ? 0.5 : 0);
}

// With digits as wide as letters of the east, and what stands beside them, in plain ones; "" if it
// has none.
std::string narrowed(std::string_view field) {
  std::string narrow;
  bool has_digits = false;
  for (std::size_t i = 0; i < field.size(); ++i) {
    const auto byte = [&](std::size_t k) {
      return i + k < field.size() ? static_cast<unsigned char>(field[i + k]) : 0u;
    };
    const unsigned code = ((byte(1) & 0x3Fu) << 6) | (byte(2) & 0x3Fu);
    const bool is_wide =
        byte(0) == 0xEF && (byte(1) == 0xBC || byte(1) == 0xBD) && code >= 0xF01 && code <= 0xF5E;
    if (!is_wide) {
      narrow += field[i];
      continue;
    }
    narrow += static_cast<char>(code - 0xF01 + 0x21);
    has_digits = has_digits || is_digit(narrow.back());
    i += 2;
  }
  return has_digits ? narrow : "";
}

std::optional<double> with_exponent(std::string number, int exponent) {
  if (exponent != 0) {
    if (number.find_first_of("eE") != std::string::npos) return std::nullopt;
    number += 'e' + std::to_string(exponent);
  }
  return parse_number(number);
}

struct Parts {
  bool negative = false;
  std::string_view before;
  std::string digits;
  std::string after;
};

std::optional<Parts> parts_of(std::string_view field, char decimal) {
  if (field.empty() || field.size() > longest_written || !std::ranges::any_of(field, is_digit))
    return std::nullopt;
  Parts parts;
  const auto take_bracket = [&] {
    if (!field.starts_with('(') || !field.ends_with(')')) return false;
    field = field.substr(1, field.size() - 2);
    skip_blanks(field);
    return parts.negative = true;
  };
  bool signed_already = take_bracket();
  const auto take_sign = [&] {
    if (signed_already) return;
    if (!take_any(field, minus_signs).empty())
      signed_already = parts.negative = true;
    else if (!take_any(field, plus_signs).empty())
      signed_already = true;
  };
  take_sign();
  parts.before = take_currency(field);
  if (!parts.before.empty()) {
    skip_blanks(field);
    if (!signed_already) signed_already = take_bracket();
    take_sign();
  }
  if (parts.digits = inches_in(field); !parts.digits.empty()) {
    parts.after = "in";
    return parts;
  }
  if (parts.digits = degrees_in(field, parts.after); !parts.digits.empty()) return parts;
  parts.digits = take_digits(field, decimal);
  if (parts.digits.empty()) return std::nullopt;
  parts.digits = with_myriads(std::move(parts.digits), field, decimal);
  // 42,- is a price without cents, and not negative.
  if (parts.digits.ends_with('.') && !take_any(field, minus_signs).empty()) {
    signed_already = true;
    take_any(field, minus_signs);  // 42,--
  }
  // 1.234,56- as accountants write it.
  if (!signed_already && !take_any(field, minus_signs).empty()) parts.negative = true;
  skip_blanks(field);
  field = without_blanks_behind(field);
  parts.after = denominator(field);
  if (!parts.after.empty()) return parts;
  parts.after = hemisphere(field);
  if (!parts.after.empty()) {
    parts.negative = parts.negative != (field.back() == 'S' || field.back() == 'W');
    return parts;
  }
  if (!is_unit(field)) return std::nullopt;
  parts.after = normalised_unit(field);
  return parts;
}

}  // namespace

std::optional<WrittenNumber> written_number(std::string_view field, char decimal) {
  if (const auto stars = stars_in(field)) return WrittenNumber{{decimal, "", "★"}, *stars};
  if (const std::string narrow = narrowed(field); !narrow.empty())
    return written_number(narrow, decimal);
  const std::optional<Parts> parts = parts_of(field, decimal);
  if (!parts) return std::nullopt;
  const std::optional<double> size = with_exponent(parts->digits, parts->after == "%" ? -2 : 0);
  if (!size) return std::nullopt;
  return WrittenNumber{{decimal, std::string(parts->before), parts->after},
                       parts->negative ? -*size : *size};
}

bool has_triangle(std::string_view field) {
  constexpr std::array<std::string_view, 4> triangles{"\u25B2", "\u25B3", "\u25BC", "\u25BD"};
  return !take_any(field, triangles).empty();
}

std::string_view without_mark(std::string_view field) {
  constexpr std::array<std::string_view, 23> before{
      "<=",         ">=",         "<",         ">",      "≤",          "≥",
      "~",          "≈",          "≦",         "≧",      "under ",     "Under ",
      "over ",      "Over ",      "up to ",    "Up to ", "less than ", "Less than ",
      "more than ", "More than ", "at least ", "below ", "above "};
  constexpr std::array<std::string_view, 15> behind{
      "**",       "*",        "+",         "†",          "이상",    "이하",      "미만", "초과",
      " or more", " or less", " and over", " and above", " and up", " or older", "以上"};
  if (const std::size_t error = field.find("±"); error != std::string_view::npos)
    return without_blanks_behind(field.substr(0, error));
  std::string_view rest = field;
  if (!take_any(rest, before).empty()) {
    skip_blanks(rest);
    return rest;
  }
  for (const std::string_view mark : behind)
    if (field.ends_with(mark))
      return without_blanks_behind(field.substr(0, field.size() - mark.size()));
  return "";
}

std::optional<double> read_number(std::string_view field, const NumberForm& form) {
  if (const std::string narrow = narrowed(field); !narrow.empty()) return read_number(narrow, form);
  if (form.marked) {
    const std::string_view bare = without_mark(field);
    NumberForm plain = form;
    plain.marked = false;
    return read_number(bare.empty() ? field : bare, plain);
  }
  if (!form.scaled) {
    const auto number = written_number(field, form.decimal);
    return number && number->form == form ? std::optional(number->value) : std::nullopt;
  }
  const std::optional<Parts> parts = parts_of(field, form.decimal);
  if (!parts || parts->before != form.before) return std::nullopt;
  int exponent = magnitude_of(parts->after);
  bool is_negative = parts->negative;
  if (!form.after.empty()) {
    const std::optional<Measure> measure = measure_of(parts->after, form.after);
    if (!measure) return std::nullopt;
    exponent = measure->exponent;
    is_negative = is_negative != measure->is_negative;
  } else if (!parts->after.empty() && exponent == 0) {
    return std::nullopt;
  }
  const std::optional<double> size = with_exponent(parts->digits, exponent);
  return size && is_negative ? -*size : size;
}

}  // namespace chainrule::data
