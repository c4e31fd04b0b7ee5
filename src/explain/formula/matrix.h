// Matrices by their symbols, and formulas of them: what a layer does to all of its units at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "explain/formula/formula.h"

namespace chainrule::page {

struct Matrix {
  std::string symbol{};
  std::size_t rows = 0, columns = 0;
  std::vector<Quantity> numbers{};  // [rows, columns]

  const Quantity& at(std::size_t row, std::size_t column) const {
    return numbers[row * columns + column];
  }
};
using Matrices = std::map<std::string, Matrix>;  // by symbol

// symbol = formula = the formula with the numbers put in = numbers. Quantities of the formula are
// called as their matrices are; all that is not one of the operations below is done entry by entry.
struct MatrixLine {
  Matrix result;
  std::optional<Expression> formula{};
  Matrices operands{};  // of the formula
};

// What only matrices have: A B, A transposed, A and B multiplied entry by entry, and sums.
extern const Op matrix_product_op, transpose_matrix_op, entrywise_product_op, sum_rows_op,
    sum_entries_op;

// The formula worked out from its matrices' numbers, and how large the numbers were that it adds
// up: an entry's rounding is in proportion to that. A column is added to every column, and what is
// one number is taken with every entry.
struct Worked {
  std::size_t rows = 1, columns = 1;
  std::vector<double> values{}, sizes{};
};
Worked worked_out(const Expression& formula, const Matrices& matrices);

// The same formula in which every transposed matrix is one of its own: what is shown with numbers.
Expression turned(const Expression& formula, Matrices& matrices);

}  // namespace chainrule::page
