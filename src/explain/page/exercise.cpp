#include "explain/page/exercise.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <type_traits>

#include "chainrule/error.h"
#include "explain/formula/formula.h"
#include "explain/formula/shorten.h"
#include "explain/page/kept.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

constexpr std::size_t fewest_blanks = 4, most_blanks = 12;
constexpr std::size_t most_wrong_terms = 8;  // of longer sums nobody leaves out one alone
constexpr double answer_tolerance = 1e-4, rounding_tolerance = 0.02;

// What a product multiplies, signs as -1.
void factors_in(const Expression& e, std::vector<double>& factors) {
  if (e.op() == &multiply_op) {
    for (const Expression& operand : e.operands()) factors_in(operand, factors);
  } else if (e.op() == &divide_op) {
    factors_in(e.operands()[0], factors);
    factors.push_back(1 / evaluate(e.operands()[1]));
  } else if (e.op() == &negate_op) {
    factors.push_back(-1);
    factors_in(e.operands()[0], factors);
  } else {
    factors.push_back(evaluate(e));
  }
}

// The product without each of its factors.
std::vector<double> with_one_left_out(const Expression& product) {
  std::vector<double> factors, products;
  factors_in(product, factors);
  if (factors.size() < 2) return {};
  for (std::size_t out = 0; out < factors.size(); ++out) {
    double rest = 1;
    for (std::size_t i = 0; i < factors.size(); ++i)
      if (i != out) rest *= factors[i];
    products.push_back(rest);
  }
  return products;
}

// The derivatives of other functions, and of this one at the wrong place, where the number is dh/dz
// of a line h = f(z).
std::vector<double> other_derivatives(const std::string& symbol, const Lines& lines) {
  for (const auto& [of, line] : lines) {
    if (!line->formula || line->formula->op() == nullptr || line->formula->operands().size() != 1 ||
        line->formula->operands()[0].quantity() == nullptr)
      continue;
    const Quantity& by = *line->formula->operands()[0].quantity();
    if (symbol != "d" + of + "/d" + by.symbol) continue;
    const double z = by.value, h = line->quantity.value;
    const double sigmoid = 1 / (1 + std::exp(-z)), tanh = std::tanh(z);
    return {sigmoid * (1 - sigmoid),
            1 - tanh * tanh,
            z > 0 ? 1.0 : 0.0,
            1.0,
            h,
            std::exp(z),
            h * (1 - h),
            1 - h * h,
            z * (1 - z),
            1 - z * z};
  }
  return {};
}

std::vector<KnownWrong> known_wrong(const Line& line, const Lines& lines) {
  const double right = line.quantity.value;
  std::vector<KnownWrong> wrong{{-right, Mistake::sign}};
  const std::vector<Expression> terms = terms_of(*line.formula);
  if (terms.size() == 1)
    for (const double value : with_one_left_out(terms[0]))
      wrong.push_back({value, Mistake::factor});
  for (const double value : other_derivatives(line.quantity.symbol, lines))
    wrong.push_back({value, Mistake::derivative});
  if (terms.size() > 1 && terms.size() <= most_wrong_terms)
    for (const Expression& term : terms) {
      const double value = evaluate(term);
      wrong.push_back({right - 2 * value, Mistake::sign});
      for (const double other : with_one_left_out(term))
        wrong.push_back({right - value + other, Mistake::factor});
      wrong.push_back({right - value, Mistake::term});
    }
  std::erase_if(wrong, [&](const KnownWrong& each) {
    return !std::isfinite(each.value) ||
           std::abs(each.value - right) <= answer_tolerance * std::abs(right);
  });
  return wrong;
}

// Numbers that somebody has to work out.
bool can_be_blank(const Line& line) {
  return line.formula && line.formula->op() != nullptr && !line.quantity.given &&
         std::isfinite(line.quantity.value) && line.quantity.value != 0;
}

// The same for the same seed, on every machine.
void shuffle(std::vector<const Line*>& lines, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = lines.size(); i > 1; --i) std::swap(lines[i - 1], lines[random() % i]);
}

// Calls change(quantity) for every number of the page, those inside formulas included.
class Numbers {
 public:
  explicit Numbers(std::function<void(Quantity&)> change) : change_(std::move(change)) {}

  void of(Page& page) const {
    for (Section& section : page.sections)
      for (Block& block : section.blocks) std::visit([this](auto& b) { this->in(b); }, block);
    if (!page.diagram) return;
    for (Column& column : page.diagram->columns) {
      for (Neuron& neuron : column.neurons) change_(neuron.output);
      for (Connection& connection : column.connections) change_(connection.weight);
    }
  }

 private:
  void in(Sentence& sentence) const {
    for (Argument& argument : sentence.arguments)
      if (auto* formula = std::get_if<Expression>(&argument)) *formula = in(*formula);
  }
  void in(Heading& heading) const { in(heading.sentence); }
  void in(Listing& listing) const { std::ranges::for_each(listing.quantities, change_); }
  void in(MatrixLine& line) const { std::ranges::for_each(line.result.numbers, change_); }
  void in(Table& table) const {
    for (std::vector<Quantity>& row : table.rows) std::ranges::for_each(row, change_);
  }
  void in(Group& group) const {
    for (Line& line : group) {
      change_(line.quantity);
      if (line.formula) line.formula = in(*line.formula);
    }
  }
  Expression in(const Expression& e) const {
    if (e.quantity() != nullptr) {
      Quantity quantity = *e.quantity();
      change_(quantity);
      return Expression(std::move(quantity));
    }
    if (e.op() == nullptr) return e;
    std::vector<Expression> operands;
    for (const Expression& operand : e.operands()) operands.push_back(in(operand));
    return {*e.op(), std::move(operands), e.attributes()};
  }

  std::function<void(Quantity&)> change_;
};

bool meets(double answer, double value, int digits) {
  const double printed =
      std::abs(value) >= std::pow(10.0, 3 - digits) ? 0.5 * std::pow(10.0, -digits) : 0;
  return std::abs(answer - value) <= std::max(answer_tolerance * std::abs(value), 1.01 * printed);
}

}  // namespace

Page exercise_of(const Page& page, std::uint64_t seed) {
  const Lines lines = lines_of(page.sections);
  std::vector<const Line*> candidates;
  std::map<std::string, std::size_t> order;  // in which the page has them
  for_each_line(page.sections, [&](const Line& line) {
    const auto first = lines.find(line.quantity.symbol);
    if (can_be_blank(line) && first->second == &line) candidates.push_back(&line);
    order.emplace(line.quantity.symbol, order.size());
  });
  if (candidates.empty())
    throw UsageError("the page has no number that could be found out; ask for another page");
  shuffle(candidates, seed);
  const std::size_t count = std::min(most_blanks, std::max(fewest_blanks, candidates.size() / 3));
  // Equal numbers would give each other away.
  std::vector<const Line*> chosen;
  for (const Line* line : candidates) {
    const auto is_equal = [line](const Line* other) {
      return other->quantity.value == line->quantity.value;
    };
    if (chosen.size() < count && std::ranges::none_of(chosen, is_equal)) chosen.push_back(line);
  }
  std::ranges::sort(chosen, {}, [&](const Line* line) { return order[line->quantity.symbol]; });

  Page exercise = page;
  Listing solutions{Phrase::exercise_solutions, {}};
  for (const Line* line : chosen) {
    const int number = static_cast<int>(exercise.blanks.size()) + 1;
    exercise.blanks.push_back({number, line->quantity, known_wrong(*line, lines)});
    solutions.quantities.push_back(line->quantity);
  }
  Numbers([&](Quantity& quantity) {
    for (const Blank& blank : exercise.blanks)
      if (!quantity.given && quantity.value == blank.solution.value) quantity.blank = blank.number;
  }).of(exercise);
  auto& first = exercise.sections.front().blocks;
  first.insert(first.begin(), Sentence{Phrase::exercise_text,
                                       {static_cast<std::int64_t>(exercise.blanks.size()),
                                        static_cast<std::int64_t>(seed)}});
  exercise.sections.push_back({{Phrase::exercise_title}, {std::move(solutions)}});
  return exercise;
}

Mistake diagnosed(const Blank& blank, double answer, int digits) {
  const double right = blank.solution.value;
  if (meets(answer, right, digits)) return Mistake::none;
  const KnownWrong* nearest = nullptr;
  for (const KnownWrong& wrong : blank.wrong)
    if (meets(answer, wrong.value, digits) &&
        (nearest == nullptr || std::abs(answer - wrong.value) < std::abs(answer - nearest->value)))
      nearest = &wrong;
  if (nearest != nullptr) return nearest->mistake;
  return std::abs(answer - right) <= rounding_tolerance * std::abs(right) ? Mistake::rounding
                                                                          : Mistake::other;
}

}  // namespace chainrule::page
