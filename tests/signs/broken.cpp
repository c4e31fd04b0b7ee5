#include "given_data.h"
#include "signs/tables.h"
#include "signs/trainings.h"

namespace chainrule::signs {
namespace {

using enum SignKind;
using Folder = TemporaryFolder;

const std::set<SignKind> large_rate{rate_too_large, diverged};
const std::set<SignKind> no_relation{chance_level, overfitting};

}  // namespace

const std::vector<Training>& broken_trainings() {
  static const std::vector<Training> list{
      {"iris, rate 1000 times too large",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.learning_rate = 5;
       },
       large_rate, true},
      {"wine, relu, rate 1000 times too large",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.learning_rate = 5;
       },
       large_rate, true},
      {"digits, rate 1000 times too large",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.epochs = 5;
         request.learning_rate = 5;
       },
       large_rate},
      {"diabetes, rate 1000 times too large",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.learning_rate = 5;
       },
       large_rate},
      {"waves, sgd, rate 1000 times too large",
       [](const Folder& folder, TrainRequest& request) {
         request.data = waves(folder, 400);
         request.hidden = std::vector<std::int64_t>{32};
         request.optimizer = "sgd";
         request.learning_rate = 20;
       },
       large_rate, true},
      {"rings, members, rate 1000 times too large",
       [](const Folder& folder, TrainRequest& request) {
         request.data = rings(folder, 800);
         request.epochs = 8;
         request.learning_rate = 5;
       },
       large_rate},
      {"iris, rate 1000 times too small",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.learning_rate = 5e-6;
       },
       {rate_too_small},
       true},
      {"diabetes, rate 1000 times too small",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.learning_rate = 5e-6;
       },
       {rate_too_small}},
      {"digits, rate 1000 times too small",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.epochs = 10;
         request.learning_rate = 5e-6;
       },
       {rate_too_small}},
      {"waves, sgd, rate 1000 times too small",
       [](const Folder& folder, TrainRequest& request) {
         request.data = waves(folder, 400);
         request.hidden = std::vector<std::int64_t>{32};
         request.optimizer = "sgd";
         request.learning_rate = 2e-5;
       },
       {rate_too_small},
       true},
      {"rings, members, rate 1000 times too small",
       [](const Folder& folder, TrainRequest& request) {
         request.data = rings(folder, 800);
         request.epochs = 8;
         request.learning_rate = 5e-6;
       },
       {rate_too_small}},
      {"iris, relu with biases of -10",
       [](const Folder& folder, TrainRequest& request) {
         request.model_file =
             network_file(folder, 4, dense(16, "relu", bias_of(16, -10)) + dense(3));
         request.data = project_data + "iris.csv";
         request.epochs = 30;
       },
       {dead_units},
       true},
      {"waves, relu with biases of -20",
       [](const Folder& folder, TrainRequest& request) {
         request.data = waves(folder, 300);
         request.epochs = 30;
         request.model_file =
             network_file(folder, 4, dense(32, "relu", bias_of(32, -20)) + dense(1));
       },
       {dead_units}},
      {"digits, a second layer of relu with biases of -50",
       [](const Folder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 4;
         request.model_file = network_file(
             folder, 64, dense(32, "relu") + dense(32, "relu", bias_of(32, -50)) + dense(10));
       },
       {dead_units}},
      {"wine, tanh with weights 100 times too large",
       [](const Folder& folder, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.epochs = 30;
         request.model_file =
             network_file(folder, 13, dense(16, "tanh", weights_of(16, 13, 25)) + dense(3));
       },
       {saturated_units},
       true},
      {"waves, sigmoid with weights 100 times too large",
       [](const Folder& folder, TrainRequest& request) {
         request.data = waves(folder, 300);
         request.epochs = 30;
         request.model_file =
             network_file(folder, 4, dense(16, "sigmoid", weights_of(16, 4, 50)) + dense(1));
       },
       {saturated_units}},
      {"digits, tanh with weights 100 times too large",
       [](const Folder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 5;
         request.model_file =
             network_file(folder, 64, dense(24, "tanh", weights_of(24, 64, 12)) + dense(10));
       },
       {saturated_units}},
      {"iris, labels shuffled",
       [](const Folder& folder, TrainRequest& request) {
         request.data = shuffled_table(folder, "iris.csv", "species", 3);
       },
       no_relation, true},
      {"wine, labels shuffled",
       [](const Folder& folder, TrainRequest& request) {
         request.data = shuffled_table(folder, "wine.csv", "cultivar", 4);
       },
       no_relation},
      {"diabetes, targets shuffled",
       [](const Folder& folder, TrainRequest& request) {
         request.data = shuffled_table(folder, "diabetes.csv", "progression", 5);
       },
       no_relation},
      {"one class of 99%",
       [](const Folder& folder, TrainRequest& request) {
         request.data = rare(folder, 700, 0.01);
         request.hidden = std::vector<std::int64_t>{16};
       },
       {one_class},
       true},
      {"iris, ten layers of sigmoid, sgd",
       [](const Folder& folder, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.epochs = 40;
         request.optimizer = "sgd";
         request.model_file = network_file(folder, 4, times(10, dense(16, "sigmoid")) + dense(3));
       },
       {vanishing_gradients},
       true},
      {"waves, twelve layers of sigmoid, adam",
       [](const Folder& folder, TrainRequest& request) {
         request.data = waves(folder, 300);
         request.epochs = 30;
         request.optimizer = "adam";
         request.model_file = network_file(folder, 4, times(12, dense(16, "sigmoid")) + dense(1));
       },
       {vanishing_gradients}},
      {"digits, eight layers of sigmoid, sgd",
       [](const Folder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 5;
         request.optimizer = "sgd";
         request.model_file = network_file(folder, 64, times(8, dense(32, "sigmoid")) + dense(10));
       },
       {vanishing_gradients}},
      {"diabetes, inputs as they are",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.encode.scaling = data::Scaling::none;
       },
       {unscaled_inputs}},
      {"wine, inputs as they are",
       [](const Folder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.encode.scaling = data::Scaling::none;
       },
       {unscaled_inputs},
       true},
      {"waves, inputs around 2000, as they are",
       [](const Folder& folder, TrainRequest& request) {
         request.data = waves(folder, 300, 2000, 1);
         request.hidden = std::vector<std::int64_t>{32};
         request.encode.scaling = data::Scaling::none;
       },
       {unscaled_inputs}},
      {"80 rows of noise, 1000 units",
       [](const Folder& folder, TrainRequest& request) {
         request.data = noise(folder, 80, 60, true);
         request.hidden = std::vector<std::int64_t>{512, 512};
         request.activation = "relu";
         request.epochs = 60;
         request.weight_decay = 0;
       },
       no_relation},
      {"100 numbers of noise, 1000 units",
       [](const Folder& folder, TrainRequest& request) {
         request.data = noise(folder, 100, 60, false);
         request.hidden = std::vector<std::int64_t>{512, 512};
         request.activation = "relu";
         request.epochs = 60;
         request.weight_decay = 0;
       },
       no_relation},
      {"nothing but constant inputs",
       [](const Folder& folder, TrainRequest& request) {
         request.data = made_table(
             folder, {.rows = 200,
                      .target = [](const auto&,
                                   double noise) { return std::string(noise > 0 ? "a" : "b"); },
                      .is_constant = true});
         request.hidden = std::vector<std::int64_t>{8};
       },
       {constant_inputs, chance_level}},
  };
  return list;
}

}  // namespace chainrule::signs
