// The page as a complete LaTeX document: pdflatex compiles it in both languages.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "explain/write/escape.h"
#include "explain/write/matrices.h"
#include "explain/write/notation.h"

namespace chainrule::page {
namespace {

// A row of an aligned formula holds about so many characters of LaTeX source before it is broken.
constexpr std::size_t row_length = 150;

class LatexWriter {
 public:
  explicit LatexWriter(const ExplainOptions& options) : options_(options) {}

  std::string write(const Page& page) {
    bool numbered = false;
    for (const Section& section : page.sections) {
      text_ += fmt::format("\n\\section{}{{{}}}\n", numbered ? "" : "*", said(section.title));
      numbered = true;
      for (const Block& block : section.blocks)
        std::visit([this](const auto& b) { this->block(b); }, block);
    }
    return preamble(page) + text_ + "\n\\end{document}\n";
  }

 private:
  std::string preamble(const Page& page) const {
    const std::string title = said(page.title);
    // kotex sets Hangul under pdflatex, with fonts of its own.
    const bool korean = options_.language == Language::ko || has_hangul(title) || has_hangul(text_);
    return "\\documentclass[a4paper,10pt]{article}\n" +
           std::string(korean ? "\\usepackage{kotex}\n" : "\\usepackage[utf8]{inputenc}\n") +
           "\\usepackage{amsmath}\n"
           "\\usepackage[margin=25mm]{geometry}\n"
           "\\allowdisplaybreaks\n"
           "\\setlength{\\parindent}{0pt}\n"
           "\\setlength{\\parskip}{4pt}\n" +
           (text_.find("pmatrix") == std::string::npos ? ""
                                                       : "\\setcounter{MaxMatrixCols}{1000}\n") +
           fmt::format(
               "\\title{{{}}}\n\\author{{}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n",
               title);
  }

  std::string said(const Sentence& words) const {
    return sentence(words, options_,
                    {true, latex_escaped,
                     [](const std::string& text) { return latex_escaped(short_name(text)); },
                     [](const std::string& formula) { return "$" + formula + "$"; }});
  }

  void block(const Sentence& words) { text_ += "\n" + said(words) + "\n"; }
  void block(const Heading& heading) {
    text_ += fmt::format("\n\\subsection*{{{}}}\n", said(heading.sentence));
  }

  void block(const Group& group) {
    std::vector<std::string> rows;
    for (const Line& line : group) {
      const std::vector<std::string> parts = equation(line, options_, true);
      std::string row = parts[0];
      // What is short stays on one row.
      std::size_t length = row.size();
      for (std::size_t i = 1; i < parts.size(); ++i) {
        const bool fits = i == 1 || length + parts[i].size() < row_length / 2;
        if (!fits) {
          rows.push_back(row);
          row.clear();
          length = 0;
        }
        row += (i == 1 || !fits ? " &= " : " = ") + broken(parts[i]);
        length += parts[i].size();
      }
      rows.push_back(row);
    }
    text_ += fmt::format("\\begin{{align*}}\n{}\n\\end{{align*}}\n", fmt::join(rows, " \\\\\n"));
  }

  // Each part on a row of its own: a page is no wider than that.
  void block(const MatrixLine& line) {
    std::vector<std::string> parts = equation(line, options_, true);
    const std::string symbol = parts.front();
    parts.erase(parts.begin());
    text_ += fmt::format("\\begin{{align*}}\n{} &= {}\n\\end{{align*}}\n", symbol,
                         fmt::join(parts, " \\\\\n &= "));
  }

  // A long sum goes on in the next row, below its first operator. Only between brackets' outsides.
  static std::string broken(const std::string& formula) {
    std::string text;
    std::size_t length = 0;
    int depth = 0;
    for (std::size_t i = 0; i < formula.size(); ++i) {
      const char c = formula[i];
      depth += (c == '(' || c == '{' || c == '[') - (c == ')' || c == '}' || c == ']');
      if (depth == 0 && length > row_length && (formula.compare(i, 3, " + ") == 0)) {
        text += " \\\\\n &\\quad";
        length = 0;
      }
      text += c;
      ++length;
    }
    return text;
  }

  void block(const Listing& listing) {
    text_ += fmt::format("\n{} ", latex_escaped(phrase(listing.title, options_.language)));
    std::vector<std::string> items;
    for (const Quantity& quantity : listing.quantities)
      items.push_back(fmt::format("${} = {}$",
                                  latex_symbol(quantity.symbol, options_.language).text,
                                  number(quantity, options_, true).text));
    text_ += fmt::format("{}\n", fmt::join(items, ", "));
  }

  void block(const Table& table) {
    // Rows of their own rather than one tabular, which could not go over the page's end.
    text_ += "\n\\begin{center}\n";
    constexpr std::size_t rows_per_table = 40;
    for (std::size_t first = 0; first < table.rows.size(); first += rows_per_table) {
      std::vector<std::string> header;
      for (const Phrase word : table.header)
        header.push_back(latex_escaped(phrase(word, options_.language)));
      for (const Quantity& column : table.columns)
        header.push_back("$" + latex_symbol(column.symbol, options_.language).text + "$");
      text_ += fmt::format("\\begin{{tabular}}{{l{}}}\n{} \\\\\n\\hline\n",
                           std::string(header.size() - 1, 'r'), fmt::join(header, " & "));
      const std::size_t end = std::min(table.rows.size(), first + rows_per_table);
      for (std::size_t r = first; r < end; ++r)
        text_ += row(table.rows[r], table.labels.empty() ? "" : table.labels[r]);
      text_ += "\\end{tabular}\n\n";
    }
    text_ += "\\end{center}\n";
  }

  std::string row(const std::vector<Quantity>& quantities, const std::string& label) const {
    std::string text =
        label.empty()
            ? fmt::format("${}$", latex_symbol(quantities[0].symbol, options_.language).text)
            : latex_escaped(short_name(label));
    for (const Quantity& quantity : quantities)
      text += fmt::format(" & ${}$", number(quantity, options_, true).text);
    return text + " \\\\\n";
  }

  const ExplainOptions& options_;
  std::string text_;
};

}  // namespace

std::string write_latex(const Page& page, const ExplainOptions& options) {
  return LatexWriter(options).write(page);
}

}  // namespace chainrule::page
