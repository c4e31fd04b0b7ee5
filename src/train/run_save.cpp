// A run as files.
#include <cmath>

#include <fmt/format.h>

#include "base/file.h"
#include "train/config.h"
#include "train/run_parts.h"

namespace chainrule {
namespace {

// An empty field where there is no number.
std::string field(double number) { return std::isfinite(number) ? fmt::format("{}", number) : ""; }

std::string metrics_csv(const RunResult& result) {
  const bool classes = result.target.task == data::Task::classification;
  std::string text = fmt::format("epoch,learning_rate,train_loss,validation_loss,{},seconds\n",
                                 classes ? "validation_accuracy,validation_macro_f1"
                                         : "validation_rmse,validation_mae,validation_r2");
  const std::string none = classes ? ",," : ",,,";
  for (const Progress& epoch : result.history.epochs) {
    text +=
        fmt::format("{},{},{},", epoch.epoch, field(epoch.learning_rate), field(epoch.train_loss));
    if (!epoch.validation)
      text += none;
    else if (classes)
      text += fmt::format("{},{},{}", field(epoch.validation->loss),
                          field(epoch.validation->accuracy), field(epoch.validation->macro_f1));
    else
      text +=
          fmt::format("{},{},{},{}", field(epoch.validation->loss), field(epoch.validation->rmse),
                      field(epoch.validation->mae), field(epoch.validation->r2));
    text += fmt::format(",{:.3f}\n", epoch.seconds);
  }
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

void save(RunFolder& folder, const RunResult& result, const Model& model,
          const data::Encoder& encoder) {
  data::write_tensors(folder.file(model_name),
                      {.tensors = model.weights(),
                       .metadata = {{"chainrule.encoder", encoder.to_json()},
                                    {"chainrule.network", network_toml(result.config)}}});
  write_file(folder.file(config_name), to_toml(result.config));
  write_file(folder.file(metrics_name), metrics_csv(result));
  write_file(folder.file(summary_name), to_json(result) + "\n");
  if (result.profile) write_file(folder.file(profile_name), to_trace(*result.profile));
}

}  // namespace chainrule
