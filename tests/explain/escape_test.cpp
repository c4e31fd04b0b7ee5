// Names from data are text in every format, and nothing else.
#include "explain/write/escape.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "data/temporary_folder.h"
#include "explain/hostile_names.h"
#include "explain/latex.h"
#include "explain/markup.h"
#include "explain/page/page.h"

namespace chainrule {
namespace {

using page::Given;
using testing::HasSubstr;

// A page with the name in all places where a name can be: titles, headings, sentences, captions.
page::Page page_naming(const std::string& name) {
  page::Page page;
  page.title = {Phrase::where_from, {Given{name}, std::int64_t{1}}};
  page.is_of_run = true;
  page.diagram = page::Diagram{{Phrase::diagram_lit, {Given{name}}},
                               {{Phrase::diagram_lit, {Given{name}}}},
                               {{{Phrase::diagram_lit, {Given{name}}}, {{{"x1", 1}}}}}};
  page::Section section{{Phrase::where_from, {Given{name}, std::int64_t{2}}}, {}};
  section.blocks.emplace_back(page::Heading{{Phrase::where_from, {Given{name}, std::int64_t{3}}}});
  section.blocks.emplace_back(page::Sentence{
      Phrase::sample_at_line, {std::int64_t{4}, std::int64_t{5}, Given{name}, Given{name}}});
  section.blocks.emplace_back(page::Sentence{Phrase::input_about, {std::int64_t{6}, Given{name}}});
  section.blocks.emplace_back(page::Group{{{"E", 0.5}, {}}});
  page.sections.push_back(std::move(section));
  return page;
}

std::string with(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

const std::string plain = "Plain";

std::string written(const std::string& name, PageFormat format, Language language = Language::en) {
  return page::explained(page_naming(name), {.format = format, .language = language}).page;
}

TEST(Escape, APageOfAHostileNameIsThatOfAPlainOneWithTheEscapeInItsPlace) {
  for (const Language language : {Language::en, Language::ko})
    for (const std::string& name : hostile_names()) {
      SCOPED_TRACE(name);
      const std::string short_name = page::short_name(name);
      EXPECT_EQ(written(name, PageFormat::markdown, language),
                with(written(plain, PageFormat::markdown, language), plain,
                     page::markdown_escaped(short_name)));
      EXPECT_EQ(
          written(name, PageFormat::html, language),
          with(written(plain, PageFormat::html, language), plain, page::html_escaped(short_name)));
      std::string latex =
          with(written(plain, PageFormat::latex, language), plain, page::latex_escaped(short_name));
      if (page::has_hangul(name))
        latex = with(latex, "\\usepackage[utf8]{inputenc}", "\\usepackage{kotex}");
      EXPECT_EQ(written(name, PageFormat::latex, language), latex);
    }
}

TEST(Escape, EveryFormatIsHarmlessToATerminal) {
  for (const std::string& name : hostile_names())
    for (const PageFormat format : {PageFormat::text, PageFormat::markdown, PageFormat::latex,
                                    PageFormat::html, PageFormat::json}) {
      const std::string page = written(name, format);
      EXPECT_TRUE(is_harmless(page)) << name << "\n" << page;
    }
}

TEST(Escape, ANameIsNoneOfTheEnginesWords) {
  EXPECT_THAT(written("adam", PageFormat::text), HasSubstr("target adam."));
}

// Letters, digits, some signs and entities: nothing that begins or ends any markup of Markdown.
bool is_plain_markdown(const std::string& text) {
  const auto is_letter = [&](std::size_t i) {
    return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0 ||
                               static_cast<unsigned char>(text[i]) >= 0x80);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_letter(i) || std::string(" ,;%/?'\"").find(text[i]) != std::string::npos) continue;
    if (std::string("-_.").find(text[i]) != std::string::npos && is_letter(i - 1) &&
        is_letter(i + 1))
      continue;
    if (text.compare(i, 2, "&#") != 0) return false;
    for (i += 2; text[i] != ';'; ++i)
      if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

TEST(EscapeMarkdown, LeavesNoSignThatIsMarkup) {
  for (const std::string& name : hostile_names()) {
    const std::string text = page::markdown_escaped(page::short_name(name));
    EXPECT_TRUE(is_plain_markdown(text)) << text;
    // And a reader sees the name.
    std::string read;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text.compare(i, 2, "&#") != 0) {
        read += text[i];
        continue;
      }
      read += static_cast<char>(std::stoi(text.substr(i + 2)));
      i = text.find(';', i);
    }
    EXPECT_EQ(read, page::short_name(name));
  }
  EXPECT_EQ(page::markdown_escaped("sepal_length-2.5 cm"), "sepal_length-2.5 cm");
  EXPECT_EQ(page::markdown_escaped("꽃잎_길이"), "꽃잎_길이");
  EXPECT_EQ(page::markdown_escaped("_a_ -b 1. c"), "&#95;a&#95; &#45;b 1&#46; c");
}

TEST(EscapeHtml, IsTextAndAttributeOfTheSameNameInAnXmlReader) {
  for (const std::string& name : hostile_names()) {
    SCOPED_TRACE(name);
    const std::string shown = visible(page::short_name(name));
    const MarkupElement document = parse_markup(written(name, PageFormat::html));
    EXPECT_THAT(document.all("h1").at(0)->text, HasSubstr(shown));
    EXPECT_THAT(document.all("h3").at(0)->text, HasSubstr(shown));
    EXPECT_THAT(document.all("figure").at(0)->all("div").at(0)->attribute("aria-label"),
                HasSubstr(shown));
    EXPECT_EQ(document.all("script").size(), 0u);
  }
}

TEST(EscapeJson, GivesTheWholeNameBack) {
  for (const std::string& name : hostile_names()) {
    const auto json = nlohmann::json::parse(written(name, PageFormat::json));
    EXPECT_EQ(json["sections"][0]["text"][1], "Input 6 is " + name + ".");
  }
}

TEST(EscapeLatex, SpeltOut) {
  EXPECT_EQ(page::latex_escaped("\\input{a_b}"), "\\textbackslash{}input\\{a\\_b\\}");
  EXPECT_EQ(page::latex_escaped("a\nb\x1B\x7F"),
            "a\\textasciicircum{}Jb\\textasciicircum{}[\\textasciicircum{}?");
  EXPECT_EQ(page::latex_escaped("--x `` é 한 😀 \u202E"), "-{}-x {`}{`} é 한 U+1F600 U+FFFD");
}

// What pdflatex has against the page, or wrote beside it; "" if nothing.
std::string complaint(const std::string& page) {
  const TemporaryFolder folder;
  folder.write("page.tex", page);
  const bool compiled = succeeds("cd '" + folder.path() +
                                 "' && pdflatex -interaction=nonstopmode -halt-on-error page.tex");
  std::ifstream log(folder.file("page.log"), std::ios::binary);
  std::string all;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("!") || line.find("Missing character") != std::string::npos) return line;
    all += line + "\n";
  }
  if (!compiled) return "pdflatex failed:\n" + all;
  const std::set<std::string> own{"page.tex", "page.log", "page.aux", "page.pdf"};
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (!own.contains(entry.path().filename().string()))
      return "it wrote " + entry.path().filename().string();
  return "";
}

// One page about all of them: each is a sample's target, the file's name, and a title.
page::Page page_of(const std::vector<std::string>& names) {
  page::Page page = page_naming(names.front());
  for (const std::string& name : names) page.sections.push_back(page_naming(name).sections[0]);
  return page;
}

TEST(EscapeLatex, CompilesWithEveryHostileNameAndWritesNoFileOfItsOwn) {
  if (!succeeds("command -v pdflatex")) GTEST_SKIP() << "pdflatex is not installed";
  std::vector<std::string> names = hostile_names();
  names.emplace_back("caf\xE9 \x80\xFF");  // a file's name need not be UTF-8
  std::vector<std::string> without_hangul = names;
  std::erase_if(without_hangul, [](const std::string& name) { return page::has_hangul(name); });
  EXPECT_EQ(complaint(page::explained(page_of(without_hangul), {.format = PageFormat::latex}).page),
            "");
  if (!succeeds("kpsewhich kotex.sty"))
    GTEST_SKIP() << "kotex, LaTeX's package for Korean, is not installed";
  for (const Language language : {Language::en, Language::ko})
    EXPECT_EQ(complaint(page::explained(page_of(names),
                                        {.format = PageFormat::latex, .language = language})
                            .page),
              "");
}

// The lists of characters in escape.cpp are pdflatex's, whatever version is installed.
TEST(EscapeLatex, CompilesWithEveryCharacterThatItPassesOn) {
  if (!succeeds("command -v pdflatex")) GTEST_SKIP() << "pdflatex is not installed";
  std::vector<std::string> names;
  for (int code = 0xA0; code < 0x2500; ++code) {
    const std::string text = code < 0x800
                                 ? std::string{static_cast<char>(0xC0 | code >> 6),
                                               static_cast<char>(0x80 | (code & 0x3F))}
                                 : std::string{static_cast<char>(0xE0 | code >> 12),
                                               static_cast<char>(0x80 | (code >> 6 & 0x3F)),
                                               static_cast<char>(0x80 | (code & 0x3F))};
    if (page::latex_escaped(text) == text) names.push_back(text);
  }
  EXPECT_GT(names.size(), 200u);
  EXPECT_EQ(complaint(page::explained(page_of(names), {.format = PageFormat::latex}).page), "");
}

}  // namespace
}  // namespace chainrule
