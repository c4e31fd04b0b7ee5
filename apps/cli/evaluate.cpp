// chainrule evaluate RUN DATA
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/run.h"
#include "commands.h"
#include "page_options.h"
#include "report.h"
#include "terminal.h"
#include "train/settings/setup.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

struct EvaluateArguments {
  std::string run, data;
  Language language = Language::en;
  bool json = false;
};

void run_evaluate(const EvaluateArguments& arguments) {
  const int threads = threads_of({});
  const Language language = arguments.language;
  SavedRun run = SavedRun::open(arguments.run, threads);
  const SavedRun::Evaluation result = run.evaluate(arguments.data);
  if (result.is_training_data && !result.is_test_part)
    message(said(Phrase::note, language, said(Phrase::evaluated_training_data, language)) + "\n");
  if (result.left_out > 0)
    tell_note(said(Phrase::rows_without_target, language, counted(result.left_out, "row"),
                   result.left_out),
              language);
  for (const Text& note : result.notes) tell_note(note.in(language), language);
  if (arguments.json) {
    print(to_json(result.scores) + "\n");
    return;
  }
  print(scores_text({{said(Phrase::scored_all, language), &result.scores}}, nullptr, Metric::loss,
                    language));
  const std::string confusion = confusion_text(result.scores, run.encoder().target(), language);
  if (!confusion.empty()) print("\n" + confusion);
}

}  // namespace

void add_evaluate(CLI::App& app, int& /*exit_code*/) {
  const auto arguments = std::make_shared<EvaluateArguments>();
  CLI::App* command = app.add_subcommand("evaluate", "Scores a trained network on labelled data");
  command->footer(
      "Examples:\n"
      "  chainrule evaluate runs/1 new.csv\n"
      "  chainrule evaluate runs/2 mnist/ --json               the folder's test part");
  command->add_option("RUN", arguments->run, "A run folder, or its model.safetensors")->required();
  command->add_option("DATA", arguments->data, "Data of the same kind, with targets")->required();
  add_language(command, arguments->language);
  command->add_flag("--json", arguments->json, "Scores as one JSON object");
  command->callback([arguments] { run_evaluate(*arguments); });
}
