// Members that see rows of their own: which rows those are, that a member learns what it would
// learn of them alone, and runs.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/train.h"
#include "data/csv.h"
#include "train/influence/influence.h"

namespace chainrule {
namespace {

using data::MembersSee;
using testing::HasSubstr;

// 60 rows of two classes, 40 and 20, and five rows for each of twelve patients.
data::Prepared visits(data::SplitOptions split = {.validation = 0, .test = 0},
                      const std::string& weight = "") {
  std::string text = "a,b,patient,n,y\n";
  for (int i = 0; i < 60; ++i)
    text += fmt::format("{},{},p{},{},{}\n", i * 7 % 11, i * i % 13, i % 12, i % 3,
                        i % 3 == 0 ? "rare" : "often");
  data::PrepareOptions options{.split = std::move(split), .weight = weight};
  options.encode.drop = {"patient", "n"};
  options.encode.scaling = data::Scaling::none;
  return data::prepare(data::Source{data::parse_csv(text, "test.csv"), {}}, options);
}

// [training rows][members]
std::vector<std::vector<double>> weights_of(const data::Prepared& data, MembersSee see,
                                            std::int64_t members, std::uint64_t seed = 1) {
  const std::vector<float> all = data::member_weights(data, see, members, seed);
  std::vector<std::vector<double>> weights;
  for (const std::int64_t row : data.train.rows) {
    const auto first = all.begin() + row * members;
    weights.emplace_back(first, first + members);
  }
  return weights;
}

double sum_of(const std::vector<std::vector<double>>& weights, std::size_t member) {
  double sum = 0;
  for (const auto& row : weights) sum += row[member];
  return sum;
}

TEST(MemberRows, OfFoldsEachRowIsUnseenOnceInEachDivision) {
  const data::Prepared data = visits();
  for (const std::int64_t members : {2, 5, 8, 16}) {
    const auto weights = weights_of(data, MembersSee::folds, members);
    const std::int64_t folds = std::min<std::int64_t>(members, 8);
    for (std::size_t row = 0; row < weights.size(); ++row)
      for (std::int64_t first = 0; first < members; first += folds)
        EXPECT_EQ(std::count(weights[row].begin() + first, weights[row].begin() + first + folds, 0),
                  1)
            << row;
    for (std::int64_t member = 0; member < members; ++member) {
      const auto k = static_cast<std::size_t>(member);
      EXPECT_NEAR(sum_of(weights, k), 60, 1e-4);
      // Each class in proportion: 40 and 20 of 60 rows, over the folds.
      std::map<std::int32_t, std::int64_t> unseen;
      for (std::size_t row = 0; row < weights.size(); ++row)
        if (weights[row][k] == 0) ++unseen[data.train.data->class_of(data.train.rows[row])];
      EXPECT_EQ(unseen.size(), 2U);
      for (const auto& [name, count] : unseen) {
        const double due = (count > 60 / folds / 2 ? 40.0 : 20.0) / static_cast<double>(folds);
        EXPECT_LE(std::abs(static_cast<double>(count) - due), 1) << members << " " << name;
      }
    }
  }
  // The two divisions of sixteen members are not the same one.
  const auto weights = weights_of(data, MembersSee::folds, 16);
  EXPECT_FALSE(std::ranges::all_of(weights, [](const auto& row) {
    return std::equal(row.begin(), row.begin() + 8, row.begin() + 8);
  }));
}

TEST(MemberRows, OfBagsAreDrawnWithReplacement) {
  const data::Prepared data = visits();
  const auto weights = weights_of(data, MembersSee::bags, 200);
  std::int64_t unseen = 0;
  for (std::size_t member = 0; member < 200; ++member) {
    EXPECT_NEAR(sum_of(weights, member), 60, 1e-4);
    for (const auto& row : weights) {
      unseen += row[member] == 0;
      EXPECT_EQ(row[member], std::round(row[member]));  // drawn so many times
    }
  }
  // (1 - 1/60)^60 = 0.3648 of 12,000; four deviations of independent draws are 0.0176.
  EXPECT_NEAR(static_cast<double>(unseen) / 12'000, std::pow(1 - 1.0 / 60, 60), 0.0176);
  EXPECT_EQ(weights, weights_of(data, MembersSee::bags, 200));
  EXPECT_NE(weights, weights_of(data, MembersSee::bags, 200, 2));
  // A member's rows do not depend on how many others there are.
  EXPECT_EQ(weights_of(data, MembersSee::bags, 3)[7][2], weights[7][2]);
}

TEST(MemberRows, KeepGroupsTogether) {
  const data::Prepared data = visits({.validation = 0, .test = 0.2, .seed = 4, .group = "patient"});
  ASSERT_EQ(data.groups.size(), 60U);
  for (const MembersSee see : {MembersSee::folds, MembersSee::bags}) {
    const auto weights = weights_of(data, see, 4);
    std::map<std::int64_t, std::set<std::vector<double>>> of_patient;
    for (std::size_t i = 0; i < weights.size(); ++i)
      of_patient[data.train.rows[i] % 12].insert(weights[i]);
    for (const auto& [patient, different] : of_patient) EXPECT_EQ(different.size(), 1U) << patient;
    EXPECT_GT(of_patient.size(), 8U);
    std::set<std::vector<double>> all(weights.begin(), weights.end());
    EXPECT_GE(all.size(), 3U);
  }
}

TEST(MemberRows, CountRowsByTheirOwnWeightToo) {
  const data::Prepared data = visits({.validation = 0, .test = 0}, "n");  // 0, 1 and 2 in turn
  const auto weights = weights_of(data, MembersSee::folds, 4);
  for (std::size_t member = 0; member < 4; ++member) {
    EXPECT_NEAR(sum_of(weights, member), 60, 1e-4);
    std::set<double> different;
    for (std::size_t row = 0; row < 60; ++row) {
      if (row % 3 == 0) {
        EXPECT_EQ(weights[row][member], 0);
      }
      if (weights[row][member] > 0)
        different.insert(std::round(1e4 * weights[row][member] / static_cast<double>(row % 3)));
    }
    EXPECT_EQ(different.size(), 1U);
  }
}

TEST(MemberRows, AreRefusedWhereThereAreTooFew) {
  const auto refusal = [](const data::Prepared& data, MembersSee see, std::int64_t members) {
    try {
      data::member_weights(data, see, members, 0);
      return std::string();
    } catch (const UsageError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(refusal(visits(), MembersSee::folds, 1), HasSubstr("there must be 2 or more"));
  EXPECT_THAT(
      refusal(visits({.validation = 0, .test = 0.5, .group = "patient"}), MembersSee::folds, 8),
      HasSubstr("6 training groups of rows, and 8 folds"));
  EXPECT_THROW(data::members_see_named("fold"), UsageError);
}

// ---- What a member learns ----------------------------------------------------------------------

nn::Sequential apart(std::int64_t members) {
  return {nn::MemberDense{.units = 3, .members = members, .activation = nn::tanh, .apart = true},
          nn::MemberDense{.units = 2, .members = members, .apart = true}};
}

// The member's part of the weights of a network with so many.
std::map<std::string, Tensor> part_of_member(const std::map<std::string, Tensor>& all,
                                             std::int64_t member, std::int64_t members) {
  std::map<std::string, Tensor> own;
  for (const auto& [name, tensor] : all) {
    const std::int64_t rows = tensor.shape[0] / members, width = tensor.shape.size() / members;
    const auto first = tensor.values.begin() + member * width;
    own.emplace(name, Tensor({rows, tensor.shape[1]}, {first, first + width}));
  }
  return own;
}

// In batches of all rows, a member of four moves as one that is alone with its rows does at a
// quarter of the rate: the loss is the mean of four.
TEST(MemberRows, AMemberLearnsWhatItWouldLearnAloneOfThem) {
  constexpr std::int64_t members = 4;
  for (const MembersSee see : {MembersSee::folds, MembersSee::bags}) {
    data::Prepared data = visits();
    data::divide_among_members(data, see, members, 7, true);
    const data::Part& train = data.train;
    const Loss loss = loss_named("cross_entropy");
    Model together(apart(members), loss, 2, {.seed = 3});
    const auto start = together.weights();
    const FitOptions options{.epochs = 25, .batch_size = 60, .keep_best = false};
    fit(together, SGD{.learning_rate = 0.02 * members}, train, data.validation,
        data.encoder.target(), options);
    std::vector<Tensor> predictions;
    for (std::int64_t member = 0; member < members; ++member) {
      // The rows written down as often as they were drawn.
      data::Part own{.data = visits().train.data, .rows = {}};
      double least = 100;
      for (const std::int64_t row : train.rows)
        if (const double w = train.data->row_weight(row, member); w > 0) least = std::min(least, w);
      for (const std::int64_t row : train.rows)
        for (double w = train.data->row_weight(row, member); w > least / 2; w -= least)
          own.rows.push_back(row);
      Model alone(apart(1), loss, 2, {.seed = 1});
      alone.set_weights(part_of_member(start, member, members));
      fit(alone, SGD{.learning_rate = 0.02}, own, {}, data.encoder.target(),
          {.epochs = 25, .batch_size = own.size()});
      const auto learnt = part_of_member(together.weights(), member, members);
      for (const auto& [name, tensor] : alone.weights())
        for (std::size_t i = 0; i < tensor.values.size(); ++i)
          EXPECT_NEAR(tensor.values[i], learnt.at(name).values[i], 2e-5) << name << " " << i;
      predictions.push_back(alone.predict(*train.data, train.rows));
    }
    const Tensor of_members = together.member_predictions(*train.data, 11);
    ASSERT_EQ(of_members.shape, (Shape{members, 2}));
    for (std::size_t member = 0; member < members; ++member)
      for (const std::size_t k : {0, 1})
        EXPECT_NEAR(of_members.values[2 * member + k], predictions[member].values[2 * 11 + k],
                    2e-5);
    // Out of sample a row's prediction is the mean of those that never saw it.
    ASSERT_TRUE(data.validation.out_of_sample);
    if (see == MembersSee::folds) {
      EXPECT_EQ(data.validation.rows, train.rows);
    }
    const Model::Outputs found = together.outputs(data.validation);
    for (std::size_t i = 0; i < data.validation.rows.size(); ++i) {
      const std::int64_t row = data.validation.rows[i];
      double sum = 0, count = 0;
      for (std::int64_t member = 0; member < members; ++member)
        if (train.data->row_weight(row, member) == 0) {
          sum += predictions[static_cast<std::size_t>(member)]
                     .values[static_cast<std::size_t>(2 * row)];
          ++count;
        }
      ASSERT_GT(count, 0);
      EXPECT_NEAR(found.prediction.values[2 * i], sum / count, 2e-5) << row;
      EXPECT_NEAR(found.z.values[2 * i], std::log(sum / count), 1e-4) << row;
    }
    // Scores of the part are those of these predictions.
    double log_loss = 0;
    for (std::size_t i = 0; i < data.validation.rows.size(); ++i) {
      const auto k = static_cast<std::size_t>(train.data->class_of(data.validation.rows[i]));
      log_loss -= std::log(static_cast<double>(found.prediction.values[2 * i + k])) /
                  static_cast<double>(data.validation.size());
    }
    EXPECT_NEAR(evaluate(together, data.validation, data.encoder.target()).log_loss, log_loss,
                1e-6);
  }
}

// A row's gradient is the sum of its members', each as often as the member counts the row.
TEST(MemberRows, InfluencesAreOfTheMembersThatSeeTheRow) {
  constexpr std::int64_t members = 4;
  data::Prepared data = visits();
  data::divide_among_members(data, MembersSee::bags, members, 7, true);
  const data::Dataset& own = *data.train.data;
  Model model(apart(members), loss_named("cross_entropy"), 2, {.seed = 3});
  const auto products_of = [&](const data::Dataset& rows) {
    RowGradients gradients(model, 1, members);
    gradients.set_weights(model);
    gradients.set_other(own, 5);
    return gradients.products(rows, data.train.rows);
  };
  std::vector<double> sum(60, 0.0);
  for (std::int64_t member = 0; member < members; ++member) {
    std::vector<float> alone(60 * members, 0);
    for (std::size_t row = 0; row < 60; ++row)
      alone[row * members + static_cast<std::size_t>(member)] = 1;
    data::Dataset rows = own;
    rows.set_row_weights(alone, members);
    const std::vector<double> products = products_of(rows);
    for (std::size_t row = 0; row < 60; ++row)
      sum[row] += products[row] *
                  static_cast<double>(own.row_weight(static_cast<std::int64_t>(row), member));
  }
  const std::vector<double> products = products_of(own);
  for (std::size_t row = 0; row < 60; ++row) EXPECT_NEAR(products[row], sum[row], 1e-5) << row;
}

}  // namespace
}  // namespace chainrule
