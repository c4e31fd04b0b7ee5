#include "explain.h"

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/file.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "commands.h"
#include "options.h"
#include "terminal.h"

namespace {

using namespace chainrule;

struct Arguments {
  std::string file, output;
  ExplainOptions options;
};

template <class T>
using Named = std::pair<std::string, T>;

template <class T>
T named(const char* flag, const std::string& name, std::initializer_list<Named<T>> known) {
  std::vector<std::string> names;
  for (const auto& [word, value] : known) {
    if (word == name) return value;
    names.push_back(word);
  }
  throw UsageError(fmt::format("{} {}: {}", flag, name, suggestion(name, names)));
}

PageFormat format_named(const std::string& name) {
  return named<PageFormat>("--format", name,
                           {{"text", PageFormat::text},
                            {"markdown", PageFormat::markdown},
                            {"latex", PageFormat::latex},
                            {"html", PageFormat::html},
                            {"json", PageFormat::json}});
}

Language language_named(const std::string& name) {
  return named<Language>("--lang", name, {{"en", Language::en}, {"ko", Language::ko}});
}

int digits_of(const std::string& text) {
  const int digits = number_of<int>("--digits", text);
  if (digits < 1 || digits > 17)
    throw UsageError(fmt::format("--digits {}: give a number from 1 to 17", digits));
  return digits;
}

int run_explain(const Arguments& arguments) {
  if (overwrites(arguments.output, arguments.file))
    throw UsageError(
        fmt::format("-o {}: this is the network's own file; name another", arguments.output));
  const Explanation explanation = explain_file(arguments.file, arguments.options);
  if (arguments.output.empty())
    print(explanation.page);
  else
    write_file(arguments.output, explanation.page);
  if (explanation.passed) return exit_codes::fine;
  message(styled("chainrule:", Style::red, stderr) +
          " the page's check failed; its end says which figures differ\n");
  return exit_codes::check_failed;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "explain", "Works one training step of a small network by hand, every number shown");
  command->footer(
      "Examples:\n"
      "  chainrule explain examples/tutorial.toml\n"
      "  chainrule explain examples/tutorial.toml --weight W5 --lang ko\n"
      "  chainrule explain examples/tutorial.toml --format html -o tutorial.html");
  command->add_option("FILE", arguments->file, "The network and the example, as TOML")->required();
  ExplainOptions& options = arguments->options;
  add_word(command, "--format", "FORMAT", options.format, format_named,
           "text, markdown, latex, html or json");
  add_word(command, "--lang", "LANGUAGE", options.language, language_named, "en or ko");
  add_word(command, "--digits", "N", options.digits, digits_of,
           "Decimals of computed numbers, from 1 to 17 (default: 8)");
  add_text(command, "--weight", "NAME", options.parameter,
           "One weight's or bias's story alone, such as W5 or b2");
  add_text(command, "-o,--output", "FILE", arguments->output, "Write the page to this file");
  command->callback([arguments, &exit_code] { exit_code = run_explain(*arguments); });
}
