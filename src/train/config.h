// config.toml: everything that was decided for a run.
#pragma once

#include <string>

#include "chainrule/run.h"

namespace chainrule {

// The network and what belongs to it come after the data and the training, as in a network file;
// so --model reads a config.toml as well. read_config, in chainrule/run.h, is the way back.
std::string to_toml(const RunConfig& config);

std::string_view name_of(data::Scaling scaling);
std::string_view name_of(data::Task task);
data::Scaling scaling_named(
    std::string_view name);  // these throw UsageError, with the nearest name
data::Task task_named(std::string_view name);

// What a run's config.toml says of the data it was trained on.
struct ConfigData {
  std::string path, fingerprint;
};
ConfigData read_config_data(const std::string& path);

// The tables of config.toml that are not the network's.
inline constexpr std::string_view config_tables[] = {"data", "training", "schedule"};

}  // namespace chainrule
