// Batches that are computed in shards.
#include "train/loop/sharded_gradient.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "nn/message.h"

namespace chainrule {
namespace {

using nn::Dense, nn::Dropout;

const nn::Sequential drawing{Dropout{0.2}, Dense{5, nn::tanh}, Dropout{0.4}, Dense{2}};

// 40 rows of three numbers, all of them to train on, and two classes.
data::Prepared forty_rows() {
  std::string text = "a,b,c,class\n";
  for (int i = 0; i < 40; ++i)
    text += fmt::format("{},{},{},{}\n", i * 7 % 11, i * i % 13, i % 5, i % 3 == 0 ? "x" : "y");
  data::PrepareOptions options;
  options.split = {.validation = 0, .test = 0};
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

struct Summed {
  double loss = 0;
  std::vector<std::vector<float>> gradients;
  bool operator==(const Summed&) const = default;
};

// The rows of a batch, cut into parts, with all that is drawn as in step 5.
Summed summed(Model& model, const data::Prepared& data, std::int64_t parts, std::int64_t rows) {
  ShardedGradient gradients(model, parts, std::span(&rows, 1), {.schedules_dropout = true});
  std::vector<std::int64_t> which(static_cast<std::size_t>(rows));
  std::iota(which.begin(), which.end(), 3);
  Summed result;
  Steps::Batch batch;
  batch.step = 5;
  batch.rows = which;
  batch.dropout_factor = 0.75;
  result.loss = gradients.run(*data.train.data, batch).loss;
  for (const std::span<const float> sum : gradients.variables())
    result.gradients.emplace_back(sum.begin(), sum.end());
  return result;
}

// The whole batch's in double precision, by the step's graph.
void expect_gradients_of_the_batch(const Loss& loss, std::int64_t parts, std::int64_t rows) {
  SCOPED_TRACE(fmt::format("{}, {} parts of {} rows", loss.name, parts, rows));
  const data::Prepared data = forty_rows();
  Model model(drawing, loss, 3, {.seed = 4});
  const Summed sums = summed(model, data, parts, rows);

  Graph graph;
  const Optimizer sgd = SGD{};
  const TracedTraining traced = trace_training(graph, {.network = drawing,
                                                       .loss = loss,
                                                       .optimizer = sgd,
                                                       .batch = rows,
                                                       .row = {3},
                                                       .outputs = 2,
                                                       .seed = 4,
                                                       .options = {.schedules_dropout = true}});
  Feeds feeds{{"learning_rate", {{}, {1}}}, {"step", {{}, {5}}}, {"counter", {{2}, {5, 0}}}};
  feeds["dropout_factor"] = {{}, {0.75}};
  for (const auto& [name, weights] : model.weights())
    feeds[name] = {weights.shape, {weights.values.begin(), weights.values.end()}};
  Tensor x({rows, 3}), target({rows, 2});
  std::vector<std::int64_t> which(static_cast<std::size_t>(rows));
  std::iota(which.begin(), which.end(), 3);
  data.train.data->gather(which, x.values.data(), target.values.data());
  feeds["x"] = {x.shape, {x.values.begin(), x.values.end()}};
  feeds["target"] = {target.shape, {target.values.begin(), target.values.end()}};
  const auto values = evaluate(graph, feeds);
  EXPECT_NEAR(sums.loss, values[static_cast<std::size_t>(traced.loss.id())].values[0], 1e-6);
  ASSERT_EQ(sums.gradients.size(), traced.gradients.size());
  for (std::size_t p = 0; p < sums.gradients.size(); ++p) {
    const auto& wanted = values[static_cast<std::size_t>(traced.gradients[p].id())].values;
    ASSERT_EQ(wanted.size(), sums.gradients[p].size());
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(static_cast<double>(sums.gradients[p][i]), wanted[i], 2e-6) << p << " " << i;
  }
}

TEST(ShardedGradient, GiveTheWholeBatchsGradient) {
  for (const std::string_view loss : loss_names())
    for (const std::int64_t parts : {1, 2, 3, 8})
      expect_gradients_of_the_batch(loss_named(loss), parts, 13);
  expect_gradients_of_the_batch(loss_named("cross_entropy"), 16, 16);
  expect_gradients_of_the_batch(loss_named("cross_entropy"), 7, 3);  // more parts than rows
}

TEST(ShardedGradient, HaveTheSameBitsForAnyNumberOfThreads) {
  const data::Prepared data = forty_rows();
  const auto with = [&](int threads) {
    Model model(drawing, loss_named("cross_entropy"), 3, {.seed = 4, .threads = threads});
    return summed(model, data, 5, 32);
  };
  const Summed one = with(1);
  for (const int threads : {2, 3, 4}) EXPECT_EQ(with(threads), one) << threads;
}

// Each part elsewhere, as one of its own, knowing no more than its first row: of 13 rows in 5
// parts,
// ((0 + 1) + (2 + 3)) + 4.
TEST(ShardedGradient, AreAddedAlongATreeWhereverTheyWereComputed) {
  const data::Prepared data = forty_rows();
  Model model(drawing, loss_named("cross_entropy"), 3, {.seed = 4});
  const Summed wanted = summed(model, data, 5, 13);
  std::vector<Summed> parts;
  for (std::int64_t part = 4; part >= 0; --part) {
    const std::int64_t first = part * 13 / 5, rows = (part + 1) * 13 / 5 - first;
    Model elsewhere(drawing, loss_named("cross_entropy"), 3, {.seed = 4, .threads = 2});
    Program program(shard_graph(elsewhere, rows, {.schedules_dropout = true}), elsewhere.session());
    std::vector<std::int64_t> which(static_cast<std::size_t>(rows));
    std::iota(which.begin(), which.end(), 3 + first);
    data.train.data->gather(which, program.input("x").data(), program.input("target").data());
    program.input("share")[0] = static_cast<float>(static_cast<double>(rows) / 13);
    std::ranges::copy(std::array{5.0F, 0.0F, static_cast<float>(first)},
                      program.input("counter").begin());
    program.input("dropout_factor")[0] = 0.75F;
    program.run();
    Summed& sums = *parts.insert(parts.begin(), Summed{});
    sums.loss = static_cast<double>(program.output("loss")[0]);
    for (const auto& parameter : elsewhere.parameters()) {
      const auto gradient = program.output(parameter.name);
      sums.gradients.emplace_back(gradient.begin(), gradient.end());
    }
  }
  for (std::size_t p = 0; p < wanted.gradients.size(); ++p)
    for (std::size_t i = 0; i < wanted.gradients[p].size(); ++i) {
      const auto at = [&](std::size_t part) { return parts[part].gradients[p][i]; };
      EXPECT_EQ(wanted.gradients[p][i], ((at(0) + at(1)) + (at(2) + at(3))) + at(4));
    }
}

// One after the other, also through batches that do not divide evenly, and by other groups.
TEST(ShardedGradient, IsTheSameHoweverManyShardsAreComputedTogether) {
  const data::Prepared data = forty_rows();
  const auto sums_with = [&](std::int64_t bytes, std::int64_t shards) {
    Model model(drawing, loss_named("cross_entropy"), 3, {.seed = 4});
    const std::vector<std::int64_t> batches{32, 13, 24, 3};
    ShardedGradient gradients(model, shards, batches, {.schedules_dropout = true},
                              {.together = bytes});
    std::vector<std::vector<float>> all;
    std::vector<std::int64_t> which(32);
    std::iota(which.begin(), which.end(), 3);
    for (const std::size_t rows : {32U, 13U, 32U, 24U, 3U, 32U}) {
      Steps::Batch batch;
      batch.step = 5;
      batch.rows = std::span<const std::int64_t>(which).first(rows);
      batch.dropout_factor = 0.75;
      const double loss = gradients.run(*data.train.data, batch).loss;
      all.push_back({static_cast<float>(loss)});
      for (const std::span<const float> sum : gradients.variables())
        all.emplace_back(sum.begin(), sum.end());
    }
    return all;
  };
  for (const std::int64_t shards : {4, 8}) {
    const auto alone = sums_with(0, shards);
    for (const std::int64_t bytes :
         {std::int64_t{500}, std::int64_t{1500}, std::int64_t{4000}, ShardPlaces{}.together})
      EXPECT_EQ(sums_with(bytes, shards), alone) << bytes;
  }
}

// Two rows of a shard at least for layers that look at other rows: those of 13 rows in 5 shards.
TEST(ShardedGradient, HasTwoRowsInAShardWhereLayersMixThem) {
  const nn::Sequential mixing{Dense{3}, nn::BatchNorm{}, Dense{2}}, plain{Dense{3}};
  EXPECT_EQ(shard_bounds(plain, 5, 13), (std::vector<std::int64_t>{0, 2, 5, 7, 10, 13}));
  EXPECT_EQ(shard_bounds(plain, 5, 3), (std::vector<std::int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(shard_bounds(mixing, 5, 7), (std::vector<std::int64_t>{0, 2, 4, 7}));
  EXPECT_EQ(shard_bounds(mixing, 5, 1), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(message([&] { require_shards(mixing, 4, 7); }),
            "shards = 4; with batches of 7 rows it must be from 1 to 3, two rows for each, since a "
            "layer looks at the batch's other rows");
  EXPECT_NO_THROW(require_shards(mixing, 3, 7));
  EXPECT_NO_THROW(require_shards({Dense{3}, nn::Layer(nn::BatchNorm{}).frozen(), Dense{2}}, 7, 7));
}

// A step of sgd on [x; 2 x; ...], with the statistics of each shard by hand: rows 0 1 | 2 3.
TEST(ShardedGradient, NormalisesEachShardByItself) {
  const data::Prepared data = forty_rows();
  const nn::Sequential network{nn::BatchNorm{.momentum = 0.5}, Dense{2}};
  Model model(network, loss_named("cross_entropy"), 3, {.seed = 4});
  const std::int64_t rows = 4;
  ShardedGradient gradients(model, 2, std::span(&rows, 1), {});
  const std::vector<std::int64_t> which{3, 4, 5, 6};
  Steps::Batch batch;
  batch.step = 1;
  batch.rows = which;
  gradients.run(*data.train.data, batch);
  ASSERT_EQ(moved_buffers(model),
            (std::vector<std::string>{"batch_norm1.mean", "batch_norm1.variance"}));
  Tensor x({4, 3}), target({4, 2});
  data.train.data->gather(which, x.values.data(), target.values.data());
  const std::size_t buffers = model.parameters().size();
  for (std::size_t feature = 0; feature < 3; ++feature) {
    const auto at = [&](std::size_t row) {
      return static_cast<double>(x.values[row * 3 + feature]);
    };
    double mean = 0, variance = 0;  // half of 0 and 1, where both averages start
    for (const std::size_t first : {0U, 2U}) {
      const double centre = (at(first) + at(first + 1)) / 2;
      mean += 0.5 * (0.5 * 0 + 0.5 * centre);
      // Of two numbers the sample's variance is half of their distance's square.
      variance += 0.5 * (0.5 * 1 + 0.5 * std::pow(at(first) - at(first + 1), 2) / 2);
    }
    EXPECT_NEAR(static_cast<double>(gradients.variables()[buffers][feature]), mean, 1e-6);
    EXPECT_NEAR(static_cast<double>(gradients.variables()[buffers + 1][feature]), variance, 1e-6);
  }
}

// The whole step that explanations trace, in double precision, has each shard's statistics too.
TEST(ShardedGradient, IsThatOfTheWholeStepWithItsShards) {
  const data::Prepared data = forty_rows();
  const nn::Sequential network{Dense{4, nn::tanh}, nn::BatchNorm{}, Dense{2}};
  const Loss loss = loss_named("cross_entropy");
  Model model(network, loss, 3, {.seed = 4});
  const std::int64_t rows = 11;
  ShardedGradient gradients(model, 3, std::span(&rows, 1), {});
  std::vector<std::int64_t> which(11);
  std::iota(which.begin(), which.end(), 3);
  Steps::Batch batch;
  batch.step = 1;
  batch.rows = which;
  const ShardedGradient::Sums sums = gradients.run(*data.train.data, batch);
  Graph graph;
  const Optimizer sgd = SGD{};
  const TracedTraining traced = trace_training(graph, {.network = network,
                                                       .loss = loss,
                                                       .optimizer = sgd,
                                                       .batch = rows,
                                                       .row = {3},
                                                       .outputs = 2,
                                                       .seed = 4,
                                                       .options = {.shards = 3}});
  Feeds feeds{{"learning_rate", {{}, {1}}}, {"step", {{}, {1}}}};
  for (const auto& [name, weights] : model.weights())
    feeds[name] = {weights.shape, {weights.values.begin(), weights.values.end()}};
  Tensor x({rows, 3}), target({rows, 2});
  data.train.data->gather(which, x.values.data(), target.values.data());
  feeds["x"] = {x.shape, {x.values.begin(), x.values.end()}};
  feeds["target"] = {target.shape, {target.values.begin(), target.values.end()}};
  const auto values = evaluate(graph, feeds);
  EXPECT_NEAR(sums.loss, values[static_cast<std::size_t>(traced.loss.id())].values[0], 1e-6);
  std::vector<Value> wanted = traced.gradients;
  for (const nn::Traced::Moved& moved : traced.model.moved) wanted.push_back(moved.next);
  ASSERT_EQ(gradients.variables().size(), wanted.size());
  for (std::size_t v = 0; v < wanted.size(); ++v) {
    const auto& number = values[static_cast<std::size_t>(wanted[v].id())].values;
    ASSERT_EQ(number.size(), gradients.variables()[v].size());
    for (std::size_t i = 0; i < number.size(); ++i)
      EXPECT_NEAR(static_cast<double>(gradients.variables()[v][i]), number[i], 3e-6)
          << v << " " << i;
  }
  EXPECT_TRUE(graph.find("batch_norm1.shard3.batch_mean").has_value());
}

// One step by hand from the sums: clipped once, by all gradients together.
TEST(Fit, ClipsAndUpdatesOnceWithTheSumOfTheParts) {
  const data::Prepared data = forty_rows();
  const Loss loss = loss_named("cross_entropy");
  const nn::Sequential network{Dense{4, nn::tanh}, Dense{2}};
  Model model(network, loss, 3, {.seed = 4});
  const auto before = model.weights();
  FitOptions options{.epochs = 1, .batch_size = 40, .clip_norm = 0.1, .keep_best = false};
  options.shards = 3;
  fit(model, SGD{.learning_rate = 0.5}, data.train, data.validation, data.encoder.target(),
      options);
  options.shards = 1;
  Model whole(network, loss, 3, {.seed = 4});
  fit(whole, SGD{.learning_rate = 0.5}, data.train, data.validation, data.encoder.target(),
      options);
  double change = 0;
  for (const auto& [name, weights] : whole.weights())
    for (std::size_t i = 0; i < weights.values.size(); ++i) {
      const float in_parts = model.weights().at(name).values[i], then = before.at(name).values[i];
      EXPECT_NEAR(in_parts, weights.values[i], 1e-7);
      change += std::pow(static_cast<double>(in_parts - then), 2);
    }
  EXPECT_NEAR(std::sqrt(change), 0.5 * 0.1, 1e-7) << "the rate times the norm";
}

}  // namespace
}  // namespace chainrule
