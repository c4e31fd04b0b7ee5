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
#include "words/messages.h"

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

// As the file is called.
PageFormat format_of(const std::string& file) {
  constexpr std::pair<std::string_view, PageFormat> endings[] = {{".html", PageFormat::html},
                                                                 {".htm", PageFormat::html},
                                                                 {".md", PageFormat::markdown},
                                                                 {".tex", PageFormat::latex},
                                                                 {".json", PageFormat::json}};
  for (const auto& [ending, format] : endings)
    if (file.ends_with(ending)) return format;
  return PageFormat::text;
}

Language language_named(const std::string& name) {
  return named<Language>("--lang", name, {{"en", Language::en}, {"ko", Language::ko}});
}

auto digits_of(const char* flag) {
  return [flag](const std::string& text) {
    const int digits = number_of<int>(flag, text);
    if (digits < 1 || digits > 17)
      throw UsageError(fmt::format("{} {}: give a number from 1 to 17", flag, digits));
    return digits;
  };
}

}  // namespace

CLI::Option* add_language(CLI::App* command, Language& language) {
  return add_word(command, "--lang", "LANGUAGE", language, language_named, "en or ko");
}

namespace {

void add_common(CLI::App* command, ExplainOptions& options, std::string& output) {
  const CLI::Option* format =
      add_word(command, "--format", "FORMAT", options.format, format_named,
               "text, markdown, latex, html or json (default: as FILE is called, else text)");
  add_language(command, options.language);
  CLI::Option* decimals = add_word(command, "--digits", "N", options.digits, digits_of("--digits"),
                                   fmt::format("Decimals of computed numbers, from 1 to 17 "
                                               "(default: {})",
                                               options.digits)
                                       .c_str());
  add_word(command, "--significant", "N", options.significant, digits_of("--significant"),
           "Significant digits of computed numbers in place of decimals, from 1 to 17")
      ->excludes(decimals);
  add_text(command, "-o,--output", "FILE", output,
           "Write the page to this file; .html, .md, .tex or .json says its format");
  command->parse_complete_callback([command, format, &options, &output] {
    if (format->count() > 0) return;
    const bool is_json =
        command->get_option_no_throw("--json") != nullptr && command->count("--json") > 0;
    options.format = is_json ? PageFormat::json : format_of(output);
  });
}

}  // namespace

void add_page_options(CLI::App* command, ExplainOptions& options, std::string& output) {
  add_common(command, options, output);
  add_word(
      command, "--exercise", "SEED", options.exercise,
      [](const std::string& text) {
        return std::optional(
            static_cast<std::uint64_t>(at_least(std::int64_t{0}, "--exercise", text)));
      },
      "Leave numbers of the page blank, with solutions at its end; the HTML page corrects answers");
}

void add_page_options(CLI::App* command, ExplainOptions& options, std::string& output, int digits) {
  options.digits = digits;
  add_common(command, options, output);
  command->add_flag("--json")
      ->description("All numbers as one JSON object, as --format json")
      ->excludes(command->get_option("--format"));
}

int show_page(const Explanation& explanation, const std::string& output, Language language) {
  if (output.empty())
    print(explanation.page);
  else
    write_file(output, explanation.page);
  if (explanation.passed) return exit_codes::fine;
  message(styled("chainrule:", Style::red, stderr) + " " +
          said(Phrase::page_check_failed, language) + "\n");
  return exit_codes::check_failed;
}
