#include "chainrule/profile.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/boundary.h"
#include "train/profile/profile_words.h"

namespace chainrule {

std::string layer_words(const KernelCall& call) {
  if (call.is_whole_program) return "step";
  return call.origin.layer.empty() ? "unnamed" : call.origin.layer;
}

std::string phase_words(const KernelCall& call) {
  if (call.is_whole_program) return "all, straight-line code";
  const std::string phase(name_of(call.origin.phase));
  return call.updates && call.origin.phase != Phase::update ? phase + ", update" : phase;
}

std::int64_t Profile::steps() const {
  std::int64_t sum = 0;
  for (const ProfiledSteps& program : programs) sum += program.steps;
  return sum;
}

namespace {

// Lines with what orders them: the layers as they come, and within a layer the phases.
class Lines {
 public:
  void add(const KernelCall& call, double seconds, double flops, double floor) {
    const std::string layer = layer_words(call), what = phase_words(call);
    auto place = std::ranges::find_if(entries_, [&](const Entry& entry) {
      return entry.line.layer == layer && entry.line.what == what;
    });
    if (place == entries_.end()) {
      entries_.push_back({rank_of(layer), call.origin.phase, {.layer = layer, .what = what}});
      place = entries_.end() - 1;
    }
    place->line.seconds += seconds;
    place->line.flops += flops;
    place->line.floor += floor;
  }

  std::vector<ProfileLine> in_order() && {
    std::ranges::stable_sort(entries_, {}, [](const Entry& entry) {
      return std::tuple(entry.line.layer == "optimizer" || entry.line.layer == "clipping",
                        entry.layer, entry.phase, entry.line.what);
    });
    std::vector<ProfileLine> lines;
    for (Entry& entry : entries_) lines.push_back(std::move(entry.line));
    return lines;
  }

 private:
  struct Entry {
    std::size_t layer;
    Phase phase;
    ProfileLine line;
  };

  std::size_t rank_of(const std::string& layer) {
    const auto place = std::ranges::find(layers_, layer);
    const auto rank = static_cast<std::size_t>(place - layers_.begin());
    if (place == layers_.end()) layers_.push_back(layer);
    return rank;
  }

  std::vector<std::string> layers_;
  std::vector<Entry> entries_;
};

}  // namespace

std::vector<ProfileLine> lines_of(const Profile& profile) try {
  Lines calls;
  double gather_seconds = 0;
  for (const ProfiledSteps& program : profile.programs) {
    const auto steps = static_cast<double>(program.steps);
    gather_seconds += program.gather_seconds;
    for (std::size_t i = 0; i < program.calls.size(); ++i) {
      const KernelCall& call = program.calls[i];
      calls.add(call, program.seconds[i], steps * call.flops,
                steps * (call.product_flops * profile.floor_per_flop +
                         call.update_bytes * profile.floor_per_byte));
    }
  }
  std::vector<ProfileLine> lines = std::move(calls).in_order();
  lines.push_back({.layer = "data", .what = "gathering rows", .seconds = gather_seconds});
  double sum = 0;
  for (const ProfileLine& line : lines) sum += line.seconds;
  lines.push_back({.layer = "other",
                   .what = "compiling, scores, rest",
                   .seconds = std::max(profile.seconds - sum, 0.0)});
  sum += lines.back().seconds;
  if (sum > 0)
    for (ProfileLine& line : lines) line.share = line.seconds / sum;
  return lines;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
