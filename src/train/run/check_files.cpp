// A run's files, checked one by one and against each other.
#include <algorithm>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "base/sealed.h"
#include "chainrule/error.h"
#include "train/record/checkpoint.h"
#include "train/record/layer_sizes.h"
#include "train/record/metrics.h"
#include "train/record/run_files.h"
#include "train/record/sealed_tensors.h"
#include "train/settings/config.h"

namespace chainrule {
namespace {

class FileChecker {
 public:
  explicit FileChecker(const std::string& folder) : folder_(folder) {}

  RunFiles check() {
    check(config_name, [&] {
      const std::string path = folder_ + "/" + config_name;
      header_ = read_config_head(path).header;
      const TrainRequest request = read_config(path);
      task_ = request.target.task;
      metric_ = request.metric.value_or(Metric::loss);
    });
    files_.format = header_.format;
    files_.layout = header_.layout;
    files_.version = header_.version;
    files_.id = header_.run;
    files_.instruction_set = header_.instruction_set;
    if (!task_) return std::move(files_);  // without it there is nothing to compare with
    if (holds(summary_name))
      check(summary_name, [&] { end_ = read_summary(folder_, header_.run); });
    files_.has_ended = end_.has_value();
    check_tables();
    check_checkpoints();
    check_results();
    // One file against all others is the one that was exchanged.
    if (files_.whole.size() == 1 && files_.damaged.size() > 1)
      files_.damaged.insert(files_.damaged.begin(),
                            fmt::format("{}/{}: no other file is whole and of its run, {}", folder_,
                                        config_name, header_.run));
    return std::move(files_);
  }

 private:
  bool holds(const std::string& name) const { return is_there(folder_ + "/" + name); }

  template <class Check>
  void check(const std::string& name, Check check) {
    try {
      check();
      files_.whole.push_back(name);
    } catch (const DataError& error) {
      files_.damaged.emplace_back(error.what());
    }
  }

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    throw DataError({folder_ + "/" + name}, what);
  }

  void check_table(const char* name, const TablePlaces& places) {
    check(name, [&] {
      if (!holds(name)) fail(name, "there is no such file");
      require_whole(places, folder_ + "/" + name);
      require_promised(end_, name, places, folder_);
    });
  }

  void check_tables() {
    const std::vector<std::int64_t> checkpoints = checkpoint_steps(folder_);
    record_ = read_record(read_file_if_there(folder_ + "/" + record_name), header_.run);
    const RunTable<Progress> metrics = read_metrics(
        read_file_if_there(folder_ + "/" + metrics_name), header_.run, *task_, 0, metric_);
    check_table(record_name, record_.places);
    check_table(metrics_name, metrics.places);
    if (header_.format > 0 || holds(sizes_name))
      check_table(
          sizes_name,
          read_layer_sizes(read_file_if_there(folder_ + "/" + sizes_name), header_.run).places);
    // Each epoch before the newest checkpoint has a line in the metrics.
    const std::int64_t newest = checkpoints.empty() ? 0 : checkpoints.back();
    const auto at = std::ranges::find(record_.lines, newest, &RecordLine::step);
    if (at != record_.lines.end() &&
        at->epoch > static_cast<std::int64_t>(metrics.lines.size()) + 1)
      files_.damaged.push_back(
          fmt::format("{}/{}: lacks epochs that the record has", folder_, metrics_name));
  }

  void check_checkpoints() {
    std::vector<std::int64_t> steps = checkpoint_steps(folder_);
    if (end_) steps.insert(steps.end(), end_->checkpoints.begin(), end_->checkpoints.end());
    std::ranges::sort(steps);
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    for (const std::int64_t step : steps)
      check(checkpoint_name(step),
            [&] { read_checkpoint_of(folder_, step, header_.run, record_.lines); });
  }

  // What a run ends with. In format 0 these files say nothing of their run.
  void check_results() {
    if (holds(model_name) || (end_ && end_->files.contains(model_name)))
      check(model_name, [&] {
        const std::string path = folder_ + "/" + model_name;
        const data::TensorFile model = read_model(path);
        require_model_of(model, path, header_.run);
        if (end_ && end_->files.contains(model_name) &&
            end_->files.at(model_name) != seal_in(model))
          fail(model_name, "is not the model that the run ended with");
      });
    check_text(report_name, html_seal, fmt::format("<!-- run {} -->", header_.run));
    check_text(profile_name, json_seal, fmt::format("\"run\": \"{}\"", header_.run));
  }

  void check_text(const char* name, const Seal& seal, const std::string& mark) {
    if (header_.format == 0 || !holds(name)) return;
    check(name, [&] {
      const std::string text = read_file(folder_ + "/" + name);
      if (!is_whole(text, seal)) fail(name, "is damaged, or was changed since it was written");
      if (text.find(mark) == std::string::npos) fail(name, "is of another run");
    });
  }

  const std::string& folder_;
  RunFiles files_;
  RunHeader header_;
  std::optional<data::Task> task_;
  Metric metric_ = Metric::loss;
  std::optional<RunEnd> end_;
  RunTable<RecordLine> record_;
};

}  // namespace

RunFiles check_files(const std::string& folder) try {
  const bool is_run = is_there(folder + "/" + config_name) || is_there(folder + "/" + record_name);
  if (!is_run) require_run(folder);  // says what else it is
  return FileChecker(folder).check();
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
