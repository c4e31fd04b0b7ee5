// chainrule summary RUN|FILE.toml
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/run.h"
#include "commands.h"
#include "page_options.h"
#include "report.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

std::string text_of(const std::vector<LayerSummary>& layers, Language language) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Phrase name : {Phrase::layer, Phrase::summary_what, Phrase::shape, Phrase::parameters})
    rows[0].push_back(said(name, language));
  std::int64_t total = 0;
  for (const LayerSummary& layer : layers) {
    rows.push_back({layer.name, layer.what.in(language),
                    row_words(layer.x) + " -> " + row_words(layer.y),
                    fmt::format("{}", layer.parameters)});
    total += layer.parameters;
  }
  return table_text(rows, "lllr", 0) + "\n" +
         said(Phrase::summary_parameters, language, counted(total, "parameter"), thousands(total)) +
         "\n";
}

// What the run's network takes and gives.
std::string task_of(const data::TargetEncoding& target, Language language) {
  const std::string name = shortened(target.name, 40);
  if (target.task == data::Task::regression)
    return said(name.empty() ? Phrase::summary_regression : Phrase::summary_regression_of, language,
                name);
  std::string classes;
  for (const std::string& class_name : target.classes)
    classes += (classes.empty() ? "" : ", ") + class_name;
  return said(name.empty() ? Phrase::summary_classification : Phrase::summary_classification_of,
              language, shortened(classes, 200), name);
}

void run_summary(const std::string& path, Language language) {
  if (path.ends_with(".toml")) {
    print(text_of(layer_table_of_file(path), language));
    return;
  }
  SavedRun run = SavedRun::open(path);
  const std::string loss = to_string(run.model().loss());
  print(task_of(run.encoder().target(), language) + "\n" +
        said(Phrase::summary_loss, language,
             language == Language::en ? loss : human_name(loss, language)) +
        "\n\n");
  print(text_of(layer_table(run.model().network(), run.model().row()), language));
}

}  // namespace

void add_summary(CLI::App& app, int& /*exit_code*/) {
  const auto path = std::make_shared<std::string>();
  const auto language = std::make_shared<Language>(Language::en);
  CLI::App* command = app.add_subcommand("summary", "Lists a network's layers, shapes, parameters");
  command->footer(
      "Examples:\n"
      "  chainrule summary runs/1\n"
      "  chainrule summary examples/tutorial.toml");
  command->add_option("RUN", *path, "A run folder, its model.safetensors, or a network's .toml")
      ->required();
  add_language(command, *language);
  command->callback([=] { run_summary(*path, *language); });
}
