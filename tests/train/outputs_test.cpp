// Networks with several outputs and a loss in parts, from a file to a run that is resumed,
// replayed, explained and asked for predictions.
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/array_bytes.h"
#include "train/marked.h"
#include "train/network/network_file.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

const std::string network_text = R"([network]
outputs = ["price", "sold", "age"]
[[network.layer]]
type = "dense"
units = 5
activation = "tanh"
[[network.layer]]
type = "dense"
name = "sold"
units = 1
activation = "sigmoid"
[[network.layer]]
type = "dense"
name = "age"
input = "dense1"
units = 1
[[network.layer]]
type = "dense"
name = "price"
input = "dense1"
units = 1
)";
const std::string loss_text = R"([[loss.part]]
output = "age"
type = "pinball"
levels = [0.25]
[[loss.part]]
output = "price"
type = "huber"
delta = 0.5
weight = 2.0
[[loss.part]]
output = "sold"
type = "binary_cross_entropy"
weight = 0.5
)";

TEST(OutputsInFiles, AreReadAndWrittenBack) {
  const NetworkFile file = parse_network(network_text + loss_text, "net.toml");
  EXPECT_EQ(file.model.outputs, (std::vector<std::string>{"price", "sold", "age"}));
  ASSERT_EQ(file.loss->parts.size(), 3U);
  EXPECT_EQ(file.loss->parts[0].levels, std::vector<double>{0.25});
  EXPECT_EQ(file.loss->parts[0].weight, 1);
  EXPECT_EQ(file.loss->parts[1].output, "price");
  EXPECT_EQ(file.loss->parts[1].delta, 0.5);
  EXPECT_EQ(file.loss->parts[1].weight, 2);
  EXPECT_EQ(file.loss->parts[2].name, "binary_cross_entropy");
  const std::string written = to_toml(file);
  EXPECT_EQ(to_toml(parse_network(written, "written.toml")), written);
  EXPECT_THAT(written, HasSubstr("outputs = [\"price\", \"sold\", \"age\"]\n"));
  EXPECT_THAT(written, HasSubstr("\n[[loss.part]]\ntype = \"huber\"\noutput = \"price\"\n"
                                 "weight = 2.0\ndelta = 0.5\n"));
}

void expect_file_refused(const std::string& with_mark, const std::string& message) {
  expect_refused(with_mark, message,
                 [](const std::string& text) { parse_network(text, "net.toml"); });
}

TEST(OutputsInFiles, AreRefusedAtTheirPlace) {
  const std::string layer = "[[network.layer]]\ntype = \"dense\"\nunits = 1\n";
  expect_file_refused("[network]\ninput = 2\noutputs = ^[]\n" + layer,
                      "outputs is empty; name layers, or leave it out: the last one's then");
  expect_file_refused(
      "[network]\ninput = 2\noutputs = ^[\"dense2\"]\n" + layer,
      "the network's output \"dense2\" is no layer of it; did you mean \"dense1\"?");
  expect_file_refused(network_text + "[loss]\n^type = \"huber\"\n" + loss_text,
                      "[loss] in parts has no key \"type\"; known are \"part\"");
  expect_file_refused(
      network_text + "[loss]\npart = ^3\n",
      "part is a number; begin each part with [[loss.part]], in two pairs of brackets");
  expect_file_refused(network_text + "^[[loss.part]]\ntype = \"huber\"\n",
                      "[[loss.part]] has no output; add the layer's name, output = \"price\"");
  expect_file_refused(
      network_text + "[[loss.part]]\noutput = \"age\"\ntype = \"huber\"\n^levels = [1]\n",
      "[[loss.part]] of type \"huber\" has no key \"levels\"; known are \"type\", "
      "\"output\", \"weight\", \"delta\"");
  const std::string example = "[example]\ninput = [1, 2]\ntarget = ^[1, 1.5, 3]\n";
  expect_file_refused(network_text + loss_text + example,
                      "binary_cross_entropy needs targets from 0 to 1; give probabilities");
}

// Numbers of different scales, and one that is 0 or 1.
std::string a_table(const std::string& more = "", const std::string& its_values = "") {
  RandomStream random(5, 0);
  std::string text = "a,b," + more + "price,sold,age\n";
  for (int row = 0; row < 60; ++row) {
    const double a = random.normal(), b = random.normal();
    text += fmt::format("{:.3f},{:.3f},{}{:.2f},{:d},{:.2f}\n", a, b,
                        more.empty() ? "" : its_values.substr(row % its_values.size(), 1) + ",",
                        100 + 30 * a, a + b > 0, 10 + 3 * b);
  }
  return text;
}

class OutputsInRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, const std::string& more_network = "") const {
    TrainRequest request{.data = folder_.write("t.csv", a_table()), .out = folder_.file(name)};
    request.target.column = "price,sold,age";
    request.model_file = folder_.write("net.toml", network_text + more_network + loss_text);
    request.epochs = 8;
    request.batch_size = 10;
    request.seed = 3;
    request.threads = 1;
    request.checkpoint_every = 4;
    return request;
  }
  std::string refusal(const TrainRequest& asked) const {
    return message_of<DataError>([&] { train_run(asked); }, folder_);
  }
  TemporaryFolder folder_;
};

TEST_F(OutputsInRuns, AreResumedReplayedAndRepeated) {
  expect_resumed_and_replayed(folder_, [&](const char* name) { return request(name); });
  expect_repeated(folder_);
}

// The scores' loss, added up chunk by chunk, is the weighted sum of the parts as their formulas
// have them, of the model's own outputs.
TEST_F(OutputsInRuns, TellTheLossThatThePartsAddUpTo) {
  train_run(request("run"));
  auto run = chainrule::Run::open(folder_.file("run"), {.threads = 1});
  run.go_to(run.steps());
  const data::Part& rows = run.data().train;
  const Tensor said = run.model().predict(*rows.data, rows.rows);
  Tensor targets(said.shape);
  rows.data->gather(rows.rows, nullptr, targets.values.data());
  double huber = 0, surprise = 0, pinball = 0;
  for (std::size_t i = 0; i < said.values.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return std::pair(static_cast<double>(targets.values[i + k]),
                       static_cast<double>(said.values[i + k]));
    };
    const auto [price, guess] = at(0);
    const double off = std::abs(price - guess);
    huber += off <= 0.5 ? off * off / 2 : 0.5 * (off - 0.25);
    const auto [sold, probability] = at(1);
    EXPECT_TRUE(sold == 0 || sold == 1) << "probabilities are not scaled";
    surprise -= std::log(sold == 1 ? probability : 1 - probability);
    const auto [age, quantile] = at(2);
    pinball += age > quantile ? 0.25 * (age - quantile) : 0.75 * (quantile - age);
  }
  const auto count = static_cast<double>(rows.size());
  const Scores scores = evaluate(run.model(), rows, run.data().encoder.target());
  EXPECT_NEAR(scores.loss, (2 * huber + 0.5 * surprise + pinball) / count, 1e-6);
}

TEST_F(OutputsInRuns, PredictInTheTargetsUnits) {
  TrainRequest asked = request("run");
  asked.epochs = 200;
  asked.learning_rate = 0.02;
  train_run(asked);
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const std::string csv = saved.predict(folder_.file("t.csv")).csv;
  EXPECT_THAT(csv, testing::StartsWith("price,sold,age\n"));
  // The third row's a and b are known, and so about what they mean.
  std::istringstream given(a_table()), told(csv);
  std::string row, answer;
  std::getline(given, row), std::getline(told, answer);
  double worst = 0;
  int right = 0;
  while (std::getline(given, row) && std::getline(told, answer)) {
    double a = 0, b = 0, price = 0, age = 0, sold = 0, said_price = 0, said_sold = 0, said_age = 0;
    ASSERT_EQ(std::sscanf(row.c_str(), "%lf,%lf,%lf,%lf,%lf", &a, &b, &price, &sold, &age), 5);
    ASSERT_EQ(std::sscanf(answer.c_str(), "%lf,%lf,%lf", &said_price, &said_sold, &said_age), 3);
    worst = std::max(worst, std::abs(said_price - price));
    EXPECT_TRUE(said_sold >= 0 && said_sold <= 1) << answer;
    right += (said_sold > 0.5) == (sold == 1);
  }
  EXPECT_LT(worst, 60) << "prices lie between 10 and 190";
  EXPECT_GT(right, 50);
}

TEST_F(OutputsInRuns, ExplainEachPartOfTheLoss) {
  train_run(request("run"));
  auto run = chainrule::Run::open(folder_.file("run"), {.threads = 1});
  const Explanation loss = explain(run, {.quantity = "loss", .step = 7});
  EXPECT_TRUE(loss.passed);
  EXPECT_THAT(loss.page, HasSubstr("E = 2 × loss.price + 1/2 × loss.sold + loss.age"));
  for (const char* part : {"  loss.price = ", "  loss.sold = ", "  loss.age = "})
    EXPECT_THAT(loss.page, HasSubstr(part));
  EXPECT_THAT(loss.page, HasSubstr("Loss function: pinball(age) + 2 huber(price) + "
                                   "0.5 binary_cross_entropy(sold)."));
  for (const char* quantity : {"loss.sold", "sold.weight[0,2]", "sold.z[0,0].gradient",
                               "dense1.weight[3,1]", "output[2]", "age.bias[0].gradient"})
    EXPECT_TRUE(explain(run, {.quantity = quantity, .step = 7}).passed) << quantity;
  EXPECT_TRUE(explain_prediction(run, {.number = 5}).passed);
}

TEST_F(OutputsInRuns, LearnFromArrays) {
  std::string x, y;
  RandomStream random(8, 0);
  for (int row = 0; row < 50; ++row) {
    const auto a = static_cast<float>(random.normal()), b = static_cast<float>(random.normal());
    x += data::bytes_of({a, b});
    y += data::bytes_of({100 + 30 * a, a + b > 0 ? 1.0F : 0.0F, 10 + 3 * b});
  }
  TrainRequest asked = request("run");
  asked.target.column.clear();
  std::filesystem::create_directory(folder_.file("arrays"));
  folder_.write("arrays/X.npy", data::npy_of("<f4", "(50, 2)", x));
  folder_.write("arrays/y.npy", data::npy_of("<f4", "(50, 3)", y));
  asked.data = folder_.file("arrays");
  train_run(asked);
  EXPECT_FALSE(chainrule::Run::open(folder_.file("run"), {.threads = 1}).verify().difference);
}

TEST_F(OutputsInRuns, AreTheSameInPartsOfABatch) {
  TrainRequest whole = request("whole"), cut = request("cut");
  cut.shards = 5;
  train_run(whole);
  train_run(cut);
  auto one = chainrule::Run::open(folder_.file("whole"), {.threads = 1});
  auto other = chainrule::Run::open(folder_.file("cut"), {.threads = 1});
  one.go_to(one.steps());
  other.go_to(other.steps());
  const auto weights = other.model().weights();
  for (const auto& [name, tensor] : one.model().weights())
    for (std::size_t i = 0; i < tensor.values.size(); ++i)
      EXPECT_NEAR(tensor.values[i], weights.at(name).values[i], 1e-4) << name;
}

TEST_F(OutputsInRuns, RefuseTargetsThatDoNotFit) {
  TrainRequest asked = request("run");
  asked.target.column = "price,age,sold";
  EXPECT_THAT(refusal(asked), HasSubstr("net.toml: sold: binary_cross_entropy needs targets from "
                                        "0 to 1, and row "));
  asked.target.column = "price,sold";
  EXPECT_THAT(refusal(asked),
              HasSubstr("net.toml: the network's outputs, price (1), sold (1), age (1), are 3 "
                        "numbers, but the data has 2 numbers to predict; change their units, or "
                        "the target"));
  asked.data = folder_.write("kinds.csv", a_table("kind,", "xyz"));
  asked.target.column = "kind";
  EXPECT_THAT(refusal(asked), HasSubstr("the loss has parts, which are of numbers, and the target "
                                        "is a class; name columns of numbers"));
  asked.target.column = "price,kind,age";
  EXPECT_EQ(refusal(asked),
            "kinds.csv:2:3: column \"kind\" holds text such as \"x\", and a target of several "
            "columns is numbers, or one class of 0 and 1; name it alone, or leave it out");
  asked = request("run");
  asked.target.scale = data::TargetScale::log;
  EXPECT_THAT(refusal(asked), testing::AnyOf(HasSubstr("which has no logarithm"),
                                             HasSubstr("learnt on a log scale")));
  asked = request("run");
  asked.model_file = folder_.write(
      "calibrated.toml", "[network]\ncalibrated = true\n" +
                             network_text.substr(std::string("[network]\n").size()) + loss_text);
  EXPECT_THAT(refusal(asked), HasSubstr("calibrated = true is for losses of logits or quantiles"));
}

}  // namespace
}  // namespace chainrule
