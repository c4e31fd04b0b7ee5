// Wrong labels are found: data with a tenth of its labels changed on purpose.
#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/influence.h"
#include "data/temporary_folder.h"

namespace chainrule {
namespace {

struct Spoilt {
  std::string csv;
  std::set<std::int64_t> lines;  // whose label is another now
};

// A tenth of the labels, the last fields, become another of the labels.
Spoilt with_wrong_labels(const std::string& name, std::uint64_t seed) {
  std::istringstream file(read_file(std::string(CHAINRULE_SOURCE_DIR) + "/data/" + name));
  std::vector<std::string> lines, labels;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  const auto label_of = [](const std::string& line) { return line.substr(line.rfind(',') + 1); };
  for (std::size_t i = 1; i < lines.size(); ++i) labels.push_back(label_of(lines[i]));
  std::ranges::sort(labels);
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());

  std::mt19937_64 random(seed);
  Spoilt spoilt;
  while (spoilt.lines.size() < (lines.size() - 1) / 10) {
    const std::size_t i = 1 + random() % (lines.size() - 1);
    const std::string& label = labels[random() % labels.size()];
    if (label == label_of(lines[i]) ||
        !spoilt.lines.insert(static_cast<std::int64_t>(i) + 1).second)
      continue;
    lines[i].replace(lines[i].rfind(',') + 1, std::string::npos, label);
  }
  for (const std::string& line : lines) spoilt.csv += line + "\n";
  return spoilt;
}

struct MarkedTable {
  const char* data;
  std::uint64_t seed;
};

class WrongLabels : public ::testing::TestWithParam<MarkedTable> {};

TEST_P(WrongLabels, AreAmongTheFirstFifthOfTheSuspects) {
  const TemporaryFolder folder;
  const Spoilt spoilt = with_wrong_labels(GetParam().data, GetParam().seed);
  TrainRequest request{.data = folder.write("spoilt.csv", spoilt.csv), .out = folder.file("run")};
  request.target.task = data::Task::classification;
  request.effort = "quick";
  request.seed = GetParam().seed;
  train_run(request);
  auto run = chainrule::Run::open(request.out);
  const Suspects found = suspects(run, {.top = static_cast<int>(run.data().train.size())});
  const auto is_wrong = [&](const Suspects::Suspect& suspect) {
    return spoilt.lines.contains(suspect.row.number);
  };
  const std::int64_t all = std::ranges::count_if(found.first, is_wrong);
  const std::int64_t early =
      std::count_if(found.first.begin(), found.first.begin() + found.rows / 5, is_wrong);
  ASSERT_GT(all, found.rows / 20);
  EXPECT_GE(static_cast<double>(early), 0.8 * static_cast<double>(all))
      << early << " of " << all << " in the first fifth of " << found.rows;
  RecordProperty("found", fmt::format("{} of {}", early, all));
}

INSTANTIATE_TEST_SUITE_P(Suspects, WrongLabels,
                         ::testing::Values(MarkedTable{"digits.csv", 1},
                                           MarkedTable{"digits.csv", 2},
                                           MarkedTable{"digits.csv", 3}, MarkedTable{"iris.csv", 1},
                                           MarkedTable{"iris.csv", 2}, MarkedTable{"iris.csv", 3},
                                           MarkedTable{"wine.csv", 1}, MarkedTable{"wine.csv", 2},
                                           MarkedTable{"wine.csv", 3}),
                         [](const auto& test) {
                           const std::string name = test.param.data;
                           return name.substr(0, name.find('.')) + std::to_string(test.param.seed);
                         });

TEST(Suspects, AreInTheOrderOfTheirMeanLossOverTheTraining) {
  const TemporaryFolder folder;
  TrainRequest request{.data = std::string(CHAINRULE_SOURCE_DIR) + "/data/iris.csv",
                       .out = folder.file("run")};
  request.hidden = {{4}};
  request.epochs = 5;
  train_run(request);
  auto run = chainrule::Run::open(request.out, {.threads = 1});
  const Suspects found = suspects(run, {.points = 3, .top = 1000});
  ASSERT_EQ(found.points.size(), 3U);
  std::map<std::int64_t, double> losses;  // by line: the mean of -log p of the label
  for (const std::int64_t step : found.points) {
    run.go_to(step);
    const data::Part& train = run.data().train;
    const Tensor p = run.model().predict(*train.data, train.rows);
    for (std::size_t i = 0; i < train.rows.size(); ++i) {
      const auto label = static_cast<std::size_t>(train.data->class_of(train.rows[i]));
      losses[train.rows[i] + 2] -= std::log(static_cast<double>(p.values[3 * i + label])) / 3;
    }
  }
  ASSERT_EQ(found.first.size(), losses.size());
  for (const auto& [row, loss] : found.first) EXPECT_NEAR(loss, losses.at(row.number), 1e-5);
  EXPECT_TRUE(std::ranges::is_sorted(found.first, std::greater<>(),
                                     [](const auto& suspect) { return suspect.loss; }));
}

}  // namespace
}  // namespace chainrule
