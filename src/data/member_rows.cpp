// Which rows each member trains on.
#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/suggest.h"
#include "chainrule/data.h"
#include "chainrule/error.h"
#include "data/shuffle.h"

namespace chainrule::data {
namespace {

// The streams of the generator that belong to members: "bags" and "fold" in ASCII, then the member
// or the division.
constexpr std::uint64_t bags_stream = 0x62616773ull << 32, folds_stream = 0x666F6C64ull << 32;
constexpr std::int64_t most_folds = 8;

struct MembersSeeName {
  std::string_view name;
  MembersSee see;
};
constexpr std::array members_see_names{MembersSeeName{"all", MembersSee::all},
                                       MembersSeeName{"bags", MembersSee::bags},
                                       MembersSeeName{"folds", MembersSee::folds}};

// Rows that stay together, by their places among the training rows.
using Block = std::vector<std::size_t>;

std::vector<Block> blocks_of(const Prepared& prepared) {
  std::vector<Block> blocks;
  std::map<std::int64_t, std::size_t> place;
  const std::vector<std::int64_t>& rows = prepared.train.rows;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (prepared.groups.empty()) {
      blocks.push_back({i});
      continue;
    }
    const std::int64_t group = prepared.groups[static_cast<std::size_t>(rows[i])];
    const auto [found, is_new] = place.try_emplace(group, blocks.size());
    if (is_new) blocks.emplace_back();
    blocks[found->second].push_back(i);
  }
  return blocks;
}

// How often each block is drawn, with replacement.
std::vector<int> bag(std::size_t blocks, std::uint64_t seed, std::int64_t member) {
  RandomStream random(seed, bags_stream ^ static_cast<std::uint64_t>(member));
  std::vector<int> times(blocks, 0);
  for (std::size_t i = 0; i < blocks; ++i) ++times[static_cast<std::size_t>(random.below(blocks))];
  return times;
}

// The fold of each block: single rows are dealt class by class, groups from the largest down, each
// to the fold with the fewest rows.
std::vector<std::int64_t> folds_of(const Prepared& prepared, const std::vector<Block>& blocks,
                                   std::int64_t folds, std::uint64_t seed, std::int64_t division) {
  std::vector<std::size_t> order(blocks.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  shuffle(std::span(order),
          RandomStream(seed, folds_stream ^ static_cast<std::uint64_t>(division)));
  const bool is_of_groups = !prepared.groups.empty();
  const auto key = [&](std::size_t block) {
    if (is_of_groups) return -static_cast<std::int64_t>(blocks[block].size());
    const std::int64_t row = prepared.train.rows[blocks[block].front()];
    return static_cast<std::int64_t>(prepared.train.data->class_of(row));
  };
  std::ranges::stable_sort(order, {}, key);
  std::vector<std::int64_t> fold(blocks.size());
  std::vector<std::size_t> rows(static_cast<std::size_t>(folds), 0);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto next = is_of_groups ? std::ranges::min_element(rows) - rows.begin()
                                   : static_cast<std::ptrdiff_t>(i) % folds;
    fold[order[i]] = next;
    rows[static_cast<std::size_t>(next)] += blocks[order[i]].size();
  }
  return fold;
}

// [blocks, members].
std::vector<int> times_seen(const Prepared& prepared, const std::vector<Block>& blocks,
                            MembersSee see, std::int64_t members, std::uint64_t seed) {
  const std::int64_t folds = std::min(members, most_folds);
  const auto width = static_cast<std::size_t>(members);
  std::vector<int> times(blocks.size() * width, 1);
  std::vector<std::int64_t> fold;
  for (std::int64_t member = 0; member < members && see != MembersSee::all; ++member) {
    if (see == MembersSee::folds && member % folds == 0)
      fold = folds_of(prepared, blocks, folds, seed, member / folds);
    const std::vector<int> drawn =
        see == MembersSee::bags ? bag(blocks.size(), seed, member) : std::vector<int>{};
    for (std::size_t block = 0; block < blocks.size(); ++block)
      times[block * width + static_cast<std::size_t>(member)] = see == MembersSee::bags
                                                                    ? drawn[block]
                                                                : fold[block] == member % folds ? 0
                                                                                                : 1;
  }
  return times;
}

void require_blocks(const Prepared& prepared, std::size_t blocks, MembersSee see,
                    std::int64_t members) {
  const bool is_of_folds = see == MembersSee::folds;
  if (members < (is_of_folds ? 2 : 1))
    throw UsageError(fmt::format("members see {}: {} of them; there must be {} or more",
                                 name_of(see), members, is_of_folds ? 2 : 1));
  const auto fewest = static_cast<std::size_t>(is_of_folds ? std::min(members, most_folds) : 2);
  if (blocks < fewest)
    throw UsageError(fmt::format(
        "members see {}: {} training {}, and {}; take fewer members, or let all see all rows",
        name_of(see), blocks, prepared.groups.empty() ? "rows" : "groups of rows",
        is_of_folds ? fmt::format("{} folds", fewest) : "there must be 2 or more"));
}

}  // namespace

MembersSee members_see_named(std::string_view name) try {
  const auto found = std::ranges::find(members_see_names, name, &MembersSeeName::name);
  if (found != members_see_names.end()) return found->see;
  std::vector<std::string> names(members_see_names.size());
  std::ranges::transform(members_see_names, names.begin(),
                         [](const MembersSeeName& each) { return std::string(each.name); });
  throw UsageError(
      fmt::format("members see \"{}\", which is not known; {}", name, suggestion(name, names)));
} catch (...) {
  throw_ours();
}

std::string_view name_of(MembersSee see) {
  return std::ranges::find(members_see_names, see, &MembersSeeName::see)->name;
}

std::vector<float> member_weights(const Prepared& prepared, MembersSee see, std::int64_t members,
                                  std::uint64_t seed) try {
  const Part& train = prepared.train;
  const std::vector<Block> blocks = blocks_of(prepared);
  require_blocks(prepared, blocks.size(), see, members);
  const std::vector<int> times = times_seen(prepared, blocks, see, members, seed);
  const auto width = static_cast<std::size_t>(members);
  std::vector<float> weights(static_cast<std::size_t>(train.data->rows()) * width, 1);
  for (std::size_t member = 0; member < width; ++member) {
    const auto count = [&](std::size_t block, std::size_t i) {
      return times[block * width + member] *
             static_cast<double>(train.data->row_weight(train.rows[i]));
    };
    double sum = 0;
    for (std::size_t block = 0; block < blocks.size(); ++block)
      for (const std::size_t i : blocks[block]) sum += count(block, i);
    if (!(sum > 0))
      throw UsageError(fmt::format(
          "members see {}: no row that counts is among those that member {} would see; take fewer "
          "members, or let all see all rows",
          name_of(see), member));
    for (std::size_t block = 0; block < blocks.size(); ++block)
      for (const std::size_t i : blocks[block])
        weights[static_cast<std::size_t>(train.rows[i]) * width + member] =
            static_cast<float>(count(block, i) / sum * static_cast<double>(train.size()));
  }
  return weights;
} catch (...) {
  throw_ours();
}

void divide_among_members(Prepared& prepared, MembersSee see, std::int64_t members,
                          std::uint64_t seed, bool validates) try {
  auto data = std::make_shared<Dataset>(*prepared.train.data);
  data->set_row_weights(member_weights(prepared, see, members, seed), members);
  const std::shared_ptr<const Dataset> before = prepared.train.data;
  for (Part* part : {&prepared.train, &prepared.validation, &prepared.test})
    if (part->data == before) part->data = data;
  if (!validates) return;
  prepared.validation = {.data = data, .rows = {}, .out_of_sample = true};
  for (const std::int64_t row : prepared.train.rows) {
    bool is_seen_by_all = true;
    for (std::int64_t member = 0; member < members; ++member)
      is_seen_by_all = is_seen_by_all && data->row_weight(row, member) > 0;
    if (!is_seen_by_all) prepared.validation.rows.push_back(row);
  }
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
