// Data: from files to batches. The order matters, because an encoder may learn from the training
// rows only:  open -> decide_target -> split_rows -> Encoder::fit -> encode -> Dataset::gather.
// prepare() does all of it in one call. Threads: nothing that is const writes, so many may read one
// table, encoder or dataset, and gather from it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chainrule/encoding.h"
#include "chainrule/source.h"

namespace chainrule::data {

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

// ---- All in one --------------------------------------------------------------------------------

// Some rows of a dataset.
struct Part {
  std::shared_ptr<const Dataset> data;
  std::vector<std::int64_t> rows;
  // Of rows that a network's members train on: each is predicted by those members alone that do
  // not see it.
  bool out_of_sample = false;

  std::int64_t size() const { return static_cast<std::int64_t>(rows.size()); }
};

struct PrepareOptions {
  CsvOptions csv{};
  TargetOptions target{};
  EncodeOptions encode{};
  // Where the source has a test or validation part of its own, that is kept, and split's fraction
  // not used. The column that keeps rows together is no input, unless encode.keep names it.
  SplitOptions split{};
  // A column of numbers, at least 0: how many times each row counts in training, relative to the
  // others; the training rows count once on average. It is no input, unless encode.keep names it.
  // Scores count each row once.
  std::string weight{};
};

struct Prepared {
  Part train, validation, test;
  Encoder encoder;
  Target target;
  std::vector<Text> notes{};  // about the parts, beside the encoder's
  // [rows of the source], the same number for rows that split.group keeps together; else empty.
  std::vector<std::int64_t> groups{};
};

// Throws what its steps throw; for weights UsageError: no such column, the target, or nothing but
// zeros; and DataError: a weight that is missing, below 0 or no number.
Prepared prepare(const std::string& path, const PrepareOptions& options = {});
Prepared prepare(Source source, const PrepareOptions& options = {});

// ---- Rows of members ---------------------------------------------------------------------------

// Which training rows each of a network's members (nn::MemberDense) trains on.
enum class MembersSee {
  all,
  // A bootstrap sample of its own: as many rows as there are, drawn with replacement, so that some
  // count several times and about 37% not at all (Efron 1979; Breiman 1996).
  bags,
  // All but those of one fold (cross-validation; Krogh & Vedelsby 1995). There are as many folds as
  // members, at most 8; further members have folds of another division of the rows.
  folds
};
MembersSee members_see_named(std::string_view name);  // throws UsageError, nearest name
std::string_view name_of(MembersSee see);

// How many times each training row counts for each member, [rows of the data, members], a function
// of seed, row and member alone; on top of the row's own weight, and with mean 1 over the training
// rows of each member. Rows elsewhere count once. Classes are divided over the folds in the same
// proportions; rows of a group stay together, in folds and in samples. Throws UsageError if there
// are fewer rows, or groups, than folds, or a member would see nothing.
std::vector<float> member_weights(const Prepared& prepared, MembersSee see, std::int64_t members,
                                  std::uint64_t seed);

// Gives the training rows these weights. With `validates`, the validation part becomes the training
// rows that at least one member does not see, out of sample: predictions of rows that nothing
// learnt from where members share no weights. Throws UsageError as member_weights does.
void divide_among_members(Prepared& prepared, MembersSee see, std::int64_t members,
                          std::uint64_t seed, bool validates);

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
