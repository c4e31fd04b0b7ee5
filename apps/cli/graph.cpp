// chainrule graph RUN|FILE.toml [--after PASS]
#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/file.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "chainrule/train.h"
#include "commands.h"
#include "compile/draft.h"
#include "nn/place.h"
#include "page_options.h"
#include "terminal.h"
#include "train/loop/training_step.h"
#include "train/network/network_file.h"
#include "train/record/run_folder.h"
#include "train/settings/config.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

constexpr std::string_view before_all = "trace";  // in place of a pass

struct GraphOptions {
  std::string path{}, after{};
  std::int64_t batch = 0;  // 0: the run's, or 1
  Language language = Language::en;
};

// The training step that a run or a network's file describes, of a batch at once. What a file does
// not say, a loss and an optimizer, is as in a run without it.
Graph step_of(const GraphOptions& options) {
  const bool is_file = options.path.ends_with(".toml");
  if (!is_file) require_run(options.path);
  const std::string path = is_file ? options.path : options.path + "/" + config_name;
  const NetworkFile file = read_network_with_input(path);
  const TrainRequest asked = is_file ? TrainRequest{} : read_config(path);
  const std::int64_t batch = options.batch > 0 ? options.batch : asked.batch_size.value_or(1);
  const std::vector<nn::PlacedLayer> layers = nn::placed(file.model, file.input.batch(1));
  const Shape given = nn::prediction_shape(file.model, layers, file.input.batch(1)).row();
  const Loss loss = file.loss.value_or(Loss{});
  const Optimizer optimizer = file.optimizer.value_or(optimizer_named("adam"));
  FitOptions fit;
  fit.clip_norm = asked.clip_norm.value_or(0);
  fit.weight_average = asked.weight_average.value_or(0);
  fit.dropout_schedule = asked.dropout_schedule.value_or(Schedule{});
  fit.weight_decay_schedule = asked.weight_decay_schedule.value_or(Schedule{});
  Graph graph;
  trace_training(graph, {.network = file.model,
                         .loss = loss,
                         .optimizer = optimizer,
                         .batch = batch,
                         .row = file.input,
                         .outputs = given.size(),
                         .seed = file.seed,
                         .options = step_options(fit)});
  return graph;
}

std::vector<std::string> pass_names() {
  std::vector<std::string> names{std::string(before_all)};
  for (const Pass& pass : pipeline()) names.emplace_back(pass.name);
  return names;
}

void require_pass(const std::string& name) {
  const std::vector<std::string> names = pass_names();
  if (std::ranges::find(names, name) == names.end())
    throw UsageError(fmt::format("--after {}: the compiler has no such pass; {}", name,
                                 suggestion(name, names)));
}

void run_graph(const GraphOptions& options) {
  if (!options.after.empty()) require_pass(options.after);
  const Graph graph = step_of(options);
  if (options.after == before_all) {
    print(chainrule::print(graph));
    return;
  }
  std::string before = chainrule::print(Draft{.graph = graph}), asked;
  const auto say = [&](Phrase which) { return said(which, options.language); };
  std::vector<std::vector<std::string>> rows{{say(Phrase::graph_pass), "ms",
                                              say(Phrase::graph_nodes), say(Phrase::graph_calls),
                                              say(Phrase::graph_arena), ""}};
  rows.push_back({std::string(before_all), "", fmt::format("{}", graph.size()), "", "", ""});
  compile(graph, {}, [&](const Pass& pass, const Draft& draft, double seconds) {
    std::string now = chainrule::print(draft);
    const auto or_none = [](std::int64_t number) {
      return number == 0 ? "" : fmt::format("{}", number);
    };
    rows.push_back({std::string(pass.name), fmt::format("{:.3f}", seconds * 1000),
                    fmt::format("{}", draft.graph.size()),
                    or_none(static_cast<std::int64_t>(draft.groups.size())),
                    or_none(draft.arena_floats * static_cast<std::int64_t>(sizeof(float))),
                    now == before ? say(Phrase::graph_unchanged) : ""});
    if (pass.name == options.after) asked = now;
    before = std::move(now);
  });
  print(options.after.empty() ? table_text(rows, "lrrrrl", 0) : asked);
}

}  // namespace

void add_graph(CLI::App& app, int& /*exit_code*/) {
  const auto options = std::make_shared<GraphOptions>();
  CLI::App* command =
      app.add_subcommand("graph", "Shows a training step as the compiler sees it, after each pass");
  command->footer(
      "Examples:\n"
      "  chainrule graph examples/tutorial.toml\n"
      "  chainrule graph examples/tutorial.toml --after trace\n"
      "  chainrule graph runs/1 --after fuse");
  command->add_option("RUN", options->path, "A run folder, or a network's .toml")->required();
  command
      ->add_option(
          "--after", options->after,
          fmt::format("Print the graph after this pass: {}", fmt::join(pass_names(), ", ")))
      ->type_name("PASS");
  command->add_option("--batch", options->batch, "Rows in the step; the run's, or 1")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 24))
      ->type_name("N");
  add_language(command, options->language);
  command->callback([options] { run_graph(*options); });
}
