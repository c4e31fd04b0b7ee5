// Training: a model with its weights, the loop that fits it, and scores in the data's own units.
// Threads: a model belongs to one thread at a time, for predicting too, which writes to its memory;
// while none does, many may call what is const. Threads that predict side by side need a model
// each. Callbacks are called on the thread that called fit.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chainrule/communicator.h"
#include "chainrule/data.h"
#include "chainrule/nn.h"
#include "chainrule/profile.h"
#include "chainrule/program.h"

namespace chainrule {

struct ModelOptions {
  std::uint64_t seed = 0;  // of the initial weights and of dropout
  int threads = 1;
};

// What a row of data is: so many features, or a picture, [channels, height, width].
struct RowShape : Shape {
  RowShape(std::int64_t features) : Shape{features} {}  // NOLINT(google-explicit-constructor)
  RowShape(const Shape& shape) : Shape(shape) {}        // NOLINT(google-explicit-constructor)
};

// ---- Building blocks, for those who write their own loop ---------------------------------------

// A graph that was traced from a network, and what its variables start from.
struct TracedGraph {
  Graph graph{};
  std::vector<std::pair<std::string, DoubleTensor>> initial{};  // by name
  std::vector<std::pair<std::string, DoubleTensor>> buffers{};  // and those that no gradient moves
};

// One training step on `batch` rows: inputs x [batch, row as the network takes it: see
// nn::input_shape; one number is a row of so many], target [batch, outputs],
// learning_rate [], step [] and, where the network has dropout, counter [2] (the step's low 24 bits
// and the rest); output loss [].
TracedGraph training_graph(const nn::Sequential& network, const Loss& loss,
                           const Optimizer& optimizer, std::int64_t batch, const RowShape& row,
                           std::int64_t outputs, const ModelOptions& options = {},
                           double clip_norm = 0);

// What a calibrated network's logits are divided by, and what the distances of its quantiles from
// their mean are multiplied by, [], among the model's buffers: 1 until a fit is over.
inline constexpr std::string_view temperature_name = "temperature", spread_name = "spread";

// A prediction for `batch` rows: input x as above; outputs z (before the last activation)
// and prediction, both [batch, outputs].
// With `shares`, of a network that ends in members, an input log_share [batch, members] as well:
// see predicted().
TracedGraph prediction_graph(const nn::Sequential& network, const Loss& loss, std::int64_t batch,
                             const RowShape& row, const ModelOptions& options = {},
                             bool shares = false);

// ---- Models -----------------------------------------------------------------------------------

// A network with its weights.
class Model {
 public:
  // `row` is the shape of a row of data: a number of features, or [channels, height, width] of a
  // picture. Throws UsageError if the network does not fit it or the loss.
  Model(const nn::Sequential& network, Loss loss, const RowShape& row,
        const ModelOptions& options = {});

  const nn::Sequential& network() const { return network_; }
  const Loss& loss() const { return loss_; }
  std::int64_t inputs() const { return row_.size(); }  // numbers in a row
  const Shape& row() const { return row_; }            // as the network takes it
  std::int64_t outputs() const { return outputs_; }
  const ModelOptions& options() const { return options_; }

  struct ParameterInfo {
    std::string name;  // "dense1.weight"
    Shape shape;
  };
  std::span<const ParameterInfo> parameters() const { return parameters_; }  // that are trained
  // What no gradient moves: running averages, and the parameters of frozen layers.
  std::span<const ParameterInfo> buffers() const { return buffers_; }
  std::int64_t parameter_count() const;  // numbers in all parameters

  Session& session() { return session_; }
  const Session& session() const { return session_; }

  // Parameters and buffers by name, for files; set_weights throws UsageError for a name that is
  // missing or that the network does not have, or a wrong shape, and then changes nothing.
  std::map<std::string, Tensor> weights() const;
  void set_weights(const std::map<std::string, Tensor>& weights);

  // [rows.size(), outputs]: class probabilities, or numbers in standard units; no layer trains.
  // Throws UsageError for data of another width.
  Tensor predict(const data::Dataset& data, std::span<const std::int64_t> rows);

  // The same with what goes into the last activation.
  struct Outputs {
    Tensor z, prediction;  // [rows, outputs]
  };
  Outputs outputs(const data::Dataset& data, std::span<const std::int64_t> rows);
  // Of some of the part's rows; where it is out of sample, each by those members alone that count
  // it 0 times (see Dataset::row_weight), and by all where there is none.
  Outputs outputs(const data::Part& part, std::span<const std::int64_t> rows);
  Outputs outputs(const data::Part& part) { return outputs(part, part.rows); }
  // What each member of a network that ends in them predicts of a row, [members, outputs], before
  // any calibration; [0, outputs] of other networks.
  Tensor member_predictions(const data::Dataset& data, std::int64_t row);

  // Throws DataError, at the row, where a layer takes numbers for ids that are none; the others
  // that are given data do so too.
  void require_ids(const data::Dataset& data, std::span<const std::int64_t> rows) const;

 private:
  Model(nn::Sequential network, Loss loss, const Shape& row, const ModelOptions& options,
        const TracedGraph& traced);

  nn::Sequential network_;
  Loss loss_;
  Shape row_;
  std::int64_t outputs_ = 0;
  // What layers take for ids, whole numbers from 0 to below `count`.
  struct Ids {
    std::string layer{};
    std::int64_t count = 0;
    std::vector<std::int64_t> features{};  // of the row; empty: all
  };
  std::vector<Ids> ids_{};
  ModelOptions options_;
  std::vector<ParameterInfo> parameters_, buffers_;
  Program& with_shares();
  // Of these rows by one program or the other.
  Outputs outputs_by(Program& program, const data::Dataset& data,
                     std::span<const std::int64_t> rows);

  Session session_;
  Program forward_;
  std::unique_ptr<Program> with_shares_{};  // made when it is first asked for
};

// Gives the layers whose first weights depend on the data, by their `init`, what they are to start
// from: in the network's order, each after those before it, by the first 256 rows. The others keep
// theirs. Runs begin so; whoever calls fit does it before.
void set_first_weights(Model& model, const data::Part& train);

// ---- Scores ------------------------------------------------------------------------------------

// How good predictions are. A score that does not apply to the task is NaN or empty.
struct Scores {
  std::int64_t rows = 0;
  double loss = 0;  // the model's loss, averaged over the rows

  // Classification. The log loss is the mean of -ln of the actual class's probability. The area
  // under the ROC curve is the second class's of two, else the mean over each class against the
  // others; NaN where only one class occurs, and beyond 2^24 probabilities. The calibration error
  // is the expected one, over 15 bins (Guo et al. 2017).
  double accuracy = undefined, macro_f1 = undefined;
  double log_loss = undefined, auc = undefined, calibration_error = undefined;
  std::vector<std::vector<std::int64_t>> confusion{};  // [actual class][predicted class], rows

  // Regression, in the target's own units.
  double rmse = undefined, mae = undefined, r2 = undefined;
  double mean_rmse = undefined;  // of who always names the mean of these rows
  // Of quantiles (the others are then of the one nearest to the median): the share of rows from the
  // lowest to the highest one, and what it should be; of a single one, of rows up to it.
  double coverage = undefined, wanted_coverage = undefined;
  // Between what R2 lies with 95% confidence (percentiles of 1,000 bootstrap samples), for one
  // output and from 10 to 999 rows.
  std::array<double, 2> r2_interval{undefined, undefined};

  static constexpr double undefined = std::numeric_limits<double>::quiet_NaN();
};

Scores evaluate(Model& model, const data::Part& part, const data::TargetEncoding& target);

// By what epochs are compared. The loss is the one that is trained (calibrated, where the network
// is); f1 is the macro F1; accuracy, log_loss, auc and f1 are of classes, rmse, mae and r2 of
// numbers.
enum class Metric { loss, accuracy, log_loss, auc, f1, rmse, mae, r2 };
Metric metric_named(std::string_view name);  // throws UsageError, nearest name
std::string_view name_of(Metric metric);
double Scores::*score_of(Metric metric);
bool is_for(Metric metric, data::Task task);
// By the metric; of equal ones, and where it is undefined in both, by the loss. A loss that is not
// finite is never better, any other one is better than none.
bool is_better(const Scores& scores, const std::optional<Scores>& than, Metric metric);

// What a classification's accuracy is to be compared with: the share of rows that who always names
// the most frequent class gets right.
double most_frequent_share(const Scores& scores);

// Between what the accuracy over all rows of the kind lies, with 95% confidence, as far as so few
// rows tell (Wilson, "Probable inference, the law of succession, and statistical inference", 1927).
std::array<double, 2> accuracy_interval(const Scores& scores);

// ---- Fitting -----------------------------------------------------------------------------------

// The learning rate over a run: a linear rise over the first `warmup` of the steps, and then
//   constant
//   cosine       along half a cosine down to `floor` times the base rate (Loshchilov & Hutter 2017)
//   flat_cosine  constant for three quarters of what is left, then the same
//   exponential  down by the same factor in every step, to `floor`
//   step         down in two steps, after half and after three quarters, to `floor`
//   one_cycle    up from a 25th along half a cosine over the first third, then down along one to
//                `floor` (Smith 2018)
//   coslog4      four times up from 0 and down to `floor`, each time more slowly (Holzmüller et
//                al. 2024)
// A floor of 0 is a hundredth for exponential and step.
struct Schedule {
  enum class Shape { constant, cosine, flat_cosine, exponential, step, one_cycle, coslog4 };
  Shape shape = Shape::constant;
  double warmup = 0;  // fraction of all steps, [0, 1)
  double floor = 0;   // fraction of the base rate, [0, 1]
};
double learning_rate_at(const Schedule& schedule, double base, std::int64_t step,
                        std::int64_t total_steps);  // step counts from 1
// How many of a schedule's cycles are over when this fraction of all steps is done; 0 if it has
// none.
int cycles_at(const Schedule& schedule, double done);
bool is_constant(const Schedule& schedule);  // from the first step on

// What is known after an epoch, or within one.
struct Progress {
  std::int64_t epoch = 0, epochs = 0;  // counts from 1
  std::int64_t step = 0, steps = 0;    // of the whole run, counts from 1
  double train_loss = 0;               // mean over the epoch so far
  std::optional<Scores> validation{};  // at the end of an epoch, where there are validation rows
  bool epoch_done = false;
  bool is_best = false;           // validation is better than ever before, by the metric
  double learning_rate = 0;       // of the last step
  double seconds = 0;             // since the start
  double samples_per_second = 0;  // training rows, over this epoch
};

struct FitState;
struct FitStart;

// What a fit does otherwise than one that went before, so that the difference can be seen.
struct WhatIf {
  std::string of{};  // the id of the run that went before
  // Rows of the data, ascending, whose terms leave the loss: they keep their places in the order of
  // rows, and a batch's loss is the mean over its other rows. Of a batch without others the
  // gradient is 0, and the optimizer takes its step with that. What was decided before the first
  // step (encoding, first weights) is as it was. Refused where layers look at other rows of the
  // batch.
  std::vector<std::int64_t> without_rows{};
  // "dense1.weight[3,5]=0": numbers of the session's variables that are put there before step `at`
  // is taken.
  std::vector<std::string> set{};
  std::int64_t at = 0;

  bool asks() const { return !without_rows.empty() || !set.empty(); }
};

struct FitOptions {
  std::int64_t epochs = 20;
  std::int64_t batch_size = 32;
  std::uint64_t seed = 0;  // of the order of rows, and of what moves them
  data::Augmentation augmentation{};
  Schedule schedule{};
  // Of dropout's rates and of the weight decay, each as a share of what is set.
  Schedule dropout_schedule{}, weight_decay_schedule{};
  double clip_norm = 0;  // > 0: gradients are scaled down to this common norm
  // > 0: the decay of the weights' moving average (see add_averages), with which the model is
  // validated and which it ends with, in place of the last weights. Running averages of layers are
  // the last ones in any case.
  double weight_average = 0;
  // Into how many shards each batch is divided by its rows' numbers. Losses, gradients and running
  // averages are added along one binary tree over the shards' numbers, then clipped and used once.
  // Branches of the tree are computed together in 64 MiB at most, if a shard takes no more. Layers
  // that look at other rows of the batch, such as batch_norm, see those of their shard (Hoffer et
  // al. 2017).
  std::int64_t shards = 1;
  // Processes that compute the shards together; each calls fit with the same model, data and
  // options but for its observers, and ends with the same bits. Must outlive the fit.
  Communicator* ranks = nullptr;
  WhatIf what_if{};
  Metric metric = Metric::loss;  // of validation, by which an epoch is the best so far
  // > 0: stop after so many epochs without a better one; needs validation rows.
  std::int64_t patience = 0;
  // > 0: leave out the schedule's last cycle, more than half of all steps (coslog4 has cycles), if
  // the one before it lowered the training loss by this share of the lowest until then, and the
  // validation loss by less; needs validation rows.
  double cycle_gain = 0;
  bool keep_best = true;  // end with the weights of the best epoch
  // Called after every epoch, and every `report_steps` steps if that is positive. Return false to
  // stop after this step.
  std::function<bool(const Progress&)> on_progress{};
  std::int64_t report_steps = 0;

  // For those who record a fit. on_step is called before the first step and after every one, while
  // the session's variables are those after state.step. A fit that is given both again as its start
  // goes on as if it had never stopped.
  std::function<void(const FitState&)> on_step{};
  const FitStart* start = nullptr;
  Profile* profile = nullptr;  // if there is one, it is filled; the results are the same bits
};

enum class StopReason { finished, patience, cycle, caller, diverged };

struct History {
  std::vector<Progress> epochs;  // one entry per finished epoch
  StopReason stopped = StopReason::finished;
  std::int64_t best_epoch = 0;  // whose weights the model has now; 0: those the fit began with
  std::int64_t steps = 0;       // that were run
  double seconds = 0;
};

// Where a fit stands, besides the session's variables.
struct FitState {
  std::int64_t step = 0;                         // done
  double loss_sum = 0;                           // over the rows of the epoch that is not finished
  std::optional<Scores> best{};                  // of validation
  std::map<std::string, Tensor> best_weights{};  // where they are kept, and there are any yet
  History history{};
  bool is_over = false;  // no step follows, and history.stopped says why
};

struct FitStart {
  FitState state{};
  std::map<std::string, Tensor> variables{};  // of the session: weights, and the optimizer's own
};

// Trains the model where it stands. If the loss becomes NaN or infinite the fit stops and
// history.stopped says so; the model then has the best weights so far, or, where none are kept,
// those with which this call began. Throws UsageError: options out of range, no rows, more than
// 2^48 steps, patience or a cycle's gain without validation rows, data of another width than the
// model, or rows that the augmentation cannot move.
History fit(Model& model, const Optimizer& optimizer, const data::Part& train,
            const data::Part& validation, const data::TargetEncoding& target,
            const FitOptions& options = {});

}  // namespace chainrule
