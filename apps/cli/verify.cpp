// chainrule verify RUN
#include <memory>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "chainrule/run.h"
#include "commands.h"
#include "page_options.h"
#include "report.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

int run_verify(const std::string& folder, Language language) {
  const auto say = [&](Phrase which, const auto&... more) {
    return said(which, language, more...) + "\n";
  };
  const RunFiles files = check_files(folder);
  for (const std::string& what : files.damaged) print(say(Phrase::file_damaged, what));
  if (!files.damaged.empty()) {
    const std::size_t count = files.damaged.size();
    message(styled("chainrule:", Style::red, stderr) + " " +
            say(count == 1 ? Phrase::files_damaged_one : Phrase::files_damaged, count));
    return exit_codes::check_failed;
  }
  if (files.format == 0)
    print(say(Phrase::files_without_hashes, folder));
  else
    print(say(Phrase::run_made_by, folder, files.id, files.version, files.layout,
              files.instruction_set));
  print(say(Phrase::files_whole, counted(static_cast<std::int64_t>(files.whole.size()), "file"),
            files.whole.size(), fmt::format("{}", fmt::join(files.whole, ", "))));
  if (!files.has_ended) print(say(Phrase::run_has_not_ended));
  return exit_codes::fine;
}

}  // namespace

void add_verify(CLI::App& app, int& exit_code) {
  const auto folder = std::make_shared<std::string>();
  const auto language = std::make_shared<Language>(Language::en);
  CLI::App* command =
      app.add_subcommand("verify", "Checks that no file of a run is damaged or of another run");
  command->footer(
      "Examples:\n"
      "  chainrule verify runs/1             every file against its hash and the run's id\n"
      "  chainrule replay runs/1 --verify    every recorded step, played again");
  command->add_option("RUN", *folder, "A run folder")->required();
  add_language(command, *language);
  command->callback([=, &exit_code] { exit_code = run_verify(*folder, *language); });
}
