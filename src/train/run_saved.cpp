// A run that was saved, at work on new data.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "train/config.h"
#include "train/run_parts.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

const std::string& metadata(const data::TensorFile& file, const std::string& key,
                            const std::string& path) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end())
    throw DataError({path}, fmt::format("has no {} in its metadata, so it was not saved by "
                                        "chainrule train; give a run folder",
                                        key));
  return found->second;
}

void require_finite(const std::map<std::string, Tensor>& weights, const std::string& path) {
  for (const auto& [name, weight] : weights)
    if (!std::ranges::all_of(weight.values, [](float w) { return std::isfinite(w); }))
      throw DataError({path}, fmt::format("\"{}\" holds NaN or infinity; train again", name));
}

// The data with the model's categories read as text. A column that is not there is left to the
// encoder, which knows what it is needed for.
data::Source open_for(const data::Encoder& encoder, const std::string& path) {
  data::CsvOptions options;
  for (const data::ColumnEncoding& column : encoder.columns())
    if (column.kind == data::ColumnKind::categorical) options.categorical.push_back(column.name);
  try {
    return data::open(path, options);
  } catch (const UsageError&) {
    return data::open(path);
  }
}

data::Dataset encode(const data::Encoder& encoder, data::Source& source, bool with_targets) {
  if (source.test) return encoder.encode(*std::move(source.test), with_targets);
  return std::visit([&](auto& main) { return encoder.encode(std::move(main), with_targets); },
                    source.main);
}

// RFC 4180: quoted where it must be.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string header(const data::TargetEncoding& target) {
  const bool classes = target.task == data::Task::classification;
  if (classes) return csv_field(target.name.empty() ? "class" : target.name) + ",probability\n";
  if (target.outputs() == 1) return csv_field(target.name.empty() ? "value" : target.name) + "\n";
  std::string line;
  for (std::int64_t k = 1; k <= target.outputs(); ++k)
    line += fmt::format("{}value{}", k == 1 ? "" : ",", k);
  return line + "\n";
}

}  // namespace

SavedRun SavedRun::open(const std::string& path, int threads) try {
  SavedRun run;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  if (is_folder && !fs::exists(fs::path(path) / model_name, ignored))
    throw DataError({path},
                    fs::exists(fs::path(path) / config_name, ignored)
                        ? fmt::format("holds no {} yet; if the training was cut off, go on with "
                                      "chainrule train --resume {}",
                                      model_name, path)
                        : fmt::format("holds no {}, so it is no run; give a folder that chainrule "
                                      "train made",
                                      model_name));
  run.path_ = is_folder ? (fs::path(path) / model_name).string() : path;
  data::TensorFile file = read_model(run.path_);
  const NetworkFile network =
      parse_network(metadata(file, "chainrule.network", run.path_), run.path_);
  run.encoder_ =
      data::Encoder::from_json(metadata(file, "chainrule.encoder", run.path_), run.path_);
  require_finite(file.tensors, run.path_);
  try {
    run.model_ =
        std::make_unique<Model>(network.model, network.loss.value_or(Loss{}), run.encoder_.width(),
                                ModelOptions{.seed = network.seed, .threads = threads});
    run.model_->set_weights(file.tensors);
  } catch (const UsageError& error) {
    throw DataError({run.path_},
                    fmt::format("does not fit together: {}; train again", error.what()));
  }
  if (run.model_->outputs() != run.encoder_.target().outputs())
    throw DataError({run.path_},
                    "does not fit together: network and target differ in width; "
                    "train again");
  const fs::path config = fs::path(run.path_).parent_path() / config_name;
  if (is_folder && fs::exists(config, ignored)) {
    const ConfigHead head = read_config_head(config.string());
    require_model_of(path, head.header);
    run.fingerprint_ = head.fingerprint;
  }
  return run;
} catch (...) {
  throw_ours();
}

SavedRun::Evaluation SavedRun::evaluate(const std::string& data_path) try {
  data::Source source = open_for(encoder_, data_path);
  Evaluation evaluation;
  evaluation.is_test_part = source.test.has_value();
  evaluation.is_training_data = !fingerprint_.empty() && fingerprint(source) == fingerprint_;
  const auto data = std::make_shared<const data::Dataset>(encode(encoder_, source, true));
  const data::Part part{data, data->rows_with_target()};
  if (part.rows.empty())
    throw DataError({data_path}, "no row has a target to compare with; use predict");
  evaluation.scores = chainrule::evaluate(*model_, part, encoder_.target());
  return evaluation;
} catch (...) {
  throw_ours();
}

std::string SavedRun::predict(const std::string& data_path) try {
  data::Source source = open_for(encoder_, data_path);
  const data::Dataset data = encode(encoder_, source, false);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(data.rows()));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
  const Tensor outputs = model_->predict(data, rows);
  const data::TargetEncoding& target = encoder_.target();
  const auto width = static_cast<std::size_t>(target.outputs());

  std::string text = header(target);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto values = std::span(outputs.values).subspan(row * width, width);
    if (target.task == data::Task::classification) {
      const auto best = std::ranges::max_element(values);
      text += fmt::format(
          "{},{:.6f}\n", csv_field(target.classes[static_cast<std::size_t>(best - values.begin())]),
          *best);
      continue;
    }
    for (std::size_t k = 0; k < width; ++k)
      text += fmt::format("{}{}", k == 0 ? "" : ",",
                          static_cast<float>(encoder_.in_target_units(
                              static_cast<double>(values[k]), static_cast<std::int64_t>(k))));
    text += "\n";
  }
  return text;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
