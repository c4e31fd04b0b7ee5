// From what files hold to numbers that networks take: the target, the encoder that learns from the
// training rows, and the dataset that it makes. Threads: nothing that is const writes, so many may
// use one.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chainrule/source.h"

namespace chainrule::data {

// ---- The target --------------------------------------------------------------------------------

enum class Task { classification, regression };

// On what scale a number is learnt: as it is, or its logarithm. automatic is linear to prepare();
// train_run chooses.
enum class TargetScale { automatic, linear, log };

struct TargetOptions {
  // Tables: a column, or several with commas between; empty means the last one, with those before
  // it that are one-hot together with it.
  std::string column{};
  std::optional<Task> task{};  // empty: decided from the data
  // Of a number: quantiles to predict in place of the mean, such as {0.05, 0.5, 0.95}; ascending.
  std::vector<double> quantiles{};
  TargetScale scale = TargetScale::automatic;  // of numbers
  // Which of the numbers of a row, by their places, are probabilities: they are not scaled.
  std::vector<std::int64_t> probabilities{};
};

// What is to be predicted. A text column means classification; so does a numeric one of whole
// numbers with at most 20 distinct values and at most max(2, rows / 5), or of any number where they
// are from a file of labels; any other means regression. Several columns are one class if exactly
// one of them is 1, or true, in every row, else several numbers.
struct Target {
  std::string name;                    // "" for arrays
  std::vector<std::string> columns{};  // tables: where it stands
  // Tables: columns that would tell it, as they are one-hot together with it; they are no inputs.
  std::vector<std::string> told_by{};
  Task task = Task::classification;
  std::vector<std::string> classes;    // sorted, numbers as numbers; printed as "3", not "3.0"
  std::vector<std::int32_t> class_of;  // [source rows], -1 where the target is missing
  std::vector<std::int64_t> rows;      // the rows that have a target, ascending
  std::int64_t left_out = 0;           // rows without
  std::int64_t outputs = 1;            // classes, or numbers per row in regression
  std::vector<double> quantiles{};     // of the one number: one for each output
  bool is_log = false;                 // the numbers' logarithms are learnt
  std::vector<std::int64_t> probabilities{};  // of the outputs: they are not scaled
  Text reason;                                // why this task: "text", "10 distinct whole numbers"
};

// Throws UsageError: unknown column (with the nearest name). Throws DataError: no targets, one
// class only, text where regression was asked for, every target equal or missing, an infinite
// target.
Target decide_target(const Source& source, const TargetOptions& options = {});

// ---- Encoding ----------------------------------------------------------------------------------

// automatic: /255 for uint8 arrays and pictures, standard for all else. standard: mean 0, variance
// 1 (divided by n). minmax: [0, 1]. All of them over the training rows, per column; a constant
// column becomes 0. Numbers to predict are scaled as the features are, standard where that is
// automatic.
enum class Scaling { automatic, standard, minmax, none };

struct EncodeOptions {
  Scaling scaling = Scaling::automatic;
  std::vector<std::string> drop{};  // tables: columns to leave out
  std::vector<std::string> keep{};  // tables: columns to use though they look like row identifiers
};

// How one column of a table becomes features. Their order is: the number, the date's parts or the
// categories, then the other and the missing one. A date's parts are its days, as a number is, and
// sine and cosine of its place in the year and in the week; a time of day gives sine and cosine of
// its place in the day. A day of any year has its place in the year alone, a quarter none in the
// week. A text has `slots` features: ids of its words, of pairs of neighbouring words and of pieces
// of words, each once, from 1 to `buckets`, and then 0.
struct ColumnEncoding {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  double shift = 0, scale = 1;  // feature = (x - shift) * scale
  double fill = 0;              // stands for a missing x: the median of the training rows
  std::optional<std::array<double, 2>> range{};  // least and largest x of the training rows
  std::vector<std::string> categories{};         // one feature each, 1 where it is the value
  bool other_feature = false;       // one more, 1 for a rare category and for one never seen
  std::vector<std::string> rare{};  // those that training saw, if they are at most 10,000
  bool missing_feature = false;     // one more, 1 where missing; only if training rows had that
  DateOrder order{};                // of a date
  bool has_time = false;            // of a date with a time of day
  std::string unit{};               // of the numbers, as Column has it
  NumberKind number_kind = NumberKind::plain;  // likewise
  std::vector<std::string> words{};            // among them, that mean missing, likewise
  std::int64_t slots = 0, buckets = 0;         // of a text

  bool has_year() const { return order != DateOrder::time_only; }
  bool has_days() const { return has_year() && order != DateOrder::day_month; }
  bool has_week() const { return has_days() && order != DateOrder::period; }
  bool has_day_time() const { return has_time || order == DateOrder::time_only; }
  // Whether its fields are texts, and no numbers.
  bool is_of_texts() const { return kind == ColumnKind::categorical || kind == ColumnKind::text; }
  std::int64_t width() const {
    std::int64_t own = kind == ColumnKind::text ? slots : 1;
    if (kind == ColumnKind::categorical)
      own = static_cast<std::int64_t>(categories.size()) + (other_feature ? 1 : 0);
    if (kind == ColumnKind::date)
      own = (has_days() ? 1 : 0) + (has_year() ? 2 : 0) + (has_week() ? 2 : 0) +
            (has_day_time() ? 2 : 0);
    return own + (missing_feature ? 1 : 0);
  }
};

// Where the ids of a text column stand in a row.
struct TextFeatures {
  std::int64_t first = 0, slots = 0, buckets = 0;
  std::vector<std::int64_t> features() const;  // their places, ascending
};

// How an array becomes features: (x - shift) * scale, with one pair for all or one for each.
struct ArrayEncoding {
  Shape shape;  // of one row
  std::vector<double> shift, scale;
  bool of_pictures = false;  // from files of pictures, which are brought to this shape
};

struct TargetEncoding {
  std::string name{};
  std::vector<std::string> columns{};  // tables: where it stands; class k in the k-th of several
  Task task = Task::classification;
  std::vector<std::string> classes{};  // classification: output k is class k
  // [outputs] Regression: output = (y - mean) / deviation; with another scaling than the standard
  // one what stands in their place: least and range, or 0 and 1. With is_log, of ln y.
  std::vector<double> mean{}, deviation{};
  bool is_log = false;
  // [outputs] With is_log: least and largest y of the training rows, which predictions stay within.
  std::vector<std::array<double, 2>> range{};
  std::vector<double> quantiles{};  // output k is this one of the number, which stands in each
  // [columns] of tables, if any is not plain: how they are written, for the next file.
  std::vector<ExpectedColumn> written{};
  // Of two classes: from this probability of the second one on a row is taken for it.
  std::optional<double> threshold{};

  // The class that a row with these outputs is taken for: of the largest, or by the threshold.
  std::size_t decided(std::span<const float> outputs) const;
  // In its own units: a target, from standard ones; and what an output predicts.
  double in_units(double standard, std::size_t k = 0) const;
  double predicted(double output, std::size_t k = 0) const;
  // What the outputs are called: classes, columns, "price 5%"; "value" of arrays.
  std::vector<std::string> output_names() const;
  // The one that says most about the number alone: of quantiles the one nearest to the median.
  std::size_t main_output() const;
  std::int64_t outputs() const {
    return static_cast<std::int64_t>(task == Task::classification ? classes.size() : mean.size());
  }
};

// One line of the table that tells the user what was made of the data.
struct ColumnReport {
  std::string name;
  Text kind;                 // "numeric", "categorical", "text", "uint8 28 x 28"
  std::int64_t missing = 0;  // of all rows
  Text values;               // "32.1 .. 59.6", "3 distinct"
  Text treatment;            // "standardised, 2 missing as median 44.5", "one-hot, 3 columns"
  std::vector<std::string> examples{};  // the first three distinct values of a table's column
};

// How a picture is moved each time it is trained on, so that a network learns what does not depend
// on its place. Shifting is what is elsewhere called a random crop of the padded picture.
struct Augmentation {
  // Up to so many pixels up or down, and left or right; the edge's pixels repeat where the picture
  // left its place. Less than its shorter side.
  std::int64_t shift = 0;
  bool flip = false;  // in every second draw, left and right change places; before the shift

  bool moves() const { return shift > 0 || flip; }
  bool operator==(const Augmentation&) const = default;
};

// What is drawn for one row in one step.
struct Draw {
  std::int64_t down = 0, right = 0;  // pixels; up and left are negative
  bool is_flipped = false;
};

// A pure function of these four, by Philox (see docs/architecture.md): whatever batch the row is
// in, and whoever asks again. Steps count from 1; rows are those of the dataset.
Draw draw_of(const Augmentation& how, std::uint64_t seed, std::int64_t step, std::int64_t row);

class Dataset;

// Learnt from training rows, then applied to any table or array with the same columns.
class Encoder {
 public:
  // Throws DataError: no feature column left, a column too large to scale, NaN or infinity in an
  // array. Throws UsageError: an unknown column in drop or keep.
  static Encoder fit(const Source& source, const Target& target,
                     std::span<const std::int64_t> training_rows,
                     const EncodeOptions& options = {});

  // Encodes every row, so that row i of the dataset is row i of the source. Columns are found by
  // name; others are ignored. with_targets = false is for prediction: the target column need not be
  // there. A row whose class the training data did not have is one without a target, with a note.
  // Throws DataError: a column is missing (with the nearest names), text in a numeric column, an
  // array of another shape, at least half of the rows with classes that training did not have.
  // A table that is given away is freed on the way, column by column.
  Dataset encode(const Table& table, bool with_targets = true) const;
  Dataset encode(Table&& table, bool with_targets = true) const;
  Dataset encode(Examples examples, bool with_targets = true) const;

  // For the metadata of a model file; to_json(from_json(x)) == x. from_json throws DataError naming
  // `file` if the text is not what to_json writes.
  std::string to_json() const;
  static Encoder from_json(std::string_view json, const std::string& file);

  std::int64_t width() const;  // features per row
  Shape row() const;           // of an array: as it was; else [width]
  std::string feature_name(
      std::int64_t feature) const;  // "age", "sex=MALE", "age missing", "x[3,5]"
  // Those that are numbers, ascending: not categories, ids of words, nor whether a value is
  // missing. None of arrays.
  std::vector<std::int64_t> number_features() const;
  std::vector<TextFeatures> text_features() const;  // of each text column, in order
  const TargetEncoding& target() const { return target_; }
  Encoder with_threshold(std::optional<double> threshold) const;
  const std::vector<ColumnEncoding>& columns() const { return columns_; }  // empty for arrays
  const std::optional<ArrayEncoding>& array() const { return array_; }
  // The names of all columns of the table that it was fitted to, in order; none for arrays.
  const std::vector<std::string>& names() const { return names_; }
  // How the table that it was fitted to was written, for the next one.
  const Dialect& dialect() const { return dialect_; }
  const std::vector<std::string>& missing() const { return missing_; }

  // What an output of the network predicts, in the target's own units (regression).
  double in_target_units(double output, std::int64_t k = 0) const {
    return target_.predicted(output, static_cast<std::size_t>(k));
  }

  // What fit() found; not kept in JSON. A doubt is about a guess that an option would settle.
  const std::vector<ColumnReport>& report() const { return report_; }
  const std::vector<Text>& doubts() const { return doubts_; }
  const std::vector<Text>& notes() const { return notes_; }

 private:
  friend class EncoderFitter;
  Dataset encode(const Table& table, Table* own, bool with_targets) const;
  void encode_target(const Table& table, std::span<const Column* const> columns,
                     Dataset& data) const;
  void encode_target(const Array& y, Dataset& data) const;
  void leave_out_unknown(const Column& column,
                         const std::function<FilePlace(std::size_t row)>& place_of,
                         Dataset& data) const;
  TargetEncoding target_;
  std::vector<ColumnEncoding> columns_;
  std::optional<ArrayEncoding> array_;
  std::vector<ColumnReport> report_;
  std::vector<Text> doubts_, notes_;
  std::vector<std::string> names_;
  Dialect dialect_;
  std::vector<std::string> missing_;
};

// Encoded rows, ready for batches. A copy takes no memory for the features of its own. uint8 arrays
// stay bytes and are scaled while they are gathered; what stays in its file is also read then. To
// read it throws DataError: the file was written since it was opened, or cannot be read.
class Dataset {
 public:
  std::int64_t rows() const { return rows_; }
  std::int64_t width() const { return width_; }      // features per row
  std::int64_t outputs() const { return outputs_; }  // numbers per target
  bool has_targets() const { return has_targets_; }

  // features: [rows.size(), width]; targets: [rows.size(), outputs]; either may be nullptr. A class
  // becomes one-hot; a number is in standard units; a missing target is NaN throughout. Throws
  // UsageError for a row out of range, or targets asked of a dataset without.
  void gather(std::span<const std::int64_t> rows, float* features, float* targets) const {
    gather(rows, features, targets, {});
  }

  // The same, of pictures as a training step sees them: each moved as draw_of says.
  struct Moves {
    Augmentation how{};
    std::uint64_t seed = 0;
    std::int64_t step = 0;
  };
  void gather(std::span<const std::int64_t> rows, float* features, float* targets,
              const Moves& moves) const;
  // Throws UsageError if the rows cannot be moved so: no pictures, or too small ones; or numbers
  // that were scaled for each place by itself, which mean nothing at another.
  void require_movable(const Augmentation& how) const;

  const Shape& row() const { return row_; }
  std::int32_t class_of(std::int64_t row) const;  // -1: missing, or not a classification
  // How many times a row counts in training, for a member if each has rows of its own (0: it does
  // not see the row); 1 unless PrepareOptions::weight names a column, or members see different
  // rows.
  bool weighs_rows() const { return !row_weights_.empty(); }
  std::int64_t weights_per_row() const { return weights_per_row_; }  // 1, or as many as members
  float row_weight(std::int64_t row, std::int64_t member = 0) const {
    return weighs_rows() ? row_weights_[static_cast<std::size_t>(row * weights_per_row_ + member)]
                         : 1.0F;
  }
  // [rows, per_row], none below 0. Throws UsageError for another number of them.
  void set_row_weights(std::vector<float> weights, std::int64_t per_row = 1);
  std::uint64_t hash(std::int64_t row) const;  // of its features and target
  std::vector<std::uint64_t> hashes(std::span<const std::int64_t> rows) const;
  std::vector<std::int64_t> rows_with_target() const;  // ascending
  // Rows whose class the encoder does not know, which are without a target here.
  std::int64_t unknown_targets() const { return unknown_targets_; }
  FilePlace place(std::int64_t row) const;  // the file and, for a table, the line
  // Of pictures: the file's name in its folder; else "".
  std::string name(std::int64_t row) const;
  // The text in a column of texts whose words count, cut after some 40 bytes, to name it by; ""
  // where it is missing.
  std::string text(std::int64_t row, std::string_view column) const;
  // What the encoder's training rows did not have: categories never seen, a column's first gaps,
  // numbers far outside of their range; with counts.
  const std::vector<Text>& notes() const { return notes_; }

 private:
  friend class Encoder;
  friend class MixedRows;
  friend class SharedDataset;
  struct InFile {
    std::shared_ptr<const StoredRows> rows;
    std::vector<double> shift, scale;  // [1] or [width]; applied to all but bytes
  };
  template <class T>
  void scale(std::span<const T> numbers, float* to) const;  // [width], of a file
  void gather_stored(std::span<const std::int64_t> rows, float* features, const Moves& moves) const;
  std::int64_t rows_ = 0, width_ = 0, outputs_ = 0;
  Shape row_;
  bool is_scaled_by_place_ = false;  // floats, by a pair of numbers for each feature
  bool has_targets_ = false;
  std::int64_t unknown_targets_ = 0;
  // [rows, width]; copies share them, since nothing writes to them once the dataset is made.
  using Features = std::variant<std::vector<std::uint8_t>, std::vector<float>>;
  std::shared_ptr<Features> features_ = std::make_shared<Features>();
  std::optional<InFile> in_file_;      // in their place
  std::vector<float> shift_, scale_;   // [1] or [width]; applied to bytes only
  std::vector<std::int32_t> classes_;  // [rows] classification
  std::vector<float> numbers_;         // [rows, outputs] regression
  std::vector<float> row_weights_;     // [rows, weights_per_row_], or empty
  std::int64_t weights_per_row_ = 1;
  std::string file_;
  LineNumbers lines_;               // of a table
  std::vector<std::string> names_;  // of pictures
  // By column, the beginnings of its texts [rows].
  std::map<std::string, std::vector<std::string>, std::less<>> texts_;
  std::vector<Text> notes_;
};

}  // namespace chainrule::data
