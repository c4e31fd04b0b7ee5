// chainrule inspect DATA
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "chainrule/run.h"
#include "commands.h"
#include "data_options.h"
#include "page_options.h"
#include "plan.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

struct InspectArguments {
  TrainRequest request;
  Language language = Language::en;
  bool json = false;
};

std::string text_of(const DataPlan& plan, Language language) {
  std::string text = data_text(plan.config, plan.data, language);
  text += "\n" + said(Phrase::inspect_examples, language) + "\n";
  for (const data::ColumnReport& column : plan.data.encoder.report()) {
    if (column.examples.empty()) continue;
    std::vector<std::string> examples;
    for (const std::string& example : column.examples) examples.push_back(shortened(example, 60));
    text += fmt::format("  {}: {}\n", shortened(column.name, 24),
                        visible(fmt::format("{}", fmt::join(examples, ", "))));
  }
  return text;
}

std::string json_of(const DataPlan& plan) {
  const data::Encoder& encoder = plan.data.encoder;
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const data::ColumnReport& column : encoder.report())
    columns.push_back({{"name", column.name},
                       {"kind", column.kind.en},
                       {"missing", column.missing},
                       {"values", column.values.en},
                       {"examples", column.examples},
                       {"treatment", column.treatment.en}});
  const data::Dialect& dialect = encoder.dialect();
  nlohmann::ordered_json json = {{"data", plan.config.data}, {"rows", plan.config.rows}};
  if (!encoder.array())
    json.update({{"delimiter", std::string(dialect.doubled ? 2 : 1, dialect.delimiter)},
                 {"decimal", std::string(1, dialect.decimal)},
                 {"header", dialect.header}});
  const bool classes = plan.data.target.task == data::Task::classification;
  json.update({{"columns", columns},
               {"target", plan.data.target.name},
               {"task", classes ? "classification" : "regression"},
               {"why", plan.data.target.reason.en},
               {"classes", plan.data.target.classes},
               {"features", encoder.width()},
               {"doubts", english(encoder.doubts())}});
  std::vector<Text> notes = encoder.notes();
  notes.insert(notes.end(), plan.data.notes.begin(), plan.data.notes.end());
  json["notes"] = english(notes);
  return json.dump(2) + "\n";
}

void run_inspect(const InspectArguments& arguments) {
  const DataPlan plan = plan_data(arguments.request);
  print(arguments.json ? json_of(plan) : text_of(plan, arguments.language));
}

}  // namespace

void add_inspect(CLI::App& app, int& /*exit_code*/) {
  const auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command =
      app.add_subcommand("inspect", "Tells how train would read a table, and trains nothing");
  command->footer(
      "Examples:\n"
      "  chainrule inspect data/penguins.csv\n"
      "  chainrule inspect sales.csv --type when=date --missing -999\n"
      "  chainrule inspect sales.csv --json");
  command->add_option("DATA", arguments->request.data, "As for train")->required();
  add_data_options(command, arguments->request);
  add_split_options(command, arguments->request);
  add_language(command, arguments->language);
  command->add_flag("--json", arguments->json, "As one JSON object");
  command->callback([arguments] { run_inspect(*arguments); });
}
