// chainrule verify RUN
#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "chainrule/run.h"
#include "commands.h"
#include "report.h"
#include "terminal.h"

using namespace chainrule;

namespace {

int run_verify(const std::string& folder) {
  const RunFiles files = check_files(folder);
  for (const std::string& what : files.damaged) print("damaged: " + what + "\n");
  if (!files.damaged.empty()) {
    message(fmt::format("{} {} damaged; train --resume mends what it can make again\n",
                        styled("chainrule:", Style::red, stderr),
                        files.damaged.size() == 1 ? "a file is" : "files are"));
    return exit_codes::check_failed;
  }
  if (files.format == 0)
    print(
        fmt::format("{}: made before files had hashes (format 0), so that only its checkpoints "
                    "and the form of the others were checked\n",
                    folder));
  else
    print(fmt::format("{}: run {}, made by chainrule {} with layout {} of the arithmetic, on {}\n",
                      folder, files.id, files.version, files.layout, files.instruction_set));
  print(fmt::format("{} whole: {}\n",
                    counted(static_cast<std::int64_t>(files.whole.size()), "file"),
                    fmt::join(files.whole, ", ")));
  if (!files.has_ended) print("the run has not ended; chainrule train --resume goes on with it\n");
  return exit_codes::fine;
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  const auto folder = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("verify", "Checks that no file of a run is damaged or of another run");
  command->footer(
      "Examples:\n"
      "  chainrule verify runs/1             every file against its hash and the run's id\n"
      "  chainrule replay runs/1 --verify    every recorded step, played again");
  command->add_option("RUN", *folder, "A run folder")->required();
  command->callback([folder, &exit_code] { exit_code = run_verify(*folder); });
}
