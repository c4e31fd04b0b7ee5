// Sums of products, brought into the form in which people write them.
#include <algorithm>
#include <cmath>

#include "explain/formula/formula.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

// coefficient * factors[0] * factors[1] * ...
struct Term {
  double coefficient = 1;
  std::vector<Expression> factors{};
};

// Like terms are looked for among so many at most: the sums over hundreds of inputs have none.
constexpr std::size_t most_terms = 64;

void collect(const Expression& e, double coefficient, std::vector<Term>& terms);

const Expression& leftmost(const Expression& sum) {
  return is_sum(sum) ? leftmost(sum.operands()[0]) : sum;
}

// A sum with nothing but a sign before it, whose terms may as well stand by themselves.
bool is_lone_sum(const Term& term) {
  return term.factors.size() == 1 && is_sum(term.factors[0]) && std::abs(term.coefficient) == 1;
}

// Appends the factors of a product, and gives what multiplies it.
double collect_factors(const Expression& e, std::vector<Expression>& factors) {
  const auto& x = e.operands();
  if (e.is_constant()) return e.constant();
  if (e.op() == &negate_op) return -collect_factors(x[0], factors);
  if (e.op() == &multiply_op) {
    const double first = collect_factors(x[0], factors);
    return first * collect_factors(x[1], factors);
  }
  if (e.op() == &divide_op && x[1].is_constant())
    return collect_factors(x[0], factors) / x[1].constant();
  if (e.op() == nullptr) {
    factors.push_back(e);
    return 1;
  }
  if (!is_sum(e)) {
    std::vector<Expression> operands;
    operands.reserve(x.size());
    for (const Expression& operand : x) operands.push_back(tidy(operand));
    factors.push_back(readable(*e.op(), std::move(operands), e.attributes()));
    return 1;
  }
  // A sum in a product: tidied, and its sign or common coefficient drawn out of it.
  const Expression sum = tidy(e);
  if (is_sum(sum)) {
    const Expression opposite = tidy(Expression(negate_op, {sum}));
    const bool starts_negative = leftmost(sum).op() == &negate_op;
    factors.push_back(starts_negative ? opposite : sum);
    return starts_negative ? -1 : 1;
  }
  return collect_factors(sum, factors);
}

void collect(const Expression& e, double coefficient, std::vector<Term>& terms) {
  const auto& x = e.operands();
  if (is_sum(e)) {
    collect(x[0], coefficient, terms);
    for (std::size_t i = 1; i < x.size(); ++i)
      collect(x[i], e.op() == &add_op ? coefficient : -coefficient, terms);
    return;
  }
  if (e.op() == &negate_op && is_sum(x[0])) return collect(x[0], -coefficient, terms);
  Term term;
  term.coefficient = coefficient * collect_factors(e, term.factors);
  if (term.coefficient == 0) return;
  if (is_lone_sum(term)) return collect(term.factors[0], term.coefficient, terms);
  // Weights stand before what they weigh.
  const auto is_weight = [](const Expression& factor) {
    return factor.quantity() != nullptr && factor.quantity()->symbol[0] == 'W';
  };
  std::stable_partition(term.factors.begin(), term.factors.end(), is_weight);
  terms.push_back(std::move(term));
}

void add_like_terms(std::vector<Term>& terms) {
  if (terms.size() > most_terms) return;
  std::vector<Term> different;
  for (Term& term : terms) {
    const auto like = std::ranges::find(different, term.factors, &Term::factors);
    if (like == different.end())
      different.push_back(std::move(term));
    else
      like->coefficient += term.coefficient;
  }
  std::erase_if(different, [](const Term& term) { return term.coefficient == 0; });
  terms = std::move(different);
}

Expression product_of(const Term& term) {
  Expression product = 1.0;
  if (term.coefficient != 1 || term.factors.empty()) product = term.coefficient;
  for (std::size_t i = 0; i < term.factors.size();) {
    std::size_t end = i + 1;
    while (end < term.factors.size() && term.factors[end] == term.factors[i]) ++end;
    const Expression& base = term.factors[i];
    product = product *
              (end == i + 1 ? base : Expression(power_op, {base, static_cast<double>(end - i)}));
    i = end;
  }
  return product;
}

Expression sum_of_terms(const std::vector<Term>& terms) {
  std::vector<Expression> parts;
  for (const Term& term : terms) {
    const Expression positive = product_of({std::abs(term.coefficient), term.factors});
    parts.push_back(term.coefficient < 0 ? Expression(negate_op, {positive}) : positive);
  }
  return page::sum_of(std::move(parts));
}

}  // namespace

bool is_sum(const Expression& e) { return e.op() == &add_op || e.op() == &subtract_op; }

Expression tidy(const Expression& expression) {
  std::vector<Term> terms;
  collect(expression, 1, terms);
  add_like_terms(terms);
  if (terms.empty()) return 0.0;
  // Like terms may add up to one: half of (a - b) and half of it again.
  if (std::ranges::any_of(terms, is_lone_sum)) return tidy(sum_of_terms(terms));
  // b - a rather than -a + b.
  const auto positive =
      std::ranges::find_if(terms, [](const Term& t) { return t.coefficient > 0; });
  if (positive != terms.end()) std::rotate(terms.begin(), positive, positive + 1);
  // 1/3 (a - b) rather than 1/3 a - 1/3 b.
  const double common = std::abs(terms[0].coefficient);
  const bool shared = terms.size() > 1 && common != 1 && std::ranges::all_of(terms, [&](auto& t) {
                        return std::abs(t.coefficient) == common && !t.factors.empty();
                      });
  if (!shared) return sum_of_terms(terms);
  for (Term& term : terms) term.coefficient /= common;
  return Expression(common) * sum_of_terms(terms);
}

}  // namespace chainrule::page
