#include "explain/formula/shorten.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "explain/formula/formula.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

void collect(const Expression& e, bool negative, std::vector<Expression>& terms) {
  if (is_sum(e)) {
    for (const Expression& operand : e.operands()) {
      const bool taken_away = e.op() == &subtract_op && &operand != &e.operands()[0];
      collect(operand, negative != taken_away, terms);
    }
    return;
  }
  if (e.op() == &negate_op) return collect(e.operands()[0], !negative, terms);
  terms.push_back(negative ? Expression(negate_op, {e}) : e);
}

void sort_by_size(std::vector<Expression>& terms) {
  std::vector<std::pair<double, std::size_t>> order;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const double size = std::abs(evaluate(terms[i]));
    // NaN has no place in an order; it is what a reader looks for.
    order.emplace_back(std::isnan(size) ? -std::numeric_limits<double>::infinity() : -size, i);
  }
  std::ranges::stable_sort(order, {}, &std::pair<double, std::size_t>::first);
  std::vector<Expression> sorted;
  sorted.reserve(terms.size());
  for (const auto& [size, i] : order) sorted.push_back(terms[i]);
  terms = std::move(sorted);
}

void find_longest(const Expression& e, std::vector<Expression>& longest) {
  std::vector<Expression> terms = terms_of(e);
  if (terms.size() > longest.size()) longest = terms;
  if (terms.size() > 1) {
    for (const Expression& term : terms) find_longest(term, longest);
  } else {
    for (const Expression& operand : e.operands()) find_longest(operand, longest);
  }
}

}  // namespace

std::vector<Expression> terms_of(const Expression& expression) {
  std::vector<Expression> terms;
  collect(expression, false, terms);
  return terms;
}

Expression shortened(const Expression& formula, int top) {
  if (formula.op() == nullptr) return formula;
  if (!is_sum(formula)) {
    std::vector<Expression> operands;
    for (const Expression& operand : formula.operands())
      operands.push_back(shortened(operand, top));
    return {*formula.op(), std::move(operands), formula.attributes()};
  }
  std::vector<Expression> terms = terms_of(formula);
  const auto kept = static_cast<std::size_t>(top);
  if (terms.size() <= kept + 1) {
    for (Expression& term : terms) term = shortened(term, top);
    return sum_of(std::move(terms));
  }
  sort_by_size(terms);
  double rest = 0;
  for (std::size_t i = kept; i < terms.size(); ++i) rest += evaluate(terms[i]);
  const Quantity others{fmt::format("others {}", terms.size() - kept), rest};
  terms.resize(kept);
  for (Expression& term : terms) term = shortened(term, top);
  terms.emplace_back(others);
  return sum_of(std::move(terms));
}

std::vector<Expression> strongest_terms(const Expression& formula) {
  std::vector<Expression> longest;
  find_longest(formula, longest);
  sort_by_size(longest);
  return longest;
}

}  // namespace chainrule::page
