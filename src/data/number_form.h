// Numbers as people write them: "$1,033.10", "12.5%", "70 kg", "1 234,5", "(1.2)".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chainrule::data {

// What the numbers of a column have in common beside their digits. Thousands may be marked in all
// of them: by the other of point and comma, by spaces of any width, or by apostrophes.
struct NumberForm {
  char decimal = '.';
  std::string before{};  // a currency: "$", "EUR"
  // A currency, "%" or a unit, which may be more than one word; "days" is "day". "/5" in 4.5/5.
  std::string after{};
  bool marked = false;  // before or behind some stands <, >, ~, +, * or "or more", passed over
  // Behind some stands k, K, M, B, bn, million, crore or the like, for so many thousands and more;
  // or, with a unit in `after`, that and others of its kind: 500 g and 1.2 kg are 500 and 1200.
  bool scaled = false;
  bool operator==(const NumberForm&) const = default;
};

struct WrittenNumber {
  NumberForm form;  // never scaled or marked
  double value = 0;
};

// The whole field as a number with this decimal mark, in whatever form: a sign may be a hyphen, a
// minus or a plus; a minus may be behind the digits; brackets around it make it negative. 12.5% is
// 0.125, correctly rounded; 1억 5천만원 is 150,000,000원, 5'7" is 67 inches, 37°33'N is 37.55
// degrees, 1.2×10^5 is 120,000, ★★★☆ is three stars, and △5 is -5. Digits may be wide ones.
std::optional<WrittenNumber> written_number(std::string_view field, char decimal);

// The number if the field has this form.
std::optional<double> read_number(std::string_view field, const NumberForm& form);

// "<0.5", "12.3*", "65+", "65세 이상", "12 ± 0.5": the field without its mark; "" if it has none.
std::string_view without_mark(std::string_view field);

// Whether the field begins with a triangle, which is a sign.
bool has_triangle(std::string_view field);

}  // namespace chainrule::data
