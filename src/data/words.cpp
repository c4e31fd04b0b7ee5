#include "data/words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include "base/display.h"

namespace chainrule::data {

namespace {

// Length of the UTF-8 character that starts at text[at], 0 if there is none. (Overlong forms and
// surrogates pass the first byte's test only where RFC 3629 allows the second byte.)
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if ((first & 0xF0) == 0xE0)
    return follows(1) && follows(2) && !(first == 0xE0 && second < 0xA0) &&
                   !(first == 0xED && second > 0x9F)
               ? 3
               : 0;
  if (first >= 0xF0 && first <= 0xF4)
    return follows(1) && follows(2) && follows(3) && !(first == 0xF0 && second < 0x90) &&
                   !(first == 0xF4 && second > 0x8F)
               ? 4
               : 0;
  return 0;
}

}  // namespace

std::size_t valid_text_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    // Eight ASCII bytes at a time, none of them NUL: the haszero trick of "Bit Twiddling Hacks".
    std::uint64_t word;
    if (at + sizeof(word) <= text.size()) {
      std::memcpy(&word, text.data() + at, sizeof(word));
      constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
      if (((word | (word - ones)) & highs) == 0) {
        at += sizeof(word);
        continue;
      }
    }
    const std::size_t length = utf8_length(text, at);
    if (length == 0) break;
    at += length;
  }
  return at;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

bool is_missing_word(std::string_view field) {
  // What people write, and pandas, R, SQL and spreadsheets.
  constexpr std::array<std::string_view, 94> words = {"na",
                                                      "n/a",
                                                      "#n/a",
                                                      "<na>",
                                                      "nan",
                                                      "nat",
                                                      "null",
                                                      "none",
                                                      "nil",
                                                      "?",
                                                      ".",
                                                      "-",
                                                      "--",
                                                      "---",
                                                      "#na",
                                                      "n.a.",
                                                      "n.a",
                                                      "-nan",
                                                      "\\n",
                                                      "..",
                                                      "...",
                                                      ":",
                                                      "\u2014",
                                                      "\u2013",
                                                      "\u2015",
                                                      "\uFF0D",
                                                      "\u30FC",
                                                      "(null)",
                                                      "[null]",
                                                      "(blank)",
                                                      "#div/0!",
                                                      "#null!",
                                                      "#ref!",
                                                      "#num!",
                                                      "#value!",
                                                      "#name?",
                                                      "#calc!",
                                                      "#spill!",
                                                      "#error!",
                                                      "#n/a n/a",
                                                      "#nv",
                                                      "#wert!",
                                                      "#zahl!",
                                                      "#bezug!",
                                                      "#값!",
                                                      "#이름?",
                                                      "1.#ind",
                                                      "1.#qnan",
                                                      "-1.#ind",
                                                      "-1.#qnan",
                                                      "unknown",
                                                      "missing",
                                                      "undefined",
                                                      "unbekannt",
                                                      "k.a.",
                                                      "k. a.",
                                                      "not available",
                                                      "not applicable",
                                                      "not recorded",
                                                      "not reported",
                                                      "no data",
                                                      "nodata",
                                                      "n.k.",
                                                      "n.c.",
                                                      "s.d.",
                                                      "s/d",
                                                      "tbd",
                                                      "keine angabe",
                                                      "n.d.",
                                                      "nd",
                                                      "n/d",
                                                      "미상",
                                                      "없음",
                                                      "해당없음",
                                                      "해당 없음",
                                                      "해당사항없음",
                                                      "미기재",
                                                      "미입력",
                                                      "무응답",
                                                      "모름",
                                                      "알수없음",
                                                      "알 수 없음",
                                                      "불명",
                                                      "정보없음",
                                                      "자료없음",
                                                      "결측",
                                                      "결측치",
                                                      "不明",
                                                      "なし",
                                                      "該当なし",
                                                      "未知",
                                                      "无",
                                                      "暂无",
                                                      "未記入"};
  constexpr std::size_t longest = 18;
  if (field[0] == '0') return field.starts_with("0000-00-00");  // MySQL's
  return field.size() <= longest && std::ranges::find(words, lower_case(field)) != words.end();
}

std::string_view trimmed(std::string_view text) {
  // Nearly every field begins and ends with what is no space of any kind.
  const auto may_be_space = [](char c) {
    return c == ' ' || c == '\t' || static_cast<unsigned char>(c) >= 0x80;
  };
  if (text.empty() || !(may_be_space(text.front()) || may_be_space(text.back()))) return text;
  constexpr std::array<std::string_view, 8> spaces{" ",      "\t",     "\u00A0", "\u202F",
                                                   "\u2009", "\u3000", "\u200B", "\uFEFF"};
  for (bool found = true; found && !text.empty();) {
    found = false;
    for (const std::string_view blank : spaces) {
      if (text.starts_with(blank)) {
        text.remove_prefix(blank.size());
        found = true;
      }
      if (text.ends_with(blank)) {
        text.remove_suffix(blank.size());
        found = true;
      }
    }
  }
  return text;
}

std::optional<double> parse_number(std::string_view field) {
  if (!field.empty() && field[0] == '+') field.remove_prefix(1);
  const std::size_t sign = !field.empty() && field[0] == '-' ? 1 : 0;
  // fast_float also reads "inf" and "nan", which are not numbers here.
  if (field.size() <= sign || !(field[sign] == '.' || (field[sign] >= '0' && field[sign] <= '9')))
    return std::nullopt;
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [stopped, error] = fast_float::from_chars(field.data(), end, value);
  if (stopped != end || error == std::errc::invalid_argument) return std::nullopt;
  return value;
}

namespace {

// "1.234,5" as "1234.5"; "" if points stand elsewhere than between thousands.
std::string with_point(std::string_view field) {
  std::string text;
  const std::size_t comma = std::min(field.find(','), field.size());
  std::size_t group = 0;  // digits since the beginning, or the last point
  bool has_points = false;
  for (const char c : field.substr(0, comma)) {
    const bool is_point = c == '.';
    if (is_point && (group == 0 || group > 3 || (has_points && group != 3))) return "";
    has_points = has_points || is_point;
    group = is_point ? 0 : group + (c >= '0' && c <= '9' ? 1 : 0);
    if (!is_point) text += c;
  }
  if (has_points && group != 3) return "";
  if (comma == field.size()) return text;
  const std::string_view rest = field.substr(comma + 1);
  return rest.find('.') == std::string_view::npos ? text + "." + std::string(rest) : "";
}

}  // namespace

std::optional<double> parse_number(std::string_view field, char decimal) {
  constexpr std::size_t longest_number = 400;
  if (decimal == '.') return parse_number(field);
  if (field.size() > longest_number) return std::nullopt;
  return parse_number(with_point(field));
}

bool is_infinity_word(std::string_view field) {
  if (!field.empty() && (field[0] == '+' || field[0] == '-')) field.remove_prefix(1);
  if (field.size() != 3 && field.size() != 8) return false;
  const std::string word = lower_case(field);
  return word == "inf" || word == "infinity";
}

std::string number_text(double value) { return fmt::format("{}", value == 0 ? 0.0 : value); }

bool is_rounded(std::string_view field, double value) {
  if (std::abs(value) < rounded_from) return false;
  if (field[0] == '+' || field[0] == '-') field.remove_prefix(1);
  field.remove_prefix(std::min(field.find_first_not_of('0'), field.size()));
  const std::size_t digits = std::min(field.find_first_not_of("0123456789"), field.size());
  // "123." and "123.00" are whole as well.
  if (digits < field.size() && field[digits] != '.') return false;
  if (field.find_first_not_of('0', digits + 1) != std::string_view::npos) return false;
  return fmt::format("{:.0f}", std::abs(value)) != field.substr(0, digits);  // written exactly
}

std::vector<std::size_t> sorted_places(const std::vector<std::string>& names) {
  std::vector<double> values;
  values.reserve(names.size());
  for (const std::string& name : names) {
    const std::optional<double> value = parse_number(name);
    if (!value) break;
    values.push_back(*value);
  }
  if (values.size() < names.size()) values.assign(names.size(), 0);
  std::vector<std::size_t> places(names.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b] : names[a] < names[b];
  });
  return places;
}

std::string quote(std::string_view text) {
  constexpr std::size_t most = 40;
  std::size_t kept = std::min(text.size(), most);
  if (kept < text.size())  // not within a character
    while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xC0) == 0x80) --kept;
  return fmt::format("\"{}{}\"", visible(text.substr(0, kept)), kept < text.size() ? "..." : "");
}

}  // namespace chainrule::data
