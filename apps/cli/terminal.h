// Standard output and standard error.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

// Whether somebody watches the stream.
bool is_terminal(std::FILE* stream);

// The text in bold, red or grey, on a terminal without NO_COLOR (https://no-color.org); else as it
// is. Nothing else that is printed can steer the terminal.
enum class Style { bold, red, grey };
std::string styled(std::string_view text, Style style, std::FILE* stream);

// Results go to standard output, messages to standard error. Names from data may be in both: what
// of them would steer a terminal is shown as symbols (visible_lines of base/display.h). What cannot
// be written is noted, and output_error() says so at the end: a closed pipe must not end a
// training.
void print(std::string_view text);
void message(std::string_view text);

// A line on standard error that takes the place of the one before it; it does not end.
void rewrite_line(std::string_view text);

// For other programs to read, and so exactly as it is; on a terminal as print() does.
void print_data(std::string_view text);

// Flushes standard output; 0, or errno of the first write that failed.
int output_error();
