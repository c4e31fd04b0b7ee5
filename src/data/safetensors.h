// safetensors in memory; write_tensors and read_tensors add the file.
#pragma once

#include <string>
#include <string_view>

#include "chainrule/data.h"

namespace chainrule::data {

std::string format_tensors(const TensorFile& contents);
TensorFile parse_tensors(std::string_view bytes, const std::string& name);

}  // namespace chainrule::data
