#include "problem.h"

#include <random>

#include <fmt/format.h>

#include "chainrule/train.h"
#include "nn/place.h"

namespace chainrule::bench {
namespace {

Tensor uniform(Shape shape, float low, float high, std::mt19937& engine) {
  Tensor tensor(shape);
  const float step = (high - low) / 16777216.0F;  // 2^24 values: the same with any library
  for (float& value : tensor.values) value = low + step * static_cast<float>(engine() >> 8);
  return tensor;
}

Tensor to_float(const DoubleTensor& from) {
  return {from.shape, std::vector<float>(from.values.begin(), from.values.end())};
}

void draw_targets(Problem& problem, std::mt19937& engine) {
  const Workload& workload = problem.workload;
  const auto outputs = static_cast<std::size_t>(workload.outputs());
  const Shape shape{workload.batch, workload.outputs()};
  problem.target = uniform(shape, 0, 1, engine);
  if (workload.loss.name == "binary_cross_entropy")
    for (float& value : problem.target.values) value = value < 0.5F ? 0.0F : 1.0F;
  if (workload.loss.name != "cross_entropy") return;
  problem.target = Tensor(shape);
  for (std::size_t row = 0; row < static_cast<std::size_t>(workload.batch); ++row) {
    const std::size_t label = engine() % outputs;
    problem.classes.push_back(static_cast<std::int64_t>(label));
    problem.target.values[row * outputs + label] = 1;
  }
}

}  // namespace

std::int64_t Workload::parameters() const {
  std::int64_t count = 0;
  for (const nn::PlacedLayer& at : nn::placed(network(), row().batch(1)))
    for (const nn::LayerParameter& parameter : at.parameters)
      if (!parameter.is_buffer) count += parameter.shape.size();
  return count;
}

// Each number that a layer gives adds up as many products as one of its units has weights.
double Workload::flops() const {
  std::int64_t products = 0;
  for (const nn::PlacedLayer& at : nn::placed(network(), row().batch(1)))
    for (const nn::LayerParameter& parameter : at.parameters) {
      if (parameter.shape.rank() < 2) continue;
      const std::int64_t each = parameter.shape.size() / parameter.shape[0];
      products += (products == 0 ? 2 : 3) * at.y.size() * each;
    }
  return 2.0 * static_cast<double>(batch * products);
}

nn::Sequential Workload::network() const {
  nn::Sequential network;
  network.layers = of_pictures;
  for (std::size_t i = 1; i < widths.size(); ++i)
    network.layers.emplace_back(
        nn::Dense{.units = widths[i], .activation = i + 1 < widths.size() ? hidden : last});
  return network;
}

std::vector<Workload> workloads() {
  const Loss classes{"cross_entropy"}, squares{"mean_squared_error"};
  const Adam adam{.learning_rate = 1e-3};
  const SGD sgd{.learning_rate = 0.01};
  const auto convolution = [](std::int64_t channels) {
    return nn::Conv2d{.channels = channels, .activation = nn::relu, .padding = 1};
  };
  const auto bare_convolution = [](std::int64_t channels) {
    return nn::Conv2d{.channels = channels, .padding = 1};
  };
  return {
      {"2-2-2 sigmoid, batch 1, SGD",
       {2, 2, 2},
       nn::sigmoid,
       nn::sigmoid,
       {"half_squared_error"},
       SGD{.learning_rate = 0.5},
       1},
      {"16-32-32-4 relu, batch 32, Adam",
       {16, 32, 32, 4},
       nn::relu,
       nn::softmax,
       classes,
       adam,
       32},
      {"784-128-10 relu, batch 64, SGD", {784, 128, 10}, nn::relu, nn::softmax, classes, sgd, 64},
      {"28-300x5-1 tanh, batch 100, Adam",
       {28, 300, 300, 300, 300, 300, 1},
       nn::tanh,
       nn::sigmoid,
       {"binary_cross_entropy"},
       adam,
       100},
      {"784-512-512-10 relu, batch 128, Adam",
       {784, 512, 512, 10},
       nn::relu,
       nn::softmax,
       classes,
       adam,
       128},
      {"784-500-10 relu, batch 500, Adam",
       {784, 500, 10},
       nn::relu,
       nn::softmax,
       classes,
       adam,
       500},
      {"1024 x 5 relu, batch 256, SGD",
       {1024, 1024, 1024, 1024, 1024},
       nn::relu,
       nn::identity,
       squares,
       sgd,
       256},
      {"2048 x 4 relu, batch 512, Adam",
       {2048, 2048, 2048, 2048},
       nn::relu,
       nn::identity,
       squares,
       Adam{.learning_rate = 1e-4},
       512},
      {.name = "conv 32, 64, dense 128, batch 64, SGD",
       .widths = {64 * 7 * 7, 128, 10},
       .hidden = nn::relu,
       .last = nn::softmax,
       .loss = classes,
       .optimizer = sgd,
       .batch = 64,
       .picture = {1, 28, 28},
       .of_pictures = {convolution(32), nn::MaxPool{}, convolution(64), nn::MaxPool{}}},
      // Where every number is divided by a deviation, small steps keep the engines together.
      {.name = "conv, batch_norm 32, 64, dense 128, batch 64, Adam",
       .widths = {64 * 7 * 7, 128, 10},
       .hidden = nn::relu,
       .last = nn::softmax,
       .loss = classes,
       .optimizer = Adam{.learning_rate = 1e-4},
       .batch = 64,
       .picture = {1, 28, 28},
       .of_pictures = {bare_convolution(32), nn::BatchNorm{}, nn::relu, nn::MaxPool{},
                       bare_convolution(64), nn::BatchNorm{}, nn::relu, nn::MaxPool{}}},
  };
}

std::vector<Family> families() {
  // Small steps: through many layers the rounding of larger ones would grow apart.
  const auto network = [](std::string name, std::vector<std::int64_t> widths, std::int64_t batch) {
    return Workload{std::move(name),   std::move(widths),           nn::relu, nn::softmax,
                    {"cross_entropy"}, Adam{.learning_rate = 1e-5}, batch};
  };
  Family batch{
      .grows = "batch", .name = "784-128-10", .sizes = {1, 4, 16, 64, 256, 1024}, .workloads = {}};
  for (const std::int64_t n : batch.sizes)
    batch.workloads.push_back(network(fmt::format("batch {}", n), {784, 128, 10}, n));
  Family width{.grows = "width",
               .name = "three layers, batch 64",
               .sizes = {8, 32, 128, 512, 2048},
               .workloads = {}};
  for (const std::int64_t n : width.sizes)
    width.workloads.push_back(network(fmt::format("width {}", n), {n, n, n, n}, 64));
  Family depth{
      .grows = "depth", .name = "width 256, batch 64", .sizes = {1, 2, 4, 8, 16}, .workloads = {}};
  for (const std::int64_t n : depth.sizes)
    depth.workloads.push_back(
        network(fmt::format("depth {}", n),
                std::vector<std::int64_t>(static_cast<std::size_t>(n + 1), 256), 64));
  return {batch, width, depth};
}

Workload workload_named(const std::string& part) {
  for (const Family& family : families())
    for (const Workload& workload : family.workloads)
      if (workload.name == part) return workload;
  for (const Workload& workload : workloads())
    if (workload.name.find(part) != std::string::npos) return workload;
  throw UsageError(fmt::format("no workload has {} in its name", part));
}

Problem draw(const Workload& workload) {
  Problem problem{.workload = workload};
  const TracedGraph traced = training_graph(workload.network(), workload.loss, workload.optimizer,
                                            workload.batch, workload.row(), workload.outputs());
  for (const auto* list : {&traced.initial, &traced.buffers})
    for (const auto& [name, value] : *list) problem.start.emplace(name, to_float(value));
  std::mt19937 engine(1);
  problem.x = uniform(workload.row().batch(workload.batch), 0, 1, engine);
  draw_targets(problem, engine);
  return problem;
}

}  // namespace chainrule::bench
