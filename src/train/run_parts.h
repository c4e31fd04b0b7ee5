// The pieces of a run: what run.cpp puts together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chainrule/run.h"
#include "train/network_file.h"
#include "train/run_folder.h"
#include "train/run_header.h"
#include "train/run_table.h"

namespace chainrule {

struct ConfigHead;

// A checksum of the values in the data (not of the files: packed or not, they give the same).
std::string fingerprint(const data::Source& source);

// The settings: what the request says, else the network file, else the defaults for such data. The
// parts that belong to the data are there already. Throws UsageError, and DataError where the
// network file does not fit the data.
void decide_settings(RunConfig& config, const TrainRequest& request,
                     const std::optional<NetworkFile>& file, const data::Prepared& data);

// Numbers that no data could make right. Throws UsageError.
void validate(const TrainRequest& request);

// Where the data is: what comes from standard input is kept in the folder, to be replayed.
std::string kept_data(const std::string& data, RunFolder& folder);

// Reads what the request names.
data::Source open_data(const TrainRequest& request);

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
                            *input_name = "data.csv", *sizes_name = "layers.csv",
                            *report_name = "report.html";

// Throws DataError, with what somebody who names this may have meant instead.
[[noreturn]] void refuse_what_is_no_run(const std::string& path, const char* lacks = config_name);

// Throws DataError: no run, or one without a record.
void require_run(const std::string& folder);

// The request that a run's folder holds, whose configuration begins so. Throws DataError if the
// data is not there.
TrainRequest read_request(const std::string& folder, const ConfigHead& head,
                          const RunOptions& options);

// What SavedRun opens; returns its seal. Throws DataError.
std::string write_model(const std::string& path, const Model& model, const data::Encoder& encoder,
                        const RunConfig& config);

// What a run's summary says of its end: the sign that all is there, and a promise of what.
struct RunEnd {
  std::string stopped{};
  std::int64_t steps = 0, epochs = 0;
  std::map<std::string, std::string> files{};  // by name: a table's last check, a model's seal
  std::vector<std::int64_t> checkpoints{};     // their steps
};
std::string summary_json(const RunResult& result, const RunEnd& end);
void write_summary(const std::string& path, const RunResult& result, const RunEnd& end);
// Nothing if there is none. Throws DataError: damaged, or of another run.
std::optional<RunEnd> read_summary(const std::string& folder, const std::string& run);

// The trace of a profile, with the run's id and a seal.
std::string sealed_trace(const Profile& profile, const std::string& run);

// Throws DataError if the table is not the one that the run ended with.
void require_promised(const std::optional<RunEnd>& end, const std::string& name,
                      const TablePlaces& places, const std::string& folder);

// A model file's tensors and metadata, if it is as it was saved. Throws DataError.
data::TensorFile read_model(const std::string& path);
// Throws DataError if the model is of another run.
void require_model_of(const data::TensorFile& model, const std::string& path,
                      const std::string& run);

// Whether the run has left a model. Throws DataError if it did, and it is gone.
bool has_model(const Run& run);

// The epochs that a run's folder has recorded. Throws DataError if they are not whole.
std::vector<Progress> read_epochs(const Run& run);
std::vector<LayerSize> read_sizes(const Run& run);  // the same; none where there is no such file

}  // namespace chainrule
