// Runs on tables, whose columns are asked about.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "given_data.h"

namespace chainrule::column_tests {

inline TrainRequest request_of(const std::string& data, const std::string& out,
                               std::vector<std::int64_t> hidden, const std::string& target = "") {
  TrainRequest request{.data = data, .out = out};
  request.target.column = target;
  request.hidden = std::move(hidden);
  request.activation = "tanh";
  request.epochs = 8;
  request.seed = 5;
  request.threads = 2;
  return request;
}

inline std::vector<double> features_of(const data::Dataset& data, std::int64_t row) {
  std::vector<float> features(static_cast<std::size_t>(data.width()));
  data.gather(std::span(&row, 1), features.data(), nullptr);
  return {features.begin(), features.end()};
}

// Without hidden layers.
class LinearNetwork : public ::testing::Test {
 protected:
  void SetUp() override {
    train_run(request_of(project_data + "penguins.csv", folder_.file("run"), {}, "body_mass_g"));
  }
  chainrule::Run run() const { return chainrule::Run::open(folder_.file("run")); }

  const TemporaryFolder folder_;
};

// Of three classes, with a hidden layer of tanh.
class ClassNetwork : public ::testing::Test {
 protected:
  void SetUp() override { train_run(request_of(iris, folder_.file("run"), {6})); }
  chainrule::Run run() const { return chainrule::Run::open(folder_.file("run")); }

  const TemporaryFolder folder_;
};

}  // namespace chainrule::column_tests
