#include "explain/formula/matrix.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "chainrule/error.h"
#include "ops/op_list.h"

namespace chainrule::page {

const Op matrix_product_op{.name = "matrix_product",
                           .summary = {"A B."},
                           .arity = 2,
                           .notation = {.text = "{0} {1}", .latex = "{0} \\, {1}", .binding = 2}};
const Op transpose_matrix_op{.name = "transpose",
                             .summary = {"A with rows and columns exchanged."},
                             .arity = 1,
                             .notation = {.text = "{0}ᵀ", .latex = "{0}^{\\top}", .binding = 3}};
const Op entrywise_product_op{
    .name = "entrywise_product",
    .summary = {"A and B multiplied entry by entry."},
    .arity = 2,
    .notation = {.text = "{0} ⊙ {1}", .latex = "{0} \\odot {1}", .binding = 2}};
const Op sum_rows_op{.name = "rowsum", .summary = {"Each row's sum."}, .arity = 1};
const Op sum_entries_op{.name = "sum", .summary = {"The sum of all entries."}, .arity = 1};

namespace {

Worked of_matrix(const Matrix& matrix) {
  Worked worked{.rows = matrix.rows, .columns = matrix.columns};
  for (const Quantity& number : matrix.numbers) {
    worked.values.push_back(number.value);
    worked.sizes.push_back(std::abs(number.value));
  }
  return worked;
}

Worked transposed(const Worked& a) {
  Worked t{.rows = a.columns, .columns = a.rows};
  for (std::size_t c = 0; c < a.columns; ++c)
    for (std::size_t r = 0; r < a.rows; ++r) {
      t.values.push_back(a.values[r * a.columns + c]);
      t.sizes.push_back(a.sizes[r * a.columns + c]);
    }
  return t;
}

Worked product(const Worked& a, const Worked& b) {
  if (a.columns != b.rows) throw InternalError("matrices of a page do not fit");
  Worked all{.rows = a.rows, .columns = b.columns};
  for (std::size_t r = 0; r < a.rows; ++r)
    for (std::size_t c = 0; c < b.columns; ++c) {
      double sum = 0, size = 0;
      for (std::size_t k = 0; k < a.columns; ++k) {
        sum += a.values[r * a.columns + k] * b.values[k * b.columns + c];
        size += a.sizes[r * a.columns + k] * b.sizes[k * b.columns + c];
      }
      all.values.push_back(sum);
      all.sizes.push_back(size);
    }
  return all;
}

Worked summed(Worked a, const Op* op) {
  if (op == &sum_entries_op) a.columns *= std::exchange(a.rows, 1);
  Worked sums{.rows = a.rows, .columns = 1};
  for (std::size_t r = 0; r < a.rows; ++r) {
    double sum = 0, size = 0;
    for (std::size_t c = 0; c < a.columns; ++c) {
      sum += a.values[r * a.columns + c];
      size += a.sizes[r * a.columns + c];
    }
    sums.values.push_back(sum);
    sums.sizes.push_back(size);
  }
  return sums;
}

// Where the entry of the whole stands in an operand that may be one number or one column.
std::size_t place_in(const Worked& a, std::size_t row, std::size_t column) {
  return (a.rows == 1 ? 0 : row) * a.columns + (a.columns == 1 ? 0 : column);
}

Worked entry_by_entry(const Expression& e, const std::vector<Worked>& operands) {
  Worked all;
  for (const Worked& operand : operands) {
    all.rows = std::max(all.rows, operand.rows);
    all.columns = std::max(all.columns, operand.columns);
  }
  const bool multiplies = e.op() == &entrywise_product_op || e.op() == &multiply_op;
  const bool adds = e.op() == &add_op || e.op() == &subtract_op || e.op() == &negate_op;
  const Op& op = multiplies ? multiply_op : *e.op();
  for (std::size_t r = 0; r < all.rows; ++r)
    for (std::size_t c = 0; c < all.columns; ++c) {
      std::vector<Expression> numbers;
      double product_of_sizes = 1, sum_of_sizes = 0;
      for (const Worked& operand : operands) {
        const std::size_t place = place_in(operand, r, c);
        numbers.emplace_back(operand.values[place]);
        product_of_sizes *= operand.sizes[place];
        sum_of_sizes += operand.sizes[place];
      }
      const double value = evaluate(Expression(op, std::move(numbers), e.attributes()));
      all.values.push_back(value);
      all.sizes.push_back(multiplies ? product_of_sizes
                          : adds     ? sum_of_sizes
                          : e.op() == &divide_op
                              ? operands[0].sizes[place_in(operands[0], r, c)] /
                                    std::abs(operands[1].values[place_in(operands[1], r, c)])
                              : std::abs(value));
    }
  return all;
}

}  // namespace

Worked worked_out(const Expression& formula, const Matrices& matrices) {
  if (formula.quantity() != nullptr) return of_matrix(matrices.at(formula.quantity()->symbol));
  if (formula.op() == nullptr)
    return {.values = {formula.constant()}, .sizes = {std::abs(formula.constant())}};
  std::vector<Worked> operands;
  for (const Expression& operand : formula.operands())
    operands.push_back(worked_out(operand, matrices));
  if (formula.op() == &matrix_product_op) return product(operands[0], operands[1]);
  if (formula.op() == &transpose_matrix_op) return transposed(operands[0]);
  if (formula.op() == &sum_rows_op || formula.op() == &sum_entries_op)
    return summed(std::move(operands[0]), formula.op());
  return entry_by_entry(formula, operands);
}

Expression turned(const Expression& formula, Matrices& matrices) {
  if (formula.op() == nullptr) return formula;
  if (formula.op() == &transpose_matrix_op) {
    const Matrix& own = matrices.at(formula.operands()[0].quantity()->symbol);
    Matrix other{.symbol = own.symbol + " turned", .rows = own.columns, .columns = own.rows};
    for (std::size_t c = 0; c < own.columns; ++c)
      for (std::size_t r = 0; r < own.rows; ++r) other.numbers.push_back(own.at(r, c));
    Expression result(Quantity{.symbol = other.symbol});
    matrices[other.symbol] = std::move(other);
    return result;
  }
  std::vector<Expression> operands;
  for (const Expression& operand : formula.operands())
    operands.push_back(turned(operand, matrices));
  return {*formula.op(), std::move(operands), formula.attributes()};
}

}  // namespace chainrule::page
