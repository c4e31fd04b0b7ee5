// One table-driven test over the records: every layer gives the shapes that it says, has the
// derivatives of what it computes, and is read from files as it was written.
#include <algorithm>
#include <cmath>
#include <functional>
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
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/manual.h"
#include "nn/message.h"
#include "nn/place.h"
#include "train/network/network_file.h"

namespace chainrule {
namespace {

using nn::Field, nn::FieldKind, nn::LayerCase, nn::LayerRecord, nn::PlacedLayer;

enum class Mode { inference, training };

// A picture's first channel as many times as there are to be channels, each times a number of its
// own.
struct Tiled {
  std::int64_t channels = 1;
  static const LayerRecord& record();
};
constinit const LayerRecord tiled_layer{
    .name = "tiled",
    .summary = {"The first channel, several times."},
    .fields = nn::fields_of<Tiled>({nn::field<&Tiled::channels>(
        {.name = "channels", .meaning = {"how many"}, .range = {1, 9}, .example = "1"})}),
    .takes = nn::RowKind::picture,
    .shape = [](const Tiled& layer, nn::Shapes x) { return x[0].with(1, layer.channels); },
    .parameters =
        [](const Tiled& layer, nn::Shapes) {
          return nn::LayerParameters{{.name = "weight",
                                      .shape = {layer.channels, 1, 1},
                                      .axes = {"channel", "row", "column"},
                                      .start = 0.5}};
        },
    .trace =
        [](const Tiled&, nn::LayerCall& at) {
          const Shape& x = at.x().shape();
          const Value first = slice(at.x(), {0, 0, 0, 0}, {x[0], 1, x[2], x[3]});
          return first * at.parameter("weight");
        },
    .cases =
        [] {
          return std::vector<LayerCase>{{Tiled{2}, {2, 1, 2, 2}}};
        },
};
const LayerRecord& Tiled::record() { return tiled_layer; }

// A layer that makes rows of this shape of any: of vectors dense, of pictures those of one channel
// more or less.
nn::Layer shaped_layer(const Shape& y) {
  if (y.rank() == 2) return nn::Dense{.units = y[1]};
  return Tiled{.channels = y[1]};
}

// What makes every gradient that goes through it 0.1 % too large.
constexpr Op exaggerated_op{
    .name = "exaggerated",
    .summary = {"The operand, with a gradient that is too large."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return x; },
    .chain_rule = [](const Local&, Value g) { return std::vector<Value>{1.001 * g}; },
};

// A layer alone; with another behind it, if it may not be the last; and, if it takes several
// inputs, with layers before it that give them: each, of the network's input, what its shape says.
struct CaseNetwork {
  nn::Network network;
  Shape x;
};
CaseNetwork network_of(const LayerCase& test, bool needs_rows_at_the_end = false) {
  CaseNetwork made{.network = {}, .x = test.x[0]};
  nn::Layer layer = test.layer;
  if (test.x.size() > 1) {
    std::vector<std::string> inputs{"input"};
    for (std::size_t i = 1; i < test.x.size(); ++i) {
      inputs.push_back(fmt::format("made{}", i));
      made.network.layers.push_back(
          nn::Layer(shaped_layer(test.x[i])).named(inputs.back()).from({"input"}));
    }
    layer = layer.from(inputs);
  }
  made.network.layers.push_back(layer);
  if (needs_rows_at_the_end || !layer.record().never_last.empty())
    made.network.layers.emplace_back(nn::Dense{.units = 2});
  return made;
}

struct LayerTrial {
  Graph graph{};
  Value x;
  nn::Traced traced;

  LayerTrial(const LayerCase& test, Mode mode) {
    const CaseNetwork made = network_of(test);
    x = graph.input("x", made.x);
    const Value counter = graph.input("counter", {2});
    traced =
        nn::trace(made.network, x, 1, {.training = mode == Mode::training, .counter = counter});
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
  // Ids have neighbours at 1 from them, and no slope.
  if (const auto& ids = test.layer.record().ids) {
    for (double& id : at.front().values) id = std::floor((id + 1) / 2 * double(ids(test.layer)));
    direction.front() = DoubleTensor(direction.front().shape);
  }
  const auto values_at = [&](double step) {
    Feeds feeds{{"counter", {{2}, {7, 0}}}};
    for (const nn::Parameter& buffer : trial.traced.buffers) feeds[buffer.name] = buffer.initial;
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
  static void SetUpTestSuite() {
    if (nn::find_layer("tiled") == nullptr) nn::register_layer(tiled_layer);
  }
  const LayerRecord& record() const { return *GetParam(); }
  std::vector<LayerCase> cases() const { return record().cases(); }
};

TEST_P(EveryLayer, SaysWhatItIs) {
  EXPECT_EQ(nn::find_layer(record().name), &record());
  EXPECT_TRUE(record().summary.en.ends_with('.')) << record().summary.en;
  EXPECT_TRUE(record().summary.ko.ends_with("다.")) << record().summary.ko;
  EXPECT_FALSE(record().words.en.empty() || record().words.ko.empty());
  ASSERT_FALSE(cases().empty());
  for (const Field& field : record().fields) {
    EXPECT_FALSE(field.name.empty() || field.meaning.en.empty() || field.meaning.ko.empty());
    EXPECT_FALSE(nn::allowed(field).empty()) << field.name;
  }
}

TEST_P(EveryLayer, GivesTheShapesAndParametersThatItSays) {
  for (const LayerCase& test : cases())
    for (const Mode mode : {Mode::inference, Mode::training}) {
      LayerTrial trial(test, mode);
      verify(trial.graph);
      const CaseNetwork made = network_of(test);
      const std::vector<PlacedLayer> layers = nn::placed(made.network, made.x);
      EXPECT_EQ(trial.traced.output.shape(), layers.back().y);
      std::size_t next = 0, next_buffer = 0;
      for (const PlacedLayer& at : layers)
        for (const nn::LayerParameter& parameter : at.parameters) {
          const auto& list = parameter.is_buffer ? trial.traced.buffers : trial.traced.parameters;
          std::size_t& place = parameter.is_buffer ? next_buffer : next;
          ASSERT_LT(place, list.size());
          const nn::Parameter& traced = list[place++];
          EXPECT_EQ(traced.name, fmt::format("{}.{}", at.name, parameter.name));
          EXPECT_EQ(traced.initial.shape, parameter.shape);
          EXPECT_EQ(traced.decay_factor, parameter.decay_factor);
          EXPECT_EQ(parameter.axes.count, static_cast<std::size_t>(parameter.shape.rank()));
        }
      EXPECT_EQ(next, trial.traced.parameters.size());
      EXPECT_EQ(next_buffer, trial.traced.buffers.size());
    }
}

TEST_P(EveryLayer, DoesSomethingElseWhileTrainingOnlyIfItSaysSo) {
  bool differs = false;
  for (const LayerCase& test : cases())
    differs = differs || print(LayerTrial(test, Mode::training).graph) !=
                             print(LayerTrial(test, Mode::inference).graph);
  EXPECT_EQ(differs, record().has_modes);
  EXPECT_LE(record().draws, record().has_modes);
}

// While training each buffer gets its next value, afterwards none does. What does the same in both
// modes has buffers that stay as they began.
TEST_P(EveryLayer, MovesItsBuffersWhileTraining) {
  for (const LayerCase& test : cases())
    for (const Mode mode : {Mode::inference, Mode::training}) {
      LayerTrial trial(test, mode);
      const bool moves = mode == Mode::training && record().has_modes;
      EXPECT_EQ(trial.graph.updates().size(), moves ? trial.traced.buffers.size() : 0U);
    }
}

// A frozen layer is as it is after training, and none of its numbers is trained.
TEST_P(EveryLayer, StandsStillWhenFrozen) {
  for (const LayerCase& test : cases()) {
    CaseNetwork made = network_of(test);
    for (nn::Layer& layer : made.network.layers) layer = layer.frozen();
    Graph graph;
    const Value x = graph.input("x", made.x), counter = graph.input("counter", {2});
    const nn::Traced traced = nn::trace(made.network, x, 1, {.training = true, .counter = counter});
    EXPECT_TRUE(traced.parameters.empty());
    EXPECT_TRUE(graph.updates().empty());
    LayerTrial afterwards(test, Mode::inference);
    EXPECT_EQ(print(graph), print(afterwards.graph));
    EXPECT_EQ(traced.buffers.size(),
              afterwards.traced.parameters.size() + afterwards.traced.buffers.size());
    for (const nn::Parameter& parameter : afterwards.traced.parameters) {
      const auto same = std::ranges::find(traced.buffers, parameter.name, &nn::Parameter::name);
      ASSERT_NE(same, traced.buffers.end());
      EXPECT_EQ(same->initial, parameter.initial) << "it draws the same";
    }
  }
}

TEST_P(EveryLayer, GradientMatchesFiniteDifferences) {
  for (const LayerCase& test : cases())
    for (const Mode mode : {Mode::inference, Mode::training})
      EXPECT_LE(slope_error(test, mode), 1e-6) << nn::title_of(test.layer).en;
}

TEST_P(EveryLayer, GradientThatIsATenthOfAPercentTooLargeIsSeen) {
  EXPECT_GT(slope_error(cases().front(), Mode::training, true), 1e-6);
}

// A file with the layer, and with another behind it. The layer is the one before the last.
NetworkFile file_of(const LayerCase& test) {
  const CaseNetwork made = network_of(test, true);
  NetworkFile file;
  file.input = made.x.row();
  file.model = made.network;
  return file;
}

TEST_P(EveryLayer, IsReadFromAFileAsItWasWritten) {
  for (const LayerCase& test : cases()) {
    const std::string text = to_toml(file_of(test));
    const NetworkFile back = parse_network(text, "net.toml");
    const nn::Layer& layer = back.model.layers.at(back.model.layers.size() - 2);
    ASSERT_EQ(&layer.record(), &record());
    for (const Field& field : record().fields)
      EXPECT_EQ(field.get(layer.fields()), field.get(test.layer.fields())) << field.name;
    EXPECT_EQ(to_toml(back), text);
  }
}

// Of a number's range: the ends, and what is just beyond.
struct Ends {
  std::vector<nn::FieldValue> good, bad;
};
Ends ends_of(const Field& field) {
  const nn::Range& range = field.range;
  if (field.kind == FieldKind::extents) {
    const auto low = static_cast<std::int64_t>(range.low),
               high = static_cast<std::int64_t>(range.high);
    return {{nn::Extents(low)}, {nn::Extents(low, high + 1), nn::Extents(low - 1, low)}};
  }
  if (field.kind == FieldKind::shape) {
    const auto low = static_cast<std::int64_t>(range.low),
               high = static_cast<std::int64_t>(range.high);
    return {{Shape{low, high}}, {Shape{low, high + 1}, Shape{low - 1}}};
  }
  if (field.kind == FieldKind::whole_list) {
    using List = std::vector<std::int64_t>;
    const auto low = static_cast<std::int64_t>(range.low),
               high = static_cast<std::int64_t>(range.high);
    return {{List{low, high}}, {List{low, high + 1}, List{low - 1}}};
  }
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

// A value that is in its range may still not fit the others.
bool is_in_its_range(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return std::string_view(error.what()).find("it must be ") == std::string_view::npos;
  }
  return true;
}

TEST_P(EveryLayer, TakesTheEndsOfItsRangesAndNothingBeyond) {
  const LayerCase test = cases().front();
  for (const Field& field : record().fields) {
    if (field.kind != FieldKind::whole && field.kind != FieldKind::real &&
        field.kind != FieldKind::extents && field.kind != FieldKind::shape &&
        field.kind != FieldKind::whole_list)
      continue;
    const Ends ends = ends_of(field);
    for (const nn::FieldValue& value : ends.good) {
      LayerCase changed = test;
      changed.layer = nn::with(test.layer, field, value);
      EXPECT_TRUE(is_in_its_range([&] { validate(changed.layer); })) << field.name;
      EXPECT_TRUE(is_in_its_range([&] { parse_network(to_toml(file_of(changed)), "net.toml"); }))
          << field.name;
    }
    for (const nn::FieldValue& value : ends.bad) {
      LayerCase changed = test;
      changed.layer = nn::with(test.layer, field, value);
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
  EXPECT_EQ(traced.parameters[0].decay_factor, 0);
}

}  // namespace
}  // namespace chainrule
