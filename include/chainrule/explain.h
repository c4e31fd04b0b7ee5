// The worked page: one training step of a network of dense layers on one example, every number
// with the chain that made it. Threads: a Run that is explained is played meanwhile, so it belongs
// to the thread that asks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/compare.h"
#include "chainrule/importance.h"
#include "chainrule/language.h"
#include "chainrule/nn.h"
#include "chainrule/run.h"
#include "chainrule/story.h"

namespace chainrule {

enum class PageFormat { text, markdown, latex, html, json };
enum class PageForm { scalar, matrix };  // each number by itself, or whole layers: z = W x + b

// A row of a batch.
struct TrainingExample {
  std::vector<double> input{}, target{};
};

// What the page is about. Weights that the model does not give are drawn from the seed; dropout is
// left out, since one step is worked exactly.
struct TrainingStep {
  nn::Sequential model;
  Loss loss{"half_squared_error"};
  Optimizer optimizer = SGD{};
  std::uint64_t seed = 0;
  std::vector<double> input{};
  std::vector<double> target{};
  std::vector<TrainingExample> others{};  // the batch's further rows
  std::int64_t steps = 1;                 // behind each other, each from where the last one ended
  // What the page calls its numbers, by kind: {"weight", "w^{l+1}_{j}{k}"}, or {"like", "nielsen"}
  // for another notation's; see docs/expressions.md. Empty: the tutorial's.
  std::map<std::string, std::string> notation{};
};

struct ExplainOptions {
  PageFormat format = PageFormat::text;  // plain text fits 80 columns, unless a word does not
  Language language = Language::en;
  int digits = 8;       // decimals of computed numbers, 1..17; JSON always has 17 digits
  int significant = 0;  // > 0: so many significant digits in their place, 1..17
  // Of a worked page, the story of one number alone: "W5", "h2", "z3", "E_o1", "dE/dz3",
  // "x1.gradient", or by a run's names "dense1.weight[0,1]"; of an expression "q", "df/dx"; empty:
  // all.
  std::string parameter{};
  // Some of the page's numbers, chosen by this seed, are blank, with solutions at the end; the HTML
  // page says what is wrong with an answer. The structure and JSON have all numbers.
  std::optional<std::uint64_t> exercise{};
  PageForm form = PageForm::scalar;  // of a worked page
  bool is_full = false;              // matrices, and pages of large networks, with all numbers
  std::string notation{};  // of a worked page: "tutorial", "mazur", ...; empty: as the step says
  std::int64_t step = 0;   // of a file with several, from 1; 0: the table of all
};

struct Explanation {
  std::string page{};  // the story, printed
  Story story{};
  bool passed = true;             // the printed factors multiply to the engine's gradients
  double max_relative_error = 0;  // the largest deviation from them
};

// Everything is computed in double precision from the engine's own graph. Throws UsageError: digits
// out of range, no such number or step, a model that cannot be traced, an input or target that does
// not fit, or an activation between layers that the page has no place for.
Explanation explain(const TrainingStep& step, const ExplainOptions& options = {});

// What is asked of a run that was trained.
struct RunQuestion {
  // A number: "dense1.weight[3,5]" (its update at the step), "dense1.weight[3,5].gradient",
  // "dense2.z[4]", "dense1.h[7]", "output[2]", "loss", "accuracy". Indices count from 0, as in the
  // tensors. A name alone, "dense1.weight", gives the tensor at a glance; empty: all names. What a
  // page calls a number is its name too: "dE/ddense1.z[0,4]", "dense1.weight[3,5]+", "E", "eta".
  // "validation.loss" is told epoch by epoch, or of one epoch row by row.
  std::string quantity{};
  std::int64_t epoch = 0;  // of validation.loss; 0: all
  // From 1; 0: the last one whose learning rate is at least half of the largest.
  std::int64_t step = 0;
  std::int64_t sample = 0;  // of the step's batch, from 0: for numbers that every sample has
  int top = 3;              // the strongest terms of a long sum, at least 1
  int depth = 3;            // how many sums are opened on the way to the loss, at least 1
};

// The story of a number, from the end to the beginning: the step is played again from the nearest
// checkpoint and worked in double precision. Explanation::passed says whether every line gives its
// value, and whether the engine in single precision and a finite difference of the loss agree.
// Throws UsageError: an unknown name, with the nearest; indices, steps or samples out of range.
Explanation explain(Run& run, const RunQuestion& question, const ExplainOptions& options = {});

// Why the run's model predicts for a row what it does: explain_row() as a page; as JSON it is that
// function's. Explanation::passed says whether the parts add up. Throws as that, and UsageError for
// digits or top out of range.
Explanation explain_prediction(Run& run, const RowQuestion& question,
                               const ExplainOptions& options = {});

// What compare() found, as a page; as JSON it is that function's. Throws UsageError: digits out of
// range.
Explanation explain_comparison(const RunComparison& comparison, const ExplainOptions& options = {});

// The same of step_changes(), and of epoch_changes(), where Explanation::passed says whether the
// rows' losses have the recorded loss for their mean.
Explanation explain_changes(const StepChanges& changes, const ExplainOptions& options = {});
Explanation explain_changes(const EpochChanges& changes, const ExplainOptions& options = {});

// A sign in words: "Dead units: 60 of 64 units of dense1 are off ...", what helps, and a command
// to copy, for a shell. `program` is how the reader calls it.
struct SignWords {
  std::string finding, advice, command;
};
SignWords words_of(const Sign& sign, const RunResult& result, Language language = Language::en,
                   std::string_view program = "chainrule");

// A run's report as one HTML page: signs that it went wrong, scores, learning curves, confusion
// matrix or predictions beside the truth, the rows that are most wrong, layers, gradient and update
// sizes over the steps, the data's columns, and what is worth asking. The first one is for
// RunObserver::on_saved. Its numbers say how they came about, with commands to copy, in which the
// program is called `program`, as a shell reads it.
std::string report(const RunPlan& plan, const RunResult& result, Language language = Language::en,
                   std::string_view program = "chainrule");
std::string report(const std::string& folder, Language language = Language::en,
                   const RunOptions& options = {},
                   std::string_view program = "chainrule");  // throws DataError: no run

// Where the first number of the run that is NaN or infinite came from: the step, found by playing
// the run again, the operation, its sample and operands in single precision, as the engine had
// them, back to numbers of a usual size, and what can be done about it. If there is none, the page
// says so. Explanation::passed says whether the step, worked again, has the run's own bits. Throws
// UsageError if options.digits are out of range; options.parameter is not used.
Explanation trace_nan(Run& run, const ExplainOptions& options = {}, const OnShare& on_share = {});

// The same as explain for a TOML file, see examples/tutorial.toml; or the derivatives of a free
// expression, see examples/cs231n.toml. Throws DataError for what is in the file, and UsageError
// for a step or a quantity that it does not have.
Explanation explain_file(const std::string& path, const ExplainOptions& options = {});

}  // namespace chainrule
