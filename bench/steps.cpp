#include "steps.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "child.h"
#include "floor.h"
#include "peer.h"

namespace chainrule::bench {
namespace {

// Ten steps of Adam spread the rounding of the sums that each engine orders in its own way.
constexpr double loss_tolerance = 1e-4;  // relative

// One engine with one setting.
struct Runner {
  std::string name;
  Stepper stepper;
  std::int64_t steps_per_round = 1;
  std::vector<double> seconds{};  // per step, by round
};

void check_losses(const Workload& workload, std::vector<Runner>& runners) {
  std::vector<float> losses;
  for (Runner& runner : runners)
    losses.push_back(static_cast<float>(runner.stepper(9).result));  // after one that is not timed
  for (std::size_t i = 1; i < losses.size(); ++i) {
    const double own = static_cast<double>(losses[0]), other = static_cast<double>(losses[i]);
    if (!(std::abs(own - other) <= loss_tolerance * std::abs(own)))
      throw std::runtime_error(
          fmt::format("{}: after ten steps the loss of {} is {}, that of {} {}; they may differ by "
                      "a part in 10,000",
                      workload.name, runners[0].name, losses[0], runners[i].name, losses[i]));
  }
}

double time_round(Runner& runner) {
  return runner.stepper(runner.steps_per_round).seconds /
         static_cast<double>(runner.steps_per_round);
}

void choose_steps(Runner& runner, double round_seconds) {
  double per_step = time_round(runner);
  // From one step the clock says little if the step is short.
  while (per_step * static_cast<double>(runner.steps_per_round) < round_seconds / 10) {
    runner.steps_per_round *= 8;
    per_step = time_round(runner);
  }
  runner.steps_per_round = std::max<std::int64_t>(1, std::llround(round_seconds / per_step));
}

// Numbers of threads up to the most, both ways of waiting where threads have to, and both layouts
// of pictures.
std::vector<Setting> settings_of(const Peer& peer, const Workload& workload,
                                 const StepOptions& options) {
  const bool has_layouts = peer.has_layouts && workload.picture.rank() > 0;
  std::vector<Setting> settings;
  for (int count = 1; count <= options.threads; count *= 2)
    for (const bool spins : {false, true})
      for (const bool channels_last : {false, true})
        if ((!spins || (peer.can_spin && count > 1)) && (!channels_last || has_layouts))
          settings.push_back({count, options.clock, spins, channels_last});
  return settings;
}

std::vector<Runner> make_runners(const Problem& problem, const StepOptions& options) {
  std::vector<Peer> engines{own()};
  if (!options.without.empty()) engines.push_back(own_without(options.without));
  if (!options.alone && Child::exists(libtorch_program)) engines.push_back(libtorch());
  if (!options.alone) engines.push_back(fann());
  std::vector<Runner> runners;
  for (const Peer& peer : engines)
    for (const Setting& setting : settings_of(peer, problem.workload, options))
      if (Stepper stepper = peer.make(problem, setting))
        runners.push_back({peer.name, std::move(stepper)});
  return runners;
}

StepResult measure(const Workload& workload, const StepOptions& options) {
  const Problem problem = draw(workload);
  std::vector<Runner> runners = make_runners(problem, options);
  check_losses(workload, runners);
  const double round_seconds = options.quick ? 0.01 : 0.05;
  for (Runner& runner : runners) choose_steps(runner, round_seconds);
  Floor floor(workload, options.threads);
  std::vector<double> floors;
  const int rounds = options.quick ? 7 : 21;
  for (int round = 0; round < rounds; ++round) {
    floors.push_back(floor.measure());
    for (Runner& runner : runners) runner.seconds.push_back(time_round(runner));
  }
  StepResult result{workload.name, options.threads, 0, median(floors), {}};
  std::map<std::string, double> best;
  for (const Runner& runner : runners) {
    const double typical = median(runner.seconds);
    const auto [place, is_first] = best.try_emplace(runner.name, typical);
    if (!is_first) place->second = std::min(place->second, typical);
  }
  result.own = best.extract(runners.front().name).mapped();
  result.peers = std::move(best);
  return result;
}

}  // namespace

std::vector<StepResult> measure_steps(const StepOptions& options) {
  std::vector<StepResult> results;
  for (const Workload& workload : workloads()) {
    if (workload.name.find(options.only) == std::string::npos) continue;
    std::fprintf(stderr, "measuring %s\n", workload.name.c_str());
    results.push_back(measure(workload, options));
  }
  return results;
}

std::string scaling_blocks(const StepOptions& options) {
  std::string text;
  for (const Family& family : families()) {
    text += fmt::format("{}# {} ({}), ours, LibTorch, floor; us\n", text.empty() ? "" : "\n\n",
                        family.grows, family.name);
    for (std::size_t i = 0; i < family.sizes.size(); ++i) {
      std::fprintf(stderr, "measuring %s\n", family.workloads[i].name.c_str());
      const StepResult result = measure(family.workloads[i], options);
      const auto peer = result.peers.find("libtorch");
      text += fmt::format("{} {:.4g} {:.4g} {:.4g}\n", family.sizes[i], 1e6 * result.own,
                          peer == result.peers.end() ? std::nan("") : 1e6 * peer->second,
                          1e6 * result.floor);
    }
  }
  return text;
}

std::string call_table(const StepOptions& options) {
  std::string text;
  for (const Workload& workload : workloads()) {
    if (workload.name.find(options.only) == std::string::npos) continue;
    const std::vector<CallTime> calls = time_calls(workload, options.threads);
    double total = 0;
    for (const CallTime& call : calls) total += call.seconds;
    text += fmt::format("{}: {:.4g} us\n", workload.name, 1e6 * total);
    for (const CallTime& call : calls)
      text += fmt::format("{:>12.3f} us {:5.1f}%  {}\n", 1e6 * call.seconds,
                          100 * call.seconds / total, call.what);
    text += '\n';
  }
  return text;
}

std::string table(const std::vector<StepResult>& results) {
  std::string text = "| workload | threads | ours, us | floor, us | ours / floor |";
  std::set<std::string> names;
  for (const StepResult& result : results)
    for (const auto& [name, seconds] : result.peers) names.insert(name);
  for (const std::string& name : names) text += fmt::format(" {}, us | speed-up |", name);
  text += "\n|---|---|---|---|---|";
  for (std::size_t i = 0; i < names.size(); ++i) text += "---|---|";
  for (const StepResult& result : results) {
    text += fmt::format("\n| {} | {} | {:.4g} | {:.4g} | {:.2f} |", result.workload, result.threads,
                        1e6 * result.own, 1e6 * result.floor, result.own / result.floor);
    for (const std::string& name : names) {
      const auto peer = result.peers.find(name);
      text += peer == result.peers.end() ? std::string(" | |")
                                         : fmt::format(" {:.4g} | {:.2f} |", 1e6 * peer->second,
                                                       peer->second / result.own);
    }
  }
  return text + '\n';
}

}  // namespace chainrule::bench
