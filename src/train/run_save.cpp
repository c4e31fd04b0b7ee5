// A run as files.
#include "base/file.h"
#include "train/layer_sizes.h"
#include "train/metrics.h"
#include "train/run_parts.h"

namespace chainrule {
namespace {

std::string metrics_csv(const RunResult& result) {
  std::string text = metrics_header(result.target.task);
  for (const Progress& epoch : result.history.epochs)
    text += metrics_line(result.target.task, epoch);
  return text;
}

// The network as it is now: its weights are the file's tensors, so those given at first are left
// out here.
std::string network_toml(const RunConfig& config) {
  NetworkFile file;
  file.input = config.inputs;
  file.seed = config.seed;
  file.loss = config.loss;
  file.model = config.network;
  for (nn::Layer& layer : file.model.layers)
    if (auto* dense = std::get_if<nn::Dense>(&layer)) {
      dense->weight.reset();
      dense->bias_values.reset();
    }
  return to_toml(file);
}

}  // namespace

void write_model(const std::string& path, const Model& model, const data::Encoder& encoder,
                 const RunConfig& config) {
  data::write_tensors(path, {.tensors = model.weights(),
                             .metadata = {{"chainrule.encoder", encoder.to_json()},
                                          {"chainrule.network", network_toml(config)}}});
}

void save(RunFolder& folder, const RunResult& result, const Model& model,
          const data::Encoder& encoder, bool has_metrics) {
  if (result.has_model) write_model(folder.file(model_name), model, encoder, result.config);
  if (!has_metrics) write_file(folder.file(metrics_name), metrics_csv(result));
  write_file(folder.file(summary_name), to_json(result) + "\n");
  write_file(folder.file(sizes_name), layer_sizes_csv(result.sizes));
  if (result.profile) write_file(folder.file(profile_name), to_trace(*result.profile));
}

}  // namespace chainrule
