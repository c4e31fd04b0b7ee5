#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/random.h"
#include "chainrule/data.h"

namespace chainrule::data {
namespace {

// The streams of the generator that belong to data: "spli" and "epoc" in ASCII, then the epoch.
constexpr std::uint64_t split_stream = 0x73706C69ull << 32, epoch_stream = 0x65706F63ull << 32;

// Fisher-Yates, Durstenfeld's order: from the end down.
void shuffle(std::span<std::int64_t> values, RandomStream random) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[static_cast<std::size_t>(random.below(i))]);
}

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
  shuffle(shuffled, RandomStream(seed, split_stream));
  for (const std::int64_t row : shuffled) groups[group_of(target, row)].push_back(row);
  return groups;
}

}  // namespace

Split split_rows(const Target& target, const SplitOptions& options) try {
  const auto in_range = [](double fraction) { return fraction >= 0 && fraction < 1; };
  if (!in_range(options.validation) || !in_range(options.test) ||
      options.validation + options.test >= 1)
    throw UsageError(
        fmt::format("validation = {} and test = {}: each must be in [0, 1) and their sum "
                    "below 1, so that rows to train on are left",
                    options.validation, options.test));
  std::vector<std::vector<std::int64_t>> groups = shuffled_groups(target, options.seed);
  std::vector<std::size_t> sizes;
  sizes.reserve(groups.size());
  for (const auto& group : groups) sizes.push_back(group.size());

  Split split;
  split.test = take(groups, sizes, options.test);
  split.validation = take(groups, sizes, options.validation);
  for (auto& group : groups) {
    split.train.insert(split.train.end(), group.begin(), group.end());
    group = {};  // a row costs 8 bytes here
  }
  std::sort(split.train.begin(), split.train.end());
  return split;
} catch (...) {
  throw_ours();
}

void epoch_order(std::span<std::int64_t> order, std::uint64_t seed, std::uint64_t epoch) {
  std::iota(order.begin(), order.end(), 0);
  // The epoch fills the lower half of the stream's name; 2^32 epochs are enough.
  shuffle(order, RandomStream(seed, epoch_stream ^ epoch));
}

}  // namespace chainrule::data
