// chainrule layers
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "commands.h"
#include "nn/layer_list.h"
#include "nn/manual.h"
#include "terminal.h"

using namespace chainrule;

namespace {

std::string layers_text() {
  std::vector<std::vector<std::string>> rows{{"layer", "field", "default", "meaning"}};
  for (const nn::LayerRecord* record : nn::all_layers()) {
    rows.push_back({std::string(record->name), "", "", std::string(record->summary)});
    for (const nn::Field& field : record->fields)
      rows.push_back({"", std::string(field.name), nn::default_text(*record, field),
                      fmt::format("{}: {}", field.meaning, nn::allowed(field))});
  }
  return table_text(rows, "llll", 0);
}

}  // namespace

void add_layers(CLI::App& app, int& /*exit_code*/) {
  const auto markdown = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand("layers", "Lists the layers that networks are made of");
  command->footer(
      "Examples:\n"
      "  chainrule layers\n"
      "  chainrule layers --markdown > docs/layers.md");
  command->add_flag("--markdown", *markdown, "As a document, with the layers' parameters");
  command->callback([markdown] { print(*markdown ? nn::layer_manual() : layers_text()); });
}
