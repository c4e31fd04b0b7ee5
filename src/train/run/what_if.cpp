// A run again, with something otherwise.
#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
#include "chainrule/compare.h"
#include "chainrule/error.h"
#include "train/record/run_files.h"
#include "train/run/run_rows.h"
#include "train/run/what_if_note.h"
#include "words/messages.h"

namespace chainrule {
namespace {

// A number as find_row takes it, or a picture's name.
Place place_named(const data::Dataset& data, const std::string& word) {
  if (const auto number = number_in<std::int64_t>(word)) return find_row(data, *number);
  for (std::int64_t row = 0; row < data.rows(); ++row)
    if (data.name(row) == word) return {&data, row};
  throw UsageError(fmt::format(
      "\"{}\": give the number of a training row, or a picture's name, as blame prints them",
      word));
}

}  // namespace

Text what_if_note(const std::string& folder, const WhatIf& what) {
  if (!what.asks()) return {};
  Text words;
  if (!what.without_rows.empty()) words = in_words(Phrase::what_if_rows, what.without_rows.size());
  if (!what.set.empty())
    words += in_words(words.empty() ? Phrase::what_if_set : Phrase::what_if_set_too,
                      fmt::format("{}", fmt::join(what.set, ", ")), what.at);
  return in_words(Phrase::asks_what_if, folder, what.of, words);
}

data::Part rows_that_count(const WhatIf& what, const data::Part& train) {
  data::Part part{train.data, {}};
  std::ranges::set_difference(train.rows, what.without_rows, std::back_inserter(part.rows));
  return part;
}

std::vector<std::int64_t> training_rows_in(const Run& run, const std::string& path) try {
  const data::Part& train = run.data().train;
  std::set<std::int64_t> rows;
  std::int64_t line = 0;
  const std::string text = read_file(path);
  for (std::string_view word : fields_of(text, '\n')) {
    ++line;
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!word.empty() && is_space(word.back())) word.remove_suffix(1);
    while (!word.empty() && is_space(word.front())) word.remove_prefix(1);
    if (word.empty() || word.starts_with('#')) continue;
    try {
      const Place place = place_named(*train.data, std::string(word));
      if (!std::ranges::binary_search(train.rows, place.row)) {
        const std::string part = row_at(run, place).part;
        throw UsageError(fmt::format("{} is no training row{}", word,
                                     part.empty() ? "" : ", but one for " + part));
      }
      rows.insert(place.row);
    } catch (const UsageError& error) {
      throw DataError({path, line}, error.what());
    }
  }
  if (rows.empty()) throw DataError({path}, "names no row; give one a line, by its number");
  return {rows.begin(), rows.end()};
} catch (...) {
  throw_ours();
}

RunResult what_if(const Run& run, const WhatIf& what, const std::string& out,
                  const RunOptions& options, const RunObserver& observer) {
  TrainRequest request = [&]() -> TrainRequest {
    try {
      const std::string& folder = run.folder();
      if (!what.asks()) throw UsageError("what if: name rows to do without, or a weight to set");
      if (run.data_changed())
        throw DataError({folder}, "its data has changed since, so that it cannot be run again");
      TrainRequest again = read_request(folder, read_config_head(folder + "/config.toml"), options);
      if (again.what_if.asks())
        throw UsageError(
            fmt::format("{} asks what if already, of the run {}; ask that one both at once", folder,
                        again.what_if.of));
      return again;
    } catch (...) {
      throw_ours();
    }
  }();
  request.out = out;
  request.what_if = what;
  request.what_if.of = run.config().id;
  return train_run(request, observer);
}

}  // namespace chainrule
