// Where in a run, in a step and in a formula the first number arose that is not finite.
#pragma once

#include <cstdint>
#include <optional>

#include "chainrule/run.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// The first step that met a number that is not finite: in its loss, or in a variable, before it or
// after. Leaves the run somewhere else. Empty: there is none in the record.
std::optional<std::int64_t> first_failing_step(Run& run, const OnShare& on_share = {});

// Of a step worked in single precision.
struct Origin {
  Element element{};       // the first of its node that is not finite
  std::int64_t count = 0;  // how many of the node's are not
};
// The earliest named number among those from which the loss, or a variable's new value, became
// infinite or NaN: what it is made of is finite, or it was given. Empty: all of them are finite.
std::optional<Origin> find_origin(RunStep& step);

// The smallest part of the formula that is not finite when every operation is rounded to single
// precision, though its operands are. Empty: there is none.
std::optional<Expression> first_overflow(const Expression& formula);

}  // namespace chainrule::page
