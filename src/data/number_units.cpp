#include "data/number_units.h"

#include <algorithm>
#include <array>
#include <utility>

#include "data/text_scan.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_unit = 24;

// The longer of two that begin alike comes first.
constexpr std::array<std::string_view, 64> currencies{
    "US$", "HK$", "NT$", "NZ$", "MX$", "CA$", "AU$", "A$",  "C$",  "R$",  "S$",  "$",   "€",
    "£",   "¥",   "₩",   "₹",   "₽", "₺",   "₫",   "฿",   "₪",   "₴",   "₦",   "￦",  "＄",
    "￥",  "Rs.", "Rs",  "USD", "EUR", "GBP", "JPY", "KRW", "CNY", "CHF", "SEK", "NOK", "DKK",
    "PLN", "CZK", "Rp.", "Rp",  "RM",  "IDR", "MYR", "SGD", "HKD", "TWD", "THB", "VND", "PHP",
    "ZAR", "MXN", "NZD", "TRY", "HUF", "RUB", "INR", "BRL", "AUD", "CAD", "Fr.", "kr"};
constexpr std::array<std::string_view, 7> currency_words{"원",   "円",     "元",  "圓",
                                                         "euro", "dollar", "Euro"};

constexpr std::array<std::pair<std::string_view, int>, 20> magnitudes{
    {{"k", 3},    {"K", 3},        {"M", 6},       {"mn", 6},      {"B", 9},
     {"bn", 9},   {"thousand", 3}, {"million", 6}, {"billion", 9}, {"Mio", 6},
     {"Mio.", 6}, {"Mrd", 9},      {"Mrd.", 9},    {"lakh", 5},    {"Lakh", 5},
     {"lac", 5},  {"Lac", 5},      {"crore", 7},   {"Crore", 7},   {"Cr", 7}}};

struct NamedMeasure {
  std::string_view unit;
  Measure measure;
};
// 1 KB is 1000 bytes, as on the boxes of disks.
constexpr std::array<NamedMeasure, 49> measures{
    {{"mg", {"g", -3}},    {"g", {"g", 0}},     {"gr", {"g", 0}},      {"gram", {"g", 0}},
     {"kg", {"g", 3}},     {"Kg", {"g", 3}},    {"KG", {"g", 3}},      {"kilo", {"g", 3}},
     {"t", {"g", 6}},      {"ml", {"l", -3}},   {"mL", {"l", -3}},     {"ML", {"l", -3}},
     {"cl", {"l", -2}},    {"dl", {"l", -1}},   {"l", {"l", 0}},       {"L", {"l", 0}},
     {"ltr", {"l", 0}},    {"liter", {"l", 0}}, {"litre", {"l", 0}},   {"Liter", {"l", 0}},
     {"mm", {"m", -3}},    {"cm", {"m", -2}},   {"m", {"m", 0}},       {"km", {"m", 3}},
     {"B", {"B", 0}},      {"byte", {"B", 0}},  {"KB", {"B", 3}},      {"kB", {"B", 3}},
     {"kb", {"B", 3}},     {"MB", {"B", 6}},    {"Mb", {"B", 6}},      {"mb", {"B", 6}},
     {"GB", {"B", 9}},     {"Gb", {"B", 9}},    {"gb", {"B", 9}},      {"TB", {"B", 12}},
     {"tb", {"B", 12}},    {"W", {"W", 0}},     {"kW", {"W", 3}},      {"MW", {"W", 6}},
     {"GW", {"W", 9}},     {"Hz", {"Hz", 0}},   {"kHz", {"Hz", 3}},    {"MHz", {"Hz", 6}},
     {"GHz", {"Hz", 9}},   {"N", {"N", 0}},     {"S", {"N", 0, true}}, {"E", {"E", 0}},
     {"W", {"E", 0, true}}}};

}  // namespace

std::string_view take_currency(std::string_view& text) {
  for (const std::string_view one : currencies)
    if (take(text, one)) return one;
  return "";
}

bool is_currency(std::string_view unit) {
  return std::ranges::find(currencies, unit) != currencies.end() ||
         std::ranges::find(currency_words, unit) != currency_words.end();
}

bool is_unit(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > longest_unit) return false;
  if (!is_letter(text[0]) && text[0] != '%' && text[0] != '$') return false;
  const std::size_t digits = static_cast<std::size_t>(std::ranges::count_if(text, is_digit));
  return digits == 0 || (digits == 1 && is_digit(text.back()) && text.size() > 1 &&
                         is_letter(text[text.size() - 2]));  // m2, cm3
}

std::string normalised_unit(std::string_view unit) {
  if (unit == "％") return "%";
  const bool plural = unit.size() > 2 && unit.ends_with('s') &&
                      std::ranges::all_of(unit.substr(unit.size() - 3), is_ascii_letter);
  return std::string(unit.substr(0, unit.size() - (plural ? 1 : 0)));
}

int magnitude_of(std::string_view unit) {
  for (const auto& [name, exponent] : magnitudes)
    if (name == unit) return exponent;
  return 0;
}

std::optional<Measure> measure_of(std::string_view unit, std::string_view base) {
  const auto found = std::ranges::find_if(measures, [&](const NamedMeasure& one) {
    return one.unit == unit && one.measure.base == base;
  });
  return found == measures.end() ? std::nullopt : std::optional(found->measure);
}

std::string denominator(std::string_view text) {
  constexpr std::array<std::string_view, 5> words{"/", "out of ", "of ", "von ", "sur "};
  constexpr std::size_t most_digits = 4;
  if (std::ranges::none_of(words, [&](std::string_view word) { return take(text, word); }))
    return "";
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

std::string_view hemisphere(std::string_view unit) {
  if (!take(unit, "°")) return "";
  skip_blanks(unit);
  if (unit == "N" || unit == "S") return "° N";
  return unit == "E" || unit == "W" ? "° E" : "";
}

}  // namespace chainrule::data
