// JSON as it may be shown and stored.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "base/display.h"

namespace chainrule {

// A name of a class, a column or a file may hold bytes that are no UTF-8; JSON may not. An indent
// of -1 is one line.
inline std::string json_text(const nlohmann::ordered_json& json, int indent = 2) {
  return visible_json(
      json.dump(indent, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace chainrule
