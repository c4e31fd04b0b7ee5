#include "run_options.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "options.h"
#include "report.h"

using namespace chainrule;

void add_run_options(CLI::App* command, RunOptions& options) {
  add_text(command, "--data", "PATH", options.data, "The data, if it was moved");
  add_word(
      command, "--threads", "N", options.threads,
      [](const std::string& text) { return number_of<int>("--threads", text); },
      "Default: all of the machine's; the result is the same for any number");
}

Run open_run(const std::string& folder, const RunOptions& options, Language language) {
  Run run = Run::open(folder, options);
  for (const Text& note : run.notes()) tell_note(note.in(language), language);
  return run;
}
