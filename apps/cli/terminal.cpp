#include "terminal.h"

#include <cerrno>
#include <cstdlib>

#include <unistd.h>

namespace {

int first_error = 0;

void note(bool written) {
  if (!written && first_error == 0) first_error = errno != 0 ? errno : EIO;
}

}  // namespace

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1; }

std::string styled(std::string_view text, Style style, std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool plain = (no_color != nullptr && *no_color != '\0') ||
                     (kind != nullptr && std::string_view(kind) == "dumb") || !is_terminal(stream);
  if (plain) return std::string(text);
  const char* code = style == Style::bold  ? "\x1b[1m"
                     : style == Style::red ? "\x1b[1;31m"
                                           : "\x1b[2m";
  return code + std::string(text) + "\x1b[0m";
}

void print(std::string_view text) {
  errno = 0;
  note(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void message(std::string_view text) {
  output_error();  // so that the two streams come in order where they meet
  std::fwrite(text.data(), 1, text.size(), stderr);
}

int output_error() {
  errno = 0;
  note(std::fflush(stdout) == 0 && std::ferror(stdout) == 0);
  return first_error;
}
