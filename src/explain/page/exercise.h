// A page as an exercise: some of its numbers are blank, and wrong answers are told what they are.
#pragma once

#include <cstdint>
#include <vector>

#include "explain/page/page.h"

namespace chainrule::page {

// The page with blanks, chosen by the seed, and their solutions as its last section. A number is
// blank wherever it stands. Throws UsageError: the page has no number to find.
Page exercise_of(const Page& page, std::uint64_t seed);

// What is wrong with the answer, where numbers have so many decimals. It is right to a ten
// thousandth, or to half of the last decimal; a known wrong answer is met as closely; what is
// within 2% is a matter of rounding. The script of the HTML page decides in the same way.
Mistake diagnosed(const Blank& blank, double answer, int digits);

}  // namespace chainrule::page
