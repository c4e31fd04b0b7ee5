#include "data/composed_form.h"

#include <algorithm>

#include "data/number_units.h"
#include "data/text_scan.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

constexpr std::size_t longest_composed = 60;

// 05 is a part of a code, or of a date.
bool is_padded(std::string_view text) {
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

std::optional<double> scaled_value(std::string_view text, const NumberForm& form) {
  NumberForm ends = form;
  ends.scaled = form.after.empty();
  return read_number(text, ends);
}

// Both ends, where what stands behind the second one, or before the first one, holds for both.
std::optional<WrittenRange> range_of(std::string_view low, std::string_view high, char decimal) {
  if (is_padded(low) || is_padded(high)) return std::nullopt;
  const auto first = written_number(low, decimal), second = written_number(high, decimal);
  if (!first || !second) return std::nullopt;
  std::string from(low), to(high);
  NumberForm form = second->form;
  if (first->form.after.empty() && !form.after.empty()) from += form.after;
  if (form.before.empty() && !first->form.before.empty()) {
    to = first->form.before + to;
    form.before = first->form.before;
  }
  const bool has_magnitude = magnitude_of(form.after) != 0;
  if (form.after.starts_with('/') || form.after == "★") return std::nullopt;
  if (has_magnitude) form.after.clear();
  const auto a = scaled_value(from, form), b = scaled_value(to, form);
  if (!a || !b) return std::nullopt;
  form.scaled = form.after.empty();
  return WrittenRange{{form}, *a, *b};
}

bool is_plain(std::string_view text) { return parse_number(text).has_value(); }

}  // namespace

std::optional<WrittenRange> written_range(std::string_view field, char decimal) {
  constexpr std::array<std::string_view, 14> marks{" to ",   " bis ",  " à ",    " a ",    "~",
                                                   "\uFF5E", "\u301C", "\u223C", "\u2013", "\u2014",
                                                   "-",      "..",     "\u2212", "에서"};
  if (field.size() < 3 || field.size() > longest_composed) return std::nullopt;
  std::string_view inside = field;
  const bool is_interval = (field.front() == '[' || field.back() == ']') &&
                           (field.front() == '[' || field.front() == '(') &&
                           (field.back() == ']' || field.back() == ')');
  if (is_interval) {
    inside = trimmed(field.substr(1, field.size() - 2));
    if (const std::size_t at = inside.find(", "); at != std::string_view::npos)
      return range_of(trimmed(inside.substr(0, at)), trimmed(inside.substr(at + 1)), decimal);
  }
  for (const std::string_view mark : marks)
    for (std::size_t at = inside.find(mark, 1); at != std::string_view::npos;
         at = inside.find(mark, at + 1)) {
      const std::string_view low = trimmed(inside.substr(0, at));
      const std::string_view high = trimmed(inside.substr(at + mark.size()));
      if (low.empty() || high.empty()) continue;
      std::optional<WrittenRange> range = range_of(low, high, decimal);
      if (!range) continue;
      range->is_bare = !is_interval && mark == "-" && is_plain(low) && is_plain(high) &&
                       low.size() + mark.size() + high.size() == inside.size();
      return range;
    }
  return std::nullopt;
}

std::optional<WrittenPair> written_pair(std::string_view field, char decimal) {
  constexpr std::array<std::string_view, 5> marks{"/", "x", "X", "\u00D7", "*"};
  if (field.size() < 3 || field.size() > longest_composed || !is_digit(field[0]))
    return std::nullopt;
  constexpr std::size_t most_bytes = 6;
  const auto part = [&](std::string_view text) {
    const bool fits = !text.empty() && text.size() <= most_bytes && is_digit(text[0]);
    return fits && !is_padded(text) ? parse_number(text, decimal) : std::nullopt;
  };
  for (const std::string_view mark : marks) {
    const std::size_t at = field.find(mark);
    if (at == std::string_view::npos) continue;
    const std::optional<double> first = part(trimmed(field.substr(0, at)));
    const std::string_view rest = trimmed(field.substr(at + mark.size()));
    const std::size_t end = std::min(rest.find_first_not_of("0123456789.,"), rest.size());
    const std::optional<double> second = part(rest.substr(0, end));
    const std::string_view unit = trimmed(rest.substr(end));
    if (!first || !second || !is_unit(unit)) return std::nullopt;
    const char kind = mark == "/" ? '/' : 'x';
    return WrittenPair{{kind, decimal, normalised_unit(unit)}, {*first, *second}};
  }
  return std::nullopt;
}

namespace {

struct VulgarFraction {
  std::string_view text;
  double value;
};
constexpr std::array<VulgarFraction, 9> vulgar_fractions{{{"\u00BD", 1.0 / 2},
                                                          {"\u00BC", 1.0 / 4},
                                                          {"\u00BE", 3.0 / 4},
                                                          {"\u2153", 1.0 / 3},
                                                          {"\u2154", 2.0 / 3},
                                                          {"\u215B", 1.0 / 8},
                                                          {"\u215C", 3.0 / 8},
                                                          {"\u215D", 5.0 / 8},
                                                          {"\u215E", 7.0 / 8}}};

// Taken off the text: the fraction's value; none if there is none.
std::optional<double> take_fraction(std::string_view& text, bool& is_sure) {
  constexpr std::array<int, 12> denominators{2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 32, 64};
  for (const VulgarFraction& one : vulgar_fractions)
    if (take(text, one.text)) {
      is_sure = true;
      return one.value;
    }
  if (is_padded(text)) return std::nullopt;
  const int numerator = take_number(text, 2);
  if (numerator < 1 || !(take(text, "/") || take(text, "\u2044"))) return std::nullopt;
  if (is_padded(text)) return std::nullopt;  // 1/02
  const int denominator = take_number(text, 2);
  if (numerator >= denominator ||
      std::ranges::find(denominators, denominator) == denominators.end())
    return std::nullopt;
  return static_cast<double>(numerator) / denominator;
}

}  // namespace

std::optional<WrittenFraction> written_fraction(std::string_view field, char decimal) {
  if (field.size() < 2 || field.size() > longest_composed) return std::nullopt;
  std::string_view text = field;
  const bool is_negative = take(text, "-") || take(text, "\u2212");
  bool is_sure = false;
  double value = 0;
  std::string_view rest = text;
  std::optional<double> fraction = take_fraction(rest, is_sure);
  if (!fraction) {
    rest = text;
    const int whole = take_number(rest, 4);
    if (whole < 1 || is_padded(text)) return std::nullopt;
    const std::size_t before = rest.size();
    if (!take(rest, "-")) skip_blanks(rest);
    const bool is_apart = rest.size() < before;
    fraction = take_fraction(rest, is_sure);
    if (!fraction || (!is_apart && !is_sure)) return std::nullopt;
    value = whole;
    is_sure = true;
  }
  value += *fraction;
  skip_blanks(rest);
  const bool is_in_inches = rest == "\"" || rest == "\u2033" || rest == "\u201D" || rest == "''";
  if (!is_in_inches && !is_unit(rest)) return std::nullopt;
  is_sure = is_sure || !rest.empty();
  NumberForm whole{.decimal = decimal};
  whole.after = is_in_inches ? "in" : normalised_unit(rest);
  return WrittenFraction{{whole}, is_negative ? -value : value, is_sure};
}

std::optional<double> read_number(std::string_view field, const RangeForm& form) {
  if (const auto range = written_range(field, form.ends.decimal); range && range->form == form)
    return range->low <= range->high ? std::optional(range->middle()) : std::nullopt;
  NumberForm one = form.ends;
  one.marked = true;
  return read_number(field, one);
}

std::optional<double> read_number(std::string_view field, const PairForm& form) {
  const auto pair = written_pair(field, form.decimal);
  return pair && pair->form == form ? std::optional(pair->parts[0]) : std::nullopt;
}

std::optional<double> read_number(std::string_view field, const FractionForm& form) {
  if (const auto fraction = written_fraction(field, form.whole.decimal);
      fraction && fraction->form == form)
    return fraction->value;
  return read_number(field, form.whole);
}

}  // namespace chainrule::data
