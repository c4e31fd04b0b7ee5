#include "train/record/checkpoint.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "base/file.h"
#include "chainrule/error.h"
#include "train/record/sealed_tensors.h"

namespace chainrule {
namespace {

constexpr std::string_view best_prefix = "best/", suffix = ".safetensors";
constexpr const char *step_key = "chainrule.step", *loss_sum_key = "chainrule.loss_sum",
                     *seconds_key = "chainrule.seconds";

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
std::optional<std::int64_t> step_of(const std::string& name) {
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
  add_header(file, checkpoint.header);
  seal(file);
  data::write_tensors(path, file);
}

Checkpoint read_checkpoint(const std::string& path) {
  data::TensorFile file = data::read_tensors(path);
  if (!is_whole(file)) refuse(path);
  Checkpoint checkpoint{.header = header_in(file, path),
                        .step = metadata<std::int64_t>(file, step_key, path),
                        .loss_sum = metadata<double>(file, loss_sum_key, path),
                        .seconds = metadata<double>(file, seconds_key, path)};
  require_known(checkpoint.header, path);
  for (auto& [name, tensor] : file.tensors)
    if (name.starts_with(best_prefix))
      checkpoint.best_weights.emplace(name.substr(best_prefix.size()), std::move(tensor));
    else
      checkpoint.variables.emplace(name, std::move(tensor));
  return checkpoint;
}

Checkpoint read_checkpoint_of(const std::string& folder, std::int64_t step, const std::string& run,
                              const std::vector<RecordLine>& record) {
  const std::string path = folder + "/" + checkpoint_name(step);
  Checkpoint checkpoint = read_checkpoint(path);
  const auto require = [&](bool holds, const std::string& otherwise) {
    if (!holds) throw DataError({path}, otherwise + "; the one before it can be used");
  };
  require(checkpoint.header.format == 0 || run.empty() || checkpoint.header.run == run,
          fmt::format("is of another run, {}", checkpoint.header.run));
  require(checkpoint.step == step, fmt::format("is of step {}", checkpoint.step));
  const auto line = std::ranges::find(record, step, &RecordLine::step);
  require(line != record.end(), "is of a step that the record does not have");
  require(line->hash == state_hash(variable_list(checkpoint.variables)),
          "holds another state than the record has for its step");
  return checkpoint;
}

std::string checkpoint_name(std::int64_t step) {
  return fmt::format("{}/{}{}", checkpoints_name, step, suffix);
}

std::vector<std::int64_t> checkpoint_steps(const std::string& folder) {
  std::vector<std::int64_t> steps;
  for (const std::string& name : names_in(folder + "/" + checkpoints_name))
    if (const auto step = step_of(name)) steps.push_back(*step);
  std::ranges::sort(steps);
  return steps;
}

void remove_checkpoints_after(const std::string& folder, std::int64_t step) {
  const std::filesystem::path checkpoints = std::filesystem::path(folder) / checkpoints_name;
  for (const std::string& name : names_in(checkpoints.string())) {
    const auto at = step_of(name);
    const std::string of = name.substr(0, name.rfind('.'));
    if (at ? *at > step : step_of(of) && is_left_over(name, of))
      remove_file((checkpoints / name).string());
  }
}

}  // namespace chainrule
