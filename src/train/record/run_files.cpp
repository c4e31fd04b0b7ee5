// A run as files, and back.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/hash.h"
#include "base/sealed.h"
#include "chainrule/error.h"
#include "nn/layer.h"
#include "train/record/layer_sizes.h"
#include "train/record/metrics.h"
#include "train/record/run_files.h"
#include "train/record/sealed_tensors.h"
#include "train/settings/config.h"
#include "train/settings/setup.h"

namespace chainrule {
namespace {

// The network as it is now: its weights are the file's tensors, so those given at first are left
// out here.
std::string network_toml(const RunConfig& config) {
  NetworkFile file;
  file.input = config.row;
  file.seed = config.seed;
  file.loss = config.loss;
  file.model = config.network;
  for (nn::Layer& layer : file.model.layers) layer = nn::without_given_values(layer);
  return to_toml(file);
}

}  // namespace

// Only what decides the run: equal runs have equal model files, whoever made them where.
std::string write_model(const std::string& path, const Model& model, const data::Encoder& encoder,
                        const RunConfig& config) {
  data::TensorFile file{.tensors = model.weights(),
                        .metadata = {{"chainrule.encoder", encoder.to_json()},
                                     {"chainrule.network", network_toml(config)}}};
  add_header(file, {.format = newest_format,
                    .version = {},
                    .run = config.id.empty() ? run_id(config) : config.id,
                    .instruction_set = {},
                    .layout = newest_layout});
  seal(file);
  data::write_tensors(path, file);
  return seal_in(file);
}

data::TensorFile read_model(const std::string& path) {
  data::TensorFile file = data::read_tensors(path);
  const RunHeader header = header_in(file, path);
  require_known(header, path);
  // A file of format 0 has neither header nor hash; one that has lost a part of them is damaged.
  const bool is_old = header == RunHeader{} && file.metadata.size() == 2;
  if (!is_old && !is_whole(file))
    refuse_damaged({path}, "is damaged, or was changed since it was saved");
  return file;
}

void require_model_of(const data::TensorFile& model, const std::string& path,
                      const std::string& run) {
  const std::string its_own = header_in(model, path).run;
  if (its_own != run)
    throw DataError({path}, fmt::format("is the model of another run, {}; this folder's is {}",
                                        its_own.empty() ? "one of format 0" : its_own,
                                        run.empty() ? "one of format 0" : run));
}

std::string sealed_trace(const Profile& profile, const std::string& run) {
  const std::string trace = to_trace(profile);
  return sealed(fmt::format("{},\n\"run\": \"{}\"", opened_json(trace), run), json_seal);
}

std::optional<RunEnd> read_summary(const std::string& folder, const std::string& run) {
  const bool is_sealed = !run.empty();  // from format 1 on
  const std::string path = folder + "/" + summary_name;
  if (!is_there(path)) return {};
  const std::string text = read_file(path);
  const auto summary = nlohmann::json::parse(text, nullptr, false);
  try {
    if (is_sealed && (!is_whole(text, json_seal) || summary.at("id") != run))
      refuse_damaged({path}, "is damaged, or of another run");
    RunEnd end{.stopped = summary.at("stopped"),
               .steps = summary.at("steps"),
               .epochs = summary.at("epochs")};
    if (is_sealed) {
      summary.at("files").get_to(end.files);
      summary.at("checkpoints").get_to(end.checkpoints);
    }
    return end;
  } catch (const nlohmann::json::exception&) {
    refuse_damaged({path}, "is damaged: it does not say how the run ended");
  }
}

void require_promised(const std::optional<RunEnd>& end, const std::string& name,
                      const TablePlaces& places, const std::string& folder) {
  if (!end || !end->files.contains(name)) return;
  const std::string last = places.lines.empty() ? "" : hash_text(places.lines.back().check);
  if (last != end->files.at(name))
    refuse_damaged({folder + "/" + name}, "lacks lines that the run ended with");
  if (places.has_more) refuse_damaged({folder + "/" + name}, "has more than the run ended with");
}

namespace {

// A table of the run's folder, whole and as the run's end promises; that is read first, since it is
// written last.
template <class Read>
auto lines_of(const Run& run, const char* name, Read read) {
  const std::string path = run.folder() + "/" + name;
  const std::optional<RunEnd> end = read_summary(run.folder(), run.config().id);
  auto table = read(read_file_if_there(path), run.config().id);
  require_whole(table.places, path);
  require_promised(end, name, table.places, run.folder());
  return std::move(table.lines);
}

}  // namespace

bool has_model(const Run& run) {
  const std::string path = run.folder() + "/" + model_name;
  if (is_there(path)) return true;
  const std::optional<RunEnd> end = read_summary(run.folder(), run.config().id);
  if (end && end->files.contains(model_name))
    refuse_damaged({path}, "there is no such file, and the run ended with one");
  return false;
}

std::vector<Progress> read_epochs(const Run& run) {
  return lines_of(run, metrics_name, [&](const std::string& text, const std::string& id) {
    return read_metrics(text, id, run.data().target.task, run.data().validation.size(),
                        run.config().fit.metric);
  });
}

std::vector<LayerSize> read_sizes(const Run& run) {
  return lines_of(run, sizes_name, read_layer_sizes);
}

namespace {

// Where the data is: as it was named, or else where that was.
std::string place_of_data(const ConfigHead& head, const std::string& config) {
  if (is_there(head.data)) return head.data;
  if (!head.data_absolute.empty() && is_there(head.data_absolute)) return head.data_absolute;
  throw DataError({head.data_absolute.empty() ? head.data : head.data_absolute},
                  fmt::format("the data that {} names is not there; if it was moved, say where it "
                              "is with --data PATH",
                              config));
}

}  // namespace

TrainRequest read_request(const std::string& folder, const ConfigHead& head,
                          const RunOptions& options) {
  const std::string config = folder + "/" + config_name;
  TrainRequest request = read_config(config);
  request.data = options.data.empty() ? place_of_data(head, config) : options.data;
  request.ranks = options.ranks;
  request.threads =
      threads_of(options.threads, options.ranks);  // not those that the run was made with
  return request;
}

}  // namespace chainrule
