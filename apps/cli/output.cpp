#include "output.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "train/record/checkpoint.h"
#include "train/record/run_files.h"
#include "train/settings/config.h"

using namespace chainrule;

namespace {

namespace fs = std::filesystem;

constexpr std::array run_files{config_name,  record_name, metrics_name, sizes_name,
                               summary_name, model_name,  profile_name, report_name};

bool is_same_file(const fs::path& one, const fs::path& other) {
  std::error_code ignored;
  return fs::equivalent(one, other, ignored);
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

// Where a path leads, also to what is not there yet: writing goes through links.
fs::path followed(fs::path path) {
  constexpr int most_links = 40;  // as many as Linux follows
  std::error_code error;
  for (int i = 0; i < most_links && fs::is_symlink(fs::symlink_status(path, error)); ++i)
    path = folder_of(path) / fs::read_symlink(path, error);
  return path;
}

bool is_run(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(folder / config_name, ignored) || fs::exists(folder / record_name, ignored);
}

bool is_file_of_a_run(const fs::path& file) {
  const fs::path folder = folder_of(file);
  if (std::ranges::find(run_files, file.filename()) != run_files.end()) return is_run(folder);
  std::error_code ignored;
  const fs::path place = fs::canonical(folder, ignored);
  return place.filename() == checkpoints_name && is_run(place.parent_path());
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const std::string& name : names_in(folder.string())) files.push_back(folder / name);
  return files;
}

// Arrays are read with the others in their folder: labels with images, y.npy with x.npy.
bool is_array(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".npy") || name.find("-images") != std::string::npos ||
         name.find("-labels") != std::string::npos;
}

// The files that somebody who gives this as an input reads.
std::vector<fs::path> files_read(const fs::path& input) {
  std::error_code ignored;
  const bool is_folder = fs::is_directory(input, ignored);
  std::vector<fs::path> files{input};
  if (is_folder && is_run(input)) {
    for (const char* name : run_files) files.push_back(input / name);
    for (const fs::path& file : files_in(input / checkpoints_name)) files.push_back(file);
  } else if (is_folder || is_array(input)) {
    for (const fs::path& file : files_in(is_folder ? input : folder_of(input)))
      if (is_array(file)) files.push_back(file);
  }
  return files;
}

// The data that a run names; nothing if that cannot be read, which the command will say.
std::vector<std::string> data_of(const fs::path& run) {
  try {
    if (!is_run(run)) return {};
    const ConfigHead head = read_config_head((run / config_name).string());
    return {head.data, head.data_absolute};
  } catch (const DataError&) {
    return {};
  }
}

}  // namespace

void require_safe_output(const std::string& output, const std::vector<std::string>& inputs,
                         const std::string& own) {
  if (output.empty()) return;
  const fs::path target = followed(output);
  const bool is_own = !own.empty() && target.filename() == fs::path(own).filename() &&
                      is_same_file(folder_of(target), folder_of(own));
  if (!is_own && is_file_of_a_run(target))
    throw UsageError(fmt::format(
        "-o {}: this is a file of a run and would be overwritten; name another", output));
  const auto require_unread = [&](const std::string& input) {
    for (const fs::path& file : files_read(input))
      if (!(is_own && file.filename() == target.filename()) && is_same_file(target, file))
        throw UsageError(fmt::format(
            "-o {}: this file is read here and would be overwritten; name another", output));
  };
  for (const std::string& input : inputs) {
    require_unread(input);
    for (const std::string& data : data_of(input)) require_unread(data);
  }
}
