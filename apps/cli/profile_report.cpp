#include "profile_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/display.h"
#include "report.h"
#include "terminal.h"

using namespace chainrule;

namespace {

constexpr int layer_columns = 16;

// Three digits at least; nothing where the number says nothing.
std::string number(double value) {
  if (!(value > 0)) return "";
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

std::string time_words(double seconds) {
  return seconds < 0.95 ? fmt::format("{:.2f} ms", 1e3 * seconds) : duration(seconds);
}

// Short trainings are told in microseconds.
struct Unit {
  const char* name;
  double per_second;
};

std::vector<std::string> row(const ProfileLine& line, const Unit& unit) {
  const bool has_rate = line.seconds > 0, has_floor = has_rate && line.floor > 0;
  return {shortened(line.layer, layer_columns),
          line.what,
          fmt::format("{:.1f}", unit.per_second * line.seconds),
          fmt::format("{:.1f}%", 100 * line.share),
          has_rate ? number(1e-9 * line.flops / line.seconds) : "",
          has_floor ? number(line.seconds / line.floor) : ""};
}

// Of the steps alone: what is between them has no floor.
ProfileLine sum_of(const std::vector<ProfileLine>& lines) {
  ProfileLine sum{.layer = "all", .what = "whole steps"};
  for (const ProfileLine& line : lines) {
    if (line.layer == "other") continue;
    sum.seconds += line.seconds;
    sum.share += line.share;
    sum.flops += line.flops;
    sum.floor += line.floor;
  }
  return sum;
}

std::string table_of(std::vector<ProfileLine> lines) {
  const ProfileLine sum = sum_of(lines);
  lines.insert(lines.end() - 1, sum);  // before the line of what is between the steps
  const Unit unit = sum.seconds < 0.05 ? Unit{"us", 1e6} : Unit{"ms", 1e3};
  std::vector<std::vector<std::string>> rows{
      {"layer", "pass", unit.name, "share", "GF/s", "x floor"}};
  for (const ProfileLine& line : lines) rows.push_back(row(line, unit));
  return table_text(rows, "llrrrr");
}

bool is_straight_line(const Profile& profile) {
  return std::ranges::any_of(profile.programs, [](const ProfiledSteps& program) {
    return std::ranges::any_of(program.calls, &KernelCall::is_whole_program);
  });
}

std::string notes(const Profile& profile) {
  std::string text;
  if (is_straight_line(profile))
    text +=
        "The whole step is one piece of straight-line code, as small ones are: its layers\n"
        "have no times of their own.\n";
  text += fmt::format(
      "x floor: times the least that the products' multiply-adds ({:.1f} GF/s) and the\n"
      "updates' memory ({:.1f} GB/s) need on this machine, with {}.\n",
      1e-9 / profile.floor_per_flop, 1e-9 / profile.floor_per_byte,
      counted(profile.threads, "thread"));
  if (profile.threads > 1) text += "Times are those of the thread that hands out the work.\n";
  return text;
}

// What each rank did, and which of them keeps the others waiting, if it is by more than a tenth.
std::string ranks_text(const Profile& profile) {
  std::vector<std::vector<std::string>> rows{
      {"rank", "host", "computing", "waiting", "exchanging"}};
  double all = 0;
  for (const RankTime& rank : profile.ranks) {
    rows.push_back({fmt::format("{}", rows.size() - 1), rank.place, time_words(rank.computing),
                    time_words(rank.waiting), time_words(rank.exchanging)});
    all += rank.computing;
  }
  std::string text = table_text(rows, "llrrr");
  const auto slowest = std::ranges::max_element(profile.ranks, {}, &RankTime::computing);
  const auto others = static_cast<double>(profile.ranks.size() - 1);
  if (others > 0 && slowest->computing > 1.1 * (all - slowest->computing) / others)
    text += fmt::format(
        "Rank {} on {} keeps the others waiting: it has more to compute, or is slower.\n",
        slowest - profile.ranks.begin(), slowest->place);
  return text +
         "Computing: shards, updates, scores and the record; waiting: for the slowest rank of each "
         "step;\nexchanging: sums, to and fro.\n";
}

}  // namespace

std::string profile_text(const Profile& profile, const std::string& trace) {
  const std::string title = styled("Where the time went", Style::bold, stdout);
  if (!profile.ranks.empty())
    return fmt::format("{}: {}\n{}", title, time_words(profile.seconds), ranks_text(profile));
  return fmt::format(
      "{}: {} in {}\n{}{}Trace of the first {}: {}\n(open it in "
      "https://ui.perfetto.dev or chrome://tracing)\n",
      title, counted(profile.steps(), "step"), time_words(profile.seconds),
      table_of(lines_of(profile)), notes(profile),
      counted(static_cast<std::int64_t>(profile.trace.size()), "step"), trace);
}
