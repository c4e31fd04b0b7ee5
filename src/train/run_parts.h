// The pieces of a run: what run.cpp puts together.
#pragma once

#include <map>
#include <string>

#include "chainrule/run.h"
#include "train/network_file.h"
#include "train/run_folder.h"

namespace chainrule {

// A checksum of the values in the data (not of the files: packed or not, they give the same).
std::string fingerprint(const data::Source& source);

// The settings: what the request says, else the network file, else the defaults for such data. The
// parts that belong to the data are there already. Throws UsageError, and DataError where the
// network file does not fit the data.
void decide_settings(RunConfig& config, const TrainRequest& request,
                     const std::optional<NetworkFile>& file, const data::Prepared& data);

// Numbers that no data could make right. Throws UsageError.
void validate(const TrainRequest& request);

// What a run works with, when all is decided.
struct RunSetup {
  RunConfig config;
  data::Prepared data;
};
// Reads the data and decides. Throws UsageError and DataError; also if a fingerprint is expected
// and the data has another.
RunSetup set_up(const TrainRequest& request, const std::string& expected_fingerprint = "");

// A network file's loss or weights may not fit the data: then it is the file that is wrong.
Model make_model(const RunConfig& config, const std::string& model_file);

// Names of the files in a run folder.
inline constexpr const char *config_name = "config.toml", *metrics_name = "metrics.csv",
                            *record_name = "record.csv", *model_name = "model.safetensors",
                            *summary_name = "summary.json", *profile_name = "profile.json",
                            *sizes_name = "layers.csv";

// The request that a run's folder holds. Throws DataError: no run, or one without a record.
TrainRequest read_request(const std::string& folder, const RunOptions& options);

// What SavedRun opens. Throws DataError.
void write_model(const std::string& path, const Model& model, const data::Encoder& encoder,
                 const RunConfig& config);

// Writes what a run ends with: the model, if it has one, before the metrics and the summary, which
// is the sign that all is there. Metrics that are there already are left as they are.
void save(RunFolder& folder, const RunResult& result, const Model& model,
          const data::Encoder& encoder, bool has_metrics);

}  // namespace chainrule
