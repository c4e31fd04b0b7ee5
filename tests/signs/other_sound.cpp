#include "given_data.h"
#include "signs/tables.h"
#include "signs/trainings.h"

namespace chainrule::signs {
const std::vector<Training>& other_sound_trainings() {
  static const std::vector<Training> list{
      {"iris, 90 rows",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = few_rows_of(folder, "iris.csv", 90, 2);
       }},
      {"penguins, island",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "island";
       }},
      {"flipper length",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "flipper_length_mm";
         request.epochs = 10;
       }},
      {"digits, 600 rows, quick",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = few_rows_of(folder, "digits.csv", 600, 3);
         request.effort = "quick";
       }},
      {"waves, 2000 rows",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 2000);
         request.hidden = std::vector<std::int64_t>{64, 64};
         request.activation = "relu";
         request.epochs = 30;
       }},
      {"rings, 2000 rows",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 2000);
         request.hidden = std::vector<std::int64_t>{32, 32};
         request.activation = "tanh";
         request.epochs = 30;
       }},
      {"rings, 600 rows, members",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 600);
         request.epochs = 12;
       }},
      {"waves, 200 rows, members",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 200);
         request.epochs = 24;
       }},
      {"wine, three layers of elu",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{32, 16, 8};
         request.activation = "elu";
         request.epochs = 60;
       }},
      {"wine, sgd",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{16};
         request.optimizer = "sgd";
         request.epochs = 60;
       }},
      {"iris, sigmoid twice, adam",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.hidden = std::vector<std::int64_t>{16, 16};
         request.activation = "sigmoid";
         request.optimizer = "adam";
         request.learning_rate = 0.01;
         request.epochs = 120;
       }},
      {"iris, adam at 0.03, relu",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.hidden = std::vector<std::int64_t>{16};
         request.activation = "relu";
         request.optimizer = "adam";
         request.learning_rate = 0.03;
         request.epochs = 60;
       }},
      {"penguins, relu, batches of 8",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "species";
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.batch_size = 8;
         request.epochs = 30;
       }},
      {"penguins, tanh, 200 epochs",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "species";
         request.hidden = std::vector<std::int64_t>{12};
         request.epochs = 200;
       }},
      {"diabetes, relu, little decay",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{16};
         request.activation = "relu";
         request.weight_decay = 0.05;
         request.epochs = 20;
       }},
      {"diabetes, mean absolute error",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{16};
         request.loss = "mean_absolute_error";
         request.epochs = 30;
       }},
      {"diabetes, quantiles",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.target.quantiles = {0.1, 0.5, 0.9};
         request.epochs = 16;
       }},
      {"digits, 512 units of relu",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{512};
         request.activation = "relu";
         request.epochs = 8;
       }},
      {"digits, one_cycle, rmsprop",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.activation = "relu";
         request.optimizer = "rmsprop";
         request.epochs = 12;
         request.schedule = Schedule{.shape = Schedule::Shape::one_cycle};
       }},
      {"digits, weights averaged",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.activation = "silu";
         request.weight_average = 0.99;
         request.epochs = 12;
       }},
      {"digits, layer_norm, six layers of relu",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 12;
         request.model_file = network_file(
             folder, 64, times(6, dense(48, "relu") + layer("layer_norm")) + dense(10));
       }},
      {"digits, leaky_relu, clipped",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64, 64};
         request.activation = "leaky_relu";
         request.clip_norm = 1;
         request.epochs = 10;
       }},
      {"digits, convolutions twice",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 6;
         request.model_file = network_file(
             folder, 64,
             layer("reshape", "shape = [1, 8, 8]") +
                 layer("conv2d", "channels = 8\nkernel = 3\npadding = 1\nactivation = \"relu\"") +
                 layer("conv2d", "channels = 16\nkernel = 3\npadding = 1\nactivation = \"relu\"") +
                 layer("global_average_pool") + dense(10));
       }},
      {"digits, no validation",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.activation = "relu";
         request.validation = 0.0;
         request.patience = 0;
         request.epochs = 10;
       }},
      {"iris, inputs as they are",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.encode.scaling = data::Scaling::none;
       }},
      {"wine, dropout of a half",
       [](const TemporaryFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.activation = "relu";
         request.dropout = 0.5;
         request.epochs = 60;
       }},
      {"rings, by AUC",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 400);
         request.hidden = std::vector<std::int64_t>{32};
         request.metric = Metric::auc;
         request.epochs = 60;
       }},
      {"steps of three classes",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = made_table(
             folder, {.rows = 900,
                      .columns = 6,
                      .target =
                          [](const auto& x, double noise) {
                            const double z = x[0] + x[1] * x[1] + 0.3 * noise;
                            return std::string(z < 0.3 ? "low" : z < 1.5 ? "middle" : "high");
                          },
                      .seed = 31});
         request.hidden = std::vector<std::int64_t>{32, 32};
         request.activation = "relu";
         request.epochs = 30;
       }},
      {"five classes, one of 5%",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = made_table(folder, {.rows = 800,
                                            .target =
                                                [](const auto& x, double noise) {
                                                  const double z = x[0] + 0.2 * noise;
                                                  return std::string(z < -1.6   ? "a"
                                                                     : z < -0.5 ? "b"
                                                                     : z < 0.3  ? "c"
                                                                     : z < 1.2  ? "d"
                                                                                : "e");
                                                },
                                            .seed = 32});
         request.hidden = std::vector<std::int64_t>{32};
         request.epochs = 40;
       }},
      {"a line with much noise, 400 rows",
       [](const TemporaryFolder& folder, TrainRequest& request) {
         request.data = made_table(
             folder,
             {.rows = 400,
              .target = [](const auto& x,
                           double noise) { return std::to_string(2 * x[0] - x[1] + 1.5 * noise); },
              .seed = 33});
         request.hidden = std::vector<std::int64_t>{16};
         request.epochs = 40;
       }},
  };
  return list;
}

}  // namespace chainrule::signs
