// How --help looks, and what is said about a command line that makes no sense.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

// Examples (an app's footer) first, then the usage and the options.
void use_examples_first(CLI::App& app);

// One line for a command line that could not be parsed, with the nearest name.
std::string usage_message(const CLI::App& app, const std::vector<std::string>& arguments,
                          const CLI::ParseError& error);
