// One table-driven test over the records: every layer gives the shapes that it says, has the
// derivatives of what it computes, and is read from files as it was written.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"
#include "nn/layer_list.h"
#include "nn/manual.h"
#include "nn/message.h"
#include "nn/place.h"
#include "train/network_file.h"

namespace chainrule {
namespace {

using nn::Field, nn::FieldKind, nn::LayerCase, nn::LayerRecord, nn::PlacedLayer;

enum class Mode { inference, training };

// What makes every gradient that goes through it 0.1 % too large.
constexpr Op exaggerated_op{
    .name = "exaggerated",
    .summary = "The operand, with a gradient that is too large.",
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return x; },
    .chain_rule = [](const Local&, Value g) { return std::vector<Value>{1.001 * g}; },
};

// A layer alone; with another behind it, if it may not be the last.
nn::Sequential network_of(const nn::Layer& layer) {
  nn::Sequential network{layer};
  if (!layer.record().never_last.empty()) network.layers.emplace_back(nn::Dense{.units = 2});
  return network;
}

struct LayerTrial {
  Graph graph{};
  Value x;
  nn::Traced traced;

  LayerTrial(const LayerCase& test, Mode mode) {
    x = graph.input("x", test.x);
    const Value counter = graph.input("counter", {2});
    traced = nn::trace(network_of(test.layer), x, 1, mode == Mode::training ? counter : Value{});
  }

  std::vector<Value> moved() const {
    std::vector<Value> values{x};
    for (const nn::Parameter& parameter : traced.parameters) values.push_back(parameter.variable);
    return values;
  }
};

// phi = <w, output>, and its slope along a random direction of the input and all parameters: from
// the gradient's graph, and by a stencil of five points. Returns the relative error.
double slope_error(const LayerCase& test, Mode mode, bool is_sabotaged = false) {
  LayerTrial trial(test, mode);
  RandomStream random(2026, 3);
  const auto drawn = [&](const Shape& shape) {
    DoubleTensor tensor(shape);
    for (double& value : tensor.values) value = 2 * random.uniform() - 1;
    return tensor;
  };
  Value y = trial.traced.output;
  if (is_sabotaged) y = trial.graph.apply(exaggerated_op, {{y}});
  const DoubleTensor w = drawn(y.shape());
  const std::vector<Value> moved = trial.moved();
  const std::vector<Value> gradients = gradient(y, moved, trial.graph.constant(w));
  std::vector<DoubleTensor> at, direction;
  for (const Value& value : moved) {
    at.push_back(drawn(value.shape()));
    direction.push_back(drawn(value.shape()));
  }
  const auto values_at = [&](double step) {
    Feeds feeds{{"counter", {{2}, {7, 0}}}};
    for (std::size_t k = 0; k < moved.size(); ++k) {
      DoubleTensor& value = feeds[moved[k].node().name] = at[k];
      for (std::size_t i = 0; i < value.values.size(); ++i)
        value.values[i] += step * direction[k].values[i];
    }
    return evaluate(trial.graph, feeds);
  };
  const auto dot = [](const DoubleTensor& a, const DoubleTensor& b) {
    return std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0);
  };
  const auto value_of = [](const std::vector<DoubleTensor>& values, Value node) {
    return values[static_cast<std::size_t>(node.id())];
  };
  const auto phi = [&](double step) { return dot(w, value_of(values_at(step), y)); };
  const std::vector<DoubleTensor> values = values_at(0);
  double slope = 0;
  for (std::size_t k = 0; k < moved.size(); ++k)
    slope += dot(direction[k], value_of(values, gradients[k]));
  constexpr double h = 1e-3;
  const double expected = (8 * (phi(h) - phi(-h)) - (phi(2 * h) - phi(-2 * h))) / (12 * h);
  return std::abs(slope - expected) / std::max(std::abs(expected), 1e-2);
}

class EveryLayer : public testing::TestWithParam<const LayerRecord*> {
 protected:
  const LayerRecord& record() const { return *GetParam(); }
  std::vector<LayerCase> cases() const { return record().cases(); }
};

TEST_P(EveryLayer, SaysWhatItIs) {
  EXPECT_EQ(nn::find_layer(record().name), &record());
  EXPECT_TRUE(record().summary.ends_with('.')) << record().summary;
  EXPECT_FALSE(record().words.en.empty() || record().words.ko.empty());
  ASSERT_FALSE(cases().empty());
  for (const Field& field : record().fields) {
    EXPECT_FALSE(field.name.empty() || field.meaning.empty());
    EXPECT_FALSE(nn::allowed(field).empty()) << field.name;
  }
}

TEST_P(EveryLayer, GivesTheShapesAndParametersThatItSays) {
  for (const LayerCase& test : cases())
    for (const Mode mode : {Mode::inference, Mode::training}) {
      LayerTrial trial(test, mode);
      verify(trial.graph);
      const std::vector<PlacedLayer> layers = nn::placed(network_of(test.layer), test.x);
      EXPECT_EQ(trial.traced.output.shape(), layers.back().y);
      std::size_t next = 0;
      for (const PlacedLayer& at : layers)
        for (const nn::LayerParameter& parameter : at.parameters) {
          ASSERT_LT(next, trial.traced.parameters.size());
          const nn::Parameter& made = trial.traced.parameters[next++];
          EXPECT_EQ(made.name, fmt::format("{}.{}", at.name, parameter.name));
          EXPECT_EQ(made.initial.shape, parameter.shape);
          EXPECT_EQ(made.decays, parameter.decays);
          EXPECT_EQ(parameter.axes.count, static_cast<std::size_t>(parameter.shape.rank()));
        }
      EXPECT_EQ(next, trial.traced.parameters.size());
    }
}

TEST_P(EveryLayer, DrawsWhileTrainingOnlyAndOnlyIfItSaysSo) {
  bool differs = false;
  for (const LayerCase& test : cases())
    differs = differs || print(LayerTrial(test, Mode::training).graph) !=
                             print(LayerTrial(test, Mode::inference).graph);
  EXPECT_EQ(differs, record().draws);
}

TEST_P(EveryLayer, GradientMatchesFiniteDifferences) {
  for (const LayerCase& test : cases())
    for (const Mode mode : {Mode::inference, Mode::training})
      EXPECT_LE(slope_error(test, mode), 1e-6) << nn::title_of(test.layer);
}

TEST_P(EveryLayer, GradientThatIsATenthOfAPercentTooLargeIsSeen) {
  EXPECT_GT(slope_error(cases().front(), Mode::training, true), 1e-6);
}

// A file with the layer, and with another behind it.
NetworkFile file_of(const LayerCase& test) {
  NetworkFile file;
  file.input = test.x[1];
  file.model = {test.layer, nn::Dense{.units = 2}};
  return file;
}

TEST_P(EveryLayer, IsReadFromAFileAsItWasWritten) {
  for (const LayerCase& test : cases()) {
    const std::string text = to_toml(file_of(test));
    const NetworkFile back = parse_network(text, "net.toml");
    ASSERT_EQ(&back.model.layers.at(0).record(), &record());
    for (const Field& field : record().fields)
      EXPECT_EQ(field.get(back.model.layers[0].fields()), field.get(test.layer.fields()))
          << field.name;
    EXPECT_EQ(to_toml(back), text);
  }
}

// Of a number's range: the ends, and what is just beyond.
struct Ends {
  std::vector<nn::FieldValue> good, bad;
};
Ends ends_of(const Field& field) {
  const nn::Range& range = field.range;
  if (field.kind == FieldKind::whole) {
    const auto low = static_cast<std::int64_t>(range.low),
               high = static_cast<std::int64_t>(range.high);
    return {{low, high}, {low - 1, high + 1}};
  }
  Ends ends{{range.low}, {std::nextafter(range.low, -1e300)}};
  (range.has_high ? ends.good : ends.bad).emplace_back(range.high);
  ends.good.emplace_back(std::nextafter(range.high, range.low));
  ends.bad.emplace_back(std::nextafter(range.high, 1e300));
  return ends;
}

TEST_P(EveryLayer, TakesTheEndsOfItsRangesAndNothingBeyond) {
  const LayerCase test = cases().front();
  for (const Field& field : record().fields) {
    if (field.kind != FieldKind::whole && field.kind != FieldKind::real) continue;
    const Ends ends = ends_of(field);
    for (const nn::FieldValue& value : ends.good) {
      const LayerCase changed{nn::with(test.layer, field, value), test.x};
      EXPECT_NO_THROW(validate(changed.layer)) << field.name;
      EXPECT_NO_THROW(parse_network(to_toml(file_of(changed)), "net.toml")) << field.name;
    }
    for (const nn::FieldValue& value : ends.bad) {
      const LayerCase changed{nn::with(test.layer, field, value), test.x};
      EXPECT_THAT(message([&] { validate(changed.layer); }), testing::HasSubstr("it must be "));
      EXPECT_THROW(parse_network(to_toml(file_of(changed)), "net.toml"), DataError) << field.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Layers, EveryLayer, testing::ValuesIn(nn::all_layers()),
                         [](const auto& layer) { return std::string(layer.param->name); });

TEST(LayerManual, IsTheDocument) {
  EXPECT_EQ(read_file(std::string(CHAINRULE_SOURCE_DIR) + "/docs/layers.md"), nn::layer_manual())
      << "write it anew: chainrule layers --markdown > docs/layers.md";
}

TEST(LayerNorm, StandardisesEachRow) {
  Graph graph;
  const Value x = graph.input("x", {2, 4});
  const nn::Traced traced = nn::trace({nn::LayerNorm{.epsilon = 1e-12}}, x, 1);
  const std::vector<DoubleTensor> values =
      evaluate(graph, {{"x", {{2, 4}, {1, 2, 3, 4, -5, -5, 5, 5}}},
                       {"layer_norm1.weight", DoubleTensor::filled({4}, 1)},
                       {"layer_norm1.bias", DoubleTensor({4}, {0, 0, 0, 10})}});
  const double a = 3 / std::sqrt(5.0), b = 1 / std::sqrt(5.0);
  EXPECT_THAT(
      values[static_cast<std::size_t>(traced.output.id())].values,
      testing::Pointwise(testing::DoubleNear(1e-9), {-a, -b, b, 10 + a, -1.0, -1.0, 1.0, 11.0}));
}

TEST(Scale, StartsAsTheIdentityAndDoesNotDecay) {
  Graph graph;
  const nn::Traced traced = nn::trace({nn::Scale{}}, graph.input("x", {2, 3}), 1);
  ASSERT_EQ(traced.parameters.size(), 1U);
  EXPECT_EQ(traced.parameters[0].name, "scale1.weight");
  EXPECT_EQ(traced.parameters[0].initial, DoubleTensor::filled({3}, 1));
  EXPECT_FALSE(traced.parameters[0].decays);
}

}  // namespace
}  // namespace chainrule
