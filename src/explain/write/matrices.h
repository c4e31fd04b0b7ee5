// How lines of matrices look: as LaTeX, which Markdown and HTML have too, and in plain text.
#pragma once

#include <string>
#include <vector>

#include "explain/formula/matrix.h"
#include "explain/write/notation.h"

namespace chainrule::page {

// As equation(): symbol, formula, formula with the numbers put in, numbers. Unless options.is_full,
// of large matrices the first rows and columns and the last ones are shown. In text each matrix
// stands between matrix_begin and matrix_end, its rows between line feeds.
std::vector<std::string> equation(const MatrixLine& line, const ExplainOptions& options,
                                  bool latex);
inline constexpr char matrix_begin = '\x01', matrix_end = '\x02';

}  // namespace chainrule::page
