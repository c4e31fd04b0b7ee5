// The folder that a run is saved in.
#pragma once

#include <string>
#include <vector>

namespace chainrule {

// Made at once, with the folders above it, and removed again at the end unless it is kept.
class RunFolder {
 public:
  // Empty: runs/N with the first N above those there. Two runs that start together get two folders.
  // Throws DataError: it cannot be made or written, or holds something already.
  explicit RunFolder(const std::string& wanted);
  ~RunFolder() { remove(); }
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name);  // a path to write to
  // Without it, the files and folders made here go again.
  void keep() {
    made_.clear();
    files_.clear();
  }

 private:
  void remove();

  std::string path_;
  std::vector<std::string> made_;  // by us, outermost first
  std::vector<std::string> files_;
};

}  // namespace chainrule
