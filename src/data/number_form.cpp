#include "data/number_form.h"

#include <algorithm>
#include <array>
#include <utility>

#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_written = 100, longest_unit = 24;

constexpr std::array<std::string_view, 5> blanks{" ", "\u00A0", "\u202F", "\u2009", "\u2007"};
constexpr std::array<std::string_view, 5> minus_signs{"-", "\u2212", "\u2013", "\uFF0D", "\uFE63"};
constexpr std::array<std::string_view, 2> apostrophes{"'", "\u2019"};

// The longer of two that begin alike comes first.
constexpr std::array<std::string_view, 64> currencies{
    "US$", "HK$", "NT$", "NZ$", "MX$", "CA$", "AU$", "A$",  "C$",  "R$",  "S$",  "$",   "€",
    "£",   "¥",   "₩",   "₹",   "₽", "₺",   "₫",   "฿",   "₪",   "₴",   "₦",   "￦",  "＄",
    "￥",  "Rs.", "Rs",  "USD", "EUR", "GBP", "JPY", "KRW", "CNY", "CHF", "SEK", "NOK", "DKK",
    "PLN", "CZK", "Rp.", "Rp",  "RM",  "IDR", "MYR", "SGD", "HKD", "TWD", "THB", "VND", "PHP",
    "ZAR", "MXN", "NZD", "TRY", "HUF", "RUB", "INR", "BRL", "AUD", "CAD", "Fr.", "kr"};

constexpr std::array<std::pair<std::string_view, int>, 20> magnitudes{
    {{"k", 3},    {"K", 3},        {"M", 6},       {"mn", 6},      {"B", 9},
     {"bn", 9},   {"thousand", 3}, {"million", 6}, {"billion", 9}, {"Mio", 6},
     {"Mio.", 6}, {"Mrd", 9},      {"Mrd.", 9},    {"lakh", 5},    {"Lakh", 5},
     {"lac", 5},  {"Lac", 5},      {"crore", 7},   {"Crore", 7},   {"Cr", 7}}};

// 3천 is 3,000 and 5만 is 50,000: the former count within the latter, so that 2천5백만 is
// 25,000,000.
constexpr std::array<std::pair<std::string_view, int>, 4> small_powers{
    {{"천", 3}, {"千", 3}, {"백", 2}, {"百", 2}}};
constexpr std::array<std::pair<std::string_view, int>, 5> myriads{
    {{"억", 8}, {"億", 8}, {"亿", 8}, {"만", 4}, {"万", 4}}};

// Takes one of the texts off the beginning, and says which; "" if none is there.
template <std::size_t N>
std::string_view take_any(std::string_view& text, const std::array<std::string_view, N>& any) {
  for (const std::string_view one : any)
    if (text.starts_with(one)) {
      text.remove_prefix(one.size());
      return one;
    }
  return "";
}

void skip_blanks(std::string_view& text) {
  while (!take_any(text, blanks).empty()) {
  }
}

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

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
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
  }
  return number;
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

// A currency, a percent sign, or a unit: letters, and what stands between or behind them.
bool is_unit(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > longest_unit) return false;
  if (!is_letter(text[0]) && text[0] != '%' && text[0] != '$') return false;
  const std::size_t digits = static_cast<std::size_t>(std::ranges::count_if(text, is_digit));
  return digits == 0 || (digits == 1 && is_digit(text.back()) && text.size() > 1 &&
                         is_letter(text[text.size() - 2]));  // m2, cm3
}

// "/5", "/ 10", "out of 5 stars": the part of a whole that each number is, as "/5"; "" for anything
// else. Not years, which stand behind months.
std::string denominator(std::string_view text) {
  constexpr std::array<std::string_view, 5> words{"/", "out of ", "of ", "von ", "sur "};
  constexpr std::size_t most_digits = 4;
  if (take_any(text, words).empty()) return "";
  skip_blanks(text);
  const std::size_t digits = digits_at(text);
  if (digits == 0 || digits > most_digits || text[0] == '0') return "";
  const double whole = *parse_number(text.substr(0, digits));
  if (whole < 2 || (whole >= 1900 && whole < 2100)) return "";
  const std::string_view rest = text.substr(digits);
  if (!rest.empty() && (rest[0] != ' ' || !std::ranges::all_of(rest.substr(1), is_letter)))
    return "";
  return "/" + std::string(text.substr(0, digits));
}

// "° S" and "° N" are one form: degrees, of which those to the south and to the west are negative.
std::string_view hemisphere(std::string_view unit) {
  constexpr std::string_view degree = "°";
  if (!unit.starts_with(degree)) return "";
  unit.remove_prefix(degree.size());
  skip_blanks(unit);
  if (unit == "N" || unit == "S") return "° N";
  return unit == "E" || unit == "W" ? "° E" : "";
}

std::string normalised_unit(std::string_view unit) {
  if (unit == "％") return "%";
  const bool plural = unit.size() > 2 && unit.ends_with('s') &&
                      std::ranges::all_of(unit.substr(unit.size() - 3), is_ascii_letter);
  return std::string(unit.substr(0, unit.size() - (plural ? 1 : 0)));
}

std::optional<double> with_exponent(std::string number, int exponent) {
  if (exponent != 0) {
    if (number.find_first_of("eE") != std::string::npos) return std::nullopt;
    number += 'e' + std::to_string(exponent);
  }
  return parse_number(number);
}

int exponent_of(std::string_view unit) {
  for (const auto& [name, exponent] : magnitudes)
    if (name == unit) return exponent;
  return 0;
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
    else if (field.starts_with('+'))
      signed_already = true, field.remove_prefix(1);
  };
  take_sign();
  parts.before = take_any(field, currencies);
  if (!parts.before.empty()) {
    skip_blanks(field);
    if (!signed_already) signed_already = take_bracket();
    take_sign();
  }
  if (parts.digits = inches_in(field); !parts.digits.empty()) {
    parts.after = "in";
    return parts;
  }
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
  const std::optional<Parts> parts = parts_of(field, decimal);
  if (!parts) return std::nullopt;
  const std::optional<double> size = with_exponent(parts->digits, parts->after == "%" ? -2 : 0);
  if (!size) return std::nullopt;
  return WrittenNumber{{decimal, std::string(parts->before), parts->after},
                       parts->negative ? -*size : *size};
}

std::string_view without_mark(std::string_view field) {
  constexpr std::array<std::string_view, 8> before{"<=", ">=", "<", ">", "≤", "≥", "~", "≈"};
  constexpr std::array<std::string_view, 4> behind{"**", "*", "+", "†"};
  std::string_view rest = field;
  if (const std::size_t error = field.find("±"); error != std::string_view::npos)
    return without_blanks_behind(field.substr(0, error));
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
  if (!parts->after.empty() && !is_magnitude(parts->after)) return std::nullopt;
  const std::optional<double> size = with_exponent(parts->digits, exponent_of(parts->after));
  return size && parts->negative ? -*size : size;
}

bool is_magnitude(std::string_view unit) { return exponent_of(unit) != 0; }

}  // namespace chainrule::data
