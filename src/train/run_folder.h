// The folder that a run is saved in.
#pragma once

#include <string>
#include <vector>

namespace chainrule {

// Without dots, doubled slashes and a slash at the end.
std::string tidy_path(const std::string& folder);

// Made at once, with the folders above it, and removed again at the end unless it is kept.
class RunFolder {
 public:
  // Empty: runs/N with the first N above those there. Two runs that start together get two folders.
  // Throws DataError: it cannot be made or written, or holds something already.
  explicit RunFolder(const std::string& wanted);
  // The folder of an earlier run, in which nothing is removed.
  static RunFolder of(const std::string& earlier) { return RunFolder(Earlier{}, earlier); }
  ~RunFolder() { remove(); }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name);  // a path to write to
  void make_folder(const std::string& name);  // inside, if it is not there. Throws DataError
  bool is_kept() const { return is_kept_; }
  // Without it, the files and folders made here go again.
  void keep() {
    is_kept_ = true;
    made_.clear();
    files_.clear();
  }

 private:
  struct Earlier {};
  RunFolder(Earlier, std::string path) : path_(std::move(path)), is_kept_(true) {}
  void remove();

  std::string path_;
  bool is_kept_ = false;
  std::vector<std::string> made_;  // by us, outermost first
  std::vector<std::string> files_;
};

}  // namespace chainrule
