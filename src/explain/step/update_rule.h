// The update of one number of a parameter in the letters of the papers: g, m, v, their corrected
// values, beta, eta, epsilon, lambda. The engine works out the same in a form that is quicker (see
// optim/update.cpp); what is told is compared with what it has.
#pragma once

#include <string>
#include <vector>

#include "explain/page/page.h"
#include "explain/step/run_step.h"

namespace chainrule::page {

// What the page calls the numbers that the rule is about.
struct RuleNames {
  Quantity weight{}, next{};   // before the step and after it
  Quantity gradient{};         // as the page has it
  double engine_gradient = 0;  // which the page may have worked out in another order
  std::string suffix{};  // of the letters: "_W5", so that m is m_W5; none in a story of one weight
  bool names_gradient = false;  // g = dE/dw gets a line where it is no more than that
};

struct RuleLine {
  std::string letter;  // "g", "m", "v", "sum", "average", "mhat", "vhat", or "w", the weight itself
  Line line;
  Expression whole;   // without the letters: of numbers that the engine has
  Element element{};  // what the engine has for it; node -1: nothing
};

// The lines of element `index` of a parameter, in the order in which they use each other.
std::vector<RuleLine> rule_lines(RunStep& step, const nn::Parameter& parameter, std::int64_t index,
                                 const RuleNames& names);

// eta, beta1, ..., as far as the rule of this parameter has them. The learning rate of plain
// gradient descent is called "rate".
std::vector<Quantity> rule_constants(RunStep& step, const nn::Parameter& parameter);
// What the learning rate is called: "eta", or "rate".
std::string rate_symbol(const RunStep& step);
// What the letters stand for; empty for plain gradient descent, which has none.
std::vector<Sentence> rule_words(const RunStep& step, const nn::Parameter& parameter);

// gradient.scale, by which gradients whose common norm is too long are multiplied: min(1, c /
// norm).
Expression clipping(RunStep& step);

}  // namespace chainrule::page
