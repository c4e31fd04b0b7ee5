// Data: from files to batches. The order matters, because an encoder may learn from the training
// rows only:  open -> decide_target -> split_rows -> Encoder::fit -> encode -> Dataset::gather.
// prepare() does all of it in one call. Threads: nothing that is const writes, so many may read one
// table, encoder or dataset, and gather from it.
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

#include "chainrule/error.h"
#include "chainrule/tensor.h"

namespace chainrule::data {

// ---- Tables ------------------------------------------------------------------------------------

enum class ColumnKind { numeric, categorical, date };

// In which order a column writes its dates: 2019-03-01, 1/3/2019, 3/1/2019; with the month's name
// (1 Mar 2019, March 1, 2019); times of day without a date; days of any year (17-May); quarters,
// weeks and months by name (2021Q3, 2021-W05, May-17), each of which is its first day; digits alone
// (20190301, 201903); two digits of the year in front (19.03.01).
enum class DateOrder {
  year_month_day,
  day_month_year,
  month_day_year,
  named_month,
  time_only,
  day_month,
  period,
  compact,
  short_year
};

// A whole number beyond 2^53 that double does not hold: another one may become the same double.
struct RoundedNumber {
  std::int64_t line = 0;
  std::string text;
};

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  std::vector<double> numbers{};      // [rows] if numeric, or days since 1970-01-01 if a date; NaN
                                      // where missing
  std::vector<std::int32_t> codes{};  // [rows] if categorical: index into categories; -1 missing
  std::vector<std::string> categories{};   // distinct, sorted: as numbers if all are, else by bytes
  std::optional<RoundedNumber> rounded{};  // the first one of the column, if it is numeric
  DateOrder order{};                       // of a date
  bool has_time = false;                   // a date with a time of day
  std::string
      padded{};        // its first whole number that begins with 0, such as "007"; "" if none does
  std::string unit{};  // its numbers' currency or unit: "$", "kg"
  int zeros = 0;       // behind the point of all whole numbers: 1 in 3.0; 0 where not all have them
  std::string written{};  // how its numbers or dates are written, if not plainly: "\"$5\" is 5"
  std::string doubt{};    // why it might have been read otherwise; "" if it might not
};

// The line of the file on which each row starts, from 1. Rows on consecutive lines take no memory.
class LineNumbers {
 public:
  void push_back(std::int64_t line) {  // of the next row; beyond that of the row before
    const bool goes_on =
        size_ > 0 && stretches_.back().line + size_ - stretches_.back().row == line;
    if (!goes_on) stretches_.push_back({size_, line});
    ++size_;
  }
  std::int64_t of(std::int64_t row) const;     // 0 for a row that has none
  std::int64_t size() const { return size_; }  // rows

 private:
  struct Stretch {
    std::int64_t row, line;  // its first
  };
  std::vector<Stretch> stretches_;
  std::int64_t size_ = 0;
};

// How a file writes its table.
struct Dialect {
  char delimiter = ',';  // between fields; a space: any number of spaces and tabs
  char decimal = '.';    // in numbers; where it is a comma, points may stand between thousands
  bool header = true;    // the first row has names
  bool doubled = false;  // the delimiter stands twice, as in a::b
  bool operator==(const Dialect&) const = default;
};

struct Table {
  std::vector<Column> columns{};
  std::int64_t rows = 0;
  std::string file{};
  LineNumbers lines{};             // [rows], or none where the rows are from no file
  Dialect dialect{};               // as it was read
  std::string encoding = "UTF-8";  // of the file
  std::string skipped{};           // lines that are no rows, quoted; comments are not told
  bool by_position = false;        // it took the names that were given, having none or others
  std::string doubt{};             // why its numbers might have been read otherwise; mostly ""
  std::vector<std::string>
      missing{};  // words that were taken for a missing value, as CsvOptions say

  const Column* find(std::string_view name) const;  // nullptr if there is none
  std::vector<std::string> names() const;
};

// unlikely: absent, but for words above all columns of numbers; such a row is left out, and the
// names are those that were given.
enum class Header { detect, present, absent, unlikely };

struct CsvOptions {
  // 0: of , ; tab | ^ and runs of spaces, or :: ;; and the like, what lets the rows agree best in
  // number and kind of fields. What stands twice everywhere is taken so.
  char delimiter = 0;
  char decimal = 0;                   // 0: a comma if no number can be read otherwise
  std::optional<Dialect> expected{};  // where the rows leave it open
  // detect: the first row holds names if one of its fields is a word above a column of numbers or
  // dates, if they count from 0 (as pandas writes names that nobody gave) or are years in a row and
  // the next row does not count, or, in a file of text only, if none of its fields occurs again
  // below it.
  Header header = Header::detect;
  // Columns to take as text, as numbers or as dates, whatever most of their fields are.
  std::vector<std::string> categorical{}, numeric{}, dates{};
  std::vector<std::string> expected_texts{};  // as categorical, where there is such a column
  // Names for a file without a row of them: of several lists the first that has as many.
  std::vector<std::vector<std::string>> names{};
  std::vector<std::string> missing{};  // words, or numbers such as -999, that also mean missing
  std::vector<std::string> expected_numbers{};     // columns whose fields are hardly dates
  std::map<std::string, DateOrder> date_orders{};  // by column: its dates have no other one
  // Whether a column of this name is used; what is not may hold anything. Empty: all are.
  std::function<bool(std::string_view column)> uses{};
};

// Reads a CSV file (RFC 4180, and: other dialects, UTF-8 mark, packed files, blank lines skipped,
// spaces around a field dropped; other encodings are recognised: see README.md). Without a header
// row the names are column1, column2, ...
//
// Missing is an empty field; among numbers and dates, where spaces around them do not count within
// quotes either, also a word such as NA, N/A, #N/A, <NA>, NaN, NaT, null, None, nil, n.a., \N, ?,
// -, :, #DIV/0! and other errors of spreadsheets, in any case, which are categories of their own
// among texts.
//
// Above the table may stand "sep=;", lines that begin with # (which are then comments further down
// as well; the last one may hold the names) and a title: lines with nothing behind their first
// field, or pairs where rows have four fields and more. Below its names may stand up to two rows of
// words where two columns or more hold numbers (units), further down the names again, and below
// all rows lines of words. A delimiter at the end of every line is no field. Where names and rows
// are as R writes them, the rows' names get the name "row".
//
// A column is numeric if all other fields are numbers in one form: plain ones, with marks between
// thousands, with a currency or a unit that is the same in all, in percent, in brackets or with a
// minus behind for negative, as parts of one whole (4.5/5), or with k, M and B for thousands,
// millions and billions. Marks such as <0.5 or 12* are passed over where at least as many numbers
// are plain. Lengths of time, of which one is beyond a day or the name says so, are seconds. It
// holds dates if all of them are, in one order; digits alone, such as 20230301, if all are dates
// from 1900 to 2099 and either differ much or are called so. Any other is categorical; but one of
// which 90% are numbers or dates (80% where it is shorter than 20 rows, 5 at least) is taken as
// such a column with a mistake in it. Whole numbers beyond 2^53, or that begin with 0, are
// categorical where they come again.
//
// Throws DataError with line and field (column, from 1): ragged row, no rows, open quote, NUL byte,
// a mistake as above, infinity, a field of more than a megabyte, more than 100,000 columns. Throws
// UsageError if a column that the options name is not there.
Table read_csv(const std::string& path, const CsvOptions& options = {});

// ---- Arrays ------------------------------------------------------------------------------------

// An array file. uint8 stays so (images); int8, int16, uint16, bool, float16 and float32 become
// float; larger ones become double. Row-major; the first axis counts the examples.
struct Array {
  std::string file;
  Shape shape;
  std::variant<std::vector<std::uint8_t>, std::vector<float>, std::vector<double>> values;
  // Of an array of strings: the distinct ones, sorted as a column's categories are. The values are
  // places in them; NaN stands for "", which is a missing one.
  std::vector<std::string> words{};
  // Of pictures, [rows, channels, height, width], from 0 to 255, as bytes or, where some have 16
  // bits, as floats with fractions: each one's file name, in the folder `file`. Else empty.
  std::vector<std::string> names{};
  std::vector<std::string> notes{};  // what was done to read it, in words

  std::int64_t rows() const { return shape.rank() == 0 ? 1 : shape[0]; }
  std::int64_t width() const;  // values per row
  double at(std::int64_t index) const;
};

// IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist), plain or packed, all six of its
// types. Throws DataError: not IDX, truncated, bytes left over, more than 6 axes, a size beyond the
// file's.
Array read_idx(const std::string& path);

// NPY versions 1 to 3 (numpy.lib.format): f2 f4 f8, i1 i2 i4 i8, u1 u2 u4 u8 and bool, in either
// order of bytes; also U and S, which are strings and name classes. Fortran order is turned into C
// order. Throws DataError for anything else, for damage, for an S that is not UTF-8, and for an i8
// or u8 that double does not hold.
Array read_npy(const std::string& path);

// One file of examples and, where there is one, its file of targets.
struct Examples {
  Array features;                // [rows, ...]
  std::optional<Array> targets;  // [rows] or [rows, outputs]
};

using Rows = std::variant<Table, Examples>;

// What a user named as data, before anything is decided about it.
struct Source {
  Rows main;
  std::optional<Rows> test{};   // the data's own test part, or one from another file
  bool test_is_beside = false;  // of the file that was named, which is all that is to be judged
  std::optional<Rows> validation{};
};

// How pictures of different sizes and colours become one array. Without a row: the size that more
// than half of them have, else the median height and the median width, and none longer than 128
// pixels; one channel if all are stored as grey, else three.
struct PictureOptions {
  // [channels, height, width] with 1 or 3 channels, [height, width], or [height, width, channels].
  std::optional<Shape> row{};
  std::int64_t height = 0, width = 0;  // 0: not said; both or none
};

// A CSV, IDX, NPY, PNG or JPEG file (told apart by their first bytes), "-" for standard input, or a
// folder with one of
//   train-images* and train-labels* (IDX), with t10k- or test- instead of train- for a test part;
//     all of them may begin with the name of a set, as EMNIST's and QMNIST's do
//     (emnist-letters-train-images-idx3-ubyte), if the folder holds one set;
//   X.npy and y.npy; or x_train.npy and y_train.npy, with x_test.npy and y_test.npy as test part;
//   a folder of PNG and JPEG pictures for each class, named by it; or such folders in train/ (also
//     training/), with test/ (testing/) and val/ (valid/, validation/) as parts; or pictures alone.
//     What is transparent is laid over white, a JPEG is turned as EXIF says, and pictures of
//     another size are brought to the common one. Rows go by class, then by name.
// Targets may be absent. A single file of features looks beside it for its targets and, if it is
// one to train on, for a test part with targets, under those names. Of QMNIST's eight numbers per
// label (labels-idx2) the first is taken, which is the class. Any file may be packed: gzip,
// Zstandard, xz, bzip2, or a ZIP archive of one file, told by its first bytes; it may unpack to 256
// MiB, a large one to 100 times its size, and to 8 GiB at most. Throws DataError: nothing of the
// kind there, features and targets of unequal row count, broken pictures.
Source open(const std::string& path, const CsvOptions& options = {},
            const PictureOptions& pictures = {});

// Rows of the same kind from another file: what was decided about `like` holds for it as far as its
// rows allow. Throws as open().
Rows open_like(const Rows& like, const std::string& path, CsvOptions options = {});

// In place of a path.
inline constexpr std::string_view standard_input = "-";

// ---- The target --------------------------------------------------------------------------------

enum class Task { classification, regression };

struct TargetOptions {
  // Tables: a column, or several with commas between; empty means the last one, with those before
  // it that are one-hot together with it.
  std::string column{};
  std::optional<Task> task{};  // empty: decided from the data
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
  std::string reason;  // why this task, in words: "text", "10 distinct whole numbers"
};

// Throws UsageError: unknown column (with the nearest name). Throws DataError: no targets, one
// class only, text where regression was asked for, every target equal or missing, an infinite
// target.
Target decide_target(const Source& source, const TargetOptions& options = {});

// ---- Splitting ---------------------------------------------------------------------------------

struct SplitOptions {
  double validation = 0.1;  // of all rows, [0, 1)
  double test = 0.2;        // of all rows, [0, 1); validation + test < 1
  std::uint64_t seed = 0;
  // One of them at most: a column whose equal values stay together in one part (a patient, a
  // household); a column of dates or numbers along which validation follows training, and the test
  // follows both; the same along the rows themselves.
  std::string group{}, time{};
  bool in_order = false;
  // Cross-validation: of `folds` tests that between them have every row, the one with this number,
  // from 1. `test` is not used then. Along a time or an order the rows are cut in folds + 1 blocks,
  // each but the first one is a test, and what comes after it is in no part.
  int folds = 0, fold = 0;
};

struct Split {
  std::vector<std::int64_t> train, validation, test;  // row numbers of the source, ascending
};

// At random and stratified, unless the options say otherwise: every class is divided in the same
// proportions as far as whole rows go, and keeps at least one row in train. The test rows are a
// function of the target, the seed and the test fraction alone. Throws UsageError for fractions
// outside their range, a column that is not there, too few groups or rows; and DataError for a row
// without a time. Without a source no column can be named.
Split split_rows(const Target& target, const SplitOptions& options = {});
Split split_rows(const Rows& rows, const Target& target, const SplitOptions& options = {});

// Fills `order` with a permutation of 0 .. size-1, a pure function of (size, seed, epoch).
void epoch_order(std::span<std::int64_t> order, std::uint64_t seed, std::uint64_t epoch);

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
// week.
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

  bool has_year() const { return order != DateOrder::time_only; }
  bool has_days() const { return has_year() && order != DateOrder::day_month; }
  bool has_week() const { return has_days() && order != DateOrder::period; }
  bool has_day_time() const { return has_time || order == DateOrder::time_only; }
  std::int64_t width() const {
    std::int64_t own = 1;
    if (kind == ColumnKind::categorical)
      own = static_cast<std::int64_t>(categories.size()) + (other_feature ? 1 : 0);
    if (kind == ColumnKind::date)
      own = (has_days() ? 1 : 0) + (has_year() ? 2 : 0) + (has_week() ? 2 : 0) +
            (has_day_time() ? 2 : 0);
    return own + (missing_feature ? 1 : 0);
  }
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
  // one what stands in their place: least and range, or 0 and 1.
  std::vector<double> mean{}, deviation{};

  std::int64_t outputs() const {
    return static_cast<std::int64_t>(task == Task::classification ? classes.size() : mean.size());
  }
};

// One line of the table that tells the user what was made of the data.
struct ColumnReport {
  std::string name;
  std::string kind;          // "numeric", "categorical", "uint8 28 x 28"
  std::int64_t missing = 0;  // of all rows
  std::string values;        // "32.1 .. 59.6", "3 distinct"
  std::string treatment;     // "standardised, 2 missing as median 44.5", "one-hot, 3 columns"
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
  const TargetEncoding& target() const { return target_; }
  const std::vector<ColumnEncoding>& columns() const { return columns_; }  // empty for arrays
  const std::optional<ArrayEncoding>& array() const { return array_; }
  // The names of all columns of the table that it was fitted to, in order; none for arrays.
  const std::vector<std::string>& names() const { return names_; }
  // How the table that it was fitted to was written, for the next one.
  const Dialect& dialect() const { return dialect_; }
  const std::vector<std::string>& missing() const { return missing_; }

  // An output of the network in the target's own units (regression).
  double in_target_units(double output, std::int64_t k = 0) const {
    const auto i = static_cast<std::size_t>(k);
    return target_.mean[i] + target_.deviation[i] * output;
  }

  // What fit() found; not kept in JSON. A doubt is about a guess that an option would settle.
  const std::vector<ColumnReport>& report() const { return report_; }
  const std::vector<std::string>& doubts() const { return doubts_; }
  const std::vector<std::string>& notes() const { return notes_; }

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
  std::vector<std::string> doubts_, notes_;
  std::vector<std::string> names_;
  Dialect dialect_;
  std::vector<std::string> missing_;
};

// Encoded rows, ready for batches. uint8 arrays stay bytes and are scaled while they are gathered.
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
  std::int32_t class_of(std::int64_t row) const;       // -1: missing, or not a classification
  std::uint64_t hash(std::int64_t row) const;          // of its features and target
  std::vector<std::int64_t> rows_with_target() const;  // ascending
  // Rows whose class the encoder does not know, which are without a target here.
  std::int64_t unknown_targets() const { return unknown_targets_; }
  FilePlace place(std::int64_t row) const;  // the file and, for a table, the line
  // Of pictures: the file's name in its folder; else "".
  std::string name(std::int64_t row) const;
  // What the encoder's training rows did not have: categories never seen, a column's first gaps,
  // numbers far outside of their range; in words, with counts.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  friend class Encoder;
  std::int64_t rows_ = 0, width_ = 0, outputs_ = 0;
  Shape row_;
  bool is_scaled_by_place_ = false;  // floats, by a pair of numbers for each feature
  bool has_targets_ = false;
  std::int64_t unknown_targets_ = 0;
  std::variant<std::vector<std::uint8_t>, std::vector<float>> features_;  // [rows, width]
  std::vector<float> shift_, scale_;   // [1] or [width]; applied to bytes only
  std::vector<std::int32_t> classes_;  // [rows] classification
  std::vector<float> numbers_;         // [rows, outputs] regression
  std::string file_;
  LineNumbers lines_;               // of a table
  std::vector<std::string> names_;  // of pictures
  std::vector<std::string> notes_;
};

// ---- All in one --------------------------------------------------------------------------------

// Some rows of a dataset.
struct Part {
  std::shared_ptr<const Dataset> data;
  std::vector<std::int64_t> rows;

  std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
};

struct PrepareOptions {
  CsvOptions csv{};
  TargetOptions target{};
  EncodeOptions encode{};
  // Where the source has a test or validation part of its own, that is kept, and split's fraction
  // not used. The column that keeps rows together is no input, unless encode.keep names it.
  SplitOptions split{};
};

struct Prepared {
  Part train, validation, test;
  Encoder encoder;
  Target target;
  std::vector<std::string> notes{};  // about the parts, beside the encoder's
};

// Throws what its steps throw.
Prepared prepare(const std::string& path, const PrepareOptions& options = {});
Prepared prepare(Source source, const PrepareOptions& options = {});

// ---- Model files -------------------------------------------------------------------------------

// safetensors (https://github.com/huggingface/safetensors): tensors by name, and text by key.
struct TensorFile {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::string> metadata;
};

// The same contents give the same bytes: names are in order, data in the order of names. Written
// whole or not at all. Throws DataError if the file cannot be written.
void write_tensors(const std::string& path, const TensorFile& contents);

// Reads F32, and F64 rounded to float. Throws DataError: not safetensors, truncated, damaged
// header, a name twice, tensors that overlap or leave gaps, another type.
TensorFile read_tensors(const std::string& path);

}  // namespace chainrule::data
