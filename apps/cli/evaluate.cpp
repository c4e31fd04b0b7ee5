// chainrule evaluate RUN DATA
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "chainrule/run.h"
#include "commands.h"
#include "report.h"
#include "terminal.h"
#include "train/settings/setup.h"

using namespace chainrule;

namespace {

struct EvaluateArguments {
  std::string run, data;
  bool json = false;
};

void run_evaluate(const EvaluateArguments& arguments) {
  const int threads = threads_of({});
  SavedRun run = SavedRun::open(arguments.run, threads);
  const SavedRun::Evaluation result = run.evaluate(arguments.data);
  if (result.is_training_data && !result.is_test_part)
    message(
        "note: this is the data that the network was trained on, most of it seen before; the\n"
        "      score on rows it has never seen is in the run's summary.json\n");
  if (result.left_out > 0)
    message(fmt::format("note: {} without a target left out\n", counted(result.left_out, "row")));
  for (const std::string& note : result.notes) message("note: " + visible(note) + "\n");
  if (arguments.json) {
    print(to_json(result.scores) + "\n");
    return;
  }
  print(scores_text({{"all rows", &result.scores}}));
  const std::string confusion = confusion_text(result.scores, run.encoder().target());
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
  command->add_flag("--json", arguments->json, "Scores as one JSON object");
  command->callback([arguments] { run_evaluate(*arguments); });
}
