// The folder that a run is saved in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"

namespace chainrule {

// Names of the files in a run folder.
inline constexpr const char *config_name = "config.toml", *metrics_name = "metrics.csv",
                            *record_name = "record.csv", *model_name = "model.safetensors",
                            *summary_name = "summary.json", *profile_name = "profile.json",
                            *input_name = "data.csv", *sizes_name = "layers.csv",
                            *report_name = "report.html";

// Without dots, doubled slashes and a slash at the end.
std::string tidy_path(const std::string& folder);

// Made at once, with the folders above it, and removed again at the end unless it is kept. From its
// first moment until then it belongs to this process, by a lock on record.csv that ends with the
// process however that ends.
class RunFolder {
 public:
  // Empty: runs/N with the first N above those there. Two runs that start together get two folders.
  // Throws DataError: it cannot be made or written, holds something already, or belongs to another
  // process. A run that was killed before it had written anything does not count.
  explicit RunFolder(const std::string& wanted);
  // The folder of an earlier run, in which nothing is removed. Throws DataError as above.
  static RunFolder of(const std::string& earlier) { return RunFolder(Earlier{}, earlier); }
  ~RunFolder() { remove(); }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const { return path_; }
  // A path to write to. Throws DataError if the folder was removed or replaced meanwhile: another
  // one in its place may belong to somebody else.
  std::string file(const std::string& name);
  void make_folder(const std::string& name);  // inside, if it is not there. Throws DataError
  void remove_left_over();  // what processes that were killed have left of files they wrote
  bool is_kept() const { return is_kept_; }
  // Without it, the files and folders made here go again.
  void keep() {
    is_kept_ = true;
    made_.clear();
    files_.clear();
  }

 private:
  struct Earlier {};
  RunFolder(Earlier, std::string path);
  bool make_ours(const std::string& folder);  // whether it is new
  void take();
  void remove();

  std::string path_;
  std::unique_ptr<GrowingFile> owned_;  // record.csv
  bool is_kept_ = false;
  std::vector<std::string> made_;  // by us, outermost first
  std::vector<std::string> files_;
};

// Where the data is: what comes from standard input is kept in the folder, to be replayed.
std::string kept_data(const std::string& data, RunFolder& folder);

// Throws DataError, with what somebody who names this may have meant instead.
[[noreturn]] void refuse_what_is_no_run(const std::string& path, const char* lacks = config_name);

// Throws DataError: no run, or one without a record.
void require_run(const std::string& folder);

}  // namespace chainrule
