// The network as a drawing: columns of neurons, weights as lines between them.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "explain/write/html.h"
#include "explain/write/notation.h"

namespace chainrule::page {
namespace {

constexpr std::size_t most_rows = 10;
constexpr std::size_t ellipsis = std::numeric_limits<std::size_t>::max();

// Which neurons of a column are drawn, from top to bottom; of many, the first and the last, and one
// that is lit.
std::vector<std::size_t> rows_of(const Column& column) {
  const std::size_t count = column.neurons.size();
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < std::min(count, most_rows); ++i) rows.push_back(i);
  if (count <= most_rows) return rows;
  rows[most_rows - 2] = ellipsis;
  rows[most_rows - 1] = count - 1;
  const auto lit = std::ranges::find_if(column.neurons, &Neuron::lit) - column.neurons.begin();
  const auto hidden = static_cast<std::size_t>(lit);
  if (hidden >= most_rows - 2 && hidden + 1 < count) rows[most_rows - 3] = hidden;
  return rows;
}

// At most four digits: the drawing shows sizes, the page has all digits.
std::string label(const Quantity& quantity) {
  std::string text = number(quantity, {.digits = 4}, false).text;
  if (text.size() > 7) text = fmt::format("{:.3g}", quantity.value);
  const auto minus = text.find('-');
  return minus == 0 ? "−" + text.substr(1) : text;
}

// W5 with its number lowered, at the end of a text that goes on with `after`.
std::string symbol(const std::string& name, const std::string& after = "") {
  const auto digit = name.find_first_of("0123456789");
  if (digit != 1) return html_escaped(name + after);
  const std::string text =
      fmt::format("<tspan class=\"letter\">{}</tspan><tspan class=\"low\" dy=\"4\">{}</tspan>",
                  html_escaped(name.substr(0, digit)), html_escaped(name.substr(digit)));
  return after.empty() ? text
                       : text + fmt::format("<tspan dy=\"-4\">{}</tspan>", html_escaped(after));
}

// A text on a plate, so that the lines below do not run through it.
std::string on_plate(const std::string& classes, const std::string& name, const std::string& after,
                     double x, double y) {
  const double width = 7.2 * static_cast<double>(name.size() + 1 + after.size()) + 4;
  return fmt::format(
      "<rect class=\"plate\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"18\"/>"
      "<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
      x - width / 2, y - 13, width, classes, x, y, symbol(name, " " + after));
}

struct Measures {
  double radius = 24, row = 104, gap = 190, side = 50, top = 76, bottom = 66;
};

class Drawing {
 public:
  Drawing(const Diagram& diagram, const ExplainOptions& options)
      : diagram_(diagram), options_(options) {
    for (const Column& column : diagram.columns) {
      rows_.push_back(rows_of(column));
      tallest_ = std::max(tallest_, rows_.back().size());
      for (const Neuron& neuron : column.neurons) any_lit_ = any_lit_ || neuron.lit;
      for (const Connection& connection : column.connections)
        heaviest_ = std::max(heaviest_, std::abs(connection.weight.value));
    }
    if (tallest_ > 5) size_ = {.radius = 16, .row = 54, .gap = 170, .side = 50, .top = 66};
    // Labels on the lines need room beside the neurons.
    for (std::size_t c = 1; c < rows_.size(); ++c)
      if (is_labelled(c)) size_.gap = std::max(size_.gap, 56 / label_place(c));
  }

  std::string svg() const {
    const double width =
        2 * size_.side + size_.gap * static_cast<double>(diagram_.columns.size() - 1);
    const double height = size_.top + size_.bottom + size_.row * static_cast<double>(tallest_ - 1);
    std::string text = fmt::format(
        "<svg viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" height=\"{1:g}\" role=\"img\" "
        "aria-labelledby=\"diagram-title diagram-text\"{2} style=\"min-width:{3:.0f}px\">\n"
        "<title id=\"diagram-title\">{4}</title>\n<desc id=\"diagram-text\">{5}</desc>\n",
        width, height, any_lit_ ? " class=\"lit\"" : "", 0.6 * width, plain(diagram_.title),
        description());
    // First the lines, those that are lit last; then what lies on top of them.
    for (const bool lit : {false, true})
      for (std::size_t c = 1; c < rows_.size(); ++c) lines(text, c, lit);
    for (std::size_t c = 1; c < rows_.size(); ++c) line_labels(text, c);
    for (std::size_t c = 0; c < rows_.size(); ++c) neurons(text, c);
    return text + "</svg>\n";
  }

 private:
  std::string plain(const Sentence& words) const {
    return sentence(
        words, options_,
        {false, html_escaped,
         [](const std::string& text) { return html_escaped(short_name(text)); }, html_escaped});
  }

  std::string description() const {
    std::string text;
    for (const Column& column : diagram_.columns)
      text += fmt::format("{}: {}. ", plain(column.title), column.neurons.size());
    for (const Sentence& words : diagram_.caption) text += plain(words) + " ";
    text.pop_back();
    return text;
  }

  double x(std::size_t column) const {
    return size_.side + size_.gap * static_cast<double>(column);
  }
  double y(std::size_t column, std::size_t row) const {
    const double above = static_cast<double>(tallest_ - rows_[column].size()) / 2;
    return size_.top + size_.row * (above + static_cast<double>(row));
  }

  // Calls draw(connection, from's row, to's row) for the lines whose two ends are drawn.
  template <class Draw>
  void each_line(std::size_t c, Draw draw) const {
    const Column& column = diagram_.columns[c];
    const std::size_t inputs = diagram_.columns[c - 1].neurons.size();
    for (std::size_t to = 0; to < rows_[c].size(); ++to)
      for (std::size_t from = 0; from < rows_[c - 1].size(); ++from)
        if (rows_[c][to] != ellipsis && rows_[c - 1][from] != ellipsis)
          draw(column.connections[rows_[c][to] * inputs + rows_[c - 1][from]], from, to);
  }

  void lines(std::string& text, std::size_t c, bool lit) const {
    each_line(c, [&](const Connection& connection, std::size_t from, std::size_t to) {
      if (connection.lit != lit) return;
      const double weight = connection.weight.value;
      const double thick = heaviest_ == 0 ? 0 : std::abs(weight) / heaviest_;
      const std::string ends = fmt::format("x1=\"{:g}\" y1=\"{:g}\" x2=\"{:g}\" y2=\"{:g}\"",
                                           x(c - 1), y(c - 1, from), x(c), y(c, to));
      if (lit) text += fmt::format("<line class=\"glow\" {}/>\n", ends);
      text += fmt::format(
          "<line class=\"{}{}\" {} stroke-width=\"{:.2f}\"><title>{} = {}</title></line>\n",
          weight < 0 ? "negative" : "positive", lit ? " way" : "", ends, 1 + 4 * thick,
          html_escaped(text_symbol(connection.weight.symbol, options_.language).text),
          label(connection.weight));
    });
  }

  // How far along a line its label is: where the lines of all neurons are apart evenly.
  double label_place(std::size_t c) const {
    return 1 / (1 + static_cast<double>(std::max(rows_[c].size(), std::size_t{2})));
  }
  bool is_labelled(std::size_t c) const { return size_.row * label_place(c) >= 24; }

  void line_labels(std::string& text, std::size_t c) const {
    if (!is_labelled(c)) return;
    const double at = label_place(c);
    each_line(c, [&](const Connection& connection, std::size_t from, std::size_t to) {
      const double left = y(c - 1, from);
      text += on_plate(connection.lit ? "weight way" : "weight", connection.weight.symbol,
                       label(connection.weight), x(c - 1) + at * size_.gap,
                       left + at * (y(c, to) - left) + 4);
    });
  }

  void neurons(std::string& text, std::size_t c) const {
    const Column& column = diagram_.columns[c];
    text += fmt::format("<text class=\"column\" x=\"{:g}\" y=\"22\">{}</text>\n", x(c),
                        plain(column.title));
    for (std::size_t row = 0; row < rows_[c].size(); ++row) {
      if (rows_[c][row] != ellipsis) {
        neuron(text, column.neurons[rows_[c][row]], x(c), y(c, row));
        continue;
      }
      text += fmt::format("<text class=\"more\" x=\"{:g}\" y=\"{:g}\">⋮ +{}</text>\n", x(c),
                          y(c, row) + 5, column.neurons.size() + 1 - rows_[c].size());
    }
  }

  void neuron(std::string& text, const Neuron& neuron, double x, double y) const {
    text += fmt::format(
        "<g class=\"neuron{}\"><circle cx=\"{:g}\" cy=\"{:g}\" r=\"{:g}\"/>"
        "<text x=\"{:g}\" y=\"{:g}\">{}</text></g>\n",
        neuron.lit ? " way" : "", x, y, size_.radius, x, y + 5, symbol(neuron.output.symbol));
    double below = y + size_.radius + 15;
    text += fmt::format("<text class=\"value\" x=\"{:g}\" y=\"{:g}\">{}</text>\n", x, below,
                        label(neuron.output));
    if (tallest_ > 5) return;
    if (neuron.target)
      text += fmt::format("<text class=\"target\" x=\"{:g}\" y=\"{:g}\">{} {}</text>\n", x,
                          below += 16, html_escaped(phrase(Phrase::target, options_.language)),
                          label(*neuron.target));
    if (neuron.bias)
      text += on_plate("weight", neuron.bias->symbol, label(*neuron.bias), x, y - size_.radius - 8);
  }

  const Diagram& diagram_;
  const ExplainOptions& options_;
  std::vector<std::vector<std::size_t>> rows_;  // by column
  std::size_t tallest_ = 1;
  double heaviest_ = 0;
  bool any_lit_ = false;
  Measures size_;
};

}  // namespace

std::string svg(const Diagram& diagram, const ExplainOptions& options) {
  return Drawing(diagram, options).svg();
}

}  // namespace chainrule::page
