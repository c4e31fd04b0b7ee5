// The page as one HTML document that needs nothing else: no network, and no script but for an
// exercise, which tells what is wrong with an answer; it can be read without. It is well-formed
// XML, so that other programs can read it too.
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "explain/write/html.h"
#include "explain/write/matrices.h"
#include "explain/write/notation.h"

namespace chainrule::page {
namespace {

class HtmlWriter {
 public:
  explicit HtmlWriter(const ExplainOptions& options) : options_(options) {}

  std::string write(const Page& page) {
    const std::string title = plain(page.title);
    blanks_ = page.blanks;
    text_ = fmt::format("<header>\n<h1>{}</h1>\n</header>\n<main>\n", heading(page.title));
    if (page.diagram) figure(*page.diagram);
    contents(page.sections);
    for (std::size_t i = 0; i < page.sections.size(); ++i) section(page.sections[i], i);
    text_ += "</main>\n";
    if (!page.blanks.empty())
      text_ += "<script>\n" + exercise_script(options_.language) + "</script>\n";
    return html_document(title, options_.language, text_);
  }

 private:
  static std::string named(const std::string& text) { return html_escaped(short_name(text)); }
  std::string said(const Sentence& words) const {
    return sentence(words, options_, {true, html_escaped, named, mathml});
  }
  std::string plain(const Sentence& words) const {
    return sentence(words, options_, {false, html_escaped, named, html_escaped});
  }
  // 2-2-2 is one word.
  std::string heading(const Sentence& words) const {
    std::string text = said(words);
    for (std::size_t i = text.size(); i-- > 2;)
      if (text[i - 1] == '-' && text[i] >= '0' && text[i] <= '9') text.replace(i - 1, 1, "\u2011");
    return text;
  }
  std::string said(Phrase words) const { return html_escaped(phrase(words, options_.language)); }
  std::string symbol(const Quantity& quantity) const {
    return mathml(latex_symbol(quantity.symbol, options_.language).text);
  }

  // A header that is a formula only has words for those who do not see it.
  std::string header(const char* scope, const Quantity& quantity) const {
    return fmt::format(
        "<th scope=\"{}\"><span class=\"spoken\">{}</span><span "
        "aria-hidden=\"true\">{}</span></th>",
        scope, html_escaped(text_symbol(quantity.symbol, options_.language).text),
        symbol(quantity));
  }

  void figure(const Diagram& diagram) {
    std::vector<std::string> caption;
    for (const Sentence& words : diagram.caption) caption.push_back(said(words));
    text_ += fmt::format(
        "<figure>\n<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
        "aria-label=\"{}\">\n{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
        plain(diagram.title), svg(diagram, options_), fmt::join(caption, " "));
  }

  // As in the other formats, what everything else is about has no number.
  std::string title(const Section& section, std::size_t number) const {
    return number == 0 ? said(section.title) : fmt::format("{}. {}", number, said(section.title));
  }

  void contents(const std::vector<Section>& sections) {
    text_ += fmt::format("<nav aria-label=\"{}\">\n<ul>\n", said(Phrase::contents));
    for (std::size_t i = 0; i < sections.size(); ++i)
      text_ += fmt::format("<li><a href=\"#section-{}\">{}</a></li>\n", i, title(sections[i], i));
    text_ += "</ul>\n</nav>\n";
  }

  void section(const Section& section, std::size_t number) {
    caption_ = plain(section.title);
    const bool folded =
        section.title.phrase == Phrase::exercise_title;  // nobody should see it first
    text_ += fmt::format(
        "<section id=\"section-{0}\" aria-labelledby=\"title-{0}\">\n<details{2}>\n"
        "<summary><h2 id=\"title-{0}\">{1}</h2></summary>\n",
        number, title(section, number), folded ? "" : " open=\"open\"");
    for (const Block& block : section.blocks)
      std::visit([this](const auto& b) { this->block(b); }, block);
    close_heading();
    text_ += "</details>\n</section>\n";
  }

  void close_heading() {
    if (std::exchange(under_heading_, false)) text_ += "</details>\n";
  }

  // All up to the next heading folds away under it.
  void block(const Heading& heading) {
    close_heading();
    caption_ = plain(heading.sentence);
    text_ += fmt::format("<details open=\"open\">\n<summary><h3>{}</h3></summary>\n",
                         said(heading.sentence));
    under_heading_ = true;
  }

  void block(const Sentence& words) {
    const char* kind = words.phrase == Phrase::passed   ? " class=\"passed\""
                       : words.phrase == Phrase::failed ? " class=\"failed\""
                                                        : "";
    text_ += fmt::format("<p{}>{}</p>\n", kind, said(words));
  }

  // Lines that are wider than a phone scroll, and the keyboard reaches them.
  void block(const Group& group) {
    text_ += fmt::format(
        "<div class=\"lines scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{}\">\n", caption_);
    for (const Line& line : group) {
      const std::vector<std::string> parts = equation(line, options_, true);
      text_ +=
          fmt::format("<p><span class=\"left\">{}</span><span class=\"right\">", mathml(parts[0]));
      for (std::size_t i = 1; i < parts.size(); ++i)
        text_ += fmt::format("<span class=\"{}\">{}<span class=\"terms\">{}</span></span> ",
                             i + 1 == parts.size() ? "value" : "part", mathml("="),
                             i + 1 == parts.size() && line.quantity.blank > 0 &&
                                     asked_.insert(line.quantity.blank).second
                                 ? question(line.quantity.blank)
                                 : mathml_terms(parts[i]));
      text_ += "</span></p>\n";
    }
    text_ += "</div>\n";
  }

  // Wide ones scroll by themselves, as tables do.
  void block(const MatrixLine& line) {
    const std::vector<std::string> parts = equation(line, options_, true);
    text_ += fmt::format(
        "<div class=\"lines scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{}\">\n<p><span "
        "class=\"left\">{}</span><span class=\"right\">",
        html_escaped(text_symbol(line.result.symbol, options_.language).text), mathml(parts[0]));
    for (std::size_t i = 1; i < parts.size(); ++i)
      text_ += fmt::format("<span class=\"{}\">{}{}</span> ",
                           i + 1 == parts.size() ? "value" : "part", mathml("="), mathml(parts[i]));
    text_ += "</span></p>\n</div>\n";
  }

  // Where the reader writes the number, and is answered.
  std::string question(int number) const {
    const Blank& blank = blanks_[static_cast<std::size_t>(number) - 1];
    std::string wrong;
    for (const KnownWrong& each : blank.wrong)
      wrong += fmt::format("{}[{}, \"{}\"]", wrong.empty() ? "" : ", ", each.value,
                           name_of(each.mistake));
    const std::string label = chainrule::said(Phrase::exercise_blank, options_.language, number);
    return fmt::format(
        "<label class=\"question\">{0} <input type=\"text\" inputmode=\"decimal\" "
        "autocomplete=\"off\" data-right=\"{1}\" data-digits=\"{2}\" data-wrong=\"{3}\"/></label> "
        "<output></output>",
        html_escaped(label), blank.solution.value, options_.digits,
        html_escaped("[" + wrong + "]"));
  }

  // Many numbers fold away until they are asked for.
  void block(const Listing& listing) {
    constexpr std::size_t many = 40;
    const bool folds = listing.quantities.size() > many;
    text_ +=
        folds ? fmt::format("<details class=\"listing\">\n<summary>{} {}</summary>\n<ul>\n",
                            said(listing.title), listing.quantities.size())
              : fmt::format("<div class=\"listing\"><span>{}</span>\n<ul>\n", said(listing.title));
    for (const Quantity& quantity : listing.quantities)
      text_ += fmt::format("<li>{}</li>\n",
                           mathml(latex_symbol(quantity.symbol, options_.language).text + " = " +
                                  number(quantity, options_, true).text));
    text_ += folds ? "</ul>\n</details>\n" : "</ul>\n</div>\n";
  }

  // A wide table scrolls in a box of its own, which the keyboard reaches.
  void block(const Table& table) {
    text_ += fmt::format(
        "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{0}\">\n<table>\n"
        "<caption>{0}</caption>\n<thead><tr>",
        caption_);
    for (const Phrase words : table.header)
      text_ += fmt::format("<th scope=\"col\">{}</th>", said(words));
    for (const Quantity& column : table.columns) text_ += header("col", column);
    text_ += "</tr></thead>\n<tbody>\n";
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      const auto& row = table.rows[r];
      text_ += table.labels.empty()
                   ? "<tr>" + header("row", row[0])
                   : fmt::format("<tr><th scope=\"row\">{}</th>", named(table.labels[r]));
      for (const Quantity& quantity : row)
        text_ += fmt::format("<td>{}</td>", mathml(number(quantity, options_, true).text));
      text_ += "</tr>\n";
    }
    text_ += "</tbody>\n</table>\n</div>\n";
  }

  const ExplainOptions& options_;
  std::string text_;
  std::vector<Blank> blanks_;
  std::set<int> asked_;  // blanks that have their question already
  std::string caption_;  // the last heading: what a table below it is about
  bool under_heading_ = false;
};

}  // namespace

std::string html_document(const std::string& title, Language language, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta name=\"color-scheme\" content=\"light dark\"/>\n"
      "<meta name=\"generator\" content=\"Chainrule\"/>\n"
      "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{}</body>\n</html>\n",
      language == Language::ko ? "ko" : "en", title, stylesheet, body);
}

std::string write_html(const Page& page, const ExplainOptions& options) {
  return HtmlWriter(options).write(page);
}

}  // namespace chainrule::page
