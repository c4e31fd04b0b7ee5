// Lines of matrices: what stands for which matrix, formulas of single numbers lifted to all of them
// at once, and each line worked out from what it prints.
#include <algorithm>
#include <cctype>
#include <cmath>

#include <fmt/format.h>

#include "explain/worked/builder.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

void replace_place(std::string& text, std::string_view place, std::size_t number) {
  for (std::size_t at = 0; (at = text.find(place)) != std::string::npos;)
    text.replace(at, place.size(), fmt::format("{}", number));
}

std::size_t place_at(const Matrix& matrix, std::size_t element, bool per_example) {
  if (!per_example) return element;
  return element % matrix.rows * matrix.columns + element / matrix.rows;
}

// Operations between matrices' entries: a product of two of them has a sign of its own.
Expression with_entry_signs(const Expression& e, const std::set<std::string>& scalars,
                            bool& is_matrix) {
  is_matrix = e.quantity() != nullptr && !scalars.contains(e.quantity()->symbol);
  if (e.op() == nullptr) return e;
  std::vector<Expression> operands;
  std::size_t matrices = 0;
  for (const Expression& operand : e.operands()) {
    bool one = false;
    operands.push_back(with_entry_signs(operand, scalars, one));
    matrices += one ? 1 : 0;
  }
  is_matrix = matrices > 0;
  const bool multiplies = e.op() == &multiply_op && matrices > 1;
  return {multiplies ? entrywise_product_op : *e.op(), std::move(operands), e.attributes()};
}

// The names alone: what is the same for each number.
Expression without_numbers(const Expression& e) {
  if (e.quantity() != nullptr) return Expression(Quantity{.symbol = e.quantity()->symbol});
  if (e.op() == nullptr) return e;
  std::vector<Expression> operands;
  for (const Expression& operand : e.operands()) operands.push_back(without_numbers(operand));
  return {*e.op(), std::move(operands), e.attributes()};
}

}  // namespace

// "W^[1]" of layer 1: the pattern's letter, and above it what the pattern has there.
std::string Builder::matrix_symbol(const char* kind, std::size_t l) const {
  std::string pattern = symbol_pattern(step_, kind), above;
  if (pattern.empty()) pattern = kind;  // delta
  std::string letter = pattern.substr(0, pattern.find_first_of("{_^"));
  if (const auto caret = pattern.find('^'); caret != std::string::npos)
    above = pattern.substr(caret, pattern.find('_', caret) - caret);
  else if (std::string_view(kind) != "output" || letter == letter_of(step_, "hidden"))
    above = "^[{l}]";
  replace_place(above, "{l+1}", l + 2);
  replace_place(above, "{l}", l + 1);
  const bool is_parameter = std::string_view(kind) == "weight" || std::string_view(kind) == "bias";
  return (is_parameter ? letter : of_examples(letter)) + above;
}

// Of several examples, whose columns stand side by side, the letters are large.
std::string Builder::of_examples(std::string letter) const {
  const bool turns = !step_.others.empty() && (letter.size() == 1 || letter == "delta");
  if (turns) letter[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(letter[0])));
  return letter;
}

// [rows] as a column, [examples, units] with a column per example, [units, inputs] as it stands.
Matrix Builder::matrix(const std::string& symbol, const Quantities& numbers, Value node,
                       bool per_example) const {
  Matrix matrix{.symbol = symbol, .rows = static_cast<std::size_t>(node.dim(per_example ? 1 : 0))};
  matrix.columns = numbers.size() / matrix.rows;
  matrix.numbers.resize(numbers.size());
  for (std::size_t e = 0; e < numbers.size(); ++e)
    matrix.numbers[place_at(matrix, e, per_example)] = numbers[e];
  if (per_example && matrix.columns > 1)
    for (std::size_t i = 0; i < numbers.size(); ++i)
      matrix.numbers[i].symbol =
          fmt::format("{}_{},{}", symbol, i / matrix.columns + 1, i % matrix.columns + 1);
  return matrix;
}

// The formulas of all numbers of a matrix as one of matrices; none if they are not of one form.
std::optional<Expression> Builder::lifted(const std::vector<Expression>& formulas,
                                          const Matrix& like, bool per_example) {
  std::optional<Expression> whole;
  std::vector<Quantities> parts(formulas.size());
  for (std::size_t e = 0; e < formulas.size(); ++e) {
    Expression one = without_numbers(renamed(formulas[e], lifted_));
    if (whole && !(one == *whole)) return std::nullopt;
    whole = std::move(one);
    bool is_own = true;  // of the same place in every matrix
    for_each_quantity(formulas[e], [&](const Quantity& q) {
      const auto element = elements_.find(q.symbol);
      is_own = is_own && (element == elements_.end() || element->second == e);
      parts[e].push_back(q);
    });
    if (!is_own) return std::nullopt;
  }
  std::set<std::string> scalars;
  for (std::size_t k = 0; k < parts[0].size(); ++k) {
    const std::string& own = parts[0][k].symbol;
    const std::string symbol = renamed(own, lifted_);
    const auto is_same = [&](const Quantities& part) { return part[k].symbol == own; };
    const bool is_scalar = std::ranges::all_of(parts, is_same);
    if (is_scalar) scalars.insert(symbol);
    if (matrices_.contains(symbol)) continue;
    Matrix matrix{.symbol = symbol};
    if (is_scalar) {
      matrix.rows = matrix.columns = 1;
      matrix.numbers = {parts[0][k]};
    } else {
      matrix.rows = like.rows;
      matrix.columns = like.columns;
      matrix.numbers.resize(parts.size());
      for (std::size_t e = 0; e < parts.size(); ++e)
        matrix.numbers[place_at(matrix, e, per_example)] = parts[e][k];
    }
    matrices_[symbol] = std::move(matrix);
  }
  bool is_matrix = false;
  return with_entry_signs(*whole, scalars, is_matrix);
}

// `is_proved`: another check than that of what the line prints holds its numbers.
void Builder::add_line(std::vector<Block>& blocks, Matrix result, std::optional<Expression> formula,
                       bool is_proved) {
  for (std::size_t i = 0; tamper_ && i < result.numbers.size(); ++i)
    tamper_(fmt::format("{}[{},{}]", result.symbol, i / result.columns, i % result.columns),
            result.numbers[i].value);
  MatrixLine line{.result = result, .formula = std::move(formula)};
  if (line.formula)
    for_each_quantity(*line.formula, [&](const Quantity& operand) {
      line.operands[operand.symbol] = matrices_.at(operand.symbol);
    });
  if (line.formula && !is_proved) {
    const Worked worked = worked_out(*line.formula, line.operands);
    for (std::size_t i = 0; i < result.numbers.size(); ++i) {
      const double size = std::max(worked.sizes.at(i), std::abs(result.numbers[i].value));
      const double error = std::abs(worked.values.at(i) - result.numbers[i].value);
      lines_.note_product(error == 0 ? 0 : error / size, product_tolerance);
    }
  }
  matrices_[result.symbol] = std::move(result);
  blocks.emplace_back(std::move(line));
}

// Where no formula of matrices says it: each number's own is worked out. `shown`: what stands for
// them all the same, the function that has them.
void Builder::add_unlifted(std::vector<Block>& blocks, Matrix result,
                           const std::vector<Expression>& formulas, bool per_example,
                           std::optional<Expression> shown) {
  for (std::size_t e = 0; e < formulas.size(); ++e) {
    const Rounded worked = evaluate_rounded(formulas[e]);
    const double value = result.numbers[place_at(result, e, per_example)].value;
    const double size = std::max(std::abs(worked.value), std::abs(value));
    const double error = std::abs(worked.value - value);
    lines_.note_product(error == 0 ? 0 : error / size,
                        std::max(product_tolerance, 2 * worked.error / size));
  }
  if (!shown) blocks.emplace_back(Sentence{Phrase::matrix_no_form});
  add_line(blocks, std::move(result), std::move(shown), true);
}

// One or the other, whichever there is.
void Builder::add_lifted(std::vector<Block>& blocks, Matrix result,
                         const std::vector<Expression>& formulas, bool per_example,
                         std::optional<Expression> otherwise) {
  if (std::optional<Expression> formula = lifted(formulas, result, per_example))
    add_line(blocks, std::move(result), std::move(formula));
  else
    add_unlifted(blocks, std::move(result), formulas, per_example, std::move(otherwise));
}

}  // namespace chainrule::page
