// Rows that do not all count the same: against rows written down so many times, and through a run.
#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/explain.h"
#include "chainrule/ops.h"
#include "chainrule/run.h"
#include "data/csv.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

using RecordedRun = Run;

double loss_value(const Loss& loss, const DoubleTensor& z, const DoubleTensor& target,
                  const DoubleTensor& row_weight) {
  Graph graph;
  const Value output = graph.input("z", z.shape);
  const nn::Traced model{.output = output, .z = output, .last = nn::identity, .parameters = {}};
  const Value value = apply(loss, model, graph.input("target", target.shape),
                            graph.input("row_weight", row_weight.shape));
  return evaluate(graph, {{"z", z},
                          {"target", target},
                          {"row_weight", row_weight}})[static_cast<std::size_t>(value.id())]
      .values[0];
}

TEST(RowWeights, CountInTheMeanOfEveryLoss) {
  // The errors are 0.5, 0, 1 and -2, 4, 0.
  const DoubleTensor o({2, 3}, {1, 2, 0, 3, 4, 0}), t({2, 3}, {1.5, 2, 1, 1, 8, 0});
  const DoubleTensor w({2, 1}, {3, 0.5});
  EXPECT_DOUBLE_EQ(loss_value({"half_squared_error"}, o, t, w), (3 * 0.625 + 0.5 * 10) / 2);
  EXPECT_DOUBLE_EQ(loss_value({"mean_squared_error"}, o, t, w), (3 * 1.25 + 0.5 * 20) / 6);
  EXPECT_DOUBLE_EQ(loss_value({"mean_absolute_error"}, o, t, w), (3 * 1.5 + 0.5 * 6) / 6);
  EXPECT_DOUBLE_EQ(loss_value({"huber"}, o, t, w), (3 * 0.625 + 0.5 * (1.5 + 3.5)) / 6);
  EXPECT_DOUBLE_EQ(loss_value({"pinball"}, o, t, w),
                   (3 * (0.25 * 0.5 + 0.75) + 0.5 * (0.75 * 2 + 0.5 * 4)) / 6);
  // Three classes alike in the first row, e times as likely as the others in the second.
  const DoubleTensor z({2, 3}, {0, 0, 0, 1, 0, 0}), k({2, 3}, {0, 1, 0, 1, 0, 0});
  EXPECT_NEAR(loss_value({"cross_entropy"}, z, k, w),
              (3 * std::log(3) + 0.5 * (std::log(std::exp(1) + 2) - 1)) / 2, 1e-15);
  EXPECT_NEAR(loss_value({"binary_cross_entropy"}, {{2, 1}, {0, 1}}, {{2, 1}, {1, 0}}, w),
              (3 * std::log(2) + 0.5 * std::log1p(std::exp(1))) / 2, 1e-15);
}

// y says whether a + b is large; `n` is how many times the row counts, or is written down.
data::Prepared rows_of(bool written_down) {
  std::string text = "a,b,n,y\n";
  for (int i = 0; i < 60; ++i) {
    const int a = i * 7 % 11, b = i * i % 13, count = i % 4;
    for (int k = 0; k < (written_down ? count : 1); ++k)
      text += fmt::format("{},{},{},{}\n", a, b, written_down ? 1 : count,
                          a + b > 10 + i % 3 ? "high" : "low");
  }
  data::PrepareOptions options;
  options.split = {.validation = 0, .test = 0};
  options.encode.scaling = data::Scaling::none;
  options.weight = "n";
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

TEST(RowWeights, AreAsManyRows) {
  for (const bool has_members : {false, true}) {
    std::map<std::string, Tensor> weights[2];
    for (const bool written_down : {false, true}) {
      const data::Prepared data = rows_of(written_down);
      ASSERT_EQ(data.train.data->width(), 2);  // n is no input
      ASSERT_EQ(data.train.size(), written_down ? 90 : 60);
      nn::Sequential network{nn::Dense{5, nn::tanh}, nn::Dense{2}};
      if (has_members)
        network = {nn::MemberDense{.units = 5, .members = 3, .activation = nn::tanh},
                   nn::MemberDense{.units = 2, .members = 3}};
      Model model(network, loss_named("cross_entropy"), 2, {.seed = 3});
      fit(model, SGD{.learning_rate = 0.02}, data.train, {}, data.encoder.target(),
          {.epochs = 30, .batch_size = data.train.size()});
      weights[written_down] = model.weights();
    }
    for (const auto& [name, tensor] : weights[0])
      for (std::size_t i = 0; i < tensor.values.size(); ++i)
        EXPECT_NEAR(tensor.values[i], weights[1].at(name).values[i], 2e-5) << name << " " << i;
  }
}

TEST(RowWeights, AreRefusedWhereTheySayNothing) {
  const auto refusal = [](const char* text, const char* column) -> std::string {
    data::PrepareOptions options;
    options.split = {.validation = 0, .test = 0};
    options.weight = column;
    try {
      data::prepare(data::Source{data::parse_csv(text, "t.csv"), {}}, options);
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  };
  EXPECT_THAT(refusal("a,n,y\n1,1,0\n2,-1,1\n3,1,0\n", "n"),
              HasSubstr("t.csv:3:2: column \"n\" says how many times a row counts, and is "
                        "\"-1\" here; it must be 0 or more"));
  EXPECT_THAT(refusal("a,n,y\n1,1,0\n2,,1\n3,1,0\n", "n"), HasSubstr("and is empty here"));
  EXPECT_THAT(refusal("a,n,y\n1,0,0\n2,0,1\n3,0,0\n", "n"),
              HasSubstr("weight: \"n\" is 0 in all training rows"));
  EXPECT_THAT(refusal("a,n,y\n1,1,0\n2,1,1\n3,1,0\n", "m"), HasSubstr("has no column \"m\""));
  EXPECT_THAT(refusal("a,n,y\n1,1,0\n2,1,1\n3,1,0\n", "y"), HasSubstr("\"y\" is the target"));
}

class WeightedRuns : public testing::Test {
 protected:
  TrainRequest request() const {
    std::string text = "a,b,times,y\n";
    for (int i = 0; i < 120; ++i)
      text += fmt::format("{},{},{},{}\n", i * 7 % 11, i * i % 13, 0.5 * (i % 5), i * 3 % 17);
    TrainRequest request{.data = folder_.write("t.csv", text), .out = folder_.file("run")};
    request.target.task = data::Task::regression;
    request.weight = "times";
    request.hidden = {{4}};
    request.epochs = 4;
    request.batch_size = 16;
    request.threads = 1;
    return request;
  }
  TemporaryFolder folder_;
};

TEST_F(WeightedRuns, AreReplayedExplainedAndRepeated) {
  const RunResult result = train_run(request());
  EXPECT_EQ(result.config.row, Shape{2});
  RecordedRun run = RecordedRun::open(result.folder, {.threads = 2});
  EXPECT_FALSE(run.verify().difference.has_value());
  for (const char* quantity : {"dense1.weight[1,0]", "loss"}) {
    const Explanation story = explain(run, {.quantity = quantity, .step = 5});
    EXPECT_TRUE(story.passed) << story.page;
    EXPECT_THAT(story.page, HasSubstr("row_weight"));
  }
  TrainRequest again = read_config(result.folder + "/config.toml");
  EXPECT_EQ(again.weight, "times");
  again.out = folder_.file("again");
  EXPECT_EQ(train_run(again).config.id, result.config.id);
  EXPECT_EQ(read_file(again.out + "/model.safetensors"),
            read_file(result.folder + "/model.safetensors"));
  // What is predicted needs no weights.
  SavedRun saved = SavedRun::open(result.folder);
  const std::string rows = folder_.write("new.csv", "a,b\n3,4\n");
  EXPECT_NO_THROW(saved.predict(rows));
}

TEST_F(WeightedRuns, CountTheSameInParts) {
  TrainRequest whole = request(), parts = request();
  parts.shards = 4;
  parts.out = folder_.file("parts");
  const RunResult one = train_run(whole), four = train_run(parts);
  EXPECT_NEAR(one.test.loss, four.test.loss, 1e-4 * one.test.loss);
  TrainRequest plain = request();
  plain.weight = "";
  plain.encode.drop = {"times"};
  plain.out = folder_.file("plain");
  EXPECT_GT(std::abs(train_run(plain).test.loss - one.test.loss), 1e-3 * one.test.loss);
}

}  // namespace
}  // namespace chainrule
