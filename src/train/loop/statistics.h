// What predictions beside the truth tell, in numbers that the literature knows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace chainrule {

inline constexpr double normal_975 =
    1.959963984540054;  // the normal distribution's 97.5th percentile

// The area under the ROC curve of class `k` against the others: how often a row of the class is
// given a higher probability of it than another row is, ties counting half (Hanley and McNeil
// 1982). `probabilities` [rows, classes], all finite; `classes` [rows]. NaN where there are not
// both kinds.
double area_under_curve(std::span<const float> probabilities, std::span<const std::int32_t> classes,
                        std::int32_t k);

// Between what R2 lies with 95% confidence, as far as so few rows tell: the 2.5th and the 97.5th
// percentile over 1,000 samples of the rows, drawn with replacement (Efron 1979). NaN below ten
// rows.
std::array<double, 2> r2_interval(std::span<const double> actual,
                                  std::span<const double> predicted);

// The expected calibration error: by how much the probability of the predicted class differs from
// the share of rows in which it is right, over 15 bins of equal width (Guo et al. 2017).
class Calibration {
 public:
  void add(double probability, bool is_right);
  double error() const;
  // Of each bin with rows: their mean probability, and the share that is right.
  std::vector<std::pair<double, double>> points() const;

 private:
  struct Bin {
    double rows = 0, probability = 0, right = 0;
  };
  std::array<Bin, 15> bins_{};
};

}  // namespace chainrule
