#include "explain/report/report_importance.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/display.h"
#include "explain/page/particles.h"
#include "explain/page/row_messages.h"
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
        "<p>{}</p>\n",
        html_escaped(with_particles(fmt::format(
            fmt::runtime(say(
                "How much worse the {} on {} rows not trained on gets when a column's values "
                "change places among them. Columns that say the same stand in for each other, and "
                "then both look unimportant.",
                "한 열의 값을 행끼리 뒤섞으면 학습하지 않은 {1}행의 {0}이(가) 얼마나 나빠지는지를 "
                "보입니다. 같은 것을 말하는 열들은 서로를 대신하므로 둘 다 중요하지 않게 보일 수 "
                "있습니다.")),
            score_name(), importance_.rows))));
    text += bars() + numbers();
    for (const ColumnCurve& curve : importance_.curves) text += dependence(curve);
    return text;
  }

 private:
  static constexpr std::size_t most_columns = 15;
  static constexpr int label_width = 200, bar_width = 400, row_height = 24, value_width = 80;

  std::string say(std::string_view en, std::string_view ko) const { return parts_.say(en, ko); }
  std::string score_name() const { return has_classes_ ? say("log loss", "로그 손실") : "RMSE"; }

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
    const std::string title = say("By how much the score gets worse", "점수가 나빠지는 정도");
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
    std::vector<std::string> header{say("column", "열"), score_name(),
                                    say("95% interval", "95% 구간")};
    if (has_classes_) header.push_back(say("accuracy", "정확도"));
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
    return parts_.table(say("What shuffling a column costs", "열을 뒤섞을 때의 손해"), header,
                        rows);
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
    const std::string caption = has_classes_
                                    ? say("The mean probability if all rows had this value",
                                          "모든 행이 이 값을 가질 때의 평균 확률")
                                    : say("The mean prediction if all rows had this value",
                                          "모든 행이 이 값을 가질 때의 평균 예측");
    return fmt::format("<h3>{}</h3>\n", html_escaped(short_name(curve.column))) +
           fmt::format("<p>{}</p>\n", html_escaped(caption + ":")) +
           parts_.table(caption, header, rows);
  }

  const ReportParts& parts_;
  const Importance& importance_;
  bool has_classes_;
  std::size_t shown_;
};

}  // namespace

std::string importance_section(ReportParts& parts, const Importance& importance) {
  return parts.section(parts.say("Which columns matter", "중요한 열"),
                       ImportanceWriter(parts, importance).write());
}

}  // namespace chainrule::page
