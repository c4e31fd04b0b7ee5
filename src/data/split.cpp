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

}  // namespace

Split split_rows(const Target& target, const SplitOptions& options) try {
  const auto in_range = [](double fraction) { return fraction >= 0 && fraction < 1; };
  if (!in_range(options.validation) || !in_range(options.test) ||
      options.validation + options.test >= 1)
    throw UsageError(
        fmt::format("validation = {} and test = {}: each must be in [0, 1) and their sum "
                    "below 1, so that rows to train on are left",
                    options.validation, options.test));
  std::vector<std::int64_t> shuffled = target.rows;
  shuffle(shuffled, RandomStream(options.seed, split_stream));
  std::vector<std::vector<std::int64_t>> groups(std::max<std::size_t>(target.classes.size(), 1));
  for (const std::int64_t row : shuffled) {
    const bool classes = target.task == Task::classification;
    const std::int32_t k = classes ? target.class_of[static_cast<std::size_t>(row)] : 0;
    groups[static_cast<std::size_t>(k)].push_back(row);
  }
  std::vector<std::size_t> sizes;
  sizes.reserve(groups.size());
  for (const auto& group : groups) sizes.push_back(group.size());

  Split split;
  split.test = take(groups, sizes, options.test);
  split.validation = take(groups, sizes, options.validation);
  for (const auto& group : groups)
    split.train.insert(split.train.end(), group.begin(), group.end());
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
