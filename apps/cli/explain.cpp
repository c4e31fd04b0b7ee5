#include "explain.h"

#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/file.h"
#include "chainrule/explain.h"
#include "commands.h"
#include "terminal.h"

namespace {

using namespace chainrule;

struct Arguments {
  std::string file, output;
  ExplainOptions options;
};

int run_explain(const Arguments& arguments) {
  const Explanation explanation = explain_file(arguments.file, arguments.options);
  if (arguments.output.empty())
    print(explanation.page);
  else
    write_file(arguments.output, explanation.page);
  if (explanation.passed) return exit_codes::fine;
  message(fmt::format(
      "{} the page's check failed: largest relative error {:.1e}; its end says which figures "
      "differ\n",
      styled("chainrule:", Style::red, stderr), explanation.max_relative_error));
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
      "  chainrule explain examples/tutorial.toml --format latex -o tutorial.tex");
  command->add_option("FILE", arguments->file, "The network and the example, as TOML")->required();
  const std::map<std::string, PageFormat> formats{{"text", PageFormat::text},
                                                  {"markdown", PageFormat::markdown},
                                                  {"latex", PageFormat::latex},
                                                  {"json", PageFormat::json}};
  command->add_option("--format", arguments->options.format, "text, markdown, latex or json")
      ->transform(CLI::CheckedTransformer(formats).description(""));
  const std::map<std::string, Language> languages{{"en", Language::en}, {"ko", Language::ko}};
  command->add_option("--lang", arguments->options.language, "en or ko")
      ->transform(CLI::CheckedTransformer(languages).description(""));
  command->add_option("--digits", arguments->options.digits, "Decimals of computed numbers")
      ->check(CLI::Range(1, 17))
      ->capture_default_str();
  command->add_option("--weight", arguments->options.parameter,
                      "One weight's or bias's story alone, such as W5 or b2");
  command->add_option("-o,--output", arguments->output, "Write the page to this file");
  command->callback([arguments, &exit_code] { exit_code = run_explain(*arguments); });
}
