#include "chainrule/signs.h"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/explain.h"
#include "signs/tables.h"
#include "signs/trainings.h"

namespace chainrule::signs {
namespace {

// CHAINRULE_SIGNS=FILE tries all trainings, some minutes, and writes into the file what was found.
const char* campaign() { return std::getenv("CHAINRULE_SIGNS"); }

RunResult trained(const Training& training, const TemporaryFolder& folder) {
  TrainRequest request;
  request.out = folder.file("run");
  request.threads = 2;
  request.seed = 1;
  training.make(folder, request);
  return train_run(request);
}

std::set<SignKind> kinds_of(const RunResult& result) {
  std::set<SignKind> kinds;
  for (const Sign& sign : result.signs) kinds.insert(sign.kind);
  return kinds;
}

bool is_named(const Training& training, const std::set<SignKind>& found) {
  return std::ranges::any_of(training.named, [&](SignKind kind) { return found.contains(kind); });
}

std::string listed(const std::set<SignKind>& kinds) {
  std::vector<std::string_view> names;
  for (const SignKind kind : kinds) names.push_back(name_of(kind));
  return fmt::format("{}", fmt::join(names, ", "));
}

void tell(const std::string& text) { std::ofstream(campaign(), std::ios::app) << text; }

// How many of the trainings show what is wrong with them; of sound ones, how many are accused.
int counted(const char* title, const std::vector<Training>& trainings) {
  int count = 0;
  tell(fmt::format("\n{}\n", title));
  for (const Training& training : trainings) {
    const TemporaryFolder folder;
    const RunResult result = trained(training, folder);
    const std::set<SignKind> found = kinds_of(result);
    const bool counts = training.named.empty() ? !found.empty() : is_named(training, found);
    count += counts ? 1 : 0;
    tell(fmt::format("{} | {} | {}\n", counts ? "x" : " ", training.name, listed(found)));
    for (const Sign& sign : result.signs) tell("      " + words_of(sign, result).finding + "\n");
  }
  tell(fmt::format("{} of {}\n", count, trainings.size()));
  return count;
}

TEST(Signs, TellWhatIsWrongWithBrokenTrainings) {
  for (const Training& training : broken_trainings()) {
    if (!training.is_quick) continue;
    const TemporaryFolder folder;
    const RunResult result = trained(training, folder);
    EXPECT_TRUE(is_named(training, kinds_of(result)))
        << training.name << ": " << listed(kinds_of(result));
  }
}

TEST(Signs, AccuseNoSoundTraining) {
  for (const Training& training : sound_trainings()) {
    if (!training.is_quick) continue;
    const TemporaryFolder folder;
    const RunResult result = trained(training, folder);
    EXPECT_EQ(listed(kinds_of(result)), "") << training.name;
  }
}

TEST(Signs, Campaign) {
  if (campaign() == nullptr) GTEST_SKIP() << "set CHAINRULE_SIGNS to a file's name";
  EXPECT_GE(counted("Broken", broken_trainings()), 27);
  EXPECT_LE(counted("Sound", sound_trainings()), 1);
  EXPECT_GE(counted("Broken, kept back", other_broken_trainings()), 27);
  EXPECT_LE(counted("Sound, kept back", other_sound_trainings()), 1);
}

}  // namespace
}  // namespace chainrule::signs
