#include "given_data.h"
#include "signs/tables.h"
#include "signs/trainings.h"

namespace chainrule::signs {
namespace {

using SoundFolder = TemporaryFolder;

}  // namespace

const std::vector<Training>& sound_trainings() {
  static const std::vector<Training> list{
      {"iris, as it comes",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
       },
       {},
       true},
      {"wine, as it comes",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
       },
       {},
       true},
      {"diabetes, as it comes",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
       }},
      {"penguins, species",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "species";
       },
       {},
       true},
      {"penguins, body mass",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "body_mass_g";
         request.epochs = 12;
       }},
      {"digits, quick",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.effort = "quick";
       }},
      {"digits, members",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 4;
       }},
      {"waves, as it comes",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 500);
         request.epochs = 16;
       }},
      {"rings, as it comes",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = rings(folder, 800);
         request.epochs = 16;
       }},
      {"rings, 300 rows",
       [](const SoundFolder& folder, TrainRequest& request) { request.data = rings(folder, 300); },
       {},
       true},
      {"iris, two layers of relu",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.hidden = std::vector<std::int64_t>{32, 16};
         request.activation = "relu";
       },
       {},
       true},
      {"wine, sigmoid, adam",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{16};
         request.activation = "sigmoid";
         request.optimizer = "adam";
         request.epochs = 80;
       }},
      {"digits, three layers of relu",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{128, 64, 32};
         request.activation = "relu";
         request.epochs = 12;
       }},
      {"digits, tanh, sgd with momentum",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{64};
         request.activation = "tanh";
         request.optimizer = "sgd";
         request.epochs = 12;
       }},
      {"digits, gelu with dropout",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.hidden = std::vector<std::int64_t>{96};
         request.activation = "gelu";
         request.dropout = 0.2;
         request.epochs = 12;
       }},
      {"digits, batch_norm between layers",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 10;
         request.model_file = network_file(
             folder, 64,
             dense(64) + layer("batch_norm") + layer("activation", "activation = \"relu\"") +
                 dense(32) + layer("batch_norm") + layer("activation", "activation = \"relu\"") +
                 dense(10));
       }},
      {"digits, convolutions",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 8;
         request.model_file = network_file(
             folder, 64,
             layer("reshape", "shape = [1, 8, 8]") +
                 layer("conv2d", "channels = 16\nkernel = 3\npadding = 1\nactivation = \"relu\"") +
                 layer("max_pool") + layer("flatten") + dense(32, "relu") + dense(10));
       }},
      {"digits, ways around",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = project_data + "digits.csv";
         request.epochs = 10;
         request.model_file =
             network_file(folder, 64,
                          dense(64, "relu") + dense(64, "relu") +
                              layer("add", "inputs = [\"dense1\", \"dense2\"]") + dense(10));
       }},
      {"diabetes, two layers, rmsprop",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{16, 8};
         request.optimizer = "rmsprop";
         request.epochs = 30;
       }},
      {"diabetes, linear",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "diabetes.csv";
         request.hidden = std::vector<std::int64_t>{};
       },
       {},
       true},
      {"waves, huber, silu",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 500);
         request.hidden = std::vector<std::int64_t>{64};
         request.activation = "silu";
         request.loss = "huber";
         request.epochs = 60;
       }},
      {"waves, four layers of relu",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = waves(folder, 600);
         request.hidden = std::vector<std::int64_t>{32, 32, 32, 32};
         request.activation = "relu";
         request.epochs = 40;
       }},
      {"penguins, sex",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "penguins.csv";
         request.target.column = "sex";
       }},
      {"wine, scaled to [0, 1]",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "wine.csv";
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.encode.scaling = data::Scaling::minmax;
       }},
      {"iris, adagrad, relu",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.hidden = std::vector<std::int64_t>{24};
         request.activation = "relu";
         request.optimizer = "adagrad";
         request.learning_rate = 0.05;
         request.epochs = 80;
       }},
      {"one class of 90%, told by the inputs",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = made_table(
             folder, {.rows = 600,
                      .target =
                          [](const auto& x, double noise) {
                            return std::string(x[0] + x[1] + 0.3 * noise > 1.8 ? "yes" : "no");
                          },
                      .seed = 21});
         request.hidden = std::vector<std::int64_t>{16};
       }},
      {"the same, classes balanced",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = made_table(
             folder, {.rows = 600,
                      .target =
                          [](const auto& x, double noise) {
                            return std::string(x[0] + x[1] + 0.3 * noise > 1.8 ? "yes" : "no");
                          },
                      .seed = 22});
         request.hidden = std::vector<std::int64_t>{16};
         request.class_weights = "balanced";
       }},
      {"a weak relation, 1500 rows",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data = made_table(
             folder, {.rows = 1500,
                      .target = [](const auto& x,
                                   double noise) { return std::to_string(0.6 * x[0] + noise); },
                      .seed = 23});
         request.hidden = std::vector<std::int64_t>{16};
         request.epochs = 20;
       }},
      {"two classes that overlap, 1000 rows",
       [](const SoundFolder& folder, TrainRequest& request) {
         request.data =
             made_table(folder, {.rows = 1000,
                                 .target =
                                     [](const auto& x, double noise) {
                                       return std::string(x[0] + 1.5 * noise > 0 ? "a" : "b");
                                     },
                                 .seed = 24});
         request.hidden = std::vector<std::int64_t>{32};
         request.activation = "relu";
         request.epochs = 20;
       }},
      {"iris, the whole table in a batch",
       [](const SoundFolder& /*folder*/, TrainRequest& request) {
         request.data = project_data + "iris.csv";
         request.hidden = std::vector<std::int64_t>{16};
         request.activation = "tanh";
         request.batch_size = 105;
         request.epochs = 200;
         request.learning_rate = 0.02;
       }},
  };
  return list;
}

}  // namespace chainrule::signs
