// Data whose names are made to harm: through every command, in every format.
#include <cstdlib>
#include <set>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "cli/program.h"
#include "data/csv.h"
#include "explain/hostile_names.h"
#include "explain/markup.h"
#include "explain/report/report_script.h"

namespace chainrule::cli {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string cell(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

bool found(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

class HostileNames : public CommandLine {
 protected:
  // Every name is a class, a category and, where it is short, a column.
  void SetUp() override {
    const std::vector<std::string> names = hostile_names();
    std::string csv = cell(names[0] + " a") + "," + cell(names[6]) + "," + cell(names[19]) + "," +
                      cell(names[21]) + "\n";
    for (std::size_t i = 0; i < 6 * names.size(); ++i)
      csv += fmt::format("{},{},{},{}\n", i % names.size(), i % 7,
                         cell(names[(i * 5 + 2) % names.size()]), cell(names[i % names.size()]));
    write(data_, csv);
    expect_harmless(run({"train", data_, "--out", run_, "--epochs", "2", "--threads", "1"}));
  }

  static void expect_harmless(const Outcome& outcome, int code = 0) {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_TRUE(is_harmless(outcome.out)) << outcome.out;
    EXPECT_TRUE(is_harmless(outcome.err)) << outcome.err;
  }

  // The page, in a format; the program has found it right.
  std::string told(Arguments arguments, const std::string& format, const std::string& language) {
    arguments.insert(arguments.end(), {"--format", format, "--lang", language});
    const Outcome outcome = run(arguments);
    expect_harmless(outcome);
    return outcome.out;
  }

  const std::string data_ = "d\x1B[31m<b>$&_\u202E\xFF\n.csv", run_ = "r\x1B[31m<b>$&_'\u202E";
  const std::vector<Arguments> stories_{{"explain", run_, "accuracy"},
                                        {"explain", run_, "loss"},
                                        {"explain", run_, "dense1.weight[0,3]"},
                                        {"trace", run_, "--nan"},
                                        {"explain", run_, "--row", "2"}};
};

TEST_F(HostileNames, PagesAreTextMarkdownAndJsonOnly) {
  for (const Arguments& story : stories_)
    for (const char* language : {"en", "ko"}) {
      told(story, "text", language);
      const std::string markdown = told(story, "markdown", language);
      for (const char* markup : {"<script", "<!--", "](http", "![", "\n- ", "\n1. ", "\n> ", "**",
                                 "\\input", "\\immediate", "| a |", "https:"})
        EXPECT_THAT(markdown, Not(HasSubstr(markup)));
      EXPECT_NO_THROW(static_cast<void>(
          nlohmann::json::parse(told(story, "json", language))["sections"].size()));
    }
}

TEST_F(HostileNames, PagesInHtmlAreWellFormedAndRunNothing) {
  std::vector<std::string> pages;
  for (const Arguments& story : stories_) pages.push_back(told(story, "html", "en"));
  expect_harmless(run({"report", run_, "-o", "page.html"}));
  pages.push_back(read("page.html"));
  pages.push_back(read(run_ + "/report.html"));
  for (const std::string& page : pages) {
    EXPECT_TRUE(is_harmless(page));
    const MarkupElement document = parse_markup(page);
    // A report's script is the program's own: nothing of the data is in it.
    for (const MarkupElement* script : document.all("script")) {
      EXPECT_EQ(script->text, "\n" + page::report_script(Language::en));
      EXPECT_TRUE(script->attributes.empty());
    }
    EXPECT_LE(document.all("script").size(), document.all("dl").size());
    for (const MarkupElement* element : document.all("span"))
      EXPECT_EQ(element->attributes.count("onload"), 0u);
  }
  EXPECT_THAT(pages.back(), HasSubstr("␛[2J␛]0;title␇"));
}

TEST_F(HostileNames, PagesInLatexCompileAndWriteNothing) {
  if (!found("command -v pdflatex") || !found("kpsewhich kotex.sty"))
    GTEST_SKIP() << "pdflatex or its package for Korean, kotex, is not installed";
  for (const Arguments& story : {stories_[0], stories_[2]})
    for (const char* language : {"en", "ko"}) {
      const TemporaryFolder folder;
      folder.write("page.tex", told(story, "latex", language));
      EXPECT_TRUE(found("cd '" + folder.path() +
                        "' && pdflatex -interaction=nonstopmode -halt-on-error page.tex"));
      std::set<std::string> written;
      for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        written.insert(entry.path().filename().string());
      EXPECT_EQ(written, (std::set<std::string>{"page.aux", "page.log", "page.pdf", "page.tex"}));
    }
}

TEST_F(HostileNames, EveryOtherCommandShowsThemAsSymbols) {
  expect_harmless(run({"evaluate", run_, data_}));
  expect_harmless(run({"summary", run_}));
  expect_harmless(run({"explain", run_}));
  expect_harmless(run({"replay", run_, "--to", "1", "-o", "m\x1B\n.safetensors"}));
  expect_harmless(run({"blame", run_, "--suspects", "--top", "200"}));
  expect_harmless(run({"importance", run_}));
  expect_harmless(run({"explain", run_, "--row", "2"}));
  expect_harmless(run({"train", data_, "--out", run_ + "2", "--epochs", "1", "--json"}));
  const auto suspects = json({"blame", run_, "--suspects", "--top", "500", "--json"});
  std::set<std::string> labels;
  for (const auto& suspect : suspects["suspects"]) labels.insert(suspect["label"]);
  for (const std::string& name : hostile_names()) EXPECT_TRUE(labels.contains(name)) << name;
}

TEST_F(HostileNames, ErrorsAreOneLineOfHarmlessText) {
  write("unknown.csv", "a\n\x1B[2J\n");
  write("net.toml", "[network]\ninput = 1\n\"\\u001B[2J\\n\" = 1\n");
  write("word.toml", "[network]\ninput = 1\n[[network.layer]]\ntype = \"\\u009B2J\\u202E\"\n");
  write("bytes.toml", "[network]\n\x1B[2J\xFF = 1\n");
  const std::string evil = "x\x1B[2J\n\u009B\u202E\xFF";
  for (const Arguments& arguments : {Arguments{"explain", run_, evil},
                                     {"explain", evil},
                                     {"explain", "net.toml"},
                                     {"explain", "word.toml"},
                                     {"explain", "bytes.toml"},
                                     {"explain", "word.toml", "--format", evil},
                                     {"summary", "net.toml"},
                                     {"train", evil},
                                     {"train", data_, "--target", evil},
                                     {"train", data_, "--drop", evil},
                                     {"train", data_, "--hidden", evil},
                                     {"train", data_, "--loss", evil},
                                     {"train", "--" + evil},
                                     {"train", data_, "--epochs", evil},
                                     {"train", data_, "--out", run_},
                                     {evil},
                                     {"predict", run_, "unknown.csv"},
                                     {"predict", run_, data_, "-o", data_},
                                     {"predict", evil, data_},
                                     {"evaluate", run_, "unknown.csv"},
                                     {"blame", run_, "--row", evil},
                                     {"blame", run_, "--row", "1"},
                                     {"explain", run_, "--row", "2", "--for", evil},
                                     {"explain", run_, "--row", "2", "--set", evil + "=1"},
                                     {"importance", run_, evil},
                                     {"report", evil},
                                     {"report", run_, "-o", evil + "/x"},
                                     {"trace", run_}}) {
    const Outcome outcome = run(arguments);
    SCOPED_TRACE(outcome.err);
    EXPECT_THAT(outcome.code, AnyOf(2, 3));
    EXPECT_TRUE(outcome.out.empty() || arguments[0] == "replay") << "which has played its step";
    EXPECT_TRUE(is_harmless(outcome.err));
    EXPECT_TRUE(outcome.err.starts_with("chainrule: "));
    EXPECT_EQ(outcome.err.find('\n') + 1, outcome.err.size()) << "one line";
  }
}

// Commands that the program names can be copied: the shell reads back the very path.
TEST_F(HostileNames, CommandsToCopyNameTheRightFolder) {
  const std::string out = output({"train", data_, "--out", run_ + "3", "--epochs", "1"});
  const std::string begin = "\n  chainrule explain ", end = " loss  ";
  const std::size_t from = out.find(begin) + begin.size();
  ASSERT_LT(from, out.size());
  const std::string word = out.substr(from, out.find(end, from) - from);
  write("say.sh", "printf %s " + word);
  ASSERT_TRUE(found("(cd '" + folder_.path() + "' && LC_ALL=C bash say.sh > said)"));
  EXPECT_EQ(read("said"), run_ + "3");
}

class HostilePredictions : public CommandLine {
 protected:
  void SetUp() override {
    std::string csv = "x," + cell("=k\x1B") + "\n";
    for (int i = 0; i < 80; ++i)
      csv += fmt::format("{},{}\n", i % 2 == 0 ? -1 : 1, cell(i % 2 == 0 ? first_ : second_));
    write("d.csv", csv);
    output({"train", "d.csv", "--out", "run", "--epochs", "100", "--quiet"});
  }
  const std::string first_ = "\x1B[2Jred\u202E\r", second_ = "=1+1,\"a\nb\"";
};

TEST_F(HostilePredictions, ComeBackExactlyInAFileAndInAPipe) {
  const std::string csv = output({"predict", "run", "d.csv"});
  output({"predict", "run", "d.csv", "-o", "out.csv"});
  EXPECT_EQ(read("out.csv"), csv);
  const data::Table table = data::parse_csv(csv, "predictions");
  EXPECT_EQ(table.columns[0].name, "=k\x1B");
  EXPECT_EQ(
      std::set<std::string>(table.columns[0].categories.begin(), table.columns[0].categories.end()),
      (std::set<std::string>{first_, second_}));
}

TEST_F(HostilePredictions, AreSymbolsOnATerminal) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0) GTEST_SKIP() << "this machine has no pseudo-terminals";
  ::close(terminal);
  const std::string shown = run({"predict", "run", "d.csv"}, {.terminal = true}).out;
  EXPECT_THAT(shown, HasSubstr("␛[2Jred�␍"));
  std::string text;
  for (const char c : shown)
    if (c != '\r') text += c;  // a terminal's lines end in two
  EXPECT_TRUE(is_harmless(text));
}

TEST_F(HostilePredictions, AreNoFormulasWhereThatIsAsked) {
  const std::string csv = output({"predict", "run", "d.csv", "--spreadsheet-safe"});
  const data::Table table = data::parse_csv(csv, "predictions");
  EXPECT_EQ(table.columns[0].name, "'=k\x1B");
  EXPECT_EQ(
      std::set<std::string>(table.columns[0].categories.begin(), table.columns[0].categories.end()),
      (std::set<std::string>{first_, "'" + second_}));
}

TEST_F(CommandLine, PredictedNumbersStayNumbersInASpreadsheet) {
  std::string csv = "x,y\n";
  for (int i = 0; i < 60; ++i) csv += fmt::format("{},{}\n", 0.25 * (i % 17), -2.5 * (i % 17));
  write("line.csv", csv);
  output({"train", "line.csv", "--out", "run", "--epochs", "30", "--quiet"});
  const std::string exact = output({"predict", "run", "line.csv"});
  EXPECT_THAT(exact, HasSubstr("\n-"));
  EXPECT_EQ(output({"predict", "run", "line.csv", "--spreadsheet-safe"}), exact);
}

}  // namespace
}  // namespace chainrule::cli
