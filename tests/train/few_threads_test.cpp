// A machine that starts no more threads: the run goes on, says so once, and gives the same bits.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/threads.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "train/record/checkpoint.h"

namespace chainrule {
namespace {

struct FewThreads {
  explicit FewThreads(int most) { limit_added_threads(most); }
  ~FewThreads() { limit_added_threads(-1); }
};

TEST(FewThreads, AreSaidOnceAndChangeNoBit) {
  const TemporaryFolder folder;
  const auto hash_with = [&](int most, std::vector<std::string>& warnings) {
    const FewThreads few(most);
    TrainRequest request{.data = std::string(CHAINRULE_SOURCE_DIR) + "/data/iris.csv",
                         .out = folder.file("run" + std::to_string(most))};
    request.epochs = 3;
    request.seed = 4;
    request.threads = 3;
    RunObserver observer;
    std::string hash;
    observer.on_warning = [&](const Text& what) { warnings.push_back(what.en); };
    observer.on_saved = [&](const RunPlan& plan, const RunResult&) {
      EXPECT_EQ(plan.model.session().threads(), most < 0 ? 3 : most + 1);
      hash = state_hash(plan.model.session());
    };
    train_run(request, observer);
    return hash;
  };
  std::vector<std::string> none, few;
  const std::string expected = hash_with(-1, none);
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(hash_with(1, few), expected);
  EXPECT_EQ(few, std::vector<std::string>{
                     "the system starts no more than 2 of the 3 threads asked for; the results are "
                     "the same and take longer"});
}

}  // namespace
}  // namespace chainrule
