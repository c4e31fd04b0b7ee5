// The pieces of a run: what run.cpp puts together.
#pragma once

#include <map>
#include <string>

#include "chainrule/train.h"
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

// A network file's loss or weights may not fit the data: then it is the file that is wrong.
Model make_model(const RunConfig& config, const std::string& model_file);

// Names of the files in a run folder.
inline constexpr const char *config_name = "config.toml", *metrics_name = "metrics.csv",
                            *model_name = "model.safetensors", *summary_name = "summary.json",
                            *profile_name = "profile.json";

// Writes all files, the model first.
void save(RunFolder& folder, const RunResult& result, const Model& model,
          const data::Encoder& encoder);

}  // namespace chainrule
