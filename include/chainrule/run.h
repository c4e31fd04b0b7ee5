// Runs: what `chainrule train` does, from the data to a folder, and what can be done with the
// folder later: predict, go on, play any step of the training again, and ask what a prediction
// comes from. Threads: a Run or a SavedRun belongs to one thread at a time, its const members
// included; several may be open on one folder, also while it is trained. Trainings side by side
// need a folder each. Observers are called on the thread that trains.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chainrule/signs.h"
#include "chainrule/train.h"

namespace chainrule {

// ---- Training ----------------------------------------------------------------------------------

// What to train on, and how. What is left out comes from the network file or, if that does not say
// or there is none, is chosen from the data.
struct TrainRequest {
  std::string data{};  // as for data::open; standard input is kept in the run folder, as data.csv
  std::string out{};   // the run folder, which must be new or empty; empty: the next free runs/N

  data::CsvOptions table{};         // how to read a table; without `uses`
  data::PictureOptions pictures{};  // how large pictures are to be; without a row
  data::TargetOptions target{};
  data::EncodeOptions encode{};
  std::optional<double> validation{}, test{};  // as in SplitOptions
  std::string validation_file{}, test_file{};  // or all rows of these
  std::string group{}, time{};                 // as in SplitOptions, and so on
  bool in_order = false;
  std::string weight{};     // as in PrepareOptions
  int folds = 0, fold = 0;  // train_folds trains all of them
  bool strict = false;      // a doubt about the data is an error

  // TOML with [network], perhaps [loss], [optimizer], [training], [schedule] and
  // [augmentation]; not with hidden.
  std::string model_file{};
  std::optional<std::vector<std::int64_t>> hidden{};  // units per hidden layer; empty: none
  std::string activation{}, loss{}, optimizer{};      // by name
  // How many times the rows of classes count: "balanced", that all classes count the same, or
  // "yes=3,no=1"; the others once.
  std::string class_weights{};
  // How much work the defaults are to be worth, on tables: "quick", "default" or "best".
  std::string effort{};
  // Which training rows each member of the network sees: "all", "bags" or "folds" (see
  // data::MembersSee). Where members share no weights and no rows are kept for validation, each row
  // is predicted for it by those that do not see the row.
  std::string members_see{};
  std::optional<double> dropout{}, learning_rate{}, weight_decay{}, momentum{}, clip_norm{},
      weight_average{}, cycle_gain{};
  std::optional<Schedule> schedule{}, dropout_schedule{}, weight_decay_schedule{};
  std::optional<std::int64_t> shift{};  // as in data::Augmentation
  std::optional<bool> flip{};
  std::optional<std::int64_t> batch_size{}, shards{}, epochs{}, patience{};
  std::optional<bool> keep_best{};
  // Of two classes: from which probability of the second one on a row is taken for it, "0.3", or
  // "auto", which is what is best on the validation rows by the metric, accuracy or else macro F1.
  std::string threshold{};
  std::optional<Metric> metric{};  // by which epochs are compared, and which is shown first

  std::optional<std::uint64_t> seed{};  // of the split, the weights, the order and dropout
  std::optional<int> threads{};         // empty: as many as the machine has
  bool profile = false;                 // measure where the time goes
  // Processes that train this run together; each of them calls train_run, and shards are 16 unless
  // they are given. Rank 0 alone has the run's folder. Must outlive the call.
  Communicator* ranks = nullptr;

  WhatIf what_if{};

  // A checkpoint after so many steps; 0: one at the start and one at the end. Empty: as often as
  // takes no more than half a percent of the time.
  std::optional<std::int64_t> checkpoint_every{};
};

// The request that repeats a run, from its config.toml. Throws DataError.
TrainRequest read_config(const std::string& path);

// The first request with everything that the second one says put in its place.
TrainRequest overridden(TrainRequest base, const TrainRequest& by);

// Everything that was decided for a run; config.toml holds it.
struct RunConfig {
  // Of the run: a hash of what decides its numbers, the same for equal runs wherever they were
  // made; 16 hexadecimal digits. Empty in a run of format 0, from before there were ids.
  std::string id{};
  std::string data;             // as it was named
  std::string data_absolute{};  // the same place from everywhere
  std::string fingerprint;      // of the data's contents: "crc32 1f0a93c2"
  std::int64_t rows = 0;
  data::CsvOptions table{};
  data::PictureOptions pictures{};
  data::TargetOptions target{};
  data::EncodeOptions encode{};
  data::SplitOptions split{};
  std::string weight{};                        // as in PrepareOptions
  std::string validation_file{}, test_file{};  // absolute; "" if they are parts of the data

  Shape row{};  // of the encoded data, as the network takes it: [features], or a picture's
  nn::Sequential network{};
  Loss loss{};
  Optimizer optimizer{};
  FitOptions fit{};
  std::string threshold{};  // as in TrainRequest; "": the likeliest class
  data::MembersSee members_see = data::MembersSee::all;
  std::uint64_t seed = 0;
  int threads = 1;
  std::optional<std::int64_t> checkpoint_every{};
};

// What train_run would make of the data: the part of its configuration that says so, and the parts.
// Throws UsageError and DataError.
struct DataPlan {
  RunConfig config;
  data::Prepared data;
};
DataPlan plan_data(const TrainRequest& request);

// What is known before the first step.
struct RunPlan {
  const std::string& folder;
  const RunConfig& config;
  const data::Prepared& data;
  Model& model;
  std::int64_t step = 0;  // after which a run that was cut off goes on
};

struct RunResult;

struct RunObserver {
  std::function<void(const RunPlan&)> on_plan{};
  std::function<bool(const Progress&)> on_progress{};  // false: stop, keep the best, save
  // What the user should know beside results and errors: that nothing can be recorded, since the
  // disk is full, say.
  std::function<void(const Text&)> on_warning{};
  // When all is in the folder but summary.json, which comes last; the model has the weights that
  // it ended with. A DataError that it throws becomes a warning; it is called again where the disk
  // was full and room could be made.
  std::function<void(const RunPlan&, const RunResult&)> on_saved{};
};

// How large a parameter, its gradient and its update are at a step: Euclidean norms.
struct LayerSize {
  std::int64_t step = 0;
  std::string parameter;  // "dense1.weight"
  double weight = 0;      // before the step
  double gradient = 0;    // before any clipping
  double update = 0;      // of the difference that the step made
};

struct RunResult {
  std::string folder;
  bool has_model = true;  // false if it diverged before there were weights worth saving
  RunConfig config;
  data::TargetEncoding target;
  std::int64_t parameters = 0;
  History history;
  Scores train, validation, test;  // rows = 0 where there are none
  // Of a linear model that was fitted to the same rows, on the test rows or, without those, on the
  // validation rows; rows = 0 without either, and where the network is linear itself.
  Scores linear{};
  std::optional<double> calibration{};  // of a calibrated network: its temperature, or spread
  std::vector<LayerSize> sizes{};       // at some 3 to 6 steps, spread over the run
  std::vector<Sign> signs{};            // that it went wrong; none of a run that was interrupted
  std::optional<Profile> profile{};     // if it was asked for
};

// Reads, decides, trains, records, scores and saves. The folder is made before anything else, so
// that a place that cannot be written is known at once. It gets config.toml before the first step;
// while the training runs, metrics.csv (one line per epoch), record.csv (step, epoch and hash of
// the model's state, per epoch and checkpoint) and checkpoints/STEP.safetensors, from which
// resume_run and Run go on; layers.csv with the sizes of each layer; at the end model.safetensors,
// with a profile profile.json (a trace), and summary.json. Everything in it carries the run's id
// and a hash. The folder belongs to this process until it returns; it is removed again if it ends
// by an exception before anything was recorded. Throws UsageError and DataError; a run that
// diverges is a result, its folder holds the checkpoints before, and history.steps is the step at
// which the loss was no longer finite.
RunResult train_run(const TrainRequest& request, const RunObserver& observer = {});

// Told how far a long piece of work has come, from 0 to 1, by the thread that does it.
using OnShare = std::function<void(double share)>;

struct RunOptions {
  std::optional<int> threads{};   // empty: as many as the machine has
  std::string data{};             // where the data is now, if not where config.toml says
  Communicator* ranks = nullptr;  // as in TrainRequest; all of them must see the folder
};

// Cross-validation: request.folds runs, in the folders fold1, fold2, ... of one, each of which
// keeps another part of the rows for its test.
struct Spread {
  double mean = 0;
  double deviation = 0;  // standard, from one fold to another
};
struct FoldsResult {
  std::string folder;
  std::vector<RunResult> folds{};
  // Of the tests' scores, by name; none if the caller ended it. Folds that diverged without a model
  // are left out.
  std::vector<std::pair<std::string, Spread>> scores{};
};

// The folder also gets summary.json, which is to_json of the result. Throws as train_run.
FoldsResult train_folds(const TrainRequest& request, const RunObserver& observer = {});
std::string to_json(const FoldsResult& result);

// Goes on with a run that was interrupted or killed, from its newest checkpoint that is whole, and
// ends with the same bits as if it had not been. A finished run with a damaged or missing file is
// mended the same way. Throws DataError: no run, finished or diverged already and all its files
// whole, trained by another process right now, or the data has changed since.
RunResult resume_run(const std::string& folder, const RunOptions& options = {},
                     const RunObserver& observer = {});

// One JSON object: task, parameters, epochs, steps, seconds, run, and train, validation and test
// with loss and accuracy, or rmse and r2; null for a part without rows; the profile if there is
// one. summary.json is this with the run's header and the hashes of the other files.
std::string to_json(const RunResult& result);
std::string to_json(const Scores& scores);

// ---- Replaying ---------------------------------------------------------------------------------

// A recorded run, at any of its steps: the model with the optimizer's variables as they were then,
// and what each step trained on. All bits are those of the training, for any number of threads. It
// reads the folder and writes nothing.
class Run {
 public:
  // Starts at step 0. Throws DataError: no run, its data is not there, or its record is damaged or
  // shorter than the run's end or its newest checkpoint promises.
  static Run open(const std::string& folder, const RunOptions& options = {});
  ~Run();
  Run(Run&&) noexcept;
  Run& operator=(Run&&) noexcept;

  const std::string& folder() const;
  const RunConfig& config() const;
  const data::Prepared& data() const;
  bool data_changed() const;  // since the run was made; then the steps are not those it took
  // What should be known before its numbers are relied on, in sentences: that the data has changed,
  // or that the run has another layout of the arithmetic than this version, whose last bits differ.
  std::vector<Text> notes() const;

  std::int64_t steps() const;  // recorded so far
  std::int64_t steps_per_epoch() const;

  std::int64_t step() const;  // whose update was the last that the model has seen; 0: none
  Model& model();
  std::string hash() const;  // of all variables of the model's session, 16 hexadecimal digits

  // From the nearest checkpoint at or before the step, or from where it stands if that is nearer,
  // or from the beginning. Throws UsageError if the step is not from 0 to steps().
  void go_to(std::int64_t step);

  // One more step. Returns the mean loss of its rows before the update. Throws UsageError at the
  // end of the record.
  double advance();

  // What step 1 .. steps() trains on.
  struct Batch {
    std::int64_t epoch = 0;            // from 1
    std::vector<std::int64_t> rows{};  // of data().train.data, in the order of the batch
    double learning_rate = 0, dropout_factor = 1, decay_factor = 1;  // of its schedules
    // [rows, Dataset::weights_per_row()]: how many times each of the rows counts in the batch's
    // mean, or in each member's; empty: once.
    std::vector<float> weights{};
  };  // dropout's counter is the step itself; data::draw_of says how its pictures are moved
  Batch batch(std::int64_t step) const;

  // The hashes that the record has, by ascending step.
  struct Recorded {
    std::int64_t step = 0;
    std::string hash{};
  };
  std::vector<Recorded> hashes() const;

  // Plays the run from the beginning, seed and all, to step `until` or its end, and compares the
  // hash at every step that has one in the record; it stops at the first that differs.
  struct Verification {
    std::int64_t compared = 0;  // hashes
    struct Difference {
      std::int64_t step = 0;
      std::string recorded, replayed;
    };
    std::optional<Difference> difference{};
  };
  Verification verify(std::optional<std::int64_t> until = {}, const OnShare& on_share = {});

  // Writes the model as it is now, or its averages if it has any, for SavedRun. Throws DataError.
  void save_model(const std::string& path) const;

 private:
  struct Impl;
  explicit Run(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// ---- Checking ----------------------------------------------------------------------------------

// What is known of a run's files, none of which is changed.
struct RunFiles {
  int format = 0;                      // 0: from before files had hashes; little can be checked
  int layout = 0;                      // of the arithmetic: equal ones give equal bits
  std::string version{}, id{};         // of the program that made the run, and of the run
  std::string instruction_set{};       // that made it
  bool has_ended = false;              // it has a summary
  std::vector<std::string> whole{};    // names in the folder
  std::vector<std::string> damaged{};  // "runs/1/model.safetensors: what is wrong"
};

// Checks every file of a run against its own hash, the run's id, the record, and what the run's end
// promises. This is against damage and mix-ups, not against forgery. Throws DataError: no run.
RunFiles check_files(const std::string& folder);

// ---- Using -------------------------------------------------------------------------------------

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
    std::int64_t left_out = 0;      // rows without a target
    // What the data has that training's had not, in words; and that the run asks what if.
    std::vector<Text> notes{};
  };
  Evaluation evaluate(const std::string& data_path);

  struct PredictOptions {
    std::string key{};  // a column of the table that comes first; "line": the row's line in the
                        // file; of pictures it is always their file's name
    bool probabilities = false;  // of every class
  };
  struct Prediction {
    std::string csv;            // with a header line
    std::vector<Text> notes{};  // as of an evaluation
  };
  // One line per row, in the data's own words and units: the class and its probability, or the
  // value. Throws DataError; UsageError for a key that is not there, and for probabilities of a
  // number.
  Prediction predict(const std::string& data_path, const PredictOptions& options);
  Prediction predict(const std::string& data_path) { return predict(data_path, {}); }

 private:
  std::string path_, fingerprint_;
  Text note_;
  data::Encoder encoder_;
  std::unique_ptr<Model> model_;
};

// One line of a network's table.
struct LayerSummary {
  std::string name;  // "dense1", as the graph's nodes are named
  Text what;         // "dense, relu", "dropout 0.2"
  Text brief;        // "64 relu", "dropout 0.2": as a part of the network's line
  Shape x{}, y{};    // of a row, as the layer takes it and as it gives it
  std::int64_t parameters = 0;
};
// Throws UsageError for a network that could not be trained.
std::vector<LayerSummary> layer_table(const nn::Sequential& network, const RowShape& row);

// "784", "1 x 28 x 28": the shape of a row, as people write it.
std::string row_words(const Shape& row);

// A network file's layers. Throws DataError if it does not say how many inputs there are.
std::vector<LayerSummary> layer_table_of_file(const std::string& path);

}  // namespace chainrule
