// The worked page of an expression: every line forward, its local derivatives, the products of
// these back to the given values, path by path; and an update where there is one.
#pragma once

#include <string>

#include "explain/expression/expression_file.h"
#include "explain/page/page.h"

namespace chainrule::page {

// `asked`: "" for all; a value, "q"; a derivative, "df/dx"; a given value, "x", stands for the
// result's derivative by it and its update. `step` counts from 1; 0 is the first one, or where
// there are several and nothing is asked, the table of all. Throws UsageError for what is not
// there. The tests may tamper with local derivatives.
Page expression_page(const ExpressionFile& file, const std::string& asked, std::int64_t step,
                     const Tamper& tamper = {});

}  // namespace chainrule::page
