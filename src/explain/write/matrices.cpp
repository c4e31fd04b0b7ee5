#include "explain/write/matrices.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace chainrule::page {
namespace {

constexpr std::size_t most_matrix_rows = 8, most_matrix_columns = 6;

// The places that are shown, with `count` where some are left out.
std::vector<std::size_t> shown(std::size_t count, std::size_t most, bool is_full) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < count; ++i) {
    const bool left_out = !is_full && count > most && i >= most - 2 && i + 1 < count;
    if (!left_out)
      places.push_back(i);
    else if (i == most - 2)
      places.push_back(count);
  }
  return places;
}

std::string written_matrix(const Matrix& matrix, const ExplainOptions& options, bool latex) {
  const std::vector<std::size_t> rows = shown(matrix.rows, most_matrix_rows, options.is_full),
                                 columns =
                                     shown(matrix.columns, most_matrix_columns, options.is_full);
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const std::size_t r : rows) {
    auto& row = cells.emplace_back();
    for (const std::size_t c : columns) {
      const bool left_out = r == matrix.rows || c == matrix.columns;
      row.push_back(!left_out ? number(matrix.at(r, c), options, latex).text
                    : latex   ? "\\ldots"
                              : "...");
      widths[row.size() - 1] = std::max(widths[row.size() - 1], row.back().size());
    }
  }
  std::vector<std::string> lines;
  for (std::vector<std::string>& row : cells) {
    for (std::size_t c = 0; !latex && c < row.size(); ++c)
      row[c].insert(0, widths[c] - row[c].size(), ' ');
    lines.push_back(
        fmt::format(fmt::runtime(latex ? "{}" : "[{}]"), fmt::join(row, latex ? " & " : "  ")));
  }
  return latex ? fmt::format("\\begin{{pmatrix}} {} \\end{{pmatrix}}", fmt::join(lines, " \\\\ "))
               : fmt::format("{}{}{}", matrix_begin, fmt::join(lines, "\n"), matrix_end);
}

// One number is no matrix.
Piece matrix_piece(const Matrix& matrix, const ExplainOptions& options, bool latex) {
  if (matrix.numbers.size() == 1) return number(matrix.numbers[0], options, latex);
  return {written_matrix(matrix, options, latex), 4};
}

}  // namespace

std::vector<std::string> equation(const MatrixLine& line, const ExplainOptions& options,
                                  bool latex) {
  const Pen names = symbols(options.language, latex);
  std::vector<std::string> parts{names.quantity({.symbol = line.result.symbol}).text};
  const auto add = [&](std::string part) {
    if (parts.size() == 1 || parts.back() != part) parts.push_back(std::move(part));
  };
  if (line.formula) {
    add(write(*line.formula, names));
    Matrices operands = line.operands;
    add(write(turned(*line.formula, operands), {latex, [&](const Quantity& q) {
                                                  return matrix_piece(operands.at(q.symbol),
                                                                      options, latex);
                                                }}));
  }
  add(matrix_piece(line.result, options, latex).text);
  return parts;
}

}  // namespace chainrule::page
