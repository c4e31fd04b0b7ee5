// Which columns matter.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/display.h"
#include "explain/report/report_sections.h"
#include "explain/write/html.h"

namespace chainrule::page {
namespace {

class ImportanceWriter {
 public:
  ImportanceWriter(const ReportParts& parts, const Importance& importance)
      : parts_(parts),
        importance_(importance),
        has_classes_(std::isfinite(importance.accuracy)),
        shown_(std::min<std::size_t>(importance.columns.size(), most_columns)) {}

  std::string write() const {
    std::string text = fmt::format(
        "<p>{}</p>\n", html_escaped(say(Phrase::importance_text, score_name(), importance_.rows)));
    text += bars() + numbers();
    for (const ColumnCurve& curve : importance_.curves) text += dependence(curve);
    return text;
  }

 private:
  static constexpr std::size_t most_columns = 15;
  static constexpr int label_width = 200, bar_width = 400, row_height = 24, value_width = 80;

  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return parts_.say(which, arguments...);
  }
  std::string score_name() const { return has_classes_ ? say(Phrase::log_loss) : "RMSE"; }

  // A bar for each column, with its interval as a line.
  std::string bars() const {
    double longest = 0;
    for (std::size_t i = 0; i < shown_; ++i)
      longest =
          std::max({longest, importance_.columns[i].increase, importance_.columns[i].interval[1]});
    const auto x = [&](double value) {
      const double share = longest > 0 ? std::clamp(value / longest, 0.0, 1.0) : 0;
      return label_width + bar_width * share;
    };
    const std::string title = say(Phrase::importance_chart);
    std::string text = fmt::format(
        "<figure class=\"chart bars\">\n<svg viewBox=\"0 0 {} {}\" role=\"img\" "
        "aria-label=\"{}\">\n<title>{}</title>\n",
        label_width + bar_width + value_width, static_cast<int>(shown_) * row_height + 8,
        html_escaped(title), html_escaped(title));
    for (std::size_t i = 0; i < shown_; ++i) {
      const ColumnImportance& column = importance_.columns[i];
      const int top = static_cast<int>(i) * row_height + 6, middle = top + row_height / 2 - 2;
      text += fmt::format(
          "<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>"
          "<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\"/>"
          "<line class=\"interval\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>"
          "<text class=\"amount\" x=\"{}\" y=\"{}\">{}</text>\n",
          label_width - 8, middle + 4, html_escaped(chainrule::shortened(column.column, 26)),
          label_width, top, x(column.increase) - label_width, row_height - 6, x(column.interval[0]),
          x(column.interval[1]), middle, middle, label_width + bar_width + 8, middle + 4,
          aligned_number(column.increase, longest));
    }
    return text +
           fmt::format("</svg>\n<figcaption>{}</figcaption>\n</figure>\n", html_escaped(title));
  }

  std::string numbers() const {
    std::vector<std::string> header{say(Phrase::column), score_name(), say(Phrase::interval_95)};
    if (has_classes_) header.push_back(say(Phrase::accuracy));
    Rows rows;
    const double largest = shown_ > 0 ? importance_.columns[0].interval[1] : 0;
    for (std::size_t i = 0; i < shown_; ++i) {
      const ColumnImportance& column = importance_.columns[i];
      std::vector<std::string> row{column.column, aligned_number(column.increase, largest),
                                   aligned_number(column.interval[0], largest) + " .. " +
                                       aligned_number(column.interval[1], largest)};
      if (has_classes_) row.push_back(aligned_number(-100 * column.accuracy_drop, 100) + "%");
      rows.push_back(std::move(row));
    }
    Links links;
    for (std::size_t i = 1; i < header.size(); ++i) link_column(links, rows, i, "importance");
    return parts_.table(say(Phrase::importance_table), header, rows, ReportParts::Last::words,
                        links) +
           parts_.story("importance", say(Phrase::how_comes, say(Phrase::importance_table)),
                        parts_.paragraph(say(Phrase::how_importance, importance_.repeats,
                                             importance_.rows, importance_.score),
                                         parts_.command("importance")));
  }

  // The mean prediction by the column's value.
  std::string dependence(const ColumnCurve& curve) const {
    constexpr std::size_t most_outcomes = 3;
    if (curve.points.size() < 2) return "";
    const std::vector<std::size_t> shown = strongest_outcomes(curve, most_outcomes);
    std::vector<std::string> header{curve.column};
    for (const std::size_t k : shown) header.push_back(importance_.outcomes[k]);
    Rows rows;
    double largest = 0;
    for (const ColumnCurve::Point& point : curve.points)
      for (const double value : point.prediction) largest = std::max(largest, std::abs(value));
    for (const ColumnCurve::Point& point : curve.points) {
      std::vector<std::string> row{value_words(point, parts_.language())};
      for (const std::size_t k : shown)
        row.push_back(has_classes_ ? fmt::format("{:.3f}", point.prediction[k])
                                   : aligned_number(point.prediction[k], largest));
      rows.push_back(std::move(row));
    }
    Links links;
    for (std::size_t i = 1; i < header.size(); ++i) link_column(links, rows, i, "importance");
    const std::string caption =
        has_classes_ ? say(Phrase::importance_probability) : say(Phrase::importance_prediction);
    return fmt::format("<h3>{}</h3>\n", html_escaped(short_name(curve.column))) +
           fmt::format("<p>{}</p>\n", html_escaped(caption + ":")) +
           parts_.table(caption, header, rows, ReportParts::Last::words, links);
  }

  const ReportParts& parts_;
  const Importance& importance_;
  bool has_classes_;
  std::size_t shown_;
};

}  // namespace

std::string importance_section(ReportParts& parts, const Importance& importance) {
  return parts.section(parts.say(Phrase::importance_title),
                       ImportanceWriter(parts, importance).write());
}

}  // namespace chainrule::page
