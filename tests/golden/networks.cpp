// Trainings of networks, from their words to their weights.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/standard_arithmetic.h"
#include "chainrule/train.h"
#include "golden/example.h"
#include "train/record/record.h"
#include "train/settings/setup.h"

namespace chainrule::golden {
namespace {

struct Sizes {
  std::int64_t batch, inputs, hidden, outputs;
};

// Targets that the loss can use.
void draw_target(const Loss& loss, std::int64_t outputs, RandomStream& random,
                 std::span<float> target) {
  for (float& number : target)
    number =
        static_cast<float>(loss.name == "binary_cross_entropy" ? random.below(2) : random.normal());
  if (loss.name != "cross_entropy") return;
  std::ranges::fill(target, 0.0F);
  for (std::size_t row = 0; row < target.size(); row += static_cast<std::size_t>(outputs))
    target[row + random.below(static_cast<std::uint64_t>(outputs))] = 1;
}

std::string train_network(const nn::Sequential& network, const Loss& loss,
                          const Optimizer& optimizer, const Sizes& sizes, const Way& way,
                          double clip_norm = 0) {
  constexpr std::int64_t steps = 6;
  TracedGraph traced = training_graph(network, loss, optimizer, sizes.batch, sizes.inputs,
                                      sizes.outputs, {.seed = 7}, clip_norm);
  Example example{.graph = std::move(traced.graph), .variables = std::move(traced.initial)};
  example.variables.insert(example.variables.end(), traced.buffers.begin(), traced.buffers.end());
  double base = 0.1;
  const Schedule schedule{.shape = Schedule::Shape::cosine, .warmup = 0.2, .floor = 0.05};
  example.feed = [&](std::int64_t step, const std::string& input, std::span<float> numbers) {
    const StandardArithmetic arithmetic;
    RandomStream random(static_cast<std::uint64_t>(step), input == "x" ? 3 : 4);
    const auto* table = network.layers.front().get_if<nn::Embedding>();
    if (input == "x")
      for (float& number : numbers)
        number = table == nullptr
                     ? static_cast<float>(random.normal())
                     : static_cast<float>(random.below(static_cast<std::uint64_t>(table->entries)));
    else if (input == "target")
      draw_target(loss, sizes.outputs, random, numbers);
    else if (input == "learning_rate")
      numbers[0] = static_cast<float>(learning_rate_at(schedule, base, step, steps));
    else
      numbers[0] = static_cast<float>(step);  // step, and the first half of dropout's counter
  };
  return run(example, steps, way);
}

// The first is straight-line code.
constexpr Sizes all_sizes[] = {{3, 2, 2, 2}, {37, 19, 33, 5}, {64, 100, 260, 10}};

using Case = std::function<std::string(const Sizes&, const Way&)>;

std::string at_all_sizes(const Case& train, const Way& way) {
  std::uint64_t all = 0;
  for (const Sizes& sizes : all_sizes) all = hash(train(sizes, way), all);
  return hash_text(all);
}

nn::Sequential network_for(const Loss& loss, const Sizes& sizes) {
  nn::Activation last = nn::identity;
  if (loss.name == "cross_entropy") last = nn::softmax;
  if (loss.name == "binary_cross_entropy") last = nn::sigmoid;
  return {nn::Dense{.units = sizes.hidden, .activation = nn::tanh},
          nn::Dense{.units = sizes.outputs, .activation = last, .init = nn::Init::lecun}};
}

std::vector<std::pair<std::string, Optimizer>> optimizers() {
  std::vector<std::pair<std::string, Optimizer>> list{
      {"sgd with momentum", SGD{.momentum = 0.9, .weight_decay = 0.01}},
      {"sgd with nesterov's momentum", SGD{.momentum = 0.9, .nesterov = true}}};
  for (const std::string_view name : optimizer_names())
    list.emplace_back(name, optimizer_named(name));
  return list;
}

// From the table to the weights: reading, splitting, scaling, first weights, order, schedule.
std::string train_on_a_table(const std::string& table, const Way& way) {
  const RunSetup setup = set_up({.data = std::string(CHAINRULE_SOURCE_DIR) + "/data/" + table,
                                 .hidden = {{64}},
                                 .epochs = 6,
                                 .seed = 3,
                                 .threads = way.threads});
  Model model = make_model(setup, "");
  const History history = fit(model, setup.config.optimizer, setup.data.train,
                              setup.data.validation, setup.data.encoder.target(), setup.config.fit);
  std::uint64_t all = hash(state_hash(model.session()));
  for (const Progress& epoch : history.epochs)
    all = hash(fmt::format("{:a} {:a}", epoch.train_loss, epoch.validation->loss), all);
  return hash_text(all);
}

}  // namespace

void add_networks(std::vector<Training>& list) {
  const auto add = [&](const std::string& name, const Case& train) {
    list.push_back({name, [train](const Way& way) { return at_all_sizes(train, way); }});
  };
  for (const nn::Activation& activation : nn::activations())
    add("activation " + activation.name, [activation](const Sizes& sizes, const Way& way) {
      return train_network({nn::Dense{.units = sizes.hidden, .activation = activation},
                            nn::Dense{.units = sizes.outputs}},
                           {"mean_squared_error"}, SGD{}, sizes, way);
    });
  for (const std::string_view name : loss_names())
    add(fmt::format("loss {}", name), [name](const Sizes& sizes, const Way& way) {
      const Loss loss = loss_named(name);
      return train_network(network_for(loss, sizes), loss, Adam{}, sizes, way);
    });
  for (const auto& [name, optimizer] : optimizers())
    add("optimizer " + name, [optimizer = optimizer](const Sizes& sizes, const Way& way) {
      const Loss loss{"cross_entropy"};
      return train_network(network_for(loss, sizes), loss, optimizer, sizes, way);
    });
  add("dropout and clipping", [](const Sizes& sizes, const Way& way) {
    return train_network({nn::Dense{.units = sizes.hidden, .activation = nn::relu},
                          nn::Dropout{.rate = 0.3}, nn::Dense{.units = sizes.outputs}},
                         {"half_squared_error"}, AdamW{}, sizes, way, 0.5);
  });
  // More entries than ids in any batch: the update is of single rows.
  add("embedding", [](const Sizes& sizes, const Way& way) {
    return train_network(
        {nn::Embedding{.entries = 10'000, .size = 3}, nn::Dense{.units = sizes.outputs}},
        {"mean_squared_error"}, SGD{}, sizes, way);
  });
  add("members", [](const Sizes& sizes, const Way& way) {
    return train_network(
        {nn::PiecewiseLinear{.bins = 5, .size = 3},
         nn::MemberDense{.units = sizes.hidden, .members = 3, .activation = nn::relu},
         nn::MemberDense{.units = sizes.outputs, .members = 3, .apart = true}},
        {"cross_entropy"}, AdamW{}, sizes, way);
  });
  add("loss in parts", [](const Sizes& sizes, const Way& way) {
    nn::Sequential network{
        nn::Dense{.units = sizes.hidden, .activation = nn::tanh},
        nn::Layer(nn::Dense{.units = 1}).named("number"),
        nn::Layer(nn::Dense{.units = sizes.outputs - 1}).named("chances").from({"dense1"})};
    network.outputs = {"number", "chances"};
    const Loss loss{.parts = {{.name = "huber", .output = "number", .weight = 0.3},
                              {.name = "binary_cross_entropy", .output = "chances"}}};
    return train_network(network, loss, Adam{}, sizes, way);
  });
}

void add_tables(std::vector<Training>& list) {
  for (const char* table : {"iris.csv", "diabetes.csv"})
    list.push_back({fmt::format("table {}", table),
                    [table](const Way& way) { return train_on_a_table(table, way); }});
}

}  // namespace chainrule::golden
