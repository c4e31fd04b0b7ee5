// Numbers that are written as two: ranges, pairs and fractions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "data/number_form.h"

namespace chainrule::data {

// "10-20", "18세 ~ 24세", "$30k to $50k", "[10, 20)": both ends in one form. Magnitudes are counted
// in, so that `ends` is scaled where it has no unit.
struct RangeForm {
  NumberForm ends{};
  bool operator==(const RangeForm&) const = default;
};
struct WrittenRange {
  RangeForm form;
  double low = 0, high = 0;
  bool is_bare = false;  // a hyphen without spaces between plain digits, as codes have it, too
  double middle() const { return low + (high - low) / 2; }
};
std::optional<WrittenRange> written_range(std::string_view field, char decimal);

// "120/80", "1920 x 1080", "10 x 15 cm": two numbers of up to five digits, and no more.
struct PairForm {
  char mark = '/';  // or x
  char decimal = '.';
  std::string unit{};
  bool operator==(const PairForm&) const = default;
};
struct WrittenPair {
  PairForm form;
  std::array<double, 2> parts{};
};
std::optional<WrittenPair> written_pair(std::string_view field, char decimal);

// "1 1/2", "½", "3/4 cup": a proper fraction as rulers and recipes have it, with or without a whole
// number in front.
struct FractionForm {
  NumberForm whole{};  // of the numbers without a fraction beside it
  bool operator==(const FractionForm&) const = default;
};
struct WrittenFraction {
  FractionForm form;
  double value = 0;
  bool is_sure = false;  // it is more than two numbers and a stroke, which dates have as well
};
std::optional<WrittenFraction> written_fraction(std::string_view field, char decimal);

// The field's number if it has this form: a range's middle, or its one number; the first of two;
// the fraction, or a number without one.
std::optional<double> read_number(std::string_view field, const RangeForm& form);
std::optional<double> read_number(std::string_view field, const PairForm& form);
std::optional<double> read_number(std::string_view field, const FractionForm& form);

}  // namespace chainrule::data
