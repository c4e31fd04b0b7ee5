#include "profile_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/display.h"
#include "base/fields.h"
#include "report.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

constexpr int layer_columns = 16;

// Three digits at least; nothing where the number says nothing.
std::string number(double value) {
  if (!(value > 0)) return "";
  return fmt::format("{:.{}f}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

std::string time_words(double seconds, Language language) {
  return seconds < 0.95 ? fmt::format("{:.2f} ms", 1e3 * seconds) : duration(seconds, language);
}

// Short trainings are told in microseconds.
struct Unit {
  const char* name;
  double per_second;
};

// "weight gradient, update", part by part.
std::string pass_words(std::string_view what, Language language) {
  std::string words;
  for (const std::string_view part : fields_of(what)) {
    const std::size_t start = std::min(part.find_first_not_of(' '), part.size());
    words += (words.empty() ? "" : ", ") + std::string(human_name(part.substr(start), language));
  }
  return words;
}

std::vector<std::string> row(const ProfileLine& line, const Unit& unit, Language language) {
  const bool has_rate = line.seconds > 0, has_floor = has_rate && line.floor > 0;
  return {shortened(human_name(line.layer, language), layer_columns),
          pass_words(line.what, language),
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

std::string table_of(std::vector<ProfileLine> lines, Language language) {
  const ProfileLine sum = sum_of(lines);
  lines.insert(lines.end() - 1, sum);  // before the line of what is between the steps
  const Unit unit = sum.seconds < 0.05 ? Unit{"us", 1e6} : Unit{"ms", 1e3};
  std::vector<std::vector<std::string>> rows{
      {said(Phrase::layer, language), said(Phrase::profile_pass, language), unit.name,
       said(Phrase::profile_share, language), "GF/s", said(Phrase::profile_floor, language)}};
  for (const ProfileLine& line : lines) rows.push_back(row(line, unit, language));
  return table_text(rows, "llrrrr");
}

bool is_straight_line(const Profile& profile) {
  return std::ranges::any_of(profile.programs, [](const ProfiledSteps& program) {
    return std::ranges::any_of(program.calls, &KernelCall::is_whole_program);
  });
}

std::string notes(const Profile& profile, Language language) {
  std::string text;
  if (is_straight_line(profile)) text += said(Phrase::profile_straight_line, language) + "\n";
  text += said(Phrase::profile_floor_text, language, 1e-9 / profile.floor_per_flop,
               1e-9 / profile.floor_per_byte, counted(profile.threads, "thread"), profile.threads) +
          "\n";
  if (profile.threads > 1) text += said(Phrase::profile_threads, language) + "\n";
  return text;
}

// What each rank did, and which of them keeps the others waiting, if it is by more than a tenth.
std::string ranks_text(const Profile& profile, Language language) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Phrase name : {Phrase::profile_rank, Phrase::profile_host, Phrase::profile_computing,
                            Phrase::profile_waiting, Phrase::profile_exchanging})
    rows[0].push_back(said(name, language));
  double all = 0;
  for (const RankTime& rank : profile.ranks) {
    rows.push_back({fmt::format("{}", rows.size() - 1), rank.place,
                    time_words(rank.computing, language), time_words(rank.waiting, language),
                    time_words(rank.exchanging, language)});
    all += rank.computing;
  }
  std::string text = table_text(rows, "llrrr");
  const auto slowest = std::ranges::max_element(profile.ranks, {}, &RankTime::computing);
  const auto others = static_cast<double>(profile.ranks.size() - 1);
  if (others > 0 && slowest->computing > 1.1 * (all - slowest->computing) / others)
    text +=
        said(Phrase::profile_slow_rank, language, slowest - profile.ranks.begin(), slowest->place) +
        "\n";
  return text + said(Phrase::profile_ranks_text, language) + "\n";
}

}  // namespace

std::string profile_text(const Profile& profile, const std::string& trace, Language language) {
  const std::string title = styled(said(Phrase::profile_title, language), Style::bold, stdout),
                    time = time_words(profile.seconds, language);
  if (!profile.ranks.empty())
    return fmt::format("{}: {}\n{}", title, time, ranks_text(profile, language));
  const auto traced = static_cast<std::int64_t>(profile.trace.size());
  return said(Phrase::profile_steps, language, title, counted(profile.steps(), "step"),
              thousands(profile.steps()), time) +
         "\n" + table_of(lines_of(profile), language) + notes(profile, language) +
         said(Phrase::profile_trace, language, counted(traced, "step"), thousands(traced), trace) +
         "\n";
}
