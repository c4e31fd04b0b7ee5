#include "train/profile/step_recorder.h"

#include <algorithm>
#include <array>

#include "kernels/machine_floor.h"

namespace chainrule {
namespace {

double seconds_of(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

// 64 MB of arrays are beyond the caches; more of them would only take longer to measure.
constexpr std::int64_t most_parameters = std::int64_t{1} << 22;

// The middle one of several short measurements: others may have used the machine meanwhile.
constexpr std::size_t measurements = 3;

template <class Rates>
double middle(Rates& rates, double kernels::FloorRates::*rate) {
  std::ranges::sort(rates, {}, rate);
  return rates[measurements / 2].*rate;
}

// Of the whole model, by its first program: SGD moves 12 a parameter, Adam 28.
double update_bytes(const Profile& profile) {
  double bytes = 0;
  if (!profile.programs.empty())
    for (const KernelCall& call : profile.programs[0].calls) bytes += call.update_bytes;
  return bytes;
}

}  // namespace

void begin_profile(Profile& profile, int threads) {
  profile = {.threads = threads, .began = std::chrono::steady_clock::now()};
}

void finish_profile(Profile& profile, std::int64_t parameters) {
  profile.seconds = seconds_of(std::chrono::steady_clock::now() - profile.began);
  if (profile.programs.empty()) return;  // of several ranks, which have times but no calls
  const int arrays = update_bytes(profile) > 12 * static_cast<double>(parameters) ? 4 : 2;
  kernels::MachineFloor machine(std::min(parameters, most_parameters), arrays, profile.threads);
  std::array<kernels::FloorRates, measurements> rates;
  for (kernels::FloorRates& rate : rates) rate = machine.measure();
  profile.floor_per_flop = middle(rates, &kernels::FloorRates::flop);
  profile.floor_per_byte = middle(rates, &kernels::FloorRates::byte);
}

StepRecorder::StepRecorder(Profile& profile, const Program& program)
    : profile_(profile), program_(profile.programs.size()), ends_(program.calls().size()) {
  const std::span<const KernelCall> calls = program.calls();
  profile.programs.push_back(
      {.calls = {calls.begin(), calls.end()}, .seconds = std::vector<double>(calls.size(), 0.0)});
}

void StepRecorder::begin() { begin_ = Clock::now(); }

void StepRecorder::run(Program& program, std::int64_t step) {
  const Clock::time_point gathered = Clock::now();
  program.run(ends_);
  ProfiledSteps& sums = profile_.programs[program_];
  ++sums.steps;
  sums.gather_seconds += seconds_of(gathered - begin_);
  Clock::time_point before = gathered;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    sums.seconds[i] += seconds_of(ends_[i] - before);
    before = ends_[i];
  }
  trace(step, gathered);
}

void StepRecorder::trace(std::int64_t step, Clock::time_point gathered) {
  const std::size_t traced = profile_.trace.size();
  if (traced >= Profile::most_traced_steps ||
      (traced > 0 && (traced + 1) * (ends_.size() + 2) > Profile::most_traced_events))
    return;
  TracedStep& record = profile_.trace.emplace_back();
  record.step = step;
  record.program = program_;
  record.begin = since_start(begin_);
  record.gathered = since_start(gathered);
  for (const Clock::time_point end : ends_) record.ends.push_back(since_start(end));
}

double StepRecorder::since_start(Clock::time_point time) const {
  return seconds_of(time - profile_.began);
}

}  // namespace chainrule
