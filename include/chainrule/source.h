// What files hold, as it is read: tables, arrays, pictures. Threads: plain values; many may read
// one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chainrule/error.h"
#include "chainrule/language.h"
#include "chainrule/tensor.h"

namespace chainrule::data {

// ---- Tables ------------------------------------------------------------------------------------

// A table's column is one of the first three; whether texts name categories, or are text whose
// words count, an encoder decides.
enum class ColumnKind { numeric, categorical, date, text };

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

// What the numbers of a column are, where a field says more than its digits and one unit. measures:
// 500 g beside 1.2 kg, or 600K beside 1.5M, in the unit that the column has. middle: of a range,
// such as 10-20. first and second: of two numbers in one field, 120/80 or 1920x1080, which become
// two columns. fraction: 1 1/2.
enum class NumberKind { plain, measures, middle, first, second, fraction };

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
  NumberKind number_kind = NumberKind::plain;
  int zeros = 0;  // behind the point of all whole numbers: 1 in 3.0; 0 where not all have them
  std::optional<ColumnKind> asked{};  // of texts: categorical or text, if the user said which
  Text written{};  // how its numbers or dates are written, if not plainly: "\"$5\" is 5"
  std::vector<std::string> words{};  // among its numbers or dates, that were taken for missing
  std::vector<Text> doubts{};        // why it might have been read otherwise
  std::vector<Text> notes{};         // how it was read, where that is more than `written`
};

// What is known of a column before it is read, by training or by another part of the same data.
struct ExpectedColumn {
  ColumnKind kind = ColumnKind::numeric;
  DateOrder order{};                 // of a date, which has no other one
  std::vector<std::string> words{};  // among its numbers or dates, that mean missing
  NumberKind number_kind = NumberKind::plain;
  std::string unit{};  // of measures
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
  Text skipped{};                  // lines that are no rows, quoted; comments are not told
  bool by_position = false;        // it took the names that were given, having none or others
  Text doubt{};                    // why its numbers might have been read otherwise; mostly ""
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
  // Columns to take as categories, as numbers, as dates or as text whose words count, whatever most
  // of their fields are.
  std::vector<std::string> categorical{}, numeric{}, dates{}, texts{};
  // Names for a file without a row of them: of several lists the first that has as many.
  std::vector<std::vector<std::string>> names{};
  std::vector<std::string> missing{};  // words, or numbers such as -999, that also mean missing
  std::map<std::string, ExpectedColumn>
      expected_columns{};  // by name, where there is such a column
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
// are as R writes them, the rows' names get the name "row". Where the first row names groups of
// columns ("2022", "", "2023", ""), the second one is part of the names: "2022 sales".
//
// A column is numeric if all other fields are numbers in one form: plain ones, with marks between
// thousands, with a currency or a unit that is the same in all, or units of one kind (500 g, 1.2
// kg), in percent, in brackets or with a minus behind for negative, as parts of one whole (4.5/5),
// as fractions (1 1/2), or with k, M and B for thousands, millions and billions. Ranges (10-20) are
// the number in their middle, but for a few that come again, which are categories; two numbers
// (120/80) become two columns. Marks such as <0.5, 12* or "65 or more" are passed over where at
// least as many numbers are plain. Where more than half of the numbers are amounts in one currency
// and the others in another one, the others are missing. Lengths of time, of which one is beyond a
// day or the name says so, are seconds. It holds dates if all of them are, in one order; digits
// alone, such as 20230301, if all are dates from 1900 to 2099 and either differ much or are called
// so. Any other is categorical; but one of which 90% are numbers or dates (80% where it is shorter
// than 20 rows, 5 at least) is taken as such a column with a mistake in it. Whole numbers beyond
// 2^53, or that begin with 0, are categorical where they come again.
//
// Throws DataError with line and field (column, from 1): ragged row, no rows, open quote, NUL byte,
// a mistake as above, infinity, a field of more than a megabyte, more than 100,000 columns. Throws
// UsageError if a column that the options name is not there.
Table read_csv(const std::string& path, const CsvOptions& options = {});

// ---- Arrays ------------------------------------------------------------------------------------

// Rows of numbers in a file, from which they are read when they are asked for.
class StoredRows;

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
  std::vector<Text> notes{};  // what was done to read it
  // Where the values stay in the file; then `values` is empty, of the type that they have.
  std::shared_ptr<const StoredRows> stored{};

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
// label (labels-idx2) the first is taken, which is the class. Features of a plain IDX or NPY file
// of more than 64 MiB, in C order, stay in the file: what needs a row reads it there. Any file may
// be packed: gzip, Zstandard, xz, bzip2, or a ZIP archive of one file, told by its first bytes; it
// may unpack to 256 MiB, a large one to 100 times its size, and to 8 GiB at most. Throws DataError:
// nothing of the kind there, features and targets of unequal row count, broken pictures.
Source open(const std::string& path, const CsvOptions& options = {},
            const PictureOptions& pictures = {});

// Rows of the same kind from another file: what was decided about `like` holds for it as far as its
// rows allow. Throws as open().
Rows open_like(const Rows& like, const std::string& path, CsvOptions options = {});

// In place of a path.
inline constexpr std::string_view standard_input = "-";

}  // namespace chainrule::data
