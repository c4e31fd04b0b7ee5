// The page for a terminal of 80 columns.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "explain/write/escape.h"
#include "explain/write/matrices.h"
#include "explain/write/notation.h"

namespace chainrule::page {
namespace {

constexpr int columns = 80;

// Columns on a terminal: two for Hangul and its like, one for the rest that the page uses.
int width_of(std::string_view text) {
  int total = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) == 0x80) continue;  // inside a character
    // Three-byte characters from U+1100: Hangul and CJK; mathematical signs (U+2000..) are narrow.
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
    if (byte == 0xCC || (byte == 0xCD && next < 0xB0)) continue;  // a mark on the letter before it
    const int code = (byte & 0xF0) == 0xE0 ? ((byte & 0x0F) << 12) | ((next & 0x3F) << 6) : 0;
    const bool wide = (code >= 0x1100 && code < 0x1180) || (code >= 0x2E80 && code < 0xFB00);
    total += wide ? 2 : 1;
  }
  return total;
}

std::string spaces(int count) {
  return std::string(static_cast<std::size_t>(std::max(count, 0)), ' ');
}

// Fills lines with words; all lines but the first start with `indent` spaces. `used` columns of the
// first are taken.
std::string filled(const std::vector<std::string>& words, int used, int indent) {
  std::string text;
  int column = used;
  for (const std::string& word : words) {
    const bool start = text.empty();
    if (!start && column + 1 + width_of(word) > columns) {
      text += "\n" + spaces(indent) + word;
      column = indent + width_of(word);
    } else {
      text += (start ? "" : " ") + word;
      column += (start ? 0 : 1) + width_of(word);
    }
  }
  return text;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto space = text.find(' ');
    if (space != 0) words.emplace_back(text.substr(0, space));
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return words;
}

// Cuts a formula before these operators, where they stand outside of brackets.
std::vector<std::string> cut(const std::string& formula,
                             const std::vector<std::string>& operators) {
  std::vector<std::string> pieces(1);
  int depth = 0;
  for (const std::string& word : words_of(formula)) {
    const bool here = depth == 0 && !pieces.back().empty() &&
                      std::ranges::find(operators, word) != operators.end();
    if (here) pieces.emplace_back();
    pieces.back() += (pieces.back().empty() ? "" : " ") + word;
    for (const char c : word) depth += (c == '(' || c == '[') - (c == ')' || c == ']');
  }
  return pieces;
}

// A formula in pieces that fit `room` columns if that can be had: cut at sums first, then at
// products, then anywhere.
std::vector<std::string> breakable(const std::string& formula, int room) {
  std::vector<std::string> pieces;
  for (const std::string& term : cut(formula, {"+", "-"}))
    for (const std::string& factor :
         width_of(term) <= room ? std::vector{term} : cut(term, {"×", "/"})) {
      const std::vector<std::string> words =
          width_of(factor) <= room ? std::vector{factor} : words_of(factor);
      pieces.insert(pieces.end(), words.begin(), words.end());
    }
  return pieces;
}

// Matrices stand beside each other, from the formula's own line down; what has no room left goes on
// below, behind the first equals sign.
class Canvas {
 public:
  explicit Canvas(int indent) : indent_(indent) {}

  bool has_room(int width) const { return width_ + width <= columns; }
  void add(const std::vector<std::string>& box) {
    lines_.resize(std::max(lines_.size(), box.size()));
    int width = 0;
    for (std::size_t i = 0; i < box.size(); ++i) {
      lines_[i] += spaces(width_ - width_of(lines_[i])) + box[i];
      width = std::max(width, width_of(box[i]));
    }
    width_ += width;
  }
  // Inside of a formula, behind a blank line: else two matrices would be one.
  void next_line(int behind = 0) {
    text_ += written() + (behind > 0 || lines_.size() < 2 ? "" : "\n");
    lines_.clear();
    width_ = behind > 0 ? behind : indent_;
  }
  std::string text() { return text_ + written(); }

 private:
  std::string written() const {
    std::string text;
    for (const std::string& line : lines_)
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    return text;
  }

  std::string text_;
  std::vector<std::string> lines_;  // of which all begin at the left
  int width_ = 2, indent_;
};

std::vector<std::string> lines_in(std::string_view text) {
  std::vector<std::string> lines(1);
  for (const char c : text)
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  return lines;
}

using Box = std::vector<std::string>;  // of lines

// Matrices of a part, each with what stands before it, and what stands behind the last.
std::vector<std::vector<Box>> boxes(std::string_view part) {
  std::vector<std::vector<Box>> all;
  while (!part.empty()) {
    auto& group = all.emplace_back();
    const std::size_t begin = std::min(part.find(matrix_begin), part.size());
    group.push_back({std::string(part.substr(0, begin))});
    part.remove_prefix(begin);
    if (part.empty()) break;
    const std::size_t end = part.find(matrix_end);
    group.push_back(lines_in(part.substr(1, end - 1)));
    part.remove_prefix(end + 1);
  }
  return all;
}

int width_of(const std::vector<Box>& group) {
  int width = 0;
  for (const Box& box : group)
    width += width_of(
        *std::ranges::max_element(box, {}, [](const std::string& line) { return width_of(line); }));
  return width;
}

std::string side_by_side(const std::vector<std::string>& parts) {
  const int indent = 2 + width_of(parts[0]);
  Canvas canvas(indent + 3);
  canvas.add({parts[0]});
  bool is_cut = false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto all = boxes(parts[i]);
    int width = 3;
    for (const auto& group : all) width += width_of(group);
    if (i > 1 && (is_cut || !canvas.has_room(width))) canvas.next_line(indent);
    canvas.add({" = "});
    is_cut = false;
    for (const auto& group : all) {
      if (&group != &all.front() && !canvas.has_room(width_of(group))) {
        canvas.next_line();
        is_cut = true;
      }
      for (const Box& box : group) canvas.add(box);
    }
  }
  return canvas.text();
}

std::string paragraph(const std::string& text) { return filled(words_of(text), 0, 0) + "\n"; }

class TextWriter {
 public:
  explicit TextWriter(const ExplainOptions& options) : options_(options) {}

  std::string write(const Page& page) {
    title(said(page.title), '=');
    int number = 0;
    for (const Section& section : page.sections) {
      const std::string words = said(section.title);
      // The network itself is what everything else is about; it has no number.
      title(number == 0 ? words : fmt::format("{}. {}", number, words), '-');
      ++number;
      for (const Block& block : section.blocks)
        std::visit([this](const auto& b) { this->block(b); }, block);
    }
    return std::move(text_);
  }

 private:
  std::string said(const Sentence& words) const {
    const auto same = [](const std::string& text) { return text; };
    return sentence(words, options_,
                    {false, same,
                     [](const std::string& text) { return text_escaped(short_name(text)); }, same});
  }

  void title(const std::string& words, char line) {
    if (!text_.empty()) text_ += "\n\n";
    text_ += words + "\n" + std::string(static_cast<std::size_t>(width_of(words)), line) + "\n";
    after_title_ = true;
  }

  // A blank line between blocks.
  void part() {
    if (!std::exchange(after_title_, false)) text_ += "\n";
  }

  void block(const Sentence& words) {
    part();
    text_ += paragraph(said(words));
  }
  void block(const Heading& heading) {
    part();
    text_ += fmt::format("[{}]\n", said(heading.sentence));
  }

  void block(const Group& group) {
    part();
    for (const Line& line : group) text_ += "  " + lines(equation(line, options_, false)) + "\n";
  }

  // On one line if it fits; otherwise the equals signs stand below each other.
  static std::string lines(const std::vector<std::string>& parts) {
    std::string whole = fmt::format("{}", fmt::join(parts, " = "));
    if (2 + width_of(whole) <= columns) return whole;
    const int indent = 2 + width_of(parts[0]);
    std::string text = parts[0];
    for (std::size_t i = 1; i < parts.size(); ++i)
      text += (i == 1 ? " = " : "\n" + spaces(indent) + " = ") +
              filled(breakable(parts[i], columns - indent - 3), indent + 3, indent + 3);
    return text;
  }

  void block(const MatrixLine& line) {
    part();
    text_ += side_by_side(equation(line, options_, false));
  }

  void block(const Listing& listing) {
    part();
    const std::string head = std::string(phrase(listing.title, options_.language));
    std::vector<std::string> items;
    for (const Quantity& quantity : listing.quantities)
      items.push_back(fmt::format("{} = {},", text_symbol(quantity.symbol, options_.language).text,
                                  number(quantity, options_, false).text));
    items.back().pop_back();
    const int room = width_of(head) + 1;
    text_ += width_of(items[0]) + room > columns / 2 || static_cast<int>(items.size()) > 6
                 ? fmt::format("{}\n  {}\n", head, filled(items, 2, 2))
                 : fmt::format("{} {}\n", head, filled(items, room, 2));
  }

  void block(const Table& table) {
    part();
    std::vector<std::vector<std::string>> cells(1);
    for (const Phrase header : table.header)
      cells[0].emplace_back(phrase(header, options_.language));
    for (const Quantity& column : table.columns)
      cells[0].push_back(text_symbol(column.symbol, options_.language).text);
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const auto& row = table.rows[r];
      cells.push_back({table.labels.empty() ? text_symbol(row[0].symbol, options_.language).text
                                            : text_escaped(short_name(table.labels[r]))});
      for (const Quantity& quantity : row)
        cells.back().push_back(number(quantity, options_, false).text);
    }
    std::vector<int> widths(cells[0].size(), 0);
    for (const auto& row : cells)
      for (std::size_t c = 0; c < row.size(); ++c)
        widths[c] = std::max(widths[c], width_of(row[c]));
    for (const auto& row : cells) {
      std::string line = "  " + row[0] + spaces(widths[0] - width_of(row[0]));
      for (std::size_t c = 1; c < row.size(); ++c)
        line += spaces(widths[c] - width_of(row[c]) + 3) + row[c];
      text_ += line + "\n";
    }
  }

  const ExplainOptions& options_;
  std::string text_;
  bool after_title_ = true;
};

}  // namespace

std::string write_text(const Page& page, const ExplainOptions& options) {
  return TextWriter(options).write(page);
}

}  // namespace chainrule::page
