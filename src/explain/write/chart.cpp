#include "explain/write/chart.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "explain/write/html.h"

namespace chainrule::page {
namespace {

constexpr double chart_width = 640, chart_height = 300;
// On the right is room for the lines' numbers.
constexpr double left_margin = 96, right_margin = 40, top_margin = 14, bottom_margin = 54;

// A range of numbers along one side of the chart.
struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  double begin = 0, end = 0;  // in pixels
  bool logarithmic = false;

  double of(double value) const { return logarithmic ? std::log10(value) : value; }
  bool shows(double value) const { return std::isfinite(value) && (!logarithmic || value > 0); }
  void include(double value) {
    low = std::min(low, of(value));
    high = std::max(high, of(value));
  }
  double pixel(double value) const {
    return begin + (of(value) - low) / (high - low) * (end - begin);
  }
  // Room at both ends, and never an empty range.
  void widen(double share) {
    if (!(low <= high)) low = 0, high = 1;
    const double room = high > low ? share * (high - low) : std::max(1e-3, 0.1 * std::abs(low));
    low -= room;
    high += room;
  }
};

// Round numbers, some five of them: 1, 2 or 5 times a power of ten apart.
std::vector<double> ticks(const Axis& axis) {
  const double rough = (axis.high - axis.low) / 5;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power;
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (factor * power <= rough * 1.5) step = factor * power;
  if (axis.logarithmic) step = std::max(1.0, std::round(step));
  std::vector<double> places;
  for (double at = std::ceil(axis.low / step) * step; at <= axis.high + 1e-9 * step; at += step) {
    const double rounded = std::abs(at) < 1e-9 * step ? 0 : at;
    places.push_back(axis.logarithmic ? std::pow(10.0, rounded) : rounded);
  }
  return places;
}

std::string frame(const Chart& chart, const Axis& x, const Axis& y) {
  std::string text;
  for (const double at : ticks(y))
    text += fmt::format(
        "<line class=\"grid\" x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/>"
        "<text class=\"tick\" x=\"{}\" y=\"{:.1f}\">{:.4g}</text>\n",
        left_margin, chart_width - right_margin, y.pixel(at), y.pixel(at), left_margin - 6,
        y.pixel(at) + 4, at);
  for (const double at : ticks(x))
    text += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>\n",
                        x.pixel(at), chart_height - bottom_margin + 20, at);
  text += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n",
                      (left_margin + chart_width - right_margin) / 2, chart_height - 8,
                      html_escaped(chart.x_label));
  return text + fmt::format(
                    "<text transform=\"translate(14 {}) rotate(-90)\" "
                    "text-anchor=\"middle\">{}</text>\n",
                    (top_margin + chart_height - bottom_margin) / 2, html_escaped(chart.y_label));
}

std::string dot(double x, double y, std::string_view kind = "") {
  return fmt::format("<circle{} cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\"/>",
                     kind.empty() ? "" : fmt::format(" class=\"{}\"", kind), x, y);
}

// What is no number has no place, so the line stops there; what is 0 where the axis has none stands
// at its foot, as a ring, and what is infinite at its head.
class LineWriter {
 public:
  LineWriter(const Chart& chart, const Axis& x, const Axis& y) : chart_(chart), x_(x), y_(y) {}

  void add(double at, double value) {
    if (!x_.shows(at) || std::isnan(value)) return stop();
    if (!y_.shows(value)) {
      stop();
      if (value == 0 || std::isinf(value))
        marks_ += dot(x_.pixel(at), value > 0 ? y_.end : y_.begin, "edge");
      return;
    }
    places_ +=
        fmt::format("{}{:.1f},{:.1f}", places_.empty() ? "" : " ", x_.pixel(at), y_.pixel(value));
    ++count_;
  }

  std::string end() {
    stop();
    return lines_ + marks_;
  }

 private:
  void stop() {
    if (chart_.scattered || count_ == 1)
      for_each_place();
    else if (count_ > 1)
      lines_ += fmt::format("<polyline points=\"{}\"/>", places_);
    places_.clear();
    count_ = 0;
  }
  void for_each_place() {
    std::string_view rest = places_;
    while (!rest.empty()) {
      const std::string_view place = rest.substr(0, rest.find(' '));
      const std::size_t comma = place.find(',');
      marks_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"2.5\"/>", place.substr(0, comma),
                            place.substr(comma + 1));
      rest.remove_prefix(std::min(rest.size(), place.size() + 1));
    }
  }

  const Chart& chart_;
  const Axis &x_, &y_;
  std::string places_, lines_, marks_;
  int count_ = 0;
};

std::string drawn(const Series& series, std::size_t number, const Chart& chart, const Axis& x,
                  const Axis& y) {
  LineWriter line(chart, x, y);
  for (const auto& [at, value] : series.points) line.add(at, value);
  return fmt::format("<g class=\"series s{}\"><title>{}</title>{}</g>\n", number % 6,
                     html_escaped(series.name), line.end());
}

// Where there are several lines, each has its number at its end, as in the legend; those that would
// lie on each other move apart.
std::string end_numbers(const Chart& chart, const Axis& x, const Axis& y) {
  constexpr double apart = 15;
  if (chart.scattered || chart.series.size() < 2) return "";
  struct Number {
    double y;
    std::size_t number;
  };
  std::vector<Number> all;
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const auto& points = chart.series[i].points;
    const auto last = std::find_if(points.rbegin(), points.rend(), [&](const auto& point) {
      return x.shows(point.first) && y.shows(point.second);
    });
    if (last != points.rend()) all.push_back({y.pixel(last->second), i + 1});
  }
  std::ranges::stable_sort(all, {}, &Number::y);
  for (std::size_t i = 1; i < all.size(); ++i) all[i].y = std::max(all[i].y, all[i - 1].y + apart);
  // Not below the axis; where there is no room for all they stand closer.
  const double over = all.empty() ? 0 : std::max(0.0, all.back().y - y.begin);
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double share =
        all.size() > 1 ? static_cast<double>(i) / static_cast<double>(all.size() - 1) : 1;
    text += fmt::format("<text class=\"end\" x=\"{}\" y=\"{:.1f}\">{}</text>\n",
                        chart_width - right_margin + 6, all[i].y - over * share + 4, all[i].number);
  }
  return text;
}

// What the chart shows, in words.
std::string description(const Chart& chart) {
  std::string text;
  for (const Series& series : chart.series) {
    if (series.points.empty()) continue;
    const auto& [first_x, first] = series.points.front();
    const auto& [last_x, last] = series.points.back();
    text += fmt::format("{}{}: {:.4g} ({:.6g}) .. {:.4g} ({:.6g})", text.empty() ? "" : "; ",
                        series.name, first, first_x, last, last_x);
  }
  return text;
}

std::string legend(const Chart& chart) {
  if (chart.series.size() < 2) return "";
  std::string items;
  for (std::size_t i = 0; i < chart.series.size(); ++i)
    items += fmt::format(
        "<li><svg class=\"key\" viewBox=\"0 0 28 8\" aria-hidden=\"true\"><g class=\"series s{}\">"
        "<polyline points=\"0,4 28,4\"/></g></svg>{}. {}</li>\n",
        i % 6, i + 1, html_escaped(chart.series[i].name));
  return "<ul class=\"legend\">\n" + items + "</ul>\n";
}

}  // namespace

std::string svg(const Chart& chart) {
  Axis x{.begin = left_margin, .end = chart_width - right_margin};
  Axis y{
      .begin = chart_height - bottom_margin, .end = top_margin, .logarithmic = chart.logarithmic};
  for (const Series& series : chart.series)
    for (const auto& [at, value] : series.points)
      if (x.shows(at) && y.shows(value)) x.include(at), y.include(value);
  if (chart.diagonal) {
    x.low = y.low = std::min(x.low, y.low);
    x.high = y.high = std::max(x.high, y.high);
  }
  // Within a power of ten there would be next to no marks.
  if (y.logarithmic && y.high - y.low < 1) {
    y.logarithmic = false;
    y.low = std::pow(10.0, y.low);
    y.high = std::pow(10.0, y.high);
  }
  x.widen(0.01);
  y.widen(0.06);
  std::string text = fmt::format(
      "<figure class=\"chart\">\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n"
      "<title>{}</title><desc>{}</desc>\n",
      chart_width, chart_height, html_escaped(chart.title), html_escaped(chart.title),
      html_escaped(description(chart)));
  text += frame(chart, x, y);
  if (chart.diagonal)
    text += fmt::format(
        "<line class=\"diagonal\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n",
        x.begin, y.begin, x.end, y.end);
  for (std::size_t i = 0; i < chart.series.size(); ++i)
    text += drawn(chart.series[i], i, chart, x, y);
  text += end_numbers(chart, x, y);
  return text + "</svg>\n" + legend(chart) +
         fmt::format("<figcaption>{}</figcaption>\n</figure>\n", html_escaped(chart.title));
}

}  // namespace chainrule::page
