// Charts as SVG, for pages that stand alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace chainrule::page {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points{};  // x, y; those that are not finite are left out
};

struct Chart {
  std::string title, x_label, y_label;
  std::vector<Series> series{};
  bool logarithmic = false;  // y; then only what is above 0 is shown
  bool scattered = false;    // dots rather than lines
  bool diagonal = false;     // where y equals x
};

// Named and described for those who do not see it; colours are the stylesheet's.
std::string svg(const Chart& chart);

}  // namespace chainrule::page
