// What a table's columns have to do with predictions: of one row, and of all. Threads: as for Run;
// the same numbers for any number of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chainrule/influence.h"
#include "chainrule/run.h"

namespace chainrule {

// ---- One row -----------------------------------------------------------------------------------

// Which row, and what of its prediction.
struct RowQuestion {
  std::int64_t number = 0;  // the line of a table, from 1
  bool is_test = false;     // in the file of the run's test rows
  std::string file{};       // or in this file, which needs no target; empty: in the run's data
  // Fields that the row is to have instead, by column, as a file would have them; "" is missing.
  std::vector<std::pair<std::string, std::string>> changes{};
  // The class, or of several columns that are predicted the one; empty: the predicted class, the
  // first column.
  std::string outcome{};
  std::int64_t evaluations = 131072;  // of the network, about; more make the errors smaller
  int top = 12;                       // the strongest columns on a page; the others as one
};

// What one column did to a prediction.
struct ColumnPart {
  std::string column{};
  std::string value{};                        // as the network has it; "" if one of these
  bool is_missing = false, is_other = false;  // other: a category that is rare, or new
  double part = 0;
  double error = 0;  // 95% of such estimates are off by less; 0 where it is exact
};

// A prediction, taken apart: it is the reference, which is the mean prediction over training rows,
// and one part of each column. A part is the column's Shapley value: the columns are taken from a
// training row one after another and given the row's own values, and the part is the change of the
// prediction when it is the column's turn, on average over training rows and over all orders.
// (Shapley 1953; Strumbelj and Kononenko 2014; the "interventional" one of Janzing et al. 2020.) So
// what is explained is the network, not the world: values are put together that no row may have.
//
// Numbers are in the target's own units. Of classes they are log-odds, ln(p / (1 - p)) with the
// probability of the class and those of all others: there parts add up, and +0.69 doubles the odds.
// Of outputs that each are a probability by themselves, as of sigmoid, p is the class's share of
// their sum. Where outputs are no probabilities it is the class's output itself.
struct RowReasons {
  enum class Unit { target, log_odds, output };
  Unit unit = Unit::target;
  std::string outcome{};                              // the class, or the column that is predicted
  double prediction = 0, reference = 0;               // in this unit
  double probability = 0, reference_probability = 0;  // of log-odds; else NaN
  bool is_share = false;  // the probability, of a sum of outputs that is not 1
  std::int64_t reference_rows = 0, training_rows = 0;  // the reference is the mean over so many of
  bool is_exact = false;                               // all orders, all training rows
  std::int64_t orders = 0;                             // else so many for each training row
  std::vector<ColumnPart> parts{};                     // by magnitude
  double completeness_error = 0;  // prediction - reference - the parts' sum: rounding
};

// What one member of the network makes of a row.
struct MemberPart {
  double prediction = 0;  // the class's probability, or as RowReasons has predictions; uncalibrated
  // How many times the member counted the row in training; NaN where all members do alike.
  double counts = 0;
};

struct RowExplanation {
  RunRow row{};  // its label is "" where it has no target
  RowReasons reasons{};
  std::vector<MemberPart> members{};    // none of a network that does not end in them
  std::optional<RowReasons> changed{};  // with question.changes: the same class or column, with the
                                        // same training rows and orders; its row's own prediction:
  std::string changed_predicted{};      // class or value
  std::vector<Text> notes{};            // what the row or the changes have that training had not
};

// Of the run's model as it was saved. Throws UsageError: no such row, column, class; data without
// columns. DataError: the run has no model, the file cannot be read, the prediction is not finite.
RowExplanation explain_row(Run& run, const RowQuestion& question);

// ---- All rows ----------------------------------------------------------------------------------

struct ImportanceOptions {
  std::int64_t evaluations = 1 << 20;  // of the network, at most about so many
  int repeats = 10;                    // shuffles of each column, at most
  int curves = 4;                      // columns that get a curve, the most important
};

// How much worse predictions get when one column's values change places among the rows (Breiman
// 2001; Fisher, Rudin and Dominici 2019): what the network loses without that column's word. Two
// columns that say the same stand in for each other, and both look unimportant.
struct ColumnImportance {
  std::string column{};
  // Of the log loss, or the root mean squared error in the target's units; and between what it lies
  // with 95% confidence, as far as so many rows tell.
  double increase = 0;
  std::array<double, 2> interval{};
  double accuracy_drop = 0;  // classes: a share of the rows; else NaN
  std::array<double, 2> accuracy_interval{};
};

// Partial dependence (Friedman 2001): the mean prediction over rows that all have this value.
struct ColumnCurve {
  std::string column{};
  struct Point {
    std::string value{};
    bool is_missing = false, is_other = false;
    std::vector<double> prediction{};  // probabilities, or numbers in the target's units
  };
  std::vector<Point> points{};  // numbers and dates ascending, categories the most frequent first
};

struct Importance {
  std::int64_t rows = 0, of_rows = 0;  // that were looked at, drawn from these
  std::int64_t repeats = 0;
  double score = 0;                     // without shuffling: log loss or root mean squared error
  double accuracy = 0;                  // of classes; else NaN
  std::vector<std::string> outcomes{};  // what a point's predictions are of
  std::vector<ColumnImportance> columns{};  // the most important first
  std::vector<ColumnCurve> curves{};
  std::vector<Text> notes{};
};

// On rows that have a target, at least two. Throws UsageError: fewer; data without columns; options
// out of range. DataError: a prediction is not finite.
Importance importance(Model& model, const data::Encoder& encoder, const data::Part& part,
                      const ImportanceOptions& options = {});
// Of all rows in a file that have a target. Throws DataError too if it cannot be read.
Importance importance(SavedRun& run, const std::string& data_path,
                      const ImportanceOptions& options = {});

// Of a curve's predictions the few that change most, in the order of Importance::outcomes.
std::vector<std::size_t> strongest_outcomes(const ColumnCurve& curve, std::size_t most);

// One JSON object each, with all digits.
std::string to_json(const RowExplanation& explanation);
std::string to_json(const Importance& importance);

}  // namespace chainrule
