// Memory that runs out at any moment: one of the three errors, and nothing that was recorded is
// lost.
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "chainrule/influence.h"
#include "data/temporary_folder.h"
#include "runtime/allocation_count.h"
#include "train/record/checkpoint.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

using Recorded = Run;  // every test has a member function Run

// What came of an action while the n-th allocation failed, with all after it or alone. The JSON
// library frees an object with the help of a list, for which it allocates in its destructor; if
// just that fails, the program ends, as when it is killed.
enum Ending { fine, told, wrong, ended };

// In a process of its own, which may end.
int ending_of(const std::function<void()>& action, std::int64_t n, bool and_after) {
  const pid_t child = ::fork();
  if (child != 0) {
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << "it crashed";
    return WEXITSTATUS(status);
  }
  std::set_terminate([] { ::_exit(ended); });
  int ending = fine;
  try {
    const FailingAllocations failing(n, and_after);
    action();
  } catch (const UsageError&) {
    ending = told;
  } catch (const DataError&) {
    ending = told;
  } catch (const InternalError&) {
    ending = told;
  } catch (...) {
    ending = wrong;
  }
  ::_exit(ending);
}

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    std::string rows = "a,b,kind\n";
    for (int i = 0; i < 30; ++i)
      rows += std::to_string(i % 7) + "," + std::to_string(i % 5) + (i % 3 == 0 ? ",x\n" : ",y\n");
    folder_.write("data.csv", rows);
    count_allocations();
  }

  TrainRequest request(const std::string& out) const {
    TrainRequest request{.data = folder_.file("data.csv"), .out = folder_.file(out)};
    request.epochs = 2;
    request.hidden = {{3}};
    request.dropout = 0.1;
    request.batch_size = 8;
    request.threads = 1;
    request.checkpoint_every = 2;
    return request;
  }

  // The first call of some functions fills tables that later ones find.
  void count_allocations() {
    for (const char* out : {"first", "whole"}) {
      const std::int64_t before = allocation_count();
      train_run(request(out));
      allocations_ = allocation_count() - before;
    }
  }

  // Trains with failing memory. Whatever the folder holds afterwards can be gone on with, and ends
  // with the bits of a training that nothing happened to.
  void train_with_failing(std::int64_t n, bool and_after) {
    SCOPED_TRACE("allocation " + std::to_string(n) + (and_after ? " and all after it" : ""));
    const TrainRequest wanted = request("run");
    RunObserver quiet;
    quiet.on_warning = [](const Text&) {};
    const int ending = ending_of([&] { train_run(wanted, quiet); }, n, and_after);
    EXPECT_NE(ending, wrong);
    endings_[ending] += 1;
    if (!fs::exists(wanted.out)) return;
    const auto bytes = [&](const std::string& run) {
      return read_file(folder_.file(run + "/model.safetensors"));
    };
    // A process that ended removed nothing, and may have recorded nothing.
    if (ending == ended && checkpoint_steps(wanted.out).empty()) {
      fs::remove_all(wanted.out);
      return;
    }
    if (!fs::exists(wanted.out + "/summary.json")) resume_run(wanted.out, {.threads = 1});
    EXPECT_EQ(bytes("run"), bytes("whole"));
    EXPECT_FALSE(Recorded::open(wanted.out, {.threads = 1}).verify().difference);
    fs::remove_all(wanted.out);
  }

  const TemporaryFolder folder_;
  std::int64_t allocations_ = 0;  // of one training
  std::map<int, int> endings_;    // how many trainings ended so
};

TEST_F(Memory, RunsOutAtSomeAllocationsOfATraining) {
  if (allocation_count() == 0) GTEST_SKIP() << "allocations are not counted under this sanitizer";
  ASSERT_GT(allocations_, 1000);
  const std::int64_t stride = allocations_ / 40;
  for (std::int64_t n = 1; n <= allocations_; n += stride + n % 7) {
    train_with_failing(n, false);
    train_with_failing(n, true);
  }
  EXPECT_GT(endings_[told], 4 * endings_[ended]);
}

// All of them where CHAINRULE_EVERY_ALLOCATION is set, which takes an hour; "2/16" is the second of
// sixteen parts, for as many processors.
TEST_F(Memory, SlowRunsOutAtManyAllocationsOfATraining) {
  if (allocation_count() == 0) GTEST_SKIP() << "allocations are not counted under this sanitizer";
  std::int64_t first = 1, stride = allocations_ / 400;
  if (const char* part = std::getenv("CHAINRULE_EVERY_ALLOCATION")) {
    std::istringstream text(part);
    char of = 0;
    if (!(text >> first >> of >> stride)) first = stride = 1;
  }
  std::int64_t tried = 0;
  for (std::int64_t n = first; n <= allocations_ && !HasFailure(); n += stride) {
    train_with_failing(n, n / stride % 2 == 0);
    ++tried;
  }
  RecordProperty("allocations", std::to_string(allocations_));
  RecordProperty("tried", std::to_string(tried));
}

// The allocations of each function fail one by one, more sparsely the more there are.
TEST_F(Memory, SlowRunsOutInEveryKindOfFunction) {
  if (allocation_count() == 0) GTEST_SKIP() << "allocations are not counted under this sanitizer";
  const std::string run = folder_.file("whole"), table = folder_.file("data.csv");
  const auto step = [&] { return Recorded::open(run, {.threads = 1}); };
  Recorded opened = step();
  SavedRun saved = SavedRun::open(run);
  const auto& prepared = opened.data();
  // What the caller makes is made before: its allocations are not the library's.
  const std::string model_file = folder_.file("model"),
                    tutorial = std::string(CHAINRULE_SOURCE_DIR) + "/examples/tutorial.toml";
  const RunQuestion question{.quantity = "dense1.weight[0,0]", .step = 3};
  const nn::Sequential network{nn::Dense{2}};
  const Loss loss = loss_named("cross_entropy");
  const std::pair<const char*, std::function<void()>> functions[] = {
      {"prepare", [&] { data::prepare(table); }},
      {"to_json of an encoder",
       [&] { data::Encoder::from_json(prepared.encoder.to_json(), "encoder"); }},
      {"Run::open", [&] { step(); }},
      {"Run::verify", [&] { opened.verify(); }},
      {"Run::save_model", [&] { opened.save_model(model_file); }},
      {"SavedRun::open", [&] { SavedRun::open(run); }},
      {"SavedRun::predict", [&] { saved.predict(table); }},
      {"SavedRun::evaluate", [&] { saved.evaluate(table); }},
      {"Model::set_weights", [&] { saved.model().set_weights(saved.model().weights()); }},
      {"explain", [&] { explain(opened, question); }},
      {"explain_file", [&] { explain_file(tutorial); }},
      {"trace_nan", [&] { trace_nan(opened); }},
      {"report", [&] { report(run, Language::en, {.threads = 1}); }},
      {"blame", [&] { to_json(blame(opened, 5)); }},
      {"suspects", [&] { to_json(suspects(opened)); }},
      {"fit",
       [&] {
         Model model(network, loss, prepared.train.data->width());
         fit(model, Adam{}, prepared.train, prepared.validation, prepared.encoder.target(),
             {.epochs = 1});
       }},
  };
  for (const auto& [name, function] : functions) {
    SCOPED_TRACE(name);
    function();
    const std::int64_t before = allocation_count();
    function();
    const std::int64_t all = allocation_count() - before;
    for (std::int64_t n = 1; n <= all && !HasFailure(); n += 1 + all / 50)
      for (const bool and_after : {false, true})
        EXPECT_NE(ending_of(function, n, and_after), wrong) << "allocation " << n;
  }
}

}  // namespace
}  // namespace chainrule
