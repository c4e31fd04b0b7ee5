// chainrule layers
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "commands.h"
#include "nn/layer_list.h"
#include "nn/manual.h"
#include "page_options.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

std::string layers_text(Language language) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Phrase name :
       {Phrase::layer, Phrase::layers_field, Phrase::layers_default, Phrase::layers_meaning})
    rows[0].push_back(said(name, language));
  for (const nn::LayerRecord* record : nn::all_layers()) {
    rows.push_back({std::string(record->name), "", "", std::string(record->summary.in(language))});
    for (const nn::Field& field : record->fields)
      rows.push_back(
          {"", std::string(field.name), nn::default_text(*record, field).in(language),
           fmt::format("{}: {}", field.meaning.in(language), nn::allowed(field).in(language))});
  }
  return table_text(rows, "llll", 0);
}

}  // namespace

void add_layers(CLI::App& app, int& /*exit_code*/) {
  const auto markdown = std::make_shared<bool>(false);
  const auto language = std::make_shared<Language>(Language::en);
  CLI::App* command = app.add_subcommand("layers", "Lists the layers that networks are made of");
  command->footer(
      "Examples:\n"
      "  chainrule layers\n"
      "  chainrule layers --markdown > docs/layers.md");
  CLI::Option* document =
      command->add_flag("--markdown", *markdown, "As a document, with the layers' parameters");
  add_language(command, *language)->excludes(document);
  command->callback([=] { print(*markdown ? nn::layer_manual() : layers_text(*language)); });
}
