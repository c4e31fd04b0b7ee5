// A report's numbers lead to where they come from: each link to a place on the page, each command
// to an answer of the program.
#include <cstdlib>
#include <filesystem>
#include <set>

#include <gmock/gmock.h>

#include "cli/program.h"
#include "explain/markup.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;

class ReportLinks : public CommandLine {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_.file("bin"));
    std::filesystem::create_symlink(CHAINRULE_PROGRAM, folder_.file("bin/chainrule"));
  }

  // A shell runs it, as a reader's would.
  int code_of(const std::string& command) const {
    const std::string script = "cd '" + folder_.path() + "' && PATH=\"$PWD/bin:$PATH\" && " +
                               command + " >told 2>&1 </dev/null";
    const int status = std::system(script.c_str());  // NOLINT: a shell is what is tried
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  static std::set<std::string> commands_of(const MarkupElement& page) {
    std::set<std::string> commands;
    for (const MarkupElement* code : page.all("code", "command")) commands.insert(code->text);
    return commands;
  }

  static void expect_links_to_lead_somewhere(const MarkupElement& page) {
    std::set<std::string> ids;
    for (const char* element : {"h2", "div", "section", "details"})
      for (const MarkupElement* found : page.all(element))
        if (const std::string id = found->attribute("id"); !id.empty()) {
          EXPECT_TRUE(ids.insert("#" + id).second) << id << " is there twice";
        }
    EXPECT_GE(page.all("a").size(), 15U);
    for (const MarkupElement* link : page.all("a"))
      EXPECT_TRUE(ids.contains(link->attribute("href"))) << link->attribute("href");
  }

  // Behind a link, or with a command at the end of its row; numbers inside of a story are its own.
  static void expect_numbers_to_have_stories(const MarkupElement& page) {
    std::set<const MarkupElement*> told;
    for (const MarkupElement* story : page.all("details"))
      for (const MarkupElement* row : story->all("tr")) told.insert(row);
    int numbers = 0;
    for (const MarkupElement* row : page.all("tr")) {
      if (told.contains(row) || !row->all("code", "command").empty()) continue;
      for (const MarkupElement* cell : row->all("td", "number")) {
        const bool has_no_value = cell->text == "·" || cell->text == "n/a";
        EXPECT_TRUE(has_no_value || !cell->all("a").empty()) << row->text;
        ++numbers;
      }
    }
    EXPECT_GT(numbers, 10);
  }

  void expect_all_to_work(const std::string& run) const {
    const MarkupElement english = parse_markup(read(run + "/report.html"));
    expect_links_to_lead_somewhere(english);
    expect_numbers_to_have_stories(english);
    ASSERT_EQ(code_of("chainrule report " + run + " --lang ko -o korean.html"), 0);
    const MarkupElement korean = parse_markup(read("korean.html"));
    expect_links_to_lead_somewhere(korean);
    const std::set<std::string> commands = commands_of(english);
    EXPECT_EQ(commands, commands_of(korean));
    EXPECT_GE(commands.size(), 15U);
    for (const std::string& command : commands)
      EXPECT_EQ(code_of(command), 0) << command << "\n" << read("told");
  }
};

TEST_F(ReportLinks, EveryLinkAndCommandOfAClassificationWorks) {
  output({"train", iris, "--out", "run", "--epochs", "2", "--quiet", "--hidden", "3"});
  expect_all_to_work("run");
  EXPECT_NE(code_of("chainrule explain run dense9.weight"), 0) << "the check can fail";
}

TEST_F(ReportLinks, AndOfARegressionWithoutATest) {
  output({"train", diabetes, "--out", "run", "--epochs", "2", "--quiet", "--hidden", "3", "--test",
          "0", "--validation", "0.3"});
  expect_all_to_work("run");
}

TEST_F(ReportLinks, AndOfLayersWithoutParameters) {
  write("network.toml",
        "[[network.layer]]\ntype = \"dense\"\nunits = 4\nactivation = \"tanh\"\n\n"
        "[[network.layer]]\ntype = \"dropout\"\nrate = 0.1\n\n[[network.layer]]\ntype = "
        "\"layer_norm\"\n\n"
        "[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
  output({"train", iris, "--model", "network.toml", "--out", "run", "--epochs", "1", "--quiet",
          "--optimizer", "sgd"});
  expect_all_to_work("run");
}

TEST_F(ReportLinks, QuoteAFolderWithSpaces) {
  output({"train", iris, "--out", "my run", "--epochs", "1", "--quiet", "--hidden", "2"});
  const MarkupElement page = parse_markup(read("my run/report.html"));
  for (const std::string& command : commands_of(page))
    if (command.find("my run") != std::string::npos) {
      EXPECT_THAT(command, HasSubstr("'my run"));
    }
  EXPECT_EQ(code_of(*commands_of(page).begin()), 0);
}

}  // namespace
}  // namespace chainrule::cli
