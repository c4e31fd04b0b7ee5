// Elementary functions in double precision, from additions, products, divisions and square roots
// alone, which IEEE 754 rounds one way only: the same bits from every compiler, C library and
// processor. Within 4 units in the last place of the exact value where nothing else is
// said; zeros, infinities and NaN are as in <cmath>.
#pragma once

namespace chainrule::elementary {

double exp(double x);
double expm1(double x);
double log(double x);
double log1p(double x);
double tanh(double x);
double sigmoid(double x);       // 1 / (1 + e^-x)
double erf(double x);           // within 16 units
double cos_of_turns(double x);  // cos(2 pi x), for |x| < 2^50

double power(double a, double b);  // a^b; exact where b is 1 to 8 and the result has room

}  // namespace chainrule::elementary
