#include "help.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/suggest.h"

using chainrule::nearest_name;
using chainrule::suggestion;

namespace {

class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    std::string text = app->get_footer() + "\n\n" + app->get_description() + "\n\n" +
                       make_usage(app, name) + make_positionals(app) + make_groups(app, mode) +
                       make_subcommands(app, mode);
    // CLI11 leaves two empty lines between groups.
    for (std::size_t at; (at = text.find("\n\n\n")) != std::string::npos;) text.erase(at, 1);
    return text;
  }
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = "Usage: " + (name.empty() ? app->get_name() : name);
    for (const CLI::Option* option : app->get_options())
      if (option->nonpositional())
        continue;
      else
        usage +=
            " " + (option->get_required() ? option->get_name() : "[" + option->get_name() + "]");
    if (app->get_require_subcommand_min() > 0) usage += " SUBCOMMAND";
    return usage + " [OPTIONS]\n";
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_type_size() == 0 || option->get_positional()) return "";
    return " " + option->get_type_name();
  }
};

const CLI::App& chosen(const CLI::App& app) {
  const auto parsed = app.get_subcommands();
  return parsed.empty() ? app : *parsed.front();
}

// The nearest long name; any two letters are near each other.
std::string nearest_flag(const CLI::App& app, const std::string& word) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  return word.starts_with("--") ? nearest_name(word, flags) : "";
}

}  // namespace

void use_examples_first(CLI::App& app) {
  const auto formatter = std::make_shared<ExamplesFirst>();
  formatter->column_width(27);
  app.formatter(formatter);
}

std::string usage_message(const CLI::App& app, const std::vector<std::string>& arguments,
                          const CLI::ParseError& error) {
  const CLI::App& command = chosen(app);
  const bool is_top = &command == &app;
  const std::string see =
      fmt::format("; see chainrule {}--help", is_top ? "" : command.get_name() + " ");
  if (is_top && !arguments.empty() && !arguments[0].starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* subcommand : app.get_subcommands({}))
      names.push_back(subcommand->get_name());
    return fmt::format("there is no subcommand \"{}\"; {}", arguments[0],
                       suggestion(arguments[0], names));
  }
  // CLI11 looks for what is missing first, but an unknown option is why it is missing.
  const std::vector<std::string> left = app.remaining(true);
  if (!left.empty()) {
    const std::string extra = left.front().substr(0, left.front().find('='));
    if (extra.starts_with('-') && extra != "-") {
      const std::string near = nearest_flag(command, extra);
      return fmt::format("there is no option {}{}", extra,
                         near.empty() ? see : fmt::format("; did you mean {}?", near));
    }
    return fmt::format("\"{}\" is one argument too many{}", extra, see);
  }
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
    const std::string name = what.substr(0, what.find(':'));
    const bool repeated = command.count(name) > 1;
    return name + (repeated ? " is given twice; give it once" : " needs a value") + see;
  }
  if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr &&
      what.find(": ") != std::string::npos)
    return what.substr(0, what.find(": ")) + what.substr(what.find(": ") + 1) + see;
  return what + see;
}
