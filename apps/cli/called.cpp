#include "called.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/display.h"
#include "base/fields.h"

namespace {

namespace fs = std::filesystem;

std::string name_of_program = "chainrule";

// The file that a shell would run.
fs::path found_in(std::string_view path_variable, const fs::path& name) {
  std::error_code ignored;
  for (const std::string_view folder : chainrule::fields_of(path_variable, ':')) {
    fs::path file = fs::path(folder.empty() ? "." : folder) / name;
    if (fs::is_regular_file(file, ignored)) return file;
  }
  return {};
}

}  // namespace

std::string name_to_call(const std::string& called, std::string_view path_variable) {
  if (called.empty()) return "chainrule";
  const fs::path path(called);
  if (!path.has_parent_path()) return chainrule::shell_word(called);
  std::error_code ignored;
  const fs::path found = found_in(path_variable, path.filename());
  const bool is_it = !found.empty() && fs::equivalent(found, path, ignored);
  return chainrule::shell_word(is_it ? path.filename().string() : called);
}

void set_program_name(const std::string& called) {
  const char* folders = std::getenv("PATH");
  name_of_program = name_to_call(called, folders == nullptr ? "" : folders);
}

const std::string& program_name() { return name_of_program; }
