// Sums too long to print: the strongest terms, and the others in one honest number.
#pragma once

#include <vector>

#include "ops/expression.h"

namespace chainrule::page {

// The terms of a sum with their signs, each as an expression; one term if it is no sum.
std::vector<Expression> terms_of(const Expression& expression);

// Every sum of more than `top` + 1 terms within the formula is cut: its `top` largest terms by
// absolute value, largest first, and a quantity "others N" that holds the sum of the rest.
Expression shortened(const Expression& formula, int top);

// The terms of the formula's longest sum, the largest first.
std::vector<Expression> strongest_terms(const Expression& formula);

}  // namespace chainrule::page
