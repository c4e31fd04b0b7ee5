// The command line. One file per subcommand; this one turns errors into exit codes.
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <new>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/file.h"
#include "called.h"
#include "chainrule/error.h"
#include "commands.h"
#include "explain.h"
#include "help.h"
#include "terminal.h"

namespace {

constexpr const char* examples =
    "Examples:\n"
    "  chainrule train data/iris.csv                      train on a table; saved under runs/\n"
    "  chainrule train data/digits.csv --target digit     say which column to predict\n"
    "  chainrule predict runs/1 new.csv -o answers.csv    use what was learnt\n"
    "  chainrule explain examples/tutorial.toml           one training step, every number shown";

// One line, whatever names from data are in it.
int complain(const std::string& what, int exit_code) {
  message(styled("chainrule:", Style::red, stderr) + " " + chainrule::visible(what) + "\n");
  return exit_code;
}

// What is left in the buffer is written now; a reader that has seen enough is no error.
int finished(int exit_code) {
  const int error = output_error();
  if (error == 0 || error == EPIPE) return exit_code;
  return complain("standard output cannot be written: " + chainrule::reason(error),
                  exit_codes::data);
}

// A standard stream that is closed would be the next file to be opened, and what is printed would
// go into that. /dev/null in its place is opened the wrong way round, so that using the stream
// still fails as it does when closed. False if it cannot be opened.
bool fill_closed_streams() {
  constexpr std::array wrong_way{O_WRONLY, O_RDONLY, O_RDONLY};  // of input, output, errors
  for (int stream = 0; stream < 3; ++stream)
    if (::fcntl(stream, F_GETFD) < 0 &&
        ::open("/dev/null", wrong_way[static_cast<std::size_t>(stream)]) != stream)
      return false;
  return true;
}

// What ends a program that does not look, a full disk's limit and a reader that has gone, is told
// by the call that fails.
void ignore_what_calls_tell() {
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT: ignoring cannot fail
  std::signal(SIGXFSZ, SIG_IGN);  // NOLINT: as above
}

int run(int argc, char** argv) {
  CLI::App app("Trains neural networks and explains every number it used", "chainrule");
  app.footer(examples);
  app.set_version_flag("--version", std::string("chainrule ") + CHAINRULE_VERSION,
                       "Print the version");
  app.set_help_flag("-h,--help", "Print this help");
  app.require_subcommand(1);
  use_examples_first(app);
  int exit_code = exit_codes::fine;
  add_explain(app, exit_code);
  add_inspect(app, exit_code);
  add_train(app, exit_code);
  add_evaluate(app, exit_code);
  add_predict(app, exit_code);
  add_replay(app, exit_code);
  add_verify(app, exit_code);
  add_blame(app, exit_code);
  add_compare(app, exit_code);
  add_diff(app, exit_code);
  add_importance(app, exit_code);
  add_report(app, exit_code);
  add_trace(app, exit_code);
  add_summary(app, exit_code);
  add_graph(app, exit_code);
  add_ops(app, exit_code);
  add_layers(app, exit_code);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) {
    message(app.help());
    return exit_codes::usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    print(app.help());
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
  } catch (const CLI::ParseError& error) {
    return complain(usage_message(app, arguments, error), exit_codes::usage);
  }
  return exit_code;
}

int run_and_tell(int argc, char** argv) {
  try {
    return finished(run(argc, argv));
  } catch (const chainrule::UsageError& error) {
    return complain(error.what(), exit_codes::usage);
  } catch (const chainrule::DataError& error) {
    return complain(error.what(), exit_codes::data);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return complain(error.what(), exit_codes::internal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  ignore_what_calls_tell();
  set_program_name(argc > 0 ? argv[0] : "");
  if (!fill_closed_streams()) {
    std::fputs("chainrule: a standard stream is closed, and /dev/null cannot be opened for it\n",
               stderr);
    return exit_codes::data;
  }
  try {
    return run_and_tell(argc, argv);
  } catch (...) {  // no memory for anything, the message least of all
    std::fputs(
        "chainrule: there is not enough memory for this; try a smaller network or less data\n",
        stderr);
    return exit_codes::data;
  }
}
