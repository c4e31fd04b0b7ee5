#include "page_options.h"

#include <initializer_list>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/file.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "commands.h"
#include "options.h"
#include "terminal.h"

using namespace chainrule;

namespace {

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

}  // namespace

void add_language(CLI::App* command, Language& language) {
  add_word(command, "--lang", "LANGUAGE", language, language_named, "en or ko");
}

void add_page_options(CLI::App* command, ExplainOptions& options, std::string& output) {
  add_word(command, "--format", "FORMAT", options.format, format_named,
           "text, markdown, latex, html or json");
  add_language(command, options.language);
  add_word(command, "--digits", "N", options.digits, digits_of,
           "Decimals of computed numbers, from 1 to 17 (default: 8)");
  add_word(
      command, "--exercise", "SEED", options.exercise,
      [](const std::string& text) {
        return std::optional(
            static_cast<std::uint64_t>(at_least(std::int64_t{0}, "--exercise", text)));
      },
      "Leave numbers of the page blank, with solutions at its end; the HTML page corrects answers");
  add_text(command, "-o,--output", "FILE", output, "Write the page to this file");
}

int show_page(const Explanation& explanation, const std::string& output) {
  if (output.empty())
    print(explanation.page);
  else
    write_file(output, explanation.page);
  if (explanation.passed) return exit_codes::fine;
  message(styled("chainrule:", Style::red, stderr) +
          " the page's check failed; its end says which figures differ\n");
  return exit_codes::check_failed;
}
