// From what a request asks for to what a run works with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chainrule/run.h"
#include "train/network/network_file.h"

namespace chainrule {

// A checksum of the values in the data (not of the files: packed or not, they give the same).
std::string fingerprint(const data::Source& source);

// The settings: what the request says, else the network file, else the defaults for such data. The
// parts that belong to the data are there already. Throws UsageError, and DataError where the
// network file does not fit the data.
// Where members see rows of their own, the data says so afterwards.
void decide_settings(RunConfig& config, const TrainRequest& request,
                     const std::optional<NetworkFile>& file, data::Prepared& data);

// Numbers that no data could make right. Throws UsageError.
void validate(const TrainRequest& request);

// Whether nothing is said of the network, so that all of it is chosen.
bool is_for_defaults(const TrainRequest& request);

// In place of a number: what is best on the validation rows.
inline constexpr std::string_view automatic_threshold = "auto";
std::optional<double> threshold_in(const RunConfig& config);  // where it is a number

// As many as asked for, or one per processor; of ranks on one machine each has its part.
int threads_of(const std::optional<int>& asked, const Communicator* ranks = nullptr);

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

// The model with its first weights, which are the same whenever they are made. A network file's
// loss or weights may not fit the data: then it is the file that is wrong.
Model make_model(const RunSetup& setup, const std::string& model_file);

}  // namespace chainrule
