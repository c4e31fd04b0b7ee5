// How the reader calls this program, for commands to copy.
#pragma once

#include <string>
#include <string_view>

// Of main's argv[0]: as it stands if the shell found it in a folder of PATH, and so its plain name;
// the plain name, too, of a path to the very file that the shell would find by it; else the path,
// for a shell.
std::string name_to_call(const std::string& called, std::string_view path_variable);

// What main says of itself, for all that is printed later.
void set_program_name(const std::string& called);
const std::string& program_name();
