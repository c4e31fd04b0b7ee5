// Commands to copy call the program as its reader can.
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>

#include "cli/program.h"
#include "given_data.h"

namespace chainrule::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Called : public CommandLine {
 protected:
  // What a shell in the test's folder makes of the line, with `folders` before PATH.
  std::string told(const std::string& line, const std::string& folders = "") const {
    const std::string script = "cd '" + folder_.path() + "' && PATH=" +
                               (folders.empty() ? "" : "\"" + folders + ":$PATH\" ") +
                               (folders.empty() ? "/usr/bin:/bin " : "") + line + " >told 2>&1";
    EXPECT_EQ(std::system(script.c_str()), 0) << line;  // NOLINT: a shell is what is tried
    return read("told");
  }
  static std::string training(const std::string& out) {
    return " train '" + iris + "' --epochs 1 --quiet --out " + out;
  }
};

TEST_F(Called, APathStaysAPathAndANameOfTheShellAName) {
  const std::string program = CHAINRULE_PROGRAM;
  const std::string by_path = told("'" + program + "'" + training("a"));
  EXPECT_THAT(by_path, HasSubstr("\n  " + program + " explain a loss"));
  EXPECT_THAT(read("a/report.html"), HasSubstr(">" + program + " explain a "));
  EXPECT_THAT(read("a/report.html"), Not(HasSubstr(">chainrule explain a ")));

  // The file that the shell would find by its name, even if it was called by its path.
  std::filesystem::create_directory(folder_.file("bin"));
  std::filesystem::create_symlink(program, folder_.file("bin/chainrule"));
  const std::string bin = folder_.file("bin");
  EXPECT_THAT(told("'" + program + "'" + training("b"), bin),
              HasSubstr("\n  chainrule explain b loss"));
  EXPECT_THAT(told("chainrule" + training("c"), bin), HasSubstr("\n  chainrule explain c loss"));

  // Another name for it, and another file of its name.
  std::filesystem::create_symlink(program, folder_.file("bin/cr"));
  EXPECT_THAT(told("cr" + training("d"), bin), HasSubstr("\n  cr explain d loss"));
  std::filesystem::create_directory(folder_.file("other bin"));
  std::filesystem::create_symlink("/bin/true", folder_.file("other bin/chainrule"));
  EXPECT_THAT(told("bin/chainrule" + training("e"), folder_.file("other bin")),
              HasSubstr("\n  bin/chainrule explain e loss"));
}

}  // namespace
}  // namespace chainrule::cli
