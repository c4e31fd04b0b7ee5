// A run that was saved, at work on new data.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "data/validate.h"
#include "data/words.h"
#include "nn/place.h"
#include "train/loop/calibration.h"
#include "train/loop/scores.h"
#include "train/record/run_files.h"
#include "train/run/new_data.h"
#include "train/run/what_if_note.h"
#include "train/settings/config.h"
#include "train/settings/setup.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;

// Rows that are predicted and written at once, so that their outputs take no memory to speak of; a
// multiple of a model's batch.
constexpr std::int64_t rows_at_once = 2048;

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

[[noreturn]] void refuse_misfit(const std::string& path, const std::string& why) {
  throw DataError({path}, fmt::format("does not fit together: {}; train again", why));
}

Shape row_of(const NetworkFile& network, const data::Encoder& encoder) {
  return network.input.rank() > 0 ? network.input : encoder.row();
}

// A few words can describe a network of any size; the tensors in the file are as large as they are.
// So the two are compared before memory is asked for.
void require_fit(const NetworkFile& network, const data::Encoder& encoder,
                 const std::map<std::string, Tensor>& tensors, const std::string& path) {
  std::size_t count = 0;
  const auto require = [&](const std::string& name, const Shape& shape) {
    const auto given = tensors.find(name);
    if (given == tensors.end())
      refuse_misfit(path, fmt::format("no value was given for the weights {}", name));
    if (given->second.shape != shape)
      refuse_misfit(path, fmt::format("{} has shape {}, the value given {}", name,
                                      shape.to_string(), given->second.shape.to_string()));
    ++count;
  };
  const std::int64_t width = encoder.width();
  const Shape row = row_of(network, encoder);
  if (row.size() != width)
    refuse_misfit(path, fmt::format("the network has {} inputs, and the data's encoding makes {}",
                                    row.size(), width));
  const std::vector<nn::PlacedLayer> layers = nn::placed(network.model, row.batch(1));
  for (const nn::PlacedLayer& layer : layers) {
    if (!layer.owns_parameters()) continue;
    for (const nn::LayerParameter& parameter : layer.parameters)
      require(full_name(layer, parameter), parameter.shape);
  }
  if (network.loss)
    if (const auto number = calibration_of(network.model, *network.loss); !number.empty())
      require(std::string(number), {});
  if (count != tensors.size())
    refuse_misfit(
        path, fmt::format("it holds {} tensors, and the network has {}", tensors.size(), count));
  if (prediction_shape(network.model, layers, row.batch(1)) != Shape{1, encoder.target().outputs()})
    refuse_misfit(path, "network and target differ in width");
}

constexpr std::string_view file_key = "file";  // in place of a column's name

bool is_test_part_meant(const data::Source& source) {
  return source.test && !source.test_is_beside;
}

const data::Rows& rows_meant(const data::Source& source) {
  return is_test_part_meant(source) ? *source.test : source.main;
}

data::Dataset encode(const data::Encoder& encoder, data::Source& source, bool with_targets) {
  return std::visit([&](auto& rows) { return encoder.encode(std::move(rows), with_targets); },
                    is_test_part_meant(source) ? *source.test : source.main);
}

// RFC 4180: quoted where it must be.
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

std::string header(const data::TargetEncoding& target, const SavedRun::PredictOptions& options) {
  std::string line = options.key.empty() ? "" : csv_field(options.key) + ",";
  if (target.task == data::Task::classification) {
    line += csv_field(target.name.empty() ? "class" : target.name) + ",probability";
    if (options.probabilities)
      for (const std::string& name : target.classes)
        line += "," + csv_field("probability of " + name);
  } else {
    std::string between;
    for (const std::string& name : target.output_names())
      line += std::exchange(between, ",") + csv_field(name);
  }
  return line + "\n";
}

// What a row's outputs say, as fields of CSV; "" if they are not finite.
std::string answer(const data::Encoder& encoder, std::span<const float> outputs,
                   bool probabilities) {
  if (!std::ranges::all_of(outputs, [](float y) { return std::isfinite(y); })) return "";
  const data::TargetEncoding& target = encoder.target();
  std::string text;
  if (target.task == data::Task::classification) {
    const std::size_t decided = target.decided(outputs);
    text = fmt::format("{},{:.6f}", csv_field(target.classes[decided]), outputs[decided]);
    if (probabilities)
      for (const float probability : outputs) text += fmt::format(",{:.6f}", probability);
    return text;
  }
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    const auto value = static_cast<float>(
        encoder.in_target_units(static_cast<double>(outputs[k]), static_cast<std::int64_t>(k)));
    if (!std::isfinite(value)) return "";
    text += fmt::format("{}{}", k == 0 ? "" : ",", value);
  }
  return text;
}

// The column that answers are joined by, as it was written; numbers of an input in their shortest
// form. Of pictures, which are in no order that their user gave them, their files' names.
std::vector<std::string> keys_of(const data::Source& source, std::string& key) {
  if (const auto* examples = std::get_if<data::Examples>(&rows_meant(source));
      examples != nullptr && !examples->features.names.empty()) {
    if (!key.empty() && key != file_key)
      throw UsageError(
          fmt::format("the key: pictures have no column {}; leave it out, and each "
                      "answer stands behind its file's name",
                      data::quote(key)));
    key = file_key;
    return examples->features.names;
  }
  if (key.empty()) return {};
  const auto* table = std::get_if<data::Table>(&source.main);
  if (table == nullptr) throw UsageError("the key: arrays have no columns; leave it out");
  const data::Column* column = table->find(key);
  if (column == nullptr && key != line_key)
    throw UsageError(fmt::format("the key: {} has no column {}; {}", table->file, data::quote(key),
                                 suggestion(key, table->names())));
  std::vector<std::string> keys;
  for (std::int64_t row = 0; row < table->rows; ++row)
    keys.push_back(column == nullptr ? fmt::format("{}", table->lines.of(row))
                                     : data::value_text(*column, row));
  return keys;
}

// A weight may be finite and so large that sums of its products are not.
[[noreturn]] void refuse_prediction(const data::Dataset& data, std::int64_t row,
                                    const std::string& model) {
  const FilePlace place = data.place(row);
  throw DataError(place,
                  fmt::format("the prediction for {} is infinite or not a number: the "
                              "weights in {} are too large for it; train again with a "
                              "smaller learning rate, or mend the row",
                              place.line > 0 ? "this row" : fmt::format("row {}", row + 1), model));
}

}  // namespace

SavedRun SavedRun::open(const std::string& path, int threads) try {
  SavedRun run;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  if (is_folder && !fs::exists(fs::path(path) / model_name, ignored)) {
    if (!fs::exists(fs::path(path) / config_name, ignored)) refuse_what_is_no_run(path, model_name);
    throw DataError({path}, fmt::format("holds no {} yet; if the training was cut off, go on with "
                                        "chainrule train --resume {}",
                                        model_name, path));
  }
  run.path_ = is_folder ? (fs::path(path) / model_name).string() : path;
  data::TensorFile file = read_model(run.path_);
  const NetworkFile network =
      parse_network(metadata(file, "chainrule.network", run.path_), run.path_);
  run.encoder_ =
      data::Encoder::from_json(metadata(file, "chainrule.encoder", run.path_), run.path_);
  require_finite(file.tensors, run.path_);
  try {
    require_fit(network, run.encoder_, file.tensors, run.path_);
    run.model_ = std::make_unique<Model>(network.model, network.loss.value_or(Loss{}),
                                         row_of(network, run.encoder_),
                                         ModelOptions{.seed = network.seed, .threads = threads});
    run.model_->set_weights(file.tensors);
  } catch (const UsageError& error) {
    refuse_misfit(run.path_, error.what());
  }
  const fs::path config = fs::path(run.path_).parent_path() / config_name;
  if (is_folder && fs::exists(config, ignored)) {
    const ConfigHead head = read_config_head(config.string());
    require_model_of(file, run.path_, head.header.run);
    run.fingerprint_ = head.fingerprint;
    run.note_ = what_if_note(path, read_config(config.string()).what_if);
  }
  return run;
} catch (...) {
  throw_ours();
}

SavedRun::Evaluation SavedRun::evaluate(const std::string& data_path) try {
  const StandardArithmetic arithmetic;
  data::Source source = open_for(encoder_, data_path, true);
  Evaluation evaluation;
  evaluation.is_test_part = is_test_part_meant(source);
  evaluation.is_training_data = !fingerprint_.empty() && fingerprint(source) == fingerprint_;
  const auto data = std::make_shared<const data::Dataset>(encode(encoder_, source, true));
  const data::Part part{data, data->rows_with_target()};
  if (part.rows.empty())
    throw DataError({data_path}, "no row has a target to compare with; use predict");
  evaluation.left_out = data->rows() - part.size() - data->unknown_targets();
  evaluation.notes = data->notes();
  if (!note_.empty()) evaluation.notes.push_back(note_);
  Judgement judgement = judge(*model_, part, encoder_.target());
  if (judgement.not_finite) refuse_prediction(*data, *judgement.not_finite, path_);
  evaluation.scores = std::move(judgement.scores);
  return evaluation;
} catch (...) {
  throw_ours();
}

SavedRun::Prediction SavedRun::predict(const std::string& data_path,
                                       const PredictOptions& asked) try {
  const StandardArithmetic arithmetic;
  PredictOptions options = asked;
  if (options.probabilities && encoder_.target().task != data::Task::classification)
    throw UsageError("probabilities: the model predicts a number, which has none; leave them out");
  data::Source source = open_for(encoder_, data_path, false, options.key);
  const std::vector<std::string> keys = keys_of(source, options.key);
  const data::Dataset data = encode(encoder_, source, false);
  source = {};
  Prediction prediction{header(encoder_.target(), options), data.notes()};
  if (!note_.empty()) prediction.notes.push_back(note_);
  std::vector<std::int64_t> rows;
  for (std::int64_t begin = 0; begin < data.rows(); begin += rows_at_once) {
    rows.resize(static_cast<std::size_t>(std::min(rows_at_once, data.rows() - begin)));
    std::iota(rows.begin(), rows.end(), begin);
    const Tensor outputs = model_->predict(data, rows);
    const std::size_t width = outputs.values.size() / rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string line = answer(encoder_, std::span(outputs.values).subspan(i * width, width),
                                      options.probabilities);
      if (line.empty()) refuse_prediction(data, rows[i], path_);
      if (!keys.empty()) prediction.csv += csv_field(keys[static_cast<std::size_t>(rows[i])]) + ",";
      prediction.csv += line + "\n";
    }
  }
  return prediction;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
