// A row of a run's data, as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "chainrule/influence.h"

namespace chainrule {

nlohmann::ordered_json json_of(const RunRow& row);

}  // namespace chainrule
