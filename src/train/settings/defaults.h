// What `chainrule train` takes where nothing was said: the one place that chooses it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// How much work a model is worth.
enum class Effort { quick, standard, best };
Effort effort_named(std::string_view name);  // "" is "default"; throws UsageError, nearest name

// What the choice is made from.
struct DataFacts {
  data::Task task = data::Task::classification;
  std::int64_t rows = 0;     // to train on
  std::int64_t width = 0;    // features per row, encoded
  std::int64_t outputs = 0;  // classes, or numbers per row
  bool is_array = false;     // images and their like, not a table
  Shape row{};               // of an array: of one of its rows
  Effort effort = Effort::standard;
  bool may_have_members = false;        // of a table: nothing else is said of the network
  std::vector<std::int64_t> numbers{};  // of a table: the features that are numbers, not categories
  std::vector<data::TextFeatures> texts{};  // of a table: where ids of words are
  bool has_rows_of_members = false;         // members are to see rows of their own
};

struct Defaults {
  // Of convolutions in front, each with a pooling: for pictures.
  std::vector<std::int64_t> channels;
  bool has_channels_last = false;  // the pictures
  // Of tables: so many intervals and functions for each number, so many members; 0: none.
  std::int64_t bins = 0, functions = 0, members = 0;
  bool apart = false;          // those members share nothing
  std::int64_t text_size = 0;  // of tables: how many numbers a text becomes
  bool is_calibrated = false;
  std::vector<std::int64_t> hidden;
  nn::Activation activation = nn::relu;
  double dropout = 0;
  Loss loss;
  Optimizer optimizer;
  Schedule schedule;
  double clip_norm = 0, weight_average = 0;
  std::int64_t batch_size = 32, epochs = 100, patience = 0;
  double cycle_gain = 0;
  bool keep_best = true;
};

Defaults choose_defaults(const DataFacts& facts);

// Which rows the members of a table's network see, where nothing is said of either. It is chosen
// before the rows are divided, of which so many are to be trained on if none are for validation.
data::MembersSee default_members_see(data::Task task, std::int64_t rows, Effort effort);

// Whether a row seems to be a picture [height, width, channels], as most programs keep them.
bool has_channels_last(const Shape& row);

// The part of the rows that is kept for validation, and for the test.
double default_validation(std::int64_t rows);
inline constexpr double default_test = 0.2;

// An optimizer by name with settings that train well: SGD, for one, with momentum.
Optimizer default_optimizer(std::string_view name);

}  // namespace chainrule
