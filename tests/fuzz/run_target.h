// What the targets of runs share: a small run, trained once, of which an input takes the place of a
// file or changes it. Only the public headers are used, so that what is in the files may change.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include <stdlib.h>

#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "target.h"

namespace chainrule {

namespace fs = std::filesystem;

inline std::string contents_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_to(const fs::path& path, const std::string& contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

class SmallRun {
 public:
  static constexpr std::int64_t steps = 6, middle = 3;

  SmallRun() : place_(make_place()), data_(place_ + "/data.csv") {
    write_to(data_, "x,k,y\n1,a,2\n2,b,3\n3,a,5\n4,b,4\n5,a,7\n6,b,6\n7,a,9\n8,b,8\n");
    TrainRequest request{.data = data_, .out = place_ + "/run", .validation = 0.25, .test = 0};
    request.hidden = std::vector<std::int64_t>{2};
    request.batch_size = 2;
    request.epochs = 2;
    request.threads = 1;
    request.checkpoint_every = 1;
    train_run(request);
    remember("run", whole_);
    Run run = Run::open(folder(), {.threads = 1});
    claim(run.steps() == steps);
    for (std::int64_t step = 0; step <= steps; ++step) {
      run.go_to(step);
      hashes_.push_back(run.hash());
    }
    // As if it had been killed after its middle.
    fs::copy(folder(), cut(), fs::copy_options::recursive);
    for (const char* name : {"model.safetensors", "summary.json"}) fs::remove(cut() + "/" + name);
    for (std::int64_t step = middle + 1; step <= steps; ++step)
      fs::remove(cut() + "/" + checkpoint(step));
    remember("cut", cut_);
  }
  SmallRun(const SmallRun&) = delete;
  SmallRun& operator=(const SmallRun&) = delete;
  ~SmallRun() {
    std::error_code ignored;
    fs::remove_all(place_, ignored);
  }

  std::string folder() const { return place_ + "/run"; }
  std::string cut() const { return place_ + "/cut"; }
  const std::string& data() const { return data_; }
  static std::string checkpoint(std::int64_t step) {
    return "checkpoints/" + std::to_string(step) + ".safetensors";
  }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, contents] : whole_) names.push_back(name);
    return names;
  }

  // In both folders: the input's own bytes, or the file that was there with changes in it.
  void damage(const std::string& name, std::string_view input) const {
    for (const auto& [folder, files] :
         {std::pair(folder_of("run"), &whole_), std::pair(folder_of("cut"), &cut_)})
      if (const auto file = files->find(name); file != files->end())
        write_to(folder + "/" + name, damaged(file->second, input));
  }

  // All is as it was.
  void mend() const {
    for (const auto& [name, files] : {std::pair("run", &whole_), std::pair("cut", &cut_)}) {
      const std::string folder = folder_of(name);
      std::vector<fs::path> strangers;
      for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() &&
            !files->contains(fs::relative(entry.path(), folder).string()))
          strangers.push_back(entry.path());
      for (const fs::path& stranger : strangers) fs::remove(stranger);
      for (const auto& [file, contents] : *files)
        if (contents_of(folder + "/" + file) != contents) write_to(folder + "/" + file, contents);
    }
  }

  // Whatever stands in the files, a step that can be gone to has the bits that it had.
  void replay() const {
    Run run = Run::open(folder(), {.threads = 1});
    run.verify();
    for (const std::int64_t step : {std::min(run.steps(), steps), std::min(run.steps(), middle)}) {
      run.go_to(step);
      claim(run.hash() == hashes_[static_cast<std::size_t>(step)]);
    }
  }

 private:
  using Files = std::map<std::string, std::string>;

  static std::string make_place() {
    std::string pattern = (fs::is_directory("/dev/shm") ? "/dev/shm" : "/tmp");
    pattern += "/chainrule-fuzz.XXXXXX";
    claim(::mkdtemp(pattern.data()) != nullptr);
    return pattern;
  }

  std::string folder_of(const std::string& name) const { return place_ + "/" + name; }

  void remember(const std::string& name, Files& files) const {
    for (const auto& entry : fs::recursive_directory_iterator(folder_of(name)))
      if (entry.is_regular_file())
        files[fs::relative(entry.path(), folder_of(name)).string()] = contents_of(entry.path());
  }

  // The first byte chooses. Changes are four bytes each: what to do, where (two), and a byte.
  static std::string damaged(std::string contents, std::string_view input) {
    if (input.empty()) return "";
    if (input[0] % 2 == 0) return std::string(input.substr(1));
    for (input.remove_prefix(1); input.size() >= 4 && !contents.empty(); input.remove_prefix(4)) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(input[i]); };
      const std::size_t at = (byte(1) + 256U * byte(2)) % contents.size();
      const std::size_t size = std::min<std::size_t>(byte(3), contents.size() - at);
      switch (byte(0) % 5) {
        case 0:
          contents[at] = input[3];
          break;
        case 1:
          contents.insert(at, 1, input[3]);
          break;
        case 2:
          contents.erase(at, size);
          break;
        case 3:
          contents.insert(at, contents.substr(at, size));
          break;
        default:
          contents.resize(at);
      }
    }
    return contents;
  }

  std::string place_, data_;
  Files whole_, cut_;
  std::vector<std::string> hashes_;  // by step
};

// Trained when the first input comes.
inline const SmallRun& small_run() {
  static const SmallRun run;
  return run;
}

// One target: each of `actions` may refuse, and nothing else.
template <class... Actions>
int with_damage(const std::string& name, std::string_view input, Actions... actions) {
  const SmallRun& run = small_run();
  run.damage(name, input);
  (only_refuses(nullptr, 0, [&](std::string_view) { actions(run); }), ...);
  run.mend();
  return 0;
}

}  // namespace chainrule
