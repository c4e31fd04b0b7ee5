// Shards that one program computes together have the bits of shards that are computed one by one.
#include <bit>
#include <cmath>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/program.h"
#include "networks/drawn_network.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

struct Rows {
  std::int64_t count = 0;
  std::vector<float> x{}, target{}, weight{};  // of each row in turn
};

struct ShardCase {
  std::string name{};
  nn::Sequential network{};
  Loss loss = loss_named("cross_entropy");
  RowShape row = 1;
  std::int64_t rows = 8, shards = 16;  // rows of a shard
  StepOptions options{};
};

Rows random_rows(const Model& model, std::int64_t count, std::int64_t weights_per_row) {
  RandomStream random(3, 1);
  Rows rows{.count = count};
  const auto draw = [&] { return static_cast<float>(random.normal()); };
  for (std::int64_t row = 0; row < count; ++row) {
    for (std::int64_t i = 0; i < model.row().size(); ++i) rows.x.push_back(draw());
    const auto answer = random.below(static_cast<std::uint64_t>(model.outputs()));
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(model.outputs()); ++i)
      rows.target.push_back(i == answer ? 1.0F : 0.0F);
    for (std::int64_t i = 0; i < weights_per_row; ++i)
      rows.weight.push_back(static_cast<float>(random.below(3)));
  }
  return rows;
}

using Sums = std::vector<std::vector<float>>;  // of the loss, then of each variable

void feed(Program& program, const Rows& all, std::int64_t first, std::int64_t count, double share) {
  const auto put = [&](const char* name, const std::vector<float>& numbers) {
    if (!program.has_input(name)) return;
    const auto width = static_cast<std::int64_t>(numbers.size()) / all.count;
    std::copy_n(numbers.begin() + first * width, count * width, program.input(name).begin());
  };
  put("x", all.x);
  put("target", all.target);
  put("row_weight", all.weight);
  program.input("share")[0] = static_cast<float>(share);
  if (program.has_input("dropout_factor")) program.input("dropout_factor")[0] = 0.75F;
  if (program.has_input("counter"))
    std::ranges::copy(std::array{5.0F, 0.0F, static_cast<float>(first)},
                      program.input("counter").begin());
}

Sums sums_of(Model& model, const Program& program) {
  Sums sums;
  const auto add = [&](std::string_view name) {
    const auto numbers = program.output(name);
    sums.emplace_back(numbers.begin(), numbers.end());
  };
  add("loss");
  for (const auto& parameter : model.parameters()) add(parameter.name);
  for (const std::string& buffer : moved_buffers(model)) add(buffer);
  return sums;
}

Parts parts_of(std::int64_t count, const StepOptions& options) {
  Parts parts{.count = count, .rows = {"x", "target"}, .counter = "counter"};
  if (options.row_weights > 0) parts.rows.emplace_back("row_weight");
  return parts;
}

// Shards [first, last): the first largest power of 2 below their number, and the rest.
Sums along_the_tree(const std::vector<Sums>& shards, std::size_t first, std::size_t last) {
  if (last - first == 1) return shards[first];
  std::size_t half = 1;
  while (2 * half < last - first) half *= 2;
  Sums sums = along_the_tree(shards, first, first + half);
  const Sums more = along_the_tree(shards, first + half, last);
  for (std::size_t v = 0; v < sums.size(); ++v)
    for (std::size_t i = 0; i < sums[v].size(); ++i) sums[v][i] += more[v][i];
  return sums;
}

// One after the other.
Sums in_order(const std::vector<Sums>& shards) {
  Sums sums = shards[0];
  for (std::size_t shard = 1; shard < shards.size(); ++shard)
    for (std::size_t v = 0; v < sums.size(); ++v)
      for (std::size_t i = 0; i < sums[v].size(); ++i) sums[v][i] += shards[shard][v][i];
  return sums;
}

std::size_t differences(const Sums& a, const Sums& b) {
  std::size_t count = a.size() == b.size() ? 0 : 1;
  for (std::size_t v = 0; v < std::min(a.size(), b.size()); ++v) {
    if (a[v].size() != b[v].size()) ++count;
    for (std::size_t i = 0; i < std::min(a[v].size(), b[v].size()); ++i) {
      const bool are_alike =
          std::bit_cast<std::uint32_t>(a[v][i]) == std::bit_cast<std::uint32_t>(b[v][i]) ||
          (std::isnan(a[v][i]) && std::isnan(b[v][i]));
      if (!are_alike) ++count;
    }
  }
  return count;
}

// How many numbers differ between the shards' sums, computed one by one and all together; and how
// many would if the shards were added one after the other.
struct Difference {
  std::size_t together = 0, in_order = 0;
};

Difference difference(const ShardCase& c, const Rows* given = nullptr) {
  const auto model = [&](int threads) {
    return Model(c.network, c.loss, c.row, {.seed = 4, .threads = threads});
  };
  Model one = model(1);
  const std::int64_t all = c.rows * c.shards;
  const Rows rows = given != nullptr ? *given : random_rows(one, all, c.options.row_weights);
  const double share = 1.0 / static_cast<double>(c.shards);
  std::vector<Sums> shards;
  Program alone(shard_graph(one, c.rows, c.options), one.session());
  for (std::int64_t shard = 0; shard < c.shards; ++shard) {
    feed(alone, rows, shard * c.rows, c.rows, share);
    alone.run();
    shards.push_back(sums_of(one, alone));
  }
  const Sums wanted = along_the_tree(shards, 0, shards.size());
  Difference found{.in_order = differences(in_order(shards), wanted)};
  for (const int threads : {1, 3}) {
    Model other = model(threads);
    Program together(shard_graph(other, c.rows, c.options), other.session(),
                     {.parts = parts_of(c.shards, c.options)});
    feed(together, rows, 0, all, share);
    together.run();
    found.together += differences(sums_of(other, together), wanted);
  }
  return found;
}

using nn::Dense;

std::vector<ShardCase> shard_cases() {
  const Loss error = loss_named("mean_squared_error");
  const nn::Sequential images{nn::Conv2d{.channels = 5, .activation = nn::relu, .padding = 1},
                              nn::MaxPool{}, nn::Conv2d{.channels = 7, .activation = nn::tanh},
                              nn::Flatten{}, Dense{3}};
  return {
      {.name = "dense",
       .network = {Dense{40, nn::relu}, Dense{33, nn::tanh}, Dense{10}},
       .row = 150},
      {.name = "wide", .network = {Dense{130, nn::relu}, Dense{10}}, .row = 784, .shards = 4},
      {.name = "few inputs", .network = {Dense{20, nn::gelu}, Dense{3}}, .row = 5, .rows = 3},
      {.name = "tiny",
       .network = {Dense{2, nn::sigmoid}, Dense{2}},
       .row = 2,
       .rows = 1,
       .shards = 3},
      {.name = "one output", .network = {Dense{70, nn::relu}, Dense{1}}, .loss = error, .row = 400},
      {.name = "one row in a shard",
       .network = {Dense{50, nn::tanh}, Dense{4}},
       .row = 300,
       .rows = 1},
      {.name = "long shards",
       .network = {Dense{20, nn::tanh}, Dense{4}},
       .row = 30,
       .rows = 500,
       .shards = 3},
      {.name = "no power of 2",
       .network = {Dense{40, nn::relu}, Dense{4}},
       .row = 60,
       .rows = 6,
       .shards = 13},
      {.name = "dropout",
       .network = {nn::Dropout{0.2}, Dense{30, nn::relu}, nn::Dropout{0.5}, Dense{4}},
       .row = 20,
       .options = {.schedules_dropout = true}},
      {.name = "weights of rows",
       .network = {Dense{30, nn::relu}, Dense{4}},
       .row = 20,
       .options = {.row_weights = 1}},
      {.name = "members",
       .network = {nn::MemberDense{.units = 16, .members = 3, .activation = nn::relu},
                   nn::MemberDense{.units = 4, .members = 3}},
       .row = 20},
      {.name = "members with rows of their own",
       .network = {nn::MemberDense{
                       .units = 16, .members = 3, .activation = nn::relu, .apart = true},
                   nn::MemberDense{.units = 4, .members = 3, .apart = true}},
       .row = 20,
       .options = {.row_weights = 3}},
      {.name = "images", .network = images, .row = Shape{2, 9, 8}, .rows = 4},
      {.name = "one image in a shard",
       .network = images,
       .row = Shape{2, 9, 8},
       .rows = 1,
       .shards = 5},
      {.name = "batch norm",
       .network = {Dense{12, nn::relu}, nn::BatchNorm{}, Dense{4}},
       .row = 20},
      {.name = "layer norm",
       .network = {Dense{12, nn::relu}, nn::LayerNorm{}, Dense{4}},
       .row = 20},
      {.name = "class weights",
       .network = {Dense{12}, Dense{3}},
       .loss = {.name = "cross_entropy", .class_weights = {1, 2, 0.5}},
       .row = 20},
  };
}

TEST(ShardsTogether, HaveTheBitsOfShardsOneByOne) {
  for (const ShardCase& c : shard_cases()) {
    const Difference found = difference(c);
    EXPECT_EQ(found.together, 0U) << c.name;
    if (c.shards > 3) {
      EXPECT_GT(found.in_order, 0U) << c.name << ": another order would be noticed";
    }
  }
}

TEST(ShardsTogether, HaveTheBitsOfShardsOneByOneInRandomNetworks) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const drawn::DrawnTraining drawn = drawn::draw_training(seed, {.dropout = true});
    ShardCase c{.name = drawn.describe(),
                .network = drawn.network(),
                .loss = drawn.loss,
                .row = drawn.engine_row()};
    Rows rows;
    for (const drawn::DrawnBatch& batch : drawn.batches) {
      rows.x.insert(rows.x.end(), batch.x.begin(), batch.x.end());
      rows.target.insert(rows.target.end(), batch.target.begin(), batch.target.end());
    }
    rows.count = drawn.batch * static_cast<std::int64_t>(drawn.batches.size());
    c.rows = 2 + static_cast<std::int64_t>(seed % 5);
    c.shards = std::min<std::int64_t>(2 + static_cast<std::int64_t>(seed % 7), rows.count / c.rows);
    if (c.shards < 2) continue;
    EXPECT_EQ(difference(c, &rows).together, 0U) << "seed " << seed << "\n" << c.name;
  }
}

// No number of a dense network's gradient lies in memory shard by shard.
TEST(ShardsTogether, OfDenseNetworksAreProductsOfAllRows) {
  const ShardCase c{.network = {Dense{40, nn::relu}, Dense{10}}, .row = 150};
  Model model(c.network, c.loss, c.row, {.seed = 4});
  const Program alone(shard_graph(model, 8, {}), model.session());
  const Program together(shard_graph(model, 8, {}), model.session(), {.parts = parts_of(16, {})});
  const auto products = [](const Program& program) {
    std::vector<double> flops;
    for (const KernelCall& call : program.calls())
      if (call.product_flops > 0) flops.push_back(call.product_flops);
    return flops;
  };
  const std::vector<double> each = products(alone), all = products(together);
  ASSERT_EQ(all.size(), each.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i], 16 * each[i]);
}

}  // namespace
}  // namespace chainrule
