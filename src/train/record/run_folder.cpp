#include "train/record/run_folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "chainrule/error.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

constexpr const char* runs_folder = "runs";

[[noreturn]] void refuse(const std::string& folder, int error) {
  throw DataError({folder}, fmt::format("the folder cannot be made: {}; choose another with --out",
                                        reason(error)));
}

// Whether the folder is new; false if there was something of that name.
bool make(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0777) == 0) return true;
  if (errno != EEXIST) refuse(folder, errno);
  return false;
}

std::int64_t largest_number_in(const std::string& folder) {
  std::int64_t largest = 0;
  for (const std::string& name : names_in(folder)) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size())
      largest = std::max(largest, number);
  }
  return largest;
}

// A folder that may be made and yet not written: a full disk, a quota, a read-only mount.
void require_writable(const std::string& folder) {
  std::string probe = folder + "/.XXXXXX";
  const int file = ::mkstemp(probe.data());
  if (file < 0)
    throw DataError({folder}, fmt::format("the folder cannot be written: {}; choose another with "
                                          "--out",
                                          reason(errno)));
  ::close(file);
  ::unlink(probe.c_str());
}

// Nothing is overwritten. What a run leaves that was killed before its first line is nothing.
void require_empty(const std::string& folder) {
  for (const std::string& name : names_in(folder))
    if (name != record_name || !read_file((fs::path(folder) / name).string()).empty())
      throw DataError({folder},
                      "the folder holds files already, and nothing is overwritten; "
                      "choose a new one with --out");
}

[[noreturn]] void refuse_taken(const std::string& folder) {
  throw DataError({folder}, "another process trains this run right now; let it end");
}

}  // namespace

std::string tidy_path(const std::string& folder) {
  std::string tidy = fs::path(folder).lexically_normal().string();
  if (tidy.size() > 1 && tidy.ends_with('/')) tidy.pop_back();
  return tidy;
}

RunFolder::RunFolder(const std::string& wanted) {
  const std::string target = wanted.empty() ? runs_folder : tidy_path(wanted);
  std::vector<std::string> above;
  for (fs::path p = fs::path(target).parent_path(); !p.empty() && !is_there(p.string());
       p = p.parent_path())
    above.push_back(p.string());
  try {
    for (auto folder = above.rbegin(); folder != above.rend(); ++folder) make_ours(*folder);
    make_ours(target);
    if (!fs::is_directory(target))
      throw DataError({target}, "is a file; choose another folder with --out");
    if (wanted.empty()) {
      std::int64_t number = largest_number_in(target) + 1;
      while (!make_ours(path_ = fmt::format("{}/{}", runs_folder, number))) ++number;
    } else {
      path_ = target;
      require_empty(path_);
    }
    require_writable(path_);
    take();
    for (const std::string& made : made_) flush_folder_of(made);
  } catch (const fs::filesystem_error& error) {
    remove();
    throw DataError({target}, "cannot be used: " + error.code().message());
  } catch (...) {
    remove();
    throw;
  }
}

// Noted before it is made, so that it is removed whatever fails.
bool RunFolder::make_ours(const std::string& folder) {
  made_.push_back(folder);
  const bool is_new = make(folder);
  if (!is_new) made_.pop_back();
  return is_new;
}

RunFolder::RunFolder(Earlier, std::string path) : path_(std::move(path)), is_kept_(true) {
  owned_ = std::make_unique<GrowingFile>(path_ + "/" + record_name);
  if (!owned_->lock()) refuse_taken(path_);
}

// Whoever has the lock is the owner, whoever made the file.
void RunFolder::take() {
  const std::string path = path_ + "/" + record_name;
  const bool was_there = is_there(path);
  if (!was_there) files_.push_back(path);
  try {
    owned_ = std::make_unique<GrowingFile>(path);
    if (!owned_->lock()) refuse_taken(path_);
  } catch (const DataError&) {
    if (!was_there) files_.pop_back();  // it is another's
    throw;
  }
  // Another process may have come and gone since the folder was looked at.
  if (!owned_->is_at_its_path()) refuse_taken(path_);
  require_empty(path_);
}

void RunFolder::remove() {
  for (const std::string& name : files_) ::unlink(name.c_str());
  // rmdir refuses a folder that somebody has put something into.
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) ::rmdir(folder->c_str());
}

void RunFolder::remove_left_over() {
  for (const std::string& name : names_in(path_))
    for (const char* of : {config_name, model_name, summary_name, profile_name, report_name, ""})
      if (is_left_over(name, of)) remove_file((fs::path(path_) / name).string());
}

std::string RunFolder::file(const std::string& name) {
  if (!owned_->is_at_its_path())
    throw DataError({path_},
                    "the folder was removed or replaced while the training ran, so nothing "
                    "more is written there; train again");
  std::string path = path_ + "/" + name;
  if (!is_kept_) files_.push_back(path);
  return path;
}

void RunFolder::make_folder(const std::string& name) {
  std::string path = path_ + "/" + name;
  if (is_kept_ ? make(path) : make_ours(path)) flush_folder_of(path);
}

std::string kept_data(const std::string& data, RunFolder& folder) {
  if (data != data::standard_input) return data;
  std::string kept = folder.file(input_name);
  write_file(kept, read_file(standard_input_path));
  return kept;
}

void refuse_what_is_no_run(const std::string& path, const char* lacks) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) read_file(path);  // says so, with the nearest name
  if (!fs::is_directory(path, ignored)) {
    const fs::path folder = fs::path(path).parent_path();
    if (fs::exists(folder / record_name, ignored))
      throw DataError({path}, fmt::format("is a file in a run; give its folder, {}",
                                          folder.empty() ? "." : folder.string()));
    throw DataError({path}, fmt::format("is a file, and a run is a folder that chainrule train "
                                        "made; {}",
                                        fs::path(path).extension() == ".toml"
                                            ? "chainrule explain takes a network's file"
                                            : "give that folder"));
  }
  std::string run;  // the first one inside, if this is a folder of runs
  for (const std::string& name : names_in(path))
    if (run.empty() && fs::exists(fs::path(path) / name / config_name, ignored))
      run = (fs::path(path) / name).string();
  if (!run.empty())
    throw DataError({path},
                    fmt::format("holds runs and is none itself; name one, such as {}", run));
  throw DataError({path}, fmt::format("holds no {}, so it is no run; give a folder that "
                                      "chainrule train made",
                                      lacks));
}

void require_run(const std::string& folder) {
  const std::string config = folder + "/" + config_name;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored) || !is_there(config)) refuse_what_is_no_run(folder);
  if (!is_there(folder + "/" + record_name))
    throw DataError({folder}, fmt::format("holds no {}, so the run was not recorded; train again "
                                          "with --config {}",
                                          record_name, config));
}

}  // namespace chainrule
