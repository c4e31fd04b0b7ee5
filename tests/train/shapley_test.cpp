// A prediction taken apart, against what can be worked out by hand: a linear network's parts, and
// all orders one by one.
#include <cmath>
#include <numeric>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/importance.h"
#include "train/column_runs.h"
#include "train/columns/shapley.h"

namespace chainrule::column_tests {
namespace {

using ::testing::HasSubstr;

// A column's share of w . (x - mean of the training rows), in the target's units.
std::map<std::string, double> linear_parts(const data::Prepared& data, const Tensor& weight,
                                           const data::Dataset& of, std::int64_t row) {
  const std::vector<double> x = features_of(of, row);
  std::vector<double> mean(x.size(), 0);
  for (const std::int64_t other : data.train.rows) {
    const std::vector<double> features = features_of(*data.train.data, other);
    for (std::size_t i = 0; i < x.size(); ++i)
      mean[i] += features[i] / static_cast<double>(data.train.size());
  }
  std::map<std::string, double> parts;
  std::size_t i = 0;
  for (const data::ColumnEncoding& column : data.encoder.columns())
    for (std::int64_t k = 0; k < column.width(); ++k, ++i)
      parts[column.name] += data.encoder.target().deviation[0] *
                            static_cast<double>(weight.values[i]) * (x[i] - mean[i]);
  return parts;
}

TEST_F(LinearNetwork, HasPartsOfWeightTimesDistanceFromTheMean) {
  auto recorded = run();
  const data::Prepared& data = recorded.data();
  const Tensor weight = SavedRun::open(folder_.file("run")).model().weights().at("dense1.weight");
  for (const std::int64_t evaluations : {1, 3000, 1 << 20}) {
    for (const std::int64_t row : {data.train.rows[3], data.test.rows[2], data.test.rows[11]}) {
      const auto explained = explain_row(
          recorded, {.number = data.train.data->place(row).line, .evaluations = evaluations});
      const RowReasons& reasons = explained.reasons;
      EXPECT_EQ(reasons.is_exact, evaluations == 1 << 20);
      EXPECT_EQ(reasons.unit, RowReasons::Unit::target);
      if (reasons.reference_rows < data.train.size()) continue;  // another mean
      const auto expected = linear_parts(data, weight, *data.train.data, row);
      const double rounding = 1e-5 * data.encoder.target().deviation[0];
      for (const ColumnPart& part : reasons.parts) {
        EXPECT_NEAR(part.part, expected.at(part.column), rounding) << part.column;
        EXPECT_LE(part.error, rounding) << "no order changes it";
      }
      EXPECT_NEAR(
          reasons.reference,
          [&] {
            double sum = 0;
            const Tensor outputs = SavedRun::open(folder_.file("run"))
                                       .model()
                                       .predict(*data.train.data, data.train.rows);
            for (const float y : outputs.values)
              sum += data.encoder.in_target_units(static_cast<double>(y));
            return sum / static_cast<double>(data.train.size());
          }(),
          rounding);
    }
  }
}

// The definition: over every order, by how much the prediction changes at the column's turn; rows
// are exchanged in the table and encoded anew.
std::vector<double> by_definition(SavedRun& saved, const data::Table& table, std::int64_t row,
                                  std::span<const std::int64_t> background) {
  const auto log_odds = [&](const data::Table& one) {
    const data::Dataset data = saved.encoder().encode(one, false);
    const std::int64_t first = 0;
    const Tensor p = saved.model().predict(data, std::span(&first, 1));
    const double others = static_cast<double>(p.values[0]) + static_cast<double>(p.values[2]);
    return std::log(static_cast<double>(p.values[1])) - std::log(others);
  };
  const std::size_t columns = saved.encoder().columns().size();
  std::vector<double> parts(columns, 0);
  std::vector<std::size_t> order(columns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  double orders = 0;
  do {
    ++orders;
    for (const std::int64_t from : background) {
      data::Table one{.rows = 1, .file = "one"};
      for (const data::ColumnEncoding& how : saved.encoder().columns())
        one.columns.push_back(
            {.name = how.name,
             .numbers = {table.find(how.name)->numbers[static_cast<std::size_t>(from)]}});
      double before = log_odds(one);
      for (const std::size_t c : order) {
        const std::string& name = saved.encoder().columns()[c].name;
        one.columns[c].numbers = {table.find(name)->numbers[static_cast<std::size_t>(row)]};
        const double after = log_odds(one);
        parts[c] += after - before;
        before = after;
      }
    }
  } while (std::ranges::next_permutation(order).found);
  for (double& part : parts) part /= orders * static_cast<double>(background.size());
  return parts;
}

TEST_F(ClassNetwork, HasTheShapleyValuesOfTheDefinition) {
  auto recorded = run();
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const data::Table table = data::read_csv(iris);
  const data::Part few{
      recorded.data().train.data,
      {recorded.data().train.rows.begin(), recorded.data().train.rows.begin() + 30}};
  const std::int64_t row = recorded.data().test.rows[5];
  const auto values = [&](std::int64_t evaluations) {
    return shapley_values({.model = saved.model(),
                           .encoder = saved.encoder(),
                           .outcome =
                               [](std::span<const float> p) {
                                 return std::log(static_cast<double>(p[1])) -
                                        std::log(static_cast<double>(p[0]) +
                                                 static_cast<double>(p[2]));
                               },
                           .data = *few.data,
                           .row = row,
                           .train = few,
                           .evaluations = evaluations});
  };
  const std::vector<double> expected = by_definition(saved, table, row, few.rows);
  const ShapleyValues exact = values(1000), drawn = values(450);
  EXPECT_TRUE(exact.is_exact);
  EXPECT_FALSE(drawn.is_exact);
  EXPECT_EQ(drawn.reference_rows, 30);
  double largest_error = 0;
  for (std::size_t c = 0; c < expected.size(); ++c) {
    EXPECT_NEAR(exact.parts[c], expected[c], 1e-5) << "column " << c;
    EXPECT_EQ(exact.errors[c], 0);
    largest_error = std::max(largest_error, drawn.errors[c]);
  }
  EXPECT_GT(largest_error, 0);
  for (const ShapleyValues& each : {exact, drawn})
    EXPECT_NEAR(std::accumulate(each.parts.begin(), each.parts.end(), each.reference),
                each.prediction, 1e-12);
}

// 95% of the draws, if each were independent of the others; here they share theirs.
TEST(DrawnOrders, AreAsFarOffAsTheySay) {
  const TemporaryFolder folder;
  train_run(request_of(project_data + "penguins.csv", folder.file("run"), {6}, "species"));
  auto recorded = chainrule::Run::open(folder.file("run"));
  SavedRun saved = SavedRun::open(folder.file("run"));
  const data::Part& train = recorded.data().train;
  std::int64_t within = 0, all = 0;
  for (std::int64_t first = 0; first < 20; ++first) {
    data::Part few{train.data, {}};
    for (std::int64_t i = 0; i < 30; ++i)
      few.rows.push_back(train.rows[static_cast<std::size_t>((first * 17 + i * 3) % train.size())]);
    const auto values = [&](std::int64_t evaluations) {
      return shapley_values({.model = saved.model(),
                             .encoder = saved.encoder(),
                             .outcome = [](auto p) { return static_cast<double>(p[1]); },
                             .data = *train.data,
                             .row = train.rows[static_cast<std::size_t>(first)],
                             .train = few,
                             .evaluations = evaluations});
    };
    const ShapleyValues exact = values(30 * 64), drawn = values(30 * 63);
    ASSERT_TRUE(exact.is_exact && !drawn.is_exact);
    EXPECT_EQ(drawn.orders, 12);
    for (std::size_t c = 0; c < exact.parts.size(); ++c, ++all)
      within += std::abs(drawn.parts[c] - exact.parts[c]) <= drawn.errors[c] + 1e-7;
  }
  EXPECT_EQ(all, 120);
  EXPECT_GE(within, 104);
  EXPECT_LE(within, 119) << "or the errors are too wide";
}

TEST_F(ClassNetwork, HasPartsThatAddUpForWhateverIsDrawn) {
  auto recorded = run();
  for (const std::int64_t evaluations : {1, 50, 700, 5000, 1 << 20}) {
    const RowExplanation row = explain_row(recorded, {.number = 77, .evaluations = evaluations});
    double sum = row.reasons.reference;
    for (const ColumnPart& part : row.reasons.parts) sum += part.part;
    EXPECT_NEAR(sum, row.reasons.prediction, 1e-12) << evaluations;
    EXPECT_NEAR(row.reasons.completeness_error, 0, 1e-12);
    EXPECT_NEAR(row.reasons.probability, row.row.probability, 1e-6);
    EXPECT_EQ(row.reasons.outcome, row.row.predicted);
  }
}

TEST_F(ClassNetwork, TellsTheRowsValuesAsTheFileHasThem) {
  auto recorded = run();
  const RowExplanation row = explain_row(recorded, {.number = 2});
  std::map<std::string, std::string> values;
  for (const ColumnPart& part : row.reasons.parts) values[part.column] = part.value;
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"sepal_length", "5.1"},
                                                        {"sepal_width", "3.5"},
                                                        {"petal_length", "1.4"},
                                                        {"petal_width", "0.2"}}));
  EXPECT_EQ(row.row.label, "setosa");
}

TEST_F(ClassNetwork, AnswersWhatIfAsAFileWithThatFieldIsPredicted) {
  auto recorded = run();
  const RowExplanation row = explain_row(
      recorded, {.number = 2, .changes = {{"petal_length", "5.1"}, {"petal_width", "2.3"}}});
  ASSERT_TRUE(row.changed);
  const std::string file = folder_.write(
      "new.csv", "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,5.1,2.3\n");
  const RowExplanation same =
      explain_row(recorded, {.number = 2, .file = file, .outcome = row.changed->outcome});
  EXPECT_EQ(row.changed_predicted, same.row.predicted);
  EXPECT_EQ(row.changed->prediction, same.reasons.prediction);
  ASSERT_EQ(row.changed->parts.size(), same.reasons.parts.size());
  for (std::size_t i = 0; i < same.reasons.parts.size(); ++i) {
    EXPECT_EQ(row.changed->parts[i].part, same.reasons.parts[i].part);
    EXPECT_EQ(row.changed->parts[i].value, same.reasons.parts[i].value);
  }
  EXPECT_EQ(row.reasons.outcome, "setosa");
  EXPECT_LT(row.changed->prediction, row.reasons.prediction);
}

// By hand from the outputs: sigmoid's are no distribution, and those of a squared error are not
// even probabilities.
TEST(OutcomeOfOtherLosses, IsAShareOrTheOutputItself) {
  using Unit = RowReasons::Unit;
  for (const std::string loss : {"cross_entropy", "binary_cross_entropy", "mean_squared_error"}) {
    const TemporaryFolder folder;
    TrainRequest request = request_of(iris, folder.file("run"), {6});
    request.loss = loss;
    train_run(request);
    auto recorded = chainrule::Run::open(folder.file("run"));
    const RowExplanation row = explain_row(recorded, {.number = 60, .outcome = "versicolor"});
    const Tensor outputs = SavedRun::open(folder.file("run"))
                               .model()
                               .predict(*recorded.data().train.data, std::vector<std::int64_t>{58});
    const auto of = [&](std::size_t k) { return static_cast<double>(outputs.values[k]); };
    const bool is_output = loss == "mean_squared_error";
    EXPECT_EQ(row.reasons.unit, is_output ? Unit::output : Unit::log_odds) << loss;
    EXPECT_EQ(row.reasons.is_share, loss == "binary_cross_entropy");
    EXPECT_NEAR(row.reasons.prediction, is_output ? of(1) : std::log(of(1) / (of(0) + of(2))), 1e-6)
        << loss;
    EXPECT_NEAR(row.reasons.completeness_error, 0, 1e-12);
    const double share = of(1) / (of(0) + of(1) + of(2));
    EXPECT_TRUE(is_output ? std::isnan(row.reasons.probability)
                          : std::abs(row.reasons.probability - share) < 1e-6);
  }
}

TEST_F(ClassNetwork, RefusesRowsAndChangesThatMakeNoSense) {
  auto opened = run();
  const auto refusal = [&](const RowQuestion& question) {
    return message_of<UsageError>([&] { explain_row(opened, question); }, folder_);
  };
  EXPECT_THAT(refusal({.number = 1}), HasSubstr("no row of"));
  EXPECT_THAT(refusal({.number = 2, .outcome = "setose"}), HasSubstr("did you mean \"setosa\""));
  EXPECT_THAT(refusal({.number = 2, .changes = {{"petals", "1"}}}), HasSubstr("no input"));
  EXPECT_THAT(refusal({.number = 2, .changes = {{"petal_width", "1"}, {"petal_width", "2"}}}),
              HasSubstr("set twice"));
  EXPECT_THAT(refusal({.number = 2, .evaluations = 0}), HasSubstr("at least 1"));
}

}  // namespace
}  // namespace chainrule::column_tests
