// What if: runs without rows and with weights set, against plain loops that never had those terms.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/compare.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "train/run_files.h"

namespace chainrule {
namespace {

using RecordedRun = Run;  // which testing::Test has, too

using testing::HasSubstr;

// One layer and its softmax, trained in double precision on the rows that count.
class PlainSoftmax {
 public:
  PlainSoftmax(RecordedRun& run, double momentum)
      : data_(*run.data().train.data), momentum_(momentum) {
    for (const auto& [name, tensor] : run.model().weights()) {
      std::vector<double>& to = name == "dense1.weight" ? w_ : b_;
      to.assign(tensor.values.begin(), tensor.values.end());
    }
    v_.resize(w_.size() + b_.size());
  }

  void step(const RecordedRun::Batch& batch, const std::vector<std::int64_t>& without) {
    const std::size_t classes = b_.size(), width = w_.size() / classes;
    std::vector<double> gradient(v_.size());
    double counted = 0;
    for (const std::int64_t row : batch.rows) counted += !std::ranges::binary_search(without, row);
    for (const std::int64_t row : batch.rows) {
      if (std::ranges::binary_search(without, row)) continue;
      std::vector<float> x(width);
      data_.gather(std::span(&row, 1), x.data(), nullptr);
      std::vector<double> p(classes);
      double sum = 0;
      for (std::size_t k = 0; k < classes; ++k) {
        double z = b_[k];
        for (std::size_t j = 0; j < width; ++j) z += w_[k * width + j] * static_cast<double>(x[j]);
        sum += p[k] = std::exp(z);
      }
      for (std::size_t k = 0; k < classes; ++k) {
        const double delta =
            (p[k] / sum - (data_.class_of(row) == static_cast<std::int32_t>(k) ? 1 : 0)) / counted;
        for (std::size_t j = 0; j < width; ++j)
          gradient[k * width + j] += delta * static_cast<double>(x[j]);
        gradient[w_.size() + k] += delta;
      }
    }
    for (std::size_t i = 0; i < v_.size(); ++i) {
      v_[i] = momentum_ * v_[i] + gradient[i];  // Nesterov's
      (i < w_.size() ? w_[i] : b_[i - w_.size()]) -=
          batch.learning_rate * (gradient[i] + momentum_ * v_[i]);
    }
  }

  double largest_error(RecordedRun& run) const {
    double largest = 0;
    const Session& session = run.model().session();
    const auto compare_with = [&](const std::vector<double>& own, std::span<const float> engine) {
      for (std::size_t i = 0; i < own.size(); ++i)
        largest = std::max(largest, std::abs(own[i] - static_cast<double>(engine[i])));
    };
    compare_with(w_, session.values("dense1.weight"));
    compare_with(b_, session.values("dense1.bias"));
    return largest;
  }

 private:
  const data::Dataset& data_;
  double momentum_;
  std::vector<double> w_, b_, v_;
};

class WhatIfTest : public testing::Test {
 protected:
  TrainRequest request(const std::string& name = "first") const {
    TrainRequest request{.data = iris, .out = folder_.file(name), .optimizer = "sgd"};
    request.hidden = {std::vector<std::int64_t>{}};
    request.learning_rate = 0.2;
    request.momentum = 0.5;
    request.weight_decay = 0;
    request.epochs = 4;
    request.batch_size = 3;
    request.patience = 0;
    request.seed = 5;
    request.threads = 1;
    return request;
  }
  RecordedRun open(const std::string& name) const {
    return RecordedRun::open(folder_.file(name), {.threads = 2});
  }

  // Every second row, so that some batches of three lose all of theirs.
  static std::vector<std::int64_t> every_second(const RecordedRun& run) {
    std::vector<std::int64_t> rows;
    for (std::size_t i = 0; i < run.data().train.rows.size(); i += 2)
      rows.push_back(run.data().train.rows[i]);
    return rows;
  }

  TemporaryFolder folder_;
};

TEST_F(WhatIfTest, WithoutRowsTrainsAsIfTheirTermsWereAbsent) {
  train_run(request());
  const RecordedRun first = open("first");
  const std::vector<std::int64_t> without = every_second(first);
  const RunResult result = what_if(first, {.without_rows = without}, folder_.file("other"));
  EXPECT_EQ(result.config.fit.what_if.of, first.config().id);
  EXPECT_NE(result.config.id, first.config().id);
  EXPECT_EQ(result.train.rows,
            first.data().train.size() - static_cast<std::int64_t>(without.size()))
      << "rows that did not count are not scored";
  RecordedRun other = open("other");
  PlainSoftmax plain(other, 0.5), full(other, 0.5);
  bool is_any_empty = false;
  for (std::int64_t step = 1; step <= other.steps(); ++step) {
    const RecordedRun::Batch batch = other.batch(step);
    EXPECT_EQ(batch.rows, first.batch(step).rows) << "the order of rows is kept";
    is_any_empty = is_any_empty || std::ranges::all_of(batch.rows, [&](std::int64_t row) {
                     return std::ranges::binary_search(without, row);
                   });
    plain.step(batch, without);
    full.step(batch, {});
    other.advance();
    ASSERT_LT(plain.largest_error(other), 2e-5) << "step " << step;
  }
  EXPECT_TRUE(is_any_empty);
  EXPECT_GT(full.largest_error(other), 1e-2) << "the check can fail";
}

TEST_F(WhatIfTest, StatesPartAtTheFirstBatchThatLosesARow) {
  train_run(request());
  RecordedRun first = open("first");
  const std::vector<std::int64_t> without{first.batch(23).rows[1]};
  std::int64_t expected = 1;
  while (!std::ranges::count(first.batch(expected).rows, without[0])) ++expected;
  what_if(first, {.without_rows = without}, folder_.file("other"));
  RecordedRun other = open("other");
  const RunComparison found = compare(first, other);
  ASSERT_TRUE(found.parting);
  EXPECT_EQ(found.parting->step, expected);
  EXPECT_EQ(found.same_until, expected - 1);
  EXPECT_TRUE(found.parting->row_weights);
  EXPECT_FALSE(found.parting->rows);
  EXPECT_TRUE(found.is_same_data);
  EXPECT_EQ(found.settings.size(), 2U) << "what_if.of and what_if.without_rows";
}

TEST_F(WhatIfTest, PartsOfABatchLoseTheSameRows) {
  TrainRequest in_parts = request(), whole = request("whole");
  for (TrainRequest* each : {&in_parts, &whole}) each->batch_size = 20;
  in_parts.shards = 4;
  train_run(in_parts);
  train_run(whole);
  const RecordedRun first = open("first"), second = open("whole");
  const std::vector<std::int64_t> without = every_second(first);
  const RunResult a = what_if(first, {.without_rows = without}, folder_.file("a"));
  const RunResult b = what_if(second, {.without_rows = without}, folder_.file("b"));
  EXPECT_NEAR(a.test.loss, b.test.loss, 1e-5);
  // The loss of an epoch is that of the rows that count.
  EXPECT_NEAR(a.history.epochs[0].train_loss, b.history.epochs[0].train_loss, 1e-5);
}

TEST_F(WhatIfTest, ASetWeightIsThereBeforeItsStep) {
  train_run(request());
  RecordedRun first = open("first");
  what_if(first, {.set = {"dense1.weight[1,2]=0.75", "dense1.bias[0]=-2"}, .at = 31},
          folder_.file("other"));
  RecordedRun other = open("other");
  first.go_to(30);
  other.go_to(30);
  EXPECT_EQ(first.hash(), other.hash());
  first.model().session().values("dense1.weight")[1 * 4 + 2] = 0.75F;
  first.model().session().values("dense1.bias")[0] = -2;
  first.advance();
  other.advance();
  EXPECT_EQ(first.hash(), other.hash());
  // The story of that step begins with it.
  const Explanation story = explain(other, {.quantity = "dense1.weight[1,2]", .step = 31});
  EXPECT_TRUE(story.passed);
  EXPECT_THAT(story.page, HasSubstr("0.75"));
  RecordedRun original = open("first");
  const RunComparison found = compare(original, other);
  ASSERT_TRUE(found.parting);
  EXPECT_EQ(found.parting->step, 31);
}

TEST_F(WhatIfTest, IsARunLikeOthers) {
  train_run(request());
  const RecordedRun first = open("first");
  const WhatIf what{.without_rows = every_second(first), .set = {"dense1.bias[1]=1"}, .at = 40};
  what_if(first, what, folder_.file("whole"));
  what_if(first, what, folder_.file("cut"), {.threads = 1}, ending_after(2));
  resume_run(folder_.file("cut"));
  EXPECT_EQ(read_file(folder_.file("cut/model.safetensors")),
            read_file(folder_.file("whole/model.safetensors")));
  RecordedRun whole = open("whole");
  EXPECT_FALSE(whole.verify().difference);
  EXPECT_TRUE(check_files(folder_.file("whole")).damaged.empty());
  expect_repeated(folder_);
  // A step that loses some of its rows, and one that loses all, are explained and proved.
  std::set<bool> explained;
  for (std::int64_t step = 1; step <= whole.steps() && explained.size() < 2; ++step) {
    const std::vector<float> weights = whole.batch(step).weights;
    if (weights.empty()) continue;
    const bool has_rows = std::ranges::any_of(weights, [](float weight) { return weight > 0; });
    if (!explained.insert(has_rows).second) continue;
    for (const char* quantity : {"loss", "dense1.weight[1,2]"})
      EXPECT_TRUE(explain(whole, {.quantity = quantity, .step = step}).passed) << step;
  }
  EXPECT_EQ(explained.size(), 2U);
  ASSERT_EQ(whole.notes().size(), 1U);
  EXPECT_THAT(whole.notes()[0].en,
              HasSubstr(fmt::format("asks what if: it is the run {} without {} of the training "
                                    "rows and with dense1.bias[1]=1 before step 40",
                                    first.config().id, what.without_rows.size())));
}

TEST_F(WhatIfTest, RefusesWhatMakesNoSense) {
  train_run(request());
  const RecordedRun first = open("first");
  const auto refusal = [&](const WhatIf& what, const RecordedRun& run) -> std::string {
    try {
      what_if(run, what, folder_.file("refused"));
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  };
  EXPECT_THAT(refusal({}, first), HasSubstr("name rows to do without, or a weight to set"));
  EXPECT_THAT(refusal({.without_rows = first.data().train.rows}, first),
              HasSubstr("no training row would be left"));
  EXPECT_THAT(refusal({.without_rows = {first.data().test.rows[0]}}, first),
              HasSubstr("give rows that the run was trained on"));
  EXPECT_THAT(refusal({.set = {"dense1.weigth[0,0]=1"}, .at = 1}, first),
              HasSubstr("did you mean \"dense1.weight\""));
  EXPECT_THAT(refusal({.set = {"dense1.weight[3,0]=1"}, .at = 1}, first),
              HasSubstr("dense1.weight has shape [3, 4]"));
  EXPECT_THAT(refusal({.set = {"dense1.weight=1"}, .at = 1}, first), HasSubstr("has shape"));
  EXPECT_THAT(refusal({.set = {"dense1.weight[0,0]=much"}, .at = 1}, first),
              HasSubstr("as in dense1.weight[3,5]=0"));
  EXPECT_THAT(refusal({.set = {"dense1.weight[0,0]=1"}, .at = 5000}, first),
              HasSubstr("at 5000: the run has the steps 1 to"));
  what_if(first, {.set = {"dense1.bias[1]=1"}, .at = 4}, folder_.file("other"));
  EXPECT_THAT(refusal({.set = {"dense1.bias[1]=1"}, .at = 4}, open("other")),
              HasSubstr("asks what if already"));

  TrainRequest normed = request("normed");
  normed.hidden.reset();
  normed.model_file = folder_.write("net.toml",
                                    "[[network.layer]]\ntype = \"dense\"\nunits = 4\n"
                                    "[[network.layer]]\ntype = \"batch_norm\"\n"
                                    "[[network.layer]]\ntype = \"dense\"\nunits = 3\n");
  train_run(normed);
  const RecordedRun with_norm = open("normed");
  EXPECT_THAT(refusal({.without_rows = {with_norm.data().train.rows[0]}}, with_norm),
              HasSubstr("batch_norm looks at all rows of a batch"));
}

TEST_F(WhatIfTest, ReadsRowsByTheNumbersThatAreShown) {
  train_run(request());
  const RecordedRun first = open("first");
  const data::Part& train = first.data().train;
  const std::string text =
      fmt::format("# labels that are wrong\n{}\n\n  {} \n", train.data->place(train.rows[7]).line,
                  train.data->place(train.rows[2]).line);
  EXPECT_EQ(training_rows_in(first, folder_.write("rows.txt", text)),
            (std::vector<std::int64_t>{train.rows[2], train.rows[7]}));
  const auto refusal = [&](const std::string& rows) -> std::string {
    try {
      training_rows_in(first, folder_.write("rows.txt", rows));
      return "";
    } catch (const DataError& error) {
      return error.what();
    }
  };
  const std::int64_t tested = first.data().test.data->place(first.data().test.rows[0]).line;
  EXPECT_THAT(
      refusal(fmt::format("\n{}\n", tested)),
      HasSubstr(fmt::format("rows.txt:2: {} is no training row, but one for test", tested)));
  EXPECT_THAT(refusal("setosa\n"), HasSubstr("rows.txt:1: \"setosa\": give the number"));
  EXPECT_THAT(refusal("100000\n"), HasSubstr("no row of"));
  EXPECT_THAT(refusal("# none\n"), HasSubstr("names no row"));
}

}  // namespace
}  // namespace chainrule
