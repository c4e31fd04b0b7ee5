// The options that every page has: its format, language, decimals and file.
#pragma once

#include <string>

#include "chainrule/explain.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

// The places must outlive the command line.
CLI::Option* add_language(CLI::App* command, chainrule::Language& language);
void add_page_options(CLI::App* command, chainrule::ExplainOptions& options, std::string& output);
// Of a page of figures, which are told with so many decimals unless more are asked for; it also has
// --json, and no exercise.
void add_page_options(CLI::App* command, chainrule::ExplainOptions& options, std::string& output,
                      int digits);

// Prints the page, or writes it to `output` if that is not empty; says on standard error if its
// check failed. Returns the exit code. Throws DataError.
int show_page(const chainrule::Explanation& explanation, const std::string& output,
              chainrule::Language language);
