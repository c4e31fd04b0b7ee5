// A calibrated classifier's temperature against what it must be, worked out by hand.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/csv.h"
#include "nn/message.h"
#include "train/loop/calibration.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

// A hundred rows of which 73 are "yes", all alike.
data::Prepared alike() {
  std::string text = "x,answer\n";
  for (int i = 0; i < 100; ++i) text += i < 73 ? "1,yes\n" : "1,no\n";
  text += "2,yes\n";  // so that the column says something
  data::PrepareOptions options;
  options.split = {.validation = 0, .test = 0};
  options.encode.scaling = data::Scaling::none;
  data::Prepared data = data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
  std::erase(data.train.rows, 100);
  return data;
}

// Whatever the row, logits 0 and `logit`.
nn::Network saying(double logit) {
  nn::Network network{nn::Dense{.units = 2,
                                .weight = DoubleTensor({2, 1}, {0, 0}),
                                .bias_values = DoubleTensor({2}, {0, logit})}};
  network.is_calibrated = true;
  return network;
}

double probability(double logit, double temperature) {
  return 1 / (1 + std::exp(-logit / temperature));
}

// softmax(logit / T) is 0.73 where T = logit / ln(0.73 / 0.27). Of so many rows, though, the
// likeliest u = ln T with a normal prior of deviation 1/2 is where the derivative by u,
// -(logit / T) (p - 0.73) + 4 u / rows, is 0; found by halving.
double likeliest_temperature(double logit, double rows) {
  double low = -3, high = 3;
  for (int i = 0; i < 100; ++i) {
    const double u = (low + high) / 2, temperature = std::exp(u);
    const double slope =
        -(logit / temperature) * (probability(logit, temperature) - 0.73) + 4 * u / rows;
    (slope < 0 ? low : high) = u;
  }
  return std::exp(low);
}

double loss_at(double p) { return -0.73 * std::log(p) - 0.27 * std::log(1 - p); }

TEST(Calibration, FindsTheTemperatureThatMeetsTheFrequencies) {
  const data::Prepared data = alike();
  const double odds = std::log(0.73 / 0.27);
  for (const double logit : {0.3, 2.0, 8.0}) {
    Model model(saying(logit), {"cross_entropy"}, 1);
    const Calibrated found = calibrated(model, data.train);
    const double expected = likeliest_temperature(logit, 100);
    EXPECT_NEAR(found.number, expected, 1e-3 * expected) << logit;
    EXPECT_NEAR(found.loss, loss_at(probability(logit, expected)), 1e-4);
    // A hundred times as many rows leave little of the prior.
    data::Part many = data.train;
    for (int i = 1; i < 100; ++i)
      many.rows.insert(many.rows.end(), data.train.rows.begin(), data.train.rows.end());
    EXPECT_NEAR(calibrated(model, many).number, logit / odds, 0.01 * logit / odds) << logit;
  }
}

TEST(Calibration, OfYesAndNoFindsTheSame) {
  data::Prepared data = alike();
  nn::Network network{nn::Dense{.units = 2,
                                .weight = DoubleTensor({2, 1}, {0, 0}),
                                .bias_values = DoubleTensor({2}, {-3, 3})}};
  network.is_calibrated = true;
  Model model(network, {"binary_cross_entropy"}, 1);
  EXPECT_NEAR(calibrated(model, data.train).number, likeliest_temperature(3, 100), 3e-3);
}

TEST(Calibration, IsWhatAFitEndsWith) {
  const data::Prepared data = alike();
  Model model(saying(4), {"cross_entropy"}, 1);
  // Nothing is learnt: the rate is too small for any number to move.
  fit(model, SGD{.learning_rate = 1e-30}, data.train, data.train, data.encoder.target(),
      {.epochs = 2, .keep_best = false});
  const double expected = likeliest_temperature(4, 100), p_yes = probability(4, expected);
  EXPECT_NEAR(model.session().values("temperature")[0], expected, 1e-3 * expected);
  const Tensor p = model.predict(*data.train.data, std::vector<std::int64_t>{0});
  EXPECT_NEAR(p.values[1], p_yes, 1e-4);
  // A second fit begins from 1 again, and the best epoch's is kept with its weights.
  const History history = fit(model, SGD{.learning_rate = 1e-30}, data.train, data.train,
                              data.encoder.target(), {.epochs = 1});
  EXPECT_NEAR(model.session().values("temperature")[0], expected, 1e-3 * expected);
  EXPECT_NEAR(history.epochs[0].validation->loss, loss_at(p_yes), 1e-4);
}

TEST(Calibration, OfOthersIsNone) {
  nn::Network network = saying(4);
  network.is_calibrated = false;
  EXPECT_EQ(calibration_of(Model(network, {"cross_entropy"}, 1)), "");
  EXPECT_EQ(calibration_of(Model(saying(4), {"mean_squared_error"}, 1)), "");
  EXPECT_EQ(calibration_of(Model(saying(4), {"cross_entropy"}, 1)), temperature_name);
}

class CalibratedRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, const std::string& loss = "cross_entropy") const {
    TrainRequest request{.data = project + "/data/iris.csv", .out = folder_.file(name)};
    request.model_file = folder_.write(
        "net.toml",
        "[network]\ncalibrated = true\n[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
    request.loss = loss;
    request.epochs = 6;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 4;
    return request;
  }

  TemporaryFolder folder_;
};

TEST_F(CalibratedRuns, TrainSaveResumeAndReplay) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name); });
  SavedRun saved = SavedRun::open(folder_.file("whole"));
  const float temperature = saved.model().weights().at("temperature").values[0];
  EXPECT_NE(temperature, 1);
  EXPECT_THAT(read_file(folder_.file("whole/config.toml")),
              testing::HasSubstr("calibrated = true"));
}

TEST_F(CalibratedRuns, AreRefusedWhereThereAreNoLogits) {
  EXPECT_THAT(
      message_of<DataError>([&] { train_run(request("run", "mean_squared_error")); }, folder_),
      testing::HasSubstr("mean_squared_error has none"));
}

}  // namespace
}  // namespace chainrule
