// CSV from memory; read_csv is this after read_file.
#pragma once

#include <string>

#include "chainrule/data.h"

namespace chainrule::data {

// `name` is the file's name in messages and in the table.
Table parse_csv(std::string_view text, const std::string& name, const CsvOptions& options = {});

}  // namespace chainrule::data
