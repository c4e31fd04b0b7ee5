// A profile as a trace, in the trace-event format:
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/boundary.h"
#include "base/display.h"
#include "chainrule/profile.h"
#include "train/profile/profile_words.h"

namespace chainrule {
namespace {

using Json = nlohmann::ordered_json;

// The texts of long chains are most of the file.
constexpr int most_columns = 240;

// Microseconds with three decimals: the clock's nanoseconds.
double microseconds(double seconds) { return std::round(1e9 * seconds) / 1e3; }

// A piece of the one thread's time. Pieces within others are shown below them.
Json event(const std::string& name, std::string_view category, double begin, double end,
           Json details) {
  return {{"name", name},
          {"cat", category},
          {"ph", "X"},
          {"ts", microseconds(begin)},
          {"dur", microseconds(end - begin)},
          {"pid", 1},
          {"tid", 1},
          {"args", std::move(details)}};
}

Json naming(const char* what, const char* name) {
  return {{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", name}}}};
}

Json details_of(const KernelCall& call, double seconds) {
  Json details{{"computes", shortened(call.what, most_columns)}};
  if (!call.is_whole_program) details["shape"] = call.shape.to_string();
  for (const Shape& operand : call.operands) details["operands"].push_back(operand.to_string());
  details["flops"] = call.flops;
  details["bytes"] = call.bytes;
  if (seconds > 0) {
    details["GF/s"] = std::round(1e-7 * call.flops / seconds) / 100;
    details["GB/s"] = std::round(1e-7 * call.bytes / seconds) / 100;
  }
  return details;
}

Json about(const Profile& profile) {
  return {
      {"program", "chainrule"},
      {"traced", fmt::format("the first {} of {} steps", profile.trace.size(), profile.steps())},
      {"traced_steps", profile.trace.size()},
      {"steps", profile.steps()},
      {"threads", profile.threads},
      {"floor_gflops", profile.floor_per_flop > 0 ? 1e-9 / profile.floor_per_flop : 0.0}};
}

// One event a line.
class Events {
 public:
  void add(const Json& json) {
    if (!text_.empty()) text_ += ",\n";
    text_ += json.dump();
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_step(const TracedStep& step, const ProfiledSteps& program, Events& events) {
  const double end = step.ends.empty() ? step.gathered : step.ends.back();
  events.add(
      event(fmt::format("step {}", step.step), "step", step.begin, end, {{"step", step.step}}));
  events.add(event("data gathering rows", "data", step.begin, step.gathered, Json::object()));
  double begin = step.gathered;
  for (std::size_t i = 0; i < step.ends.size(); ++i) {
    const KernelCall& call = program.calls[i];
    events.add(event(layer_words(call) + " " + phase_words(call),
                     call.is_whole_program ? "step" : name_of(call.origin.phase), begin,
                     step.ends[i], details_of(call, step.ends[i] - begin)));
    begin = step.ends[i];
  }
}

}  // namespace

std::string to_trace(const Profile& profile) try {
  Events events;
  events.add(naming("process_name", "chainrule train"));
  events.add(naming("thread_name", "training"));
  for (const TracedStep& step : profile.trace)
    add_step(step, profile.programs[step.program], events);
  return fmt::format(
      "{{\"displayTimeUnit\": \"ns\",\n\"otherData\": {},\n\"traceEvents\": [\n{}\n]}}\n",
      about(profile).dump(), events.text());
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
