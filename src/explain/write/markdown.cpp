// The page as GitHub shows it: formulas in ```math fences, where Markdown's own signs mean nothing,
// and in $`...`$ inside sentences.
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "explain/write/escape.h"
#include "explain/write/matrices.h"
#include "explain/write/notation.h"

namespace chainrule::page {
namespace {

class MarkdownWriter {
 public:
  explicit MarkdownWriter(const ExplainOptions& options) : options_(options) {}

  std::string write(const Page& page) {
    text_ = fmt::format("# {}\n", said(page.title));
    int number = 0;
    for (const Section& section : page.sections) {
      const std::string words = said(section.title);
      text_ += number == 0 ? fmt::format("\n## {}\n", words)
                           : fmt::format("\n## {}. {}\n", number, words);
      ++number;
      for (const Block& block : section.blocks)
        std::visit([this](const auto& b) { this->block(b); }, block);
    }
    return std::move(text_);
  }

 private:
  static std::string math(const std::string& formula) { return "$`" + formula + "`$"; }

  std::string said(const Sentence& words) const {
    return sentence(
        words, options_,
        {true, [](const std::string& text) { return text; },
         [](const std::string& text) { return markdown_escaped(short_name(text)); }, math});
  }

  void block(const Sentence& words) { text_ += "\n" + said(words) + "\n"; }
  void block(const Heading& heading) { text_ += "\n### " + said(heading.sentence) + "\n"; }

  void block(const Group& group) { aligned(group); }
  void block(const MatrixLine& line) { aligned(std::array{line}); }

  void aligned(const auto& lines) {
    std::vector<std::string> rows;
    for (const auto& line : lines) {
      std::vector<std::string> parts = equation(line, options_, true);
      const std::string symbol = std::move(parts.front());
      parts.erase(parts.begin());
      std::size_t length = symbol.size();
      for (const std::string& part : parts) length += part.size();
      // What is long has each of its parts on a row of its own.
      rows.push_back(
          fmt::format("{} &= {}", symbol, fmt::join(parts, length > 120 ? " \\\\\n&= " : " = ")));
    }
    text_ += fmt::format("\n```math\n\\begin{{aligned}}\n{}\n\\end{{aligned}}\n```\n",
                         fmt::join(rows, " \\\\\n"));
  }

  void block(const Listing& listing) {
    std::vector<std::string> items;
    for (const Quantity& quantity : listing.quantities)
      items.push_back(
          math(fmt::format("{} = {}", latex_symbol(quantity.symbol, options_.language).text,
                           number(quantity, options_, true).text)));
    text_ +=
        fmt::format("\n{} {}\n", phrase(listing.title, options_.language), fmt::join(items, ", "));
  }

  void block(const Table& table) {
    std::vector<std::string> header;
    for (const Phrase word : table.header) header.emplace_back(phrase(word, options_.language));
    for (const Quantity& column : table.columns)
      header.push_back(math(latex_symbol(column.symbol, options_.language).text));
    text_ += fmt::format("\n| {} |\n|:--|", fmt::join(header, " | "));
    for (std::size_t c = 1; c < header.size(); ++c) text_ += "--:|";
    text_ += "\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const auto& row = table.rows[r];
      text_ +=
          "| " + (table.labels.empty() ? math(latex_symbol(row[0].symbol, options_.language).text)
                                       : markdown_escaped(short_name(table.labels[r])));
      for (const Quantity& quantity : row)
        text_ += " | " + math(number(quantity, options_, true).text);
      text_ += " |\n";
    }
  }

  const ExplainOptions& options_;
  std::string text_;
};

}  // namespace

std::string write_markdown(const Page& page, const ExplainOptions& options) {
  return MarkdownWriter(options).write(page);
}

}  // namespace chainrule::page
