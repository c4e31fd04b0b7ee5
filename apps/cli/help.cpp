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
    return app->get_footer() + "\n\n" + app->get_description() + "\n\n" + make_usage(app, name) +
           make_positionals(app) + make_groups(app, mode) + make_subcommands(app, mode);
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

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    for (const std::string& name : option->get_snames()) flags.push_back("-" + name);
  }
  return flags;
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
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::vector<std::string> left = app.remaining(true);
    const std::string extra = left.empty() ? "" : left.front().substr(0, left.front().find('='));
    if (extra.starts_with('-') && extra != "-") {
      const std::string near = nearest_name(extra, flags_of(command));
      return fmt::format("there is no option {}{}", extra,
                         near.empty() ? see : fmt::format("; did you mean {}?", near));
    }
    return fmt::format("\"{}\" is one argument too many{}", extra, see);
  }
  const std::string what = error.what();
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr)
    return what.substr(0, what.find(':')) + " needs a value" + see;
  return what + see;
}
