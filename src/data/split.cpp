#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "chainrule/data.h"
#include "data/needed_column.h"
#include "data/row_groups.h"
#include "data/shuffle.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

// The streams of the generator that belong to data: "spli" and "epoc" in ASCII, then the epoch.
constexpr std::uint64_t split_stream = 0x73706C69ull << 32, epoch_stream = 0x65706F63ull << 32;

// Takes `fraction` of every group's first size off its end, but leaves one row. Rounding the
// running total rather than each group keeps the sum within half a row of fraction * all.
std::vector<std::int64_t> take(std::vector<std::vector<std::int64_t>>& groups,
                               std::span<const std::size_t> first_sizes, double fraction) {
  std::vector<std::int64_t> taken;
  double seen = 0, due_before = 0;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    seen += static_cast<double>(first_sizes[g]);
    const double due = std::round(fraction * seen);
    const auto quota = static_cast<std::size_t>(due - due_before);
    due_before = due;
    for (std::size_t k = 0; k < quota && groups[g].size() > 1; ++k) {
      taken.push_back(groups[g].back());
      groups[g].pop_back();
    }
  }
  std::sort(taken.begin(), taken.end());
  return taken;
}

// The class of a row that has a target; 0 in regression.
std::size_t group_of(const Target& target, std::int64_t row) {
  if (target.task != Task::classification) return 0;
  const auto rows = static_cast<std::int64_t>(target.class_of.size());
  const std::int32_t k =
      row >= 0 && row < rows ? target.class_of[static_cast<std::size_t>(row)] : -1;
  if (k < 0 || static_cast<std::size_t>(k) >= target.classes.size())
    throw UsageError(
        fmt::format("target: row {} is among its rows and has no class; rows must be those whose "
                    "class_of is an index into classes",
                    row));
  return static_cast<std::size_t>(k);
}

// The rows of each class, in a random order.
std::vector<std::vector<std::int64_t>> shuffled_groups(const Target& target, std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> groups(std::max<std::size_t>(target.classes.size(), 1));
  std::vector<std::size_t> sizes(groups.size());
  for (const std::int64_t row : target.rows) ++sizes[group_of(target, row)];
  for (std::size_t k = 0; k < groups.size(); ++k) groups[k].reserve(sizes[k]);
  std::vector<std::int64_t> shuffled = target.rows;
  shuffle(std::span(shuffled), RandomStream(seed, split_stream));
  for (const std::int64_t row : shuffled) groups[group_of(target, row)].push_back(row);
  return groups;
}

void require(bool holds, const std::string& message) {
  if (!holds) throw UsageError(message);
}

void validate(const SplitOptions& options) {
  const auto in_range = [](double fraction) { return fraction >= 0 && fraction < 1; };
  require(in_range(options.validation) && in_range(options.test) &&
              options.validation + options.test < 1,
          fmt::format("validation = {} and test = {}: each must be in [0, 1) and their sum "
                      "below 1, so that rows to train on are left",
                      options.validation, options.test));
  require((options.folds == 0 && options.fold == 0) ||
              (options.folds >= 2 && options.fold >= 1 && options.fold <= options.folds),
          fmt::format("fold {} of {}: there must be 2 folds or more, and their numbers are from 1",
                      options.fold, options.folds));
  require((options.group.empty() ? 0 : 1) + (options.time.empty() ? 0 : 1) +
                  (options.in_order ? 1 : 0) <=
              1,
          "a group, a time and an order divide the rows in different ways; take one of them");
}

// Of every class in turn, the rows that are this fold's to test. A class of one row stays in train.
std::vector<std::int64_t> take_fold(std::vector<std::vector<std::int64_t>>& groups, int folds,
                                    int fold) {
  std::vector<std::int64_t> taken;
  std::int64_t dealt = 0;
  for (auto& group : groups) {
    if (group.size() == 1) continue;
    std::erase_if(group, [&](std::int64_t row) {
      const bool is_ours = dealt++ % folds == fold - 1;
      if (is_ours) taken.push_back(row);
      return is_ours;
    });
  }
  std::ranges::sort(taken);
  return taken;
}

Split at_random(const Target& target, const SplitOptions& options) {
  std::vector<std::vector<std::int64_t>> groups = shuffled_groups(target, options.seed);
  std::vector<std::size_t> sizes;
  sizes.reserve(groups.size());
  for (const auto& group : groups) sizes.push_back(group.size());
  Split split;
  split.test = options.folds > 0 ? take_fold(groups, options.folds, options.fold)
                                 : take(groups, sizes, options.test);
  split.validation = take(groups, sizes, options.validation);
  for (auto& group : groups) {
    split.train.insert(split.train.end(), group.begin(), group.end());
    group = {};  // a row costs 8 bytes here
  }
  return split;
}

// Whole groups off the end, until the rows are as near to their due as they come.
std::vector<std::int64_t> take_groups(RowGroups& groups, double due) {
  std::vector<std::int64_t> taken;
  while (groups.size() > 1) {
    const auto has = static_cast<double>(taken.size());
    const double would_have = has + static_cast<double>(groups.back().size());
    if (has >= due || (has > 0 && would_have - due > due - has)) break;
    taken.insert(taken.end(), groups.back().begin(), groups.back().end());
    groups.pop_back();
  }
  return taken;
}

// Large groups first, each to the fold that has the fewest rows.
std::vector<std::int64_t> take_fold_of_groups(RowGroups& groups, int folds, int fold) {
  std::ranges::stable_sort(groups, std::greater<>(), &std::vector<std::int64_t>::size);
  std::vector<std::size_t> rows(static_cast<std::size_t>(folds));
  std::vector<std::int64_t> taken;
  std::erase_if(groups, [&](const auto& group) {
    const auto least = std::ranges::min_element(rows);
    *least += group.size();
    const bool is_ours = least - rows.begin() == fold - 1;
    if (is_ours) taken.insert(taken.end(), group.begin(), group.end());
    return is_ours;
  });
  return taken;
}

Split by_group(const Column& column, const Target& target, const SplitOptions& options) {
  RowGroups groups = rows_together(column, target.rows);
  const std::size_t parts = static_cast<std::size_t>(std::max(options.folds, 1)) +
                            (options.test > 0 && options.folds == 0 ? 1 : 0) +
                            (options.validation > 0 ? 1 : 0);
  require(groups.size() >= parts,
          fmt::format("group: column {} has {} values, and there are to be {} parts without a "
                      "value in common",
                      quote(options.group), groups.size(), parts));
  std::vector<std::int64_t> order(groups.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(std::span(order), RandomStream(options.seed, split_stream));
  RowGroups shuffled;
  for (const std::int64_t k : order)
    shuffled.push_back(std::move(groups[static_cast<std::size_t>(k)]));
  const auto rows = static_cast<double>(target.rows.size());
  Split split;
  split.test = options.folds > 0 ? take_fold_of_groups(shuffled, options.folds, options.fold)
                                 : take_groups(shuffled, std::round(options.test * rows));
  split.validation = take_groups(shuffled, std::round(options.validation * rows));
  for (const auto& group : shuffled)
    split.train.insert(split.train.end(), group.begin(), group.end());
  return split;
}

// Cuts between the rows nearest to `at` that are not of one time: of those, the later part has all.
std::size_t cut_near(std::size_t at, const std::vector<double>& times) {
  const auto is_cut = [&](std::size_t i) {
    return i == 0 || i >= times.size() || times[i - 1] != times[i];
  };
  std::size_t cut = at;
  while (!is_cut(cut)) --cut;
  if (cut == 0)
    for (cut = at; !is_cut(cut);) ++cut;
  return cut;
}

// `rows` in their order, with what decides it; rows without are all at other times.
Split in_sequence(const std::vector<std::int64_t>& rows, const std::vector<double>& times,
                  const SplitOptions& options) {
  const auto count = static_cast<double>(rows.size());
  const auto place = [&](double at) {
    const auto i = static_cast<std::size_t>(std::round(at));
    return times.empty() ? i : cut_near(i, times);
  };
  std::size_t end = rows.size(), test = place(count - count * options.test);
  if (options.folds > 0) {
    end = place(count * (options.fold + 1) / (options.folds + 1));
    test = place(count * options.fold / (options.folds + 1));
  }
  const auto known = static_cast<double>(end);
  const std::size_t validation =
      std::min(place(static_cast<double>(test) - known * options.validation), test);
  const auto at = [&](std::size_t i) { return rows.begin() + static_cast<std::ptrdiff_t>(i); };
  Split split{.train = {rows.begin(), at(validation)},
              .validation = {at(validation), at(test)},
              .test = {at(test), at(end)}};
  const bool lacks_test = split.test.empty() && (options.test > 0 || options.folds > 0);
  require(!split.train.empty() && !lacks_test,
          fmt::format("the {} rows, as their {} lie, leave nothing to train on or to test with; "
                      "take other fractions or fewer folds",
                      rows.size(), times.empty() ? "places" : "times"));
  return split;
}

Split by_time(const Rows& source, const Column& column, const Target& target,
              const SplitOptions& options) {
  require(
      column.kind != ColumnKind::categorical,
      fmt::format("time: column {} holds text; name one of dates or numbers", quote(options.time)));
  const auto time_of = [&](std::int64_t row) {
    return column.numbers[static_cast<std::size_t>(row)];
  };
  std::vector<std::int64_t> rows = target.rows;
  for (const std::int64_t row : rows)
    if (std::isnan(time_of(row))) {
      const Table& table = std::get<Table>(source);
      throw DataError({table.file, table.lines.of(row), &column - table.columns.data() + 1},
                      fmt::format("column {} is missing here, so the row has no place in time; "
                                  "mend it, or leave the row out",
                                  quote(options.time)));
    }
  std::ranges::stable_sort(rows, {}, time_of);
  std::vector<double> times;
  times.reserve(rows.size());
  for (const std::int64_t row : rows) times.push_back(time_of(row));
  return in_sequence(rows, times, options);
}

// Whatever the kind of division.
Split divided(const Rows* source, const Target& target, const SplitOptions& options) {
  validate(options);
  const std::size_t rows = target.rows.size();
  require(static_cast<std::size_t>(options.folds) <= rows,
          fmt::format("folds = {}, and there are {} rows", options.folds, rows));
  require(options.group.empty() || options.group != target.name,
          fmt::format("group: {} is the target; name another column", quote(options.group)));
  require(source != nullptr || (options.group.empty() && options.time.empty()),
          "a group or a time is a column; give the rows as well");
  Split split = options.in_order ? in_sequence(target.rows, {}, options)
                : !options.group.empty()
                    ? by_group(named_column(*source, options.group, "group"), target, options)
                : !options.time.empty()
                    ? by_time(*source, named_column(*source, options.time, "time"), target, options)
                    : at_random(target, options);
  for (auto* part : {&split.train, &split.validation, &split.test}) std::ranges::sort(*part);
  return split;
}

}  // namespace

Split split_rows(const Target& target, const SplitOptions& options) try {
  return divided(nullptr, target, options);
} catch (...) {
  throw_ours();
}

Split split_rows(const Rows& rows, const Target& target, const SplitOptions& options) try {
  return divided(&rows, target, options);
} catch (...) {
  throw_ours();
}

void epoch_order(std::span<std::int64_t> order, std::uint64_t seed, std::uint64_t epoch) {
  std::iota(order.begin(), order.end(), 0);
  // The epoch fills the lower half of the stream's name; 2^32 epochs are enough.
  shuffle(order, RandomStream(seed, epoch_stream ^ epoch));
}

}  // namespace chainrule::data
