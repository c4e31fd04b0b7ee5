// How far a number that was worked out in finite precision may be from the exact one. This is what
// the checks of a page allow, so that they follow a number's own condition: a loss of 1e-7 that is
// ln(0.9999999) has lost seven digits on the way, a product of three factors none.
//
// It is running error analysis (Higham, Accuracy and Stability of Numerical Algorithms, 3.3). Each
// operation adds its own rounding, at most `unit` times its result, for a sum at every one of its
// partial sums; and it passes its operands' errors on as far as they move its result.
#pragma once

#include <cfloat>
#include <functional>
#include <span>
#include <vector>

#include "chainrule/graph.h"
#include "ops/expression.h"

namespace chainrule::page {

struct Arithmetic {
  double unit;   // the largest relative error of a single rounding
  double least;  // below this, errors are absolute
};
inline constexpr Arithmetic doubles{0x1p-53, DBL_MIN}, singles{0x1p-24, FLT_MIN};

struct Rounded {
  double value = 0, error = 0;
};

inline Rounded exact(const Quantity& quantity) { return {quantity.value, 0}; }

// The formula in double precision, from quantities that are exact or have errors of their own.
Rounded evaluate_rounded(const Expression& formula,
                         const std::function<Rounded(const Quantity&)>& value_of = exact);

// The values of a graph's nodes in double precision.
using ValuesOf = std::function<const DoubleTensor&(NodeId)>;

// The errors of all that `last` is made of, by node, if what is fed is exact and so is what
// `is_exact` says; behind that nothing is looked at, and what is not looked at has no errors.
// `visit` sees each node's errors as soon as they are known; what it makes of them is passed on.
std::vector<DoubleTensor> rounding_errors(
    const Graph& graph, const ValuesOf& values, NodeId last, const Arithmetic& arithmetic,
    const std::function<bool(NodeId)>& is_exact = {},
    const std::function<void(NodeId, DoubleTensor&)>& visit = {});

// The error of the loss in double precision, to the first order: each inner node's own rounding
// weighs as much as the loss's gradient there. So nothing is lost by errors that cancel each other
// on the way, as those of softmax do.
double loss_rounding(const Graph& graph, const ValuesOf& values, NodeId loss,
                     std::span<const Value> inner, std::span<const Value> gradients);

}  // namespace chainrule::page
