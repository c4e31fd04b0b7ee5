// The letters of optimizers and schedules, and symbols as users type them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace chainrule::page {

// A symbol is such a name, or begins with one and an index: beta1, mhat_W5.
struct Letter {
  std::string_view name, text, latex;
};
const Letter* letter_named(std::string_view name);  // null: there is none

// A symbol as the page has it, of what a user copied from it or typed: dE/dW5 of "∂E/∂W5", W5+ of
// "W5⁺", mhat_W5 of "m̂_W5", rate of "learning rate".
std::string typed_symbol(std::string_view text);

// Whether it is one that a rule or a schedule has for a number of its own, whatever weight it is
// of.
bool is_letter(std::string_view symbol);

}  // namespace chainrule::page
