// The files of a run: written at its end, and read back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chainrule/run.h"
#include "train/record/run_folder.h"
#include "train/record/run_table.h"
#include "train/settings/config.h"

namespace chainrule {

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
