// chainrule summary RUN|FILE.toml
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/run.h"
#include "commands.h"
#include "report.h"
#include "terminal.h"

using namespace chainrule;

namespace {

std::string text_of(const std::vector<LayerSummary>& layers) {
  std::vector<std::vector<std::string>> rows{{"layer", "what", "shape", "parameters"}};
  std::int64_t total = 0;
  for (const LayerSummary& layer : layers) {
    rows.push_back({layer.name, layer.what, row_words(layer.x) + " -> " + row_words(layer.y),
                    fmt::format("{}", layer.parameters)});
    total += layer.parameters;
  }
  return table_text(rows, "lllr", 0) + "\n" + counted(total, "parameter") + "\n";
}

// What the run's network takes and gives.
std::string task_of(const data::TargetEncoding& target) {
  const std::string name = target.name.empty() ? "" : " of " + shortened(target.name, 40);
  if (target.task == data::Task::regression) return "regression" + name + "\n";
  std::string classes;
  for (const std::string& class_name : target.classes)
    classes += (classes.empty() ? "" : ", ") + class_name;
  return fmt::format("classification{}: {}\n", name, shortened(classes, 200));
}

void run_summary(const std::string& path) {
  if (path.ends_with(".toml")) {
    print(text_of(layer_table_of_file(path)));
    return;
  }
  SavedRun run = SavedRun::open(path);
  print(task_of(run.encoder().target()) + "loss: " + to_string(run.model().loss()) + "\n\n");
  print(text_of(layer_table(run.model().network(), run.model().row())));
}

}  // namespace

void add_summary(CLI::App& app, int& /*exit_code*/) {
  const auto path = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("summary", "Lists a network's layers, shapes, parameters");
  command->footer(
      "Examples:\n"
      "  chainrule summary runs/1\n"
      "  chainrule summary examples/tutorial.toml");
  command->add_option("RUN", *path, "A run folder, its model.safetensors, or a network's .toml")
      ->required();
  command->callback([path] { run_summary(*path); });
}
