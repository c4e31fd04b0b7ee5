// A user's language changes no number that is read or written.
#include "cli/program.h"

#include <cstdlib>

#include "given_data.h"

namespace chainrule::cli {
namespace {

// Where a machine has no such locales, the ones built here from the C library's sources; where it
// has no sources either, the names alone are tried.
class Locales : public CommandLine {
 protected:
  void SetUp() override {
    for (const char* name : {"ko_KR", "de_DE"}) {
      const std::string command = std::string("localedef -i ") + name + " -f UTF-8 '" +
                                  folder_.file(std::string(name) + ".UTF-8") + "' >/dev/null 2>&1";
      if (std::system(command.c_str()) != 0) built_ = false;
    }
  }

  Outcome run_in(const std::string& locale, const Arguments& arguments) const {
    Setting setting{.environment = {{"LC_ALL", locale}, {"LANGUAGE", locale}}};
    if (built_) setting.environment.emplace_back("LOCPATH", folder_.path());
    return run(arguments, setting);
  }

  bool built_ = true;
};

TEST_F(Locales, SlowChangeNoNumber) {
  const std::string tutorial = source("examples/tutorial.toml");
  output({"train", diabetes, "--lr", "0.004", "--epochs", "3", "--out", "C"});
  for (const std::string locale : {"ko_KR.UTF-8", "de_DE.UTF-8"}) {
    const std::string folder = "in_" + locale;
    const Outcome training = run_in(
        locale, {"train", diabetes, "--lr", "0.004", "--epochs", "3", "--out", folder, "--json"});
    EXPECT_EQ(training.code, 0) << training.err;
    EXPECT_EQ(parsed(training.out)["test"], parsed(read("C/summary.json"))["test"]);
    EXPECT_EQ(read(folder + "/model.safetensors"), read("C/model.safetensors"));
    EXPECT_EQ(read(folder + "/config.toml"), read("C/config.toml"));
    for (const Arguments& arguments : {Arguments{"predict", "C", diabetes},
                                       {"evaluate", "C", diabetes},
                                       {"evaluate", "C", diabetes, "--json"},
                                       {"explain", tutorial},
                                       {"explain", tutorial, "--format", "json"},
                                       {"summary", "C"},
                                       {"train", diabetes, "--lr", "x"},
                                       {"train", "nowhere.csv"}}) {
      const Outcome expected = run(arguments), outcome = run_in(locale, arguments);
      EXPECT_EQ(outcome.out, expected.out);
      EXPECT_EQ(outcome.err, expected.err);
      EXPECT_EQ(outcome.code, expected.code);
    }
  }
}

}  // namespace
}  // namespace chainrule::cli
