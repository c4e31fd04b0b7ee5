// JSON out of files that may be damaged or hostile.
#pragma once

#include <cstdint>
#include <string_view>

#include <nlohmann/json.hpp>

namespace chainrule::data {

// No key may stand twice in an object: readers differ in which of the two they take. Throws
// std::exception for that, for a depth beyond `most_depth` (0 is the outermost value), and for more
// than `most_values`: each takes memory, however short its text.
nlohmann::json parse_strict_json(std::string_view text, int most_depth, std::int64_t most_values);

}  // namespace chainrule::data
