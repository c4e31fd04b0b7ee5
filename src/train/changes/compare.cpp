// Two runs beside each other.
#include "chainrule/compare.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "train/changes/paired.h"
#include "train/record/run_files.h"

namespace chainrule {
namespace {

using Parting = RunComparison::Parting;
using Settings = std::vector<std::pair<std::string, std::string>>;

// Where things are and how they are computed: no setting that a number depends on.
bool is_no_setting(const std::string& name) {
  static const std::set<std::string> names{
      "data.path", "data.absolute_path", "data.absolute_path_bytes",  "data.fingerprint",
      "data.rows", "training.threads",   "training.checkpoint_every",
  };
  return names.contains(name);
}

// Of settings_toml: "[table]", "[[list]]", "key = value" and lists with a line for each row.
Settings settings_of(const RunConfig& config) {
  const std::string text = settings_toml(config);
  Settings settings;
  std::map<std::string, int> lists;
  std::string table;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const auto equals = line.find(" = ");
    if (line.starts_with("[[")) {
      const std::string list = line.substr(2, line.size() - 4);
      table = fmt::format("{} {}.", list, ++lists[list]);
    } else if (line.starts_with('[')) {
      table = line.substr(1, line.size() - 2) + ".";
    } else if (line.starts_with(' ') || line == "]") {
      if (!settings.empty()) settings.back().second += line;
    } else if (equals != std::string::npos) {
      settings.emplace_back(table + line.substr(0, equals), line.substr(equals + 3));
    }
  }
  std::erase_if(settings, [](const auto& setting) { return is_no_setting(setting.first); });
  return settings;
}

std::vector<RunComparison::Setting> settings_that_differ(const Run& first, const Run& second) {
  const Settings one = settings_of(first.config()), other = settings_of(second.config());
  const auto value = [](const Settings& all, const std::string& name) {
    const auto found = std::ranges::find(all, name, &Settings::value_type::first);
    return found == all.end() ? std::string() : found->second;
  };
  std::vector<RunComparison::Setting> differ;
  for (const auto& [name, is] : one)
    if (std::string then = value(other, name); then != is)
      differ.push_back({name, {is, std::move(then)}});
  for (const auto& [name, is] : other)
    if (value(one, name).empty()) differ.push_back({name, {"", is}});
  return differ;
}

RunComparison::Side side_of(const Run& run) {
  const RunConfig& config = run.config();
  return {.folder = run.folder(),
          .data = config.data,
          .fingerprint = config.fingerprint,
          .rows = config.rows,
          .train = run.data().train.size(),
          .validation = run.data().validation.size(),
          .test = run.data().test.size(),
          .epochs = read_epochs(run),
          .has_model = has_model(run)};
}

// The same rows under the same numbers, with the same targets. Other columns of the same file may
// be in use.
bool is_same_data(const Run& first, const Run& second) {
  const RunConfig &one = first.config(), &other = second.config();
  const data::TargetEncoding &target = first.data().encoder.target(),
                             &other_target = second.data().encoder.target();
  std::error_code ignored;
  const bool same_files =
      one.rows == other.rows && one.test_file == other.test_file &&
      one.validation_file == other.validation_file &&
      std::filesystem::equivalent(one.data_absolute, other.data_absolute, ignored);
  return (one.fingerprint == other.fingerprint || same_files) && target.name == other_target.name &&
         target.task == other_target.task && target.classes == other_target.classes &&
         (target.task == data::Task::classification || one.target.column == other.target.column);
}

class Scoring {
 public:
  Scoring(const Run& first, const Run& second, RunComparison& comparison)
      : runs_{&first, &second}, found_(comparison) {
    for (std::size_t i : {0, 1})
      saved_[i].emplace(SavedRun::open(runs_[i]->folder(), runs_[i]->config().threads));
  }

  void add(const char* name, const data::Part data::Prepared::*part) {
    const std::array<const data::Part*, 2> parts{&(runs_[0]->data().*part),
                                                 &(runs_[1]->data().*part)};
    if (parts[0]->rows.empty() || parts[1]->rows.empty()) return;
    std::array<std::vector<std::int64_t>, 2> rows{parts[0]->rows, parts[1]->rows};
    if (found_.is_same_data) {  // what neither was trained on, and both are judged by
      std::vector<std::int64_t> both;
      std::ranges::set_intersection(rows[0], rows[1], std::back_inserter(both));
      if (!both.empty()) rows = {both, both};
    }
    const bool is_paired = found_.is_same_data && rows[0] == rows[1];
    std::array<std::vector<RowScores>, 2> scores;
    for (std::size_t i : {0, 1}) scores[i] = row_scores(*saved_[i], *parts[i]->data, rows[i]);
    if (scores[0][0].name != scores[1][0].name) return;  // of different kinds
    for (std::size_t s = 0; s < scores[0].size(); ++s)
      add(name, scores[0][s], scores[1][s], is_paired);
    if (is_paired && scores[0][0].name == "accuracy") add_test(name, scores);
  }

 private:
  void add(const char* part, const RowScores& one, const RowScores& other, bool is_paired) {
    RunComparison::Score score{
        .part = part, .name = one.name, .rows = static_cast<std::int64_t>(one.values.size())};
    if (is_paired) {
      const auto [first, second, difference] = bootstrapped(one, other);
      score.sides = {first, second};
      score.difference = difference;
    } else {
      score.sides = {bootstrapped(one, {})[0], bootstrapped(other, {})[0]};
    }
    found_.scores.push_back(std::move(score));
  }

  void add_test(const char* part, const std::array<std::vector<RowScores>, 2>& scores) {
    const std::vector<double>&one = scores[0][0].values, &other = scores[1][0].values;
    RunComparison::Disagreement test{.part = part, .rows = static_cast<std::int64_t>(one.size())};
    for (std::size_t i = 0; i < one.size(); ++i)
      if (one[i] != other[i]) ++test.right_alone[one[i] > other[i] ? 0 : 1];
    test.p = mcnemar(test.right_alone[0], test.right_alone[1]);
    found_.disagreements.push_back(std::move(test));
  }

  std::array<const Run*, 2> runs_;
  std::array<std::optional<SavedRun>, 2> saved_;
  RunComparison& found_;
};

// Those of both, parameters first.
std::vector<std::string> variables_of_both(Run& first, Run& second) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (Run* run : {&first, &second}) {
    for (const auto& parameter : run->model().parameters()) add(parameter.name);
    for (const auto& buffer : run->model().buffers()) add(buffer.name);
  }
  for (Run* run : {&first, &second})
    for (const std::string& name : run->model().session().variables()) add(name);
  return names;
}

std::vector<Parting::Variable> variables_that_differ(Run& first, Run& second,
                                                     const std::vector<std::string>& names) {
  const Session &one = first.model().session(), &other = second.model().session();
  std::vector<Parting::Variable> differ;
  for (const std::string& name : names) {
    if (!one.has(name) || !other.has(name) || one.shape(name) != other.shape(name)) {
      const std::int64_t size = (one.has(name) ? one : other).shape(name).size();
      differ.push_back({name, size, size, std::numeric_limits<double>::quiet_NaN()});
      continue;
    }
    const std::span<const float> a = one.values(name), b = other.values(name);
    Parting::Variable variable{.name = name, .of = static_cast<std::int64_t>(a.size())};
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (std::bit_cast<std::uint32_t>(a[i]) == std::bit_cast<std::uint32_t>(b[i])) continue;
      ++variable.different;
      variable.largest = std::max(variable.largest,
                                  std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    }
    if (variable.different > 0) differ.push_back(std::move(variable));
  }
  return differ;
}

Parting parting_at(Run& first, Run& second, std::array<double, 2> losses,
                   std::vector<Parting::Variable> variables) {
  Parting parting{.step = first.step(), .losses = losses, .variables = std::move(variables)};
  if (parting.step == 0) return parting;
  const Run::Batch one = first.batch(parting.step), other = second.batch(parting.step);
  const data::Dataset &data = *first.data().train.data, &other_data = *second.data().train.data;
  parting.rows = !std::ranges::equal(one.rows, other.rows, [&](auto a, auto b) {
    const FilePlace place = data.place(a), other_place = other_data.place(b);
    return place.line == other_place.line && (place.line > 0 || a == b);
  });
  parting.row_weights = !parting.rows && one.weights != other.weights;
  parting.learning_rate = one.learning_rate != other.learning_rate;
  return parting;
}

void find_parting(Run& first, Run& second, RunComparison& found, const OnShare& on_share) {
  std::map<std::int64_t, std::string> recorded;
  for (const Run::Recorded& line : second.hashes()) recorded[line.step] = line.hash;
  std::optional<std::int64_t> differs;
  for (const Run::Recorded& line : first.hashes()) {
    const auto other = recorded.find(line.step);
    if (other == recorded.end()) continue;
    if (other->second != line.hash) {
      differs = line.step;
      break;
    }
    found.same_until = line.step;
  }
  // Runs of other batches may have hardly a step that both recorded.
  const std::int64_t end = differs.value_or(std::min(first.steps(), second.steps()));
  if (found.same_until == end) return;
  const std::vector<std::string> names = variables_of_both(first, second);
  const std::int64_t begin = std::max<std::int64_t>(found.same_until, 0);
  for (Run* run : {&first, &second}) run->go_to(begin);
  std::array<double, 2> losses{};
  while (true) {
    std::vector<Parting::Variable> variables = variables_that_differ(first, second, names);
    if (!variables.empty()) {
      found.parting = parting_at(first, second, losses, std::move(variables));
      return;
    }
    found.same_until = first.step();
    if (first.step() == end && !differs) return;
    if (first.step() == end)
      throw DataError({first.folder()},
                      fmt::format("its record and that of {} differ at step {}, and the replays do "
                                  "not; chainrule replay --verify says of which run",
                                  second.folder(), end));
    losses = {first.advance(), second.advance()};
    if (on_share)
      on_share(static_cast<double>(first.step() - begin) / static_cast<double>(end - begin));
  }
}

}  // namespace

RunComparison compare(Run& first, Run& second, const OnShare& on_share) try {
  RunComparison found;
  found.sides = {side_of(first), side_of(second)};
  found.is_same_data = is_same_data(first, second);
  found.settings = settings_that_differ(first, second);
  if (found.sides[0].has_model && found.sides[1].has_model) {
    Scoring scoring(first, second, found);
    scoring.add("validation", &data::Prepared::validation);
    scoring.add("test", &data::Prepared::test);
  }
  find_parting(first, second, found, on_share);
  return found;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
