#include "data_options.h"

#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/fields.h"
#include "base/suggest.h"
#include "options.h"
#include "train/settings/config.h"

using namespace chainrule;

namespace {

void add_list(CLI::App* command, const char* group, const char* name, std::vector<std::string>& to,
              const char* description, const char* type = "COLUMN") {
  command->add_option(name, to, description)
      ->type_name(type)
      ->group(group)
      ->allow_extra_args(false);
}

// --type COLUMN=KIND.
void take_type(const std::string& text, TrainRequest& request) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0)
    throw UsageError(fmt::format("--type {}: give a column and what it holds, such as age=number",
                                 shell_word(text)));
  const std::string column = text.substr(0, equals), kind = text.substr(equals + 1);
  const std::pair<const char*, std::vector<std::string>*> kinds[] = {
      {"number", &request.table.numeric},
      {"category", &request.table.categorical},
      {"text", &request.table.texts},
      {"date", &request.table.dates},
      {"ignore", &request.encode.drop}};
  std::vector<std::string> names;
  for (const auto& [name, list] : kinds) {
    if (kind == name) return list->push_back(column);
    names.emplace_back(name);
  }
  throw UsageError(
      fmt::format("--type: there is no kind {}; {}", shell_word(kind), suggestion(kind, names)));
}

// A part of the rows: a fraction of them, or all those of a file.
CLI::Option* add_part(CLI::App* command, const char* name, std::optional<double>& fraction,
                      std::string& file, const char* description) {
  return command
      ->add_option_function<std::string>(
          name,
          [&fraction, &file](const std::string& text) {
            if (const auto number = number_in<double>(text))
              fraction = number;
            else
              file = text;
          },
          description)
      ->type_name("FRACTION|FILE")
      ->group("Split");
}

}  // namespace

void add_split_options(CLI::App* command, TrainRequest& request) {
  constexpr const char* group = "Split";
  add_part(command, "--validation", request.validation, request.validation_file,
           "Rows kept for validation, or a file of them (default: 0.1)");
  add_part(command, "--valid", request.validation, request.validation_file, "--validation")
      ->group("");
  add_part(command, "--test", request.test, request.test_file,
           "Rows kept for the test, or a file (default: 0.2, or the folder's own test part)");
  option(command, group, "--group", "COLUMN", request.group,
         "Rows with one value here stay together in one part, such as those of one patient");
  option(command, group, "--time", "COLUMN", request.time,
         "Train on what was earlier, test on what was later");
  command
      ->add_flag("--in-order", request.in_order,
                 "The last rows are the test's, those before them validation's")
      ->group(group);
}

void add_data_options(CLI::App* command, TrainRequest& request) {
  constexpr const char* group = "Data";
  option(command, group, "--target", "COLUMN", request.target.column,
         "What to predict (default: the last column)");
  word(command, group, "--task", "TASK", request.target.task, task_named,
       "classification or regression (default: seen from the target)");
  word(command, group, "--target-scale", "SCALE", request.target.scale, target_scale_named,
       "Learn a number as it is, linear, or its logarithm, log (default: log where a long tail "
       "above and a linear model ask for it)");
  add_list(command, group, "--categorical", request.table.categorical,
           "Take a column of numbers as categories (may be repeated)");
  command
      ->add_option_function<std::vector<std::string>>(
          "--type",
          [&request](const std::vector<std::string>& all) {
            for (const std::string& one : all) take_type(one, request);
          },
          "What a column holds: number, category, date, text, whose words count, or ignore (may be "
          "repeated)")
      ->type_name("COLUMN=KIND")
      ->group(group)
      ->allow_extra_args(false);
  add_list(command, group, "--missing", request.table.missing,
           "A word or number that means missing, such as -999 (may be repeated)", "WORD");
  word(command, group, "--delimiter", "MARK", request.table.delimiter, delimiter_named,
       "Between fields: comma, semicolon, tab, bar, caret, space or :: (default: seen from the "
       "rows)");
  word(command, group, "--decimal", "MARK", request.table.decimal, decimal_named,
       "In numbers: point or comma (default: seen from the rows)");
  word(command, group, "--header", "yes|no", request.table.header, header_named,
       "Whether the first row has names (default: seen from the rows)");
  word(command, group, "--size", "WIDTHxHEIGHT", request.pictures, picture_size_named,
       "Bring pictures to this size in pixels (default: the usual one, at most 128 on a side)");
  add_list(command, group, "--drop", request.encode.drop, "Leave a column out (may be repeated)");
  add_list(command, group, "--keep", request.encode.keep,
           "Use a column that looks like a row's name (may be repeated)");
  option(command, group, "--weight", "COLUMN", request.weight,
         "How many times each row counts in training, such as a survey's weights");
  word(command, group, "--scaling", "HOW", request.encode.scaling, scaling_named,
       "auto, standard, minmax or none");
  command->add_flag("--strict", request.strict, "Take a doubt about the data as an error")
      ->group(group);
}
