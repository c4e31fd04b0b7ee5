#include "train/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/hash.h"
#include "chainrule/error.h"
#include "train/table_lines.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view best_prefix = "best/", suffix = ".safetensors";
constexpr const char *step_key = "chainrule.step", *loss_sum_key = "chainrule.loss_sum",
                     *seconds_key = "chainrule.seconds", *hash_key = "chainrule.hash";

std::string hash_of(const data::TensorFile& file) {
  std::uint64_t all = 0;
  for (const auto& [key, text] : file.metadata)
    if (key != hash_key) all = hash(text, hash(key, all));
  for (const auto& [name, tensor] : file.tensors)
    all = hash(tensor.values, hash(tensor.shape.to_string(), hash(name, all)));
  return hash_text(all);
}

[[noreturn]] void refuse(const std::string& path) {
  throw DataError({path}, "is damaged, or no checkpoint; the one before it can be used");
}

template <class Number>
Number metadata(const data::TensorFile& file, const char* key, const std::string& path) {
  const auto found = file.metadata.find(key);
  const auto number =
      found == file.metadata.end() ? std::optional<Number>{} : number_in<Number>(found->second);
  if (!number) refuse(path);
  return *number;
}

// The step of "120.safetensors".
std::optional<std::int64_t> step_of(const fs::path& path) {
  const std::string name = path.filename().string();
  if (!name.ends_with(suffix)) return {};
  return number_in<std::int64_t>(std::string_view(name).substr(0, name.size() - suffix.size()));
}

}  // namespace

void write_checkpoint(const std::string& path, Checkpoint checkpoint) {
  data::TensorFile file{.tensors = std::move(checkpoint.variables),
                        .metadata = {{step_key, fmt::format("{}", checkpoint.step)},
                                     {loss_sum_key, fmt::format("{}", checkpoint.loss_sum)},
                                     {seconds_key, fmt::format("{}", checkpoint.seconds)}}};
  for (auto& [name, weights] : checkpoint.best_weights)
    file.tensors.emplace(std::string(best_prefix) + name, std::move(weights));
  file.metadata[hash_key] = hash_of(file);
  data::write_tensors(path, file);
}

Checkpoint read_checkpoint(const std::string& path) {
  data::TensorFile file = data::read_tensors(path);
  const auto recorded = file.metadata.find(hash_key);
  if (recorded == file.metadata.end() || recorded->second != hash_of(file)) refuse(path);
  Checkpoint checkpoint{.step = metadata<std::int64_t>(file, step_key, path),
                        .loss_sum = metadata<double>(file, loss_sum_key, path),
                        .seconds = metadata<double>(file, seconds_key, path)};
  for (auto& [name, tensor] : file.tensors)
    if (name.starts_with(best_prefix))
      checkpoint.best_weights.emplace(name.substr(best_prefix.size()), std::move(tensor));
    else
      checkpoint.variables.emplace(name, std::move(tensor));
  return checkpoint;
}

std::string checkpoint_name(std::int64_t step) {
  return fmt::format("{}/{}{}", checkpoints_name, step, suffix);
}

std::vector<std::int64_t> checkpoint_steps(const std::string& folder) {
  std::vector<std::int64_t> steps;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / checkpoints_name, ignored))
    if (const auto step = step_of(entry.path())) steps.push_back(*step);
  std::ranges::sort(steps);
  return steps;
}

void remove_checkpoints_after(const std::string& folder, std::int64_t step) {
  std::error_code ignored;
  std::vector<fs::path> gone;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / checkpoints_name, ignored)) {
    const auto at = step_of(entry.path());
    const std::string name = entry.path().filename().string();
    const bool is_left_over = !at && name.find(std::string(suffix) + ".") != std::string::npos;
    if (is_left_over || (at && *at > step)) gone.push_back(entry.path());
  }
  for (const fs::path& path : gone) fs::remove(path, ignored);
}

VariableList variable_list(const Session& session) {
  VariableList list;
  for (const std::string& name : session.variables()) list.emplace_back(name, session.values(name));
  return list;
}

std::string state_hash(const VariableList& variables) {
  std::uint64_t all = 0;
  for (const auto& [name, values] : variables) all = hash(values, hash(name, all));
  return hash_text(all);
}

std::string to_text(const RecordLine& line) {
  return fmt::format("{},{},{}\n", line.step, line.epoch, line.hash);
}

std::vector<RecordLine> read_record(std::string_view text) {
  std::vector<RecordLine> lines;
  if (!text.starts_with(record_header)) return lines;
  for (const auto& fields : table_lines(text)) {
    if (fields.size() != 3) break;
    const auto step = number_in<std::int64_t>(fields[0]),
               epoch = number_in<std::int64_t>(fields[1]);
    if (!step || !epoch || (!lines.empty() && *step <= lines.back().step)) break;
    lines.push_back({*step, *epoch, std::string(fields[2])});
  }
  return lines;
}

}  // namespace chainrule
