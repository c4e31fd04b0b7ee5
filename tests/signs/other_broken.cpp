#include "given_data.h"
#include "signs/tables.h"
#include "signs/trainings.h"

namespace chainrule::signs {
const std::vector<Training>& other_broken_trainings() {
  static const std::vector<Training> list{
      {"penguins, rate 1000 times too large",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "species";
         request.learning_rate = 5;
       },
       {SignKind::rate_too_large, SignKind::diverged}},
      {"body mass, rmsprop, rate 1000 times too large",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "body_mass_g";
         request.hidden = std::vector<std::int64_t>{24};
         request.optimizer = "rmsprop";
         request.learning_rate = 2;
       },
       {SignKind::rate_too_large, SignKind::diverged}},
      {"rings, silu, rate 1000 times too large",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 400);
         request.hidden = std::vector<std::int64_t>{32, 32};
         request.activation = "silu";
         request.learning_rate = 3;
       },
       {SignKind::rate_too_large, SignKind::diverged}},
      {"digits, sgd with momentum, rate 1000 times too large",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.optimizer = "sgd";
         request.learning_rate = 20;
         request.epochs = 4;
       },
       {SignKind::rate_too_large, SignKind::diverged}},
      {"wine, two layers, rate 500 times too large",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{32, 32};
         request.learning_rate = 2.5;
       },
       {SignKind::rate_too_large, SignKind::diverged}},
      {"waves, deep relu, rate 300 times too large",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 500);
         request.hidden = std::vector<std::int64_t>{32, 32, 32};
         request.activation = "relu";
         request.learning_rate = 1.5;
         request.epochs = 20;
       },
       {SignKind::rate_too_large, SignKind::diverged}},
      {"wine, rate 1000 times too small",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.learning_rate = 5e-6;
       },
       {SignKind::rate_too_small}},
      {"penguins, adam, rate 1000 times too small",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "sex";
         request.optimizer = "adam";
         request.learning_rate = 2e-6;
       },
       {SignKind::rate_too_small}},
      {"body mass, rmsprop, rate 1000 times too small",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "body_mass_g";
         request.hidden = std::vector<std::int64_t>{24};
         request.optimizer = "rmsprop";
         request.learning_rate = 2e-6;
       },
       {SignKind::rate_too_small}},
      {"digits, sgd, rate 1000 times too small",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.optimizer = "sgd";
         request.learning_rate = 2e-5;
         request.epochs = 6;
       },
       {SignKind::rate_too_small}},
      {"rings, relu, rate 300 times too small",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 400);
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.learning_rate = 1.5e-5;
       },
       {SignKind::rate_too_small}},
      {"wine, relu with biases of -10",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.epochs = 30;
         request.model_file =
             network_file(folder, 13, dense(24, "relu", bias_of(24, -10)) + dense(3));
       },
       {SignKind::dead_units}},
      {"diabetes, relu with biases of -15",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.epochs = 20;
         request.model_file =
             network_file(folder, 10, dense(8, "relu", bias_of(8, -15)) + dense(1));
       },
       {SignKind::dead_units}},
      {"rings, a third layer of relu with biases of -30",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 300);
         request.epochs = 20;
         request.model_file = network_file(folder, 3,
                                           dense(16, "relu") + dense(16, "relu") +
                                               dense(16, "relu", bias_of(16, -30)) + dense(2));
       },
       {SignKind::dead_units}},
      {"iris, sigmoid with weights 100 times too large",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.epochs = 30;
         request.model_file =
             network_file(folder, 4, dense(12, "sigmoid", weights_of(12, 4, 50)) + dense(3));
       },
       {SignKind::saturated_units}},
      {"rings, tanh with weights 60 times too large",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 300);
         request.epochs = 30;
         request.model_file =
             network_file(folder, 3, dense(16, "tanh", weights_of(16, 3, 30)) + dense(2));
       },
       {SignKind::saturated_units}},
      {"diabetes, a second layer of tanh with weights 100 times too large",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.epochs = 20;
         request.model_file = network_file(
             folder, 10, dense(16, "relu") + dense(16, "tanh", weights_of(16, 16, 25)) + dense(1));
       },
       {SignKind::saturated_units}},
      {"penguins, species shuffled",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = shuffled_table(folder, "penguins.csv", "species", 8);
         request.target.column = "species";
       },
       {SignKind::chance_level, SignKind::overfitting}},
      {"body mass shuffled",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = shuffled_table(folder, "penguins.csv", "body_mass_g", 9);
         request.target.column = "body_mass_g";
         request.epochs = 10;
       },
       {SignKind::chance_level, SignKind::overfitting}},
      {"digits shuffled",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = shuffled_table(folder, "digits.csv", "digit", 10);
         request.hidden = std::vector<std::int64_t>{64};
         request.epochs = 20;
       },
       {SignKind::chance_level, SignKind::overfitting}},
      {"one class of 98%",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rare(folder, 500, 0.02);
         request.hidden = std::vector<std::int64_t>{8};
         request.activation = "relu";
       },
       {SignKind::one_class}},
      {"one class of 99.5%, 2000 rows",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rare(folder, 2000, 0.005);
         request.hidden = std::vector<std::int64_t>{16};
         request.epochs = 8;
       },
       {SignKind::one_class}},
      {"wine, nine layers of sigmoid, adam",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.epochs = 40;
         request.optimizer = "adam";
         request.model_file = network_file(folder, 13, times(9, dense(12, "sigmoid")) + dense(3));
       },
       {SignKind::vanishing_gradients}},
      {"diabetes, ten layers of sigmoid, sgd",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.epochs = 20;
         request.optimizer = "sgd";
         request.model_file = network_file(folder, 10, times(10, dense(16, "sigmoid")) + dense(1));
       },
       {SignKind::vanishing_gradients}},
      {"rings, fifteen layers of sigmoid",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 300);
         request.epochs = 20;
         request.model_file = network_file(folder, 3, times(15, dense(10, "sigmoid")) + dense(2));
       },
       {SignKind::vanishing_gradients}},
      {"body mass from inputs as they are",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "body_mass_g";
         request.hidden = std::vector<std::int64_t>{32};
         request.encode.scaling = data::Scaling::none;
       },
       {SignKind::unscaled_inputs}},
      {"waves, inputs times 10000, as they are",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 300, 0, 10000);
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.encode.scaling = data::Scaling::none;
       },
       {SignKind::unscaled_inputs}},
      {"waves, inputs divided by 10000, as they are",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 300, 0, 0.0001);
         request.hidden = std::vector<std::int64_t>{32};
         request.encode.scaling = data::Scaling::none;
       },
       {SignKind::unscaled_inputs, SignKind::chance_level}},
      {"60 rows, 40 columns, 600 units of silu",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = noise(folder, 60, 40, true);
         request.hidden = std::vector<std::int64_t>{600};
         request.activation = "silu";
         request.epochs = 80;
         request.weight_decay = 0;
       },
       {SignKind::chance_level, SignKind::overfitting}},
      {"90 numbers, 80 columns, two layers",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = noise(folder, 90, 80, false);
         request.hidden = std::vector<std::int64_t>{256, 256};
         request.epochs = 60;
         request.weight_decay = 0;
       },
       {SignKind::chance_level, SignKind::overfitting}},
  };
  return list;
}

}  // namespace chainrule::signs
