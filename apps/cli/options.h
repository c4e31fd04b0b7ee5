// Options whose values the program reads itself, so that a wrong one is answered in its own words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/fields.h"
#include "chainrule/error.h"

// The number that `text` is, all of it, whatever the locale. Throws UsageError.
template <class Number>
Number number_of(const char* flag, std::string_view text) {
  constexpr const char* wanted = !std::is_integral_v<Number>  ? "a number"
                                 : std::is_unsigned_v<Number> ? "a whole number from 0 on"
                                                              : "a whole number";
  if (const auto number = chainrule::number_in<Number>(text)) return *number;
  throw chainrule::UsageError(fmt::format("{} {}: give {}", flag, text, wanted));
}

// The same, and no less than `least`.
template <class Number>
Number at_least(Number least, const char* flag, const std::string& text) {
  const auto number = number_of<Number>(flag, text);
  if (number < least)
    throw chainrule::UsageError(fmt::format("{} {}: give a number from {}", flag, number, least));
  return number;
}

// An option with one value, which `read` turns into what is kept.
template <class T, class Read>
CLI::Option* add_word(CLI::App* command, const char* name, const char* type, T& to, Read read,
                      const char* description) {
  return command
      ->add_option_function<std::string>(
          name, [&to, read](const std::string& word) { to = read(word); }, description)
      ->type_name(type);
}

// An option whose value is text, which must not be empty: --out "$folder" with the variable unset.
inline CLI::Option* add_text(CLI::App* command, const char* name, const char* type, std::string& to,
                             const char* description) {
  return command->add_option(name, to, description)
      ->type_name(type)
      ->check([](const std::string& text) {
        return text.empty() ? std::string("needs a value") : std::string();
      });
}

// An option whose value goes to a place in the request.
inline void option(CLI::App* command, const char* group, const char* name, const char* type,
                   std::string& to, const char* description) {
  add_text(command, name, type, to, description)->group(group);
}

// An option whose value is a word that `read` understands.
template <class T, class Read>
void word(CLI::App* command, const char* group, const char* name, const char* type, T& to,
          Read read, const char* description) {
  add_word(command, name, type, to, read, description)->group(group);
}

template <class Number>
void option(CLI::App* command, const char* group, const char* name, const char* type,
            std::optional<Number>& to, const char* description) {
  word(
      command, group, name, type, to,
      [name](const std::string& text) { return number_of<Number>(name, text); }, description);
}
