// Training: a model with its weights, the loop that fits it, and scores in the data's own units.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chainrule/data.h"
#include "chainrule/nn.h"
#include "chainrule/profile.h"
#include "chainrule/program.h"

namespace chainrule {

struct ModelOptions {
  std::uint64_t seed = 0;  // of the initial weights and of dropout
  int threads = 1;
};

// ---- Building blocks, for those who write their own loop ---------------------------------------

// A graph that was traced from a network, and what its trainable variables start from.
struct TracedGraph {
  Graph graph{};
  std::vector<std::pair<std::string, DoubleTensor>> initial{};  // by name
};

// One training step on `batch` rows: inputs x [batch, inputs], target [batch, outputs],
// learning_rate [], step [] and, where the network has dropout, counter [2] (the step's low 24 bits
// and the rest); output loss [].
TracedGraph training_graph(const nn::Sequential& network, const Loss& loss,
                           const Optimizer& optimizer, std::int64_t batch, std::int64_t inputs,
                           std::int64_t outputs, const ModelOptions& options = {},
                           double clip_norm = 0);

// A prediction for `batch` rows: input x [batch, inputs]; outputs z (before the last activation)
// and prediction, both [batch, outputs].
TracedGraph prediction_graph(const nn::Sequential& network, const Loss& loss, std::int64_t batch,
                             std::int64_t inputs, const ModelOptions& options = {});

// ---- Models -----------------------------------------------------------------------------------

// A network with its weights.
class Model {
 public:
  // Throws UsageError if the network does not fit the loss.
  Model(const nn::Sequential& network, Loss loss, std::int64_t inputs,
        const ModelOptions& options = {});

  const nn::Sequential& network() const { return network_; }
  const Loss& loss() const { return loss_; }
  std::int64_t inputs() const { return inputs_; }
  std::int64_t outputs() const { return outputs_; }
  const ModelOptions& options() const { return options_; }

  struct ParameterInfo {
    std::string name;  // "dense1.weight"
    Shape shape;
  };
  std::span<const ParameterInfo> parameters() const { return parameters_; }
  std::int64_t parameter_count() const;  // numbers in all of them

  Session& session() { return session_; }
  const Session& session() const { return session_; }

  // The weights by name, for files; set_weights throws UsageError for a missing name or a wrong
  // shape, and then changes nothing.
  std::map<std::string, Tensor> weights() const;
  void set_weights(const std::map<std::string, Tensor>& weights);

  // [rows.size(), outputs]: class probabilities, or numbers in standard units, with dropout off.
  // Throws UsageError for data of another width.
  Tensor predict(const data::Dataset& data, std::span<const std::int64_t> rows);

  // The same with what goes into the last activation.
  struct Outputs {
    Tensor z, prediction;  // [rows, outputs]
  };
  Outputs outputs(const data::Dataset& data, std::span<const std::int64_t> rows);

 private:
  Model(nn::Sequential network, Loss loss, std::int64_t inputs, const ModelOptions& options,
        const TracedGraph& traced);

  nn::Sequential network_;
  Loss loss_;
  std::int64_t inputs_ = 0, outputs_ = 0;
  ModelOptions options_;
  std::vector<ParameterInfo> parameters_;
  Session session_;
  Program forward_;
};

// ---- Scores ------------------------------------------------------------------------------------

// How good predictions are. A score that does not apply to the task is NaN or empty.
struct Scores {
  std::int64_t rows = 0;
  double loss = 0;  // the model's loss, averaged over the rows

  double accuracy = 0, macro_f1 = 0;                 // classification
  std::vector<std::vector<std::int64_t>> confusion;  // [actual class][predicted class], rows

  double rmse = 0, mae = 0, r2 = 0;  // regression, in the target's own units
};

Scores evaluate(Model& model, const data::Part& part, const data::TargetEncoding& target);

// ---- Fitting -----------------------------------------------------------------------------------

// The learning rate over a run: a linear rise over the first `warmup` of the steps, then constant,
// or along half a cosine (Loshchilov & Hutter 2017) down to `floor` times the base rate.
struct Schedule {
  enum class Shape { constant, cosine };
  Shape shape = Shape::constant;
  double warmup = 0;  // fraction of all steps, [0, 1)
  double floor = 0;   // fraction of the base rate, [0, 1]
};
double learning_rate_at(const Schedule& schedule, double base, std::int64_t step,
                        std::int64_t total_steps);  // step counts from 1

// What is known after an epoch, or within one.
struct Progress {
  std::int64_t epoch = 0, epochs = 0;  // counts from 1
  std::int64_t step = 0, steps = 0;    // of the whole run, counts from 1
  double train_loss = 0;               // mean over the epoch so far
  std::optional<Scores> validation{};  // at the end of an epoch, where there are validation rows
  bool epoch_done = false;
  bool is_best = false;           // the validation loss is the lowest so far
  double learning_rate = 0;       // of the last step
  double seconds = 0;             // since the start
  double samples_per_second = 0;  // training rows, over this epoch
};

struct FitOptions {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 32;
  std::uint64_t seed = 0;  // of the order of rows
  Schedule schedule{};
  double clip_norm = 0;       // > 0: gradients are scaled down to this common norm
  std::int64_t patience = 0;  // > 0: stop after so many epochs without a lower validation loss
  bool keep_best = true;      // end with the weights of the lowest validation loss
  // Called after every epoch, and every `report_steps` steps if that is positive. Return false to
  // stop after this step.
  std::function<bool(const Progress&)> on_progress{};
  std::int64_t report_steps = 0;
  Profile* profile = nullptr;  // if there is one, it is filled; the results are the same bits
};

enum class StopReason { finished, patience, caller, diverged };

struct History {
  std::vector<Progress> epochs;  // one entry per finished epoch
  StopReason stopped = StopReason::finished;
  std::int64_t best_epoch = 0;  // whose weights the model has now
  std::int64_t steps = 0;       // that were run
  double seconds = 0;
};

// Trains the model where it stands. If the loss becomes NaN or infinite the fit stops, the best
// weights so far are kept, and history.stopped says so. Throws UsageError: options out of range, no
// rows, or data of another width than the model.
History fit(Model& model, const Optimizer& optimizer, const data::Part& train,
            const data::Part& validation, const data::TargetEncoding& target,
            const FitOptions& options = {});

// ---- Runs: what `chainrule train` does ---------------------------------------------------------

// What to train on, and how. What is left out comes from the network file or, if that does not say
// or there is none, is chosen from the data.
struct TrainRequest {
  std::string data{};  // a file or folder, as for data::open
  std::string out{};   // the run folder, which must be new or empty; empty: the next free runs/N

  std::vector<std::string> categorical{};  // as in CsvOptions
  data::TargetOptions target{};
  data::EncodeOptions encode{};
  std::optional<double> validation{}, test{};  // as in SplitOptions

  std::string model_file{};  // TOML with [network], perhaps [loss] and [optimizer]; not with hidden
  std::optional<std::vector<std::int64_t>> hidden{};  // units per hidden layer; empty: none
  std::string activation{}, loss{}, optimizer{};      // by name
  std::optional<double> dropout{}, learning_rate{}, weight_decay{}, clip_norm{};
  std::optional<Schedule> schedule{};
  std::optional<std::int64_t> batch_size{}, epochs{}, patience{};
  std::optional<bool> keep_best{};

  std::optional<std::uint64_t> seed{};  // of the split, the weights, the order and dropout
  std::optional<int> threads{};         // empty: as many as the machine has
  bool profile = false;                 // measure where the time goes
};

// The request that repeats a run, from its config.toml. Throws DataError.
TrainRequest read_config(const std::string& path);

// The first request with everything that the second one says put in its place.
TrainRequest overridden(TrainRequest base, const TrainRequest& by);

// Everything that was decided for a run; config.toml holds it.
struct RunConfig {
  std::string data;
  std::string fingerprint;  // of the data's contents: "crc32 1f0a93c2"
  std::int64_t rows = 0;
  std::vector<std::string> categorical{};
  data::TargetOptions target{};
  data::EncodeOptions encode{};
  data::SplitOptions split{};

  std::int64_t inputs = 0;  // features per row, encoded
  nn::Sequential network{};
  Loss loss{};
  Optimizer optimizer{};
  FitOptions fit{};
  std::uint64_t seed = 0;
  int threads = 1;
};

// What is known before the first step.
struct RunPlan {
  const std::string& folder;
  const RunConfig& config;
  const data::Prepared& data;
  const Model& model;
};

struct RunObserver {
  std::function<void(const RunPlan&)> on_plan{};
  std::function<bool(const Progress&)> on_progress{};  // false: stop, keep the best, save
};

struct RunResult {
  std::string folder;  // where it is saved; empty if it diverged before there was anything to save
  RunConfig config;
  data::TargetEncoding target;
  std::int64_t parameters = 0;
  History history;
  Scores train, validation, test;    // rows = 0 where there are none
  std::optional<Profile> profile{};  // if it was asked for
};

// Reads, decides, trains, scores and saves. The folder gets config.toml, metrics.csv (one line per
// epoch), model.safetensors, summary.json and, with a profile, profile.json (a trace); it is made
// before anything else, so that a place that cannot be written is known at once, and removed again
// if nothing was saved. Throws UsageError and DataError; a run that diverges is a result.
RunResult train_run(const TrainRequest& request, const RunObserver& observer = {});

// One JSON object: task, parameters, epochs, seconds, run, and train, validation and test with loss
// and accuracy, or rmse and r2; null for a part without rows; the profile if there is one. This is
// summary.json.
std::string to_json(const RunResult& result);
std::string to_json(const Scores& scores);

// A trained model that is ready for new data.
class SavedRun {
 public:
  // A run folder, or a model.safetensors alone. Throws DataError.
  static SavedRun open(const std::string& path, int threads = 1);

  Model& model() { return *model_; }
  const data::Encoder& encoder() const { return encoder_; }
  const std::string& path() const { return path_; }  // of the model file

  // Scores of all rows that have a target, or of a folder's own test part. Throws DataError.
  struct Evaluation {
    Scores scores;
    bool is_training_data = false;  // the file that the run was trained on
    bool is_test_part = false;      // of a folder
  };
  Evaluation evaluate(const std::string& data_path);

  // One line per row, in the data's own words and units: the class and its probability, or the
  // value. CSV with a header line. Throws DataError.
  std::string predict(const std::string& data_path);

 private:
  std::string path_, fingerprint_;
  data::Encoder encoder_;
  std::unique_ptr<Model> model_;
};

// One line of a network's table.
struct LayerSummary {
  std::string name;  // "dense1", as the graph's nodes are named
  std::string what;  // "dense, relu", "dropout 0.2"
  std::int64_t inputs = 0, outputs = 0, parameters = 0;
};
std::vector<LayerSummary> layer_table(const nn::Sequential& network, std::int64_t inputs);

// A network file's layers. Throws DataError if it does not say how many inputs there are.
std::vector<LayerSummary> layer_table_of_file(const std::string& path);

}  // namespace chainrule
