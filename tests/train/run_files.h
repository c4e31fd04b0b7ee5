// Runs whose files are looked at, damaged, and made good.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "data/temporary_folder.h"
#include "train/record/run_files.h"

namespace chainrule {

const inline std::string project = CHAINRULE_SOURCE_DIR;

// The files in a folder and below it, by name.
using Files = std::map<std::string, std::string>;
inline Files files_of(const std::string& folder) {
  Files files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[std::filesystem::relative(entry.path(), folder).string()] =
          read_file(entry.path().string());
  return files;
}

// Ends a run when this epoch is over.
inline RunObserver ending_after(std::int64_t epoch) {
  RunObserver observer;
  observer.on_progress = [epoch](const Progress& now) { return now.epoch < epoch; };
  return observer;
}

// A short run on the irises, of a network as a file describes it, with checkpoints on the way.
inline TrainRequest short_run(const TemporaryFolder& folder, const std::string& name,
                              const std::string& network) {
  TrainRequest request{.data = project + "/data/iris.csv", .out = folder.file(name)};
  request.model_file = folder.write("net.toml", network);
  request.batch_size = 20;
  request.seed = 3;
  request.threads = 1;
  request.checkpoint_every = 4;
  return request;
}

// That a run's folder holds the same whether it was cut off and resumed or not, every file whole,
// and every recorded hash met again. `request` makes the request of a run by its folder's name; the
// run that was not cut off is in `whole`.
template <class Request>
void expect_resumed_and_replayed(const TemporaryFolder& folder, Request request) {
  train_run(request("whole"));
  train_run(request("cut"), ending_after(2));
  resume_run(folder.file("cut"));
  EXPECT_EQ(read_file(folder.file("cut/model.safetensors")),
            read_file(folder.file("whole/model.safetensors")));
  EXPECT_FALSE(Run::open(folder.file("whole"), {.threads = 2}).verify().difference);
  EXPECT_TRUE(check_files(folder.file("whole")).damaged.empty());
}

// That the run in `whole`, repeated from its config.toml, leaves the same model.
inline void expect_repeated(const TemporaryFolder& folder) {
  TrainRequest again = read_config(folder.file("whole/config.toml"));
  again.out = folder.file("again");
  train_run(again);
  EXPECT_EQ(read_file(folder.file("again/model.safetensors")),
            read_file(folder.file("whole/model.safetensors")));
}

class RunFilesTest : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, std::uint64_t seed = 9) const {
    TrainRequest request{.data = project + "/data/iris.csv", .out = folder_.file(name)};
    request.epochs = 4;
    request.hidden = {{6}};
    request.dropout = 0.2;
    request.batch_size = 20;
    request.seed = seed;
    request.threads = 1;
    request.checkpoint_every = 5;
    return request;
  }

  // As the program does it, with a report.
  RunObserver observer() {
    RunObserver observer;
    observer.on_saved = [](const RunPlan& plan, const RunResult& result) {
      write_file(plan.folder + "/" + report_name, report(plan, result));
    };
    observer.on_warning = [&](const Text& what) { warnings_.push_back(what.en); };
    return observer;
  }
  void train(const std::string& name, std::uint64_t seed = 9) {
    TrainRequest wanted = request(name, seed);
    wanted.profile = true;
    train_run(wanted, observer());
  }
  std::string path(const std::string& name) const { return folder_.file("run/" + name); }
  std::vector<std::string> damage() const { return check_files(folder_.file("run")).damaged; }

  // What must be the same however often the run was cut off.
  Files results() const {
    Files files;
    for (const char* name : {model_name, record_name, sizes_name})
      files[name] = read_file(path(name));
    std::string& metrics = files[metrics_name];
    for (const Progress& epoch : read_epochs(Run::open(folder_.file("run"))))
      metrics += line_of(epoch);
    return files;
  }
  // Without the record, which has a line more where a run was stopped: its last hash is compared.
  static bool is_same(Files one, Files other) {
    for (Files* files : {&one, &other}) {
      std::string& record = files->at(record_name);
      record = record.substr(record.rfind('\n', record.size() - 2) + 1);
      record = record.substr(0, record.rfind(','));
    }
    return one == other;
  }
  static std::string line_of(const Progress& epoch) {
    return std::to_string(epoch.epoch) + " " + std::to_string(epoch.train_loss) + " " +
           std::to_string(epoch.validation->loss) + "\n";
  }

  TemporaryFolder folder_;
  std::vector<std::string> warnings_;
};

}  // namespace chainrule
