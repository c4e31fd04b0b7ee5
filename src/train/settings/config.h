// config.toml: everything that was decided for a run.
#pragma once

#include <string>

#include "chainrule/run.h"
#include "train/network/network_file.h"
#include "train/settings/run_header.h"

namespace chainrule {

// The network and what belongs to it come after the data and the training, as in a network file;
// so --model reads a config.toml as well. read_config, in chainrule/run.h, is the way back.
// With the run's header, and sealed. `layout` is the one that the run began with.
std::string to_toml(const RunConfig& config, int layout = newest_layout);
std::string settings_toml(const RunConfig& config);  // without these
TrainRequest parse_config(std::string_view text, const std::string& path);

// Takes what a network's file says in [training], [schedule] and [augmentation], as far as the
// request does not.
// Throws DataError.
void take_training(TrainRequest& request, const std::string& model_file);
// Whether the file is about a run of its own, with data that --model does not take from it.
bool names_data(const std::string& model_file);

std::string_view name_of(data::Scaling scaling);
std::string_view name_of(data::Task task);
data::TargetScale target_scale_named(std::string_view name);
data::Scaling scaling_named(
    std::string_view name);  // these throw UsageError, with the nearest name
data::Task task_named(std::string_view name);
// "comma", "tab", .., or the character itself; "point" or "comma"; "yes" or "no".
char delimiter_named(std::string_view name);
char decimal_named(std::string_view name);
data::Header header_named(std::string_view name);
// "64", or "64x48": width and height.
data::PictureOptions picture_size_named(std::string_view name);
Schedule::Shape schedule_named(std::string_view name);
std::string_view name_of(Schedule::Shape shape);

// What a run's config.toml says of the run, and of the data it was trained on.
struct ConfigHead {
  RunHeader header{};
  std::string data{}, data_absolute{}, fingerprint{};
};
// Throws DataError: no TOML, of a format that is not known, or not as the run wrote it.
ConfigHead read_config_head(const std::string& path);

// Whether the file is as a run wrote it. One of format 0 carries no hash, and may be.
bool is_as_written(const std::string& path);

// A network's file, or a config.toml. Throws DataError as read_network_file does, and if it does
// not say what the network's input is.
NetworkFile read_network_with_input(const std::string& path);

// The tables of config.toml that are not the network's.
inline constexpr std::string_view config_tables[] = {"run",      "data",         "training",
                                                     "schedule", "augmentation", "what_if"};

}  // namespace chainrule
