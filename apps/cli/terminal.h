// Standard output and standard error.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

// Whether somebody watches the stream.
bool is_terminal(std::FILE* stream);

// The text in bold, red or grey, on a terminal without NO_COLOR (https://no-color.org); else as it
// is.
enum class Style { bold, red, grey };
std::string styled(std::string_view text, Style style, std::FILE* stream);

// Results go to standard output, messages to standard error. What cannot be written is noted, and
// output_error() says so at the end: a closed pipe must not end a training.
void print(std::string_view text);
void message(std::string_view text);

// Flushes standard output; 0, or errno of the first write that failed.
int output_error();
