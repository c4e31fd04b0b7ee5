#include "terminal.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <unistd.h>

#include "base/display.h"
#include "launched.h"

namespace {

constexpr std::string_view bold = "\x1b[1m", red = "\x1b[1;31m", grey = "\x1b[2m",
                           plain = "\x1b[0m";

int first_error = 0;

void note(bool written) {
  if (!written && first_error == 0) first_error = errno != 0 ? errno : EIO;
}

void write_out(std::string_view text) {
  errno = 0;
  note(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

// The style that the text begins with, as styled() wrote it; empty if none.
std::string_view style_at(std::string_view text) {
  for (const std::string_view code : {bold, red, grey, plain})
    if (text.starts_with(code)) return code;
  return {};
}

// Symbols for all that steers, but for our own styles.
std::string harmless(std::string_view text, std::FILE* stream) {
  if (!is_terminal(stream)) return chainrule::visible_lines(text);
  std::string result;
  while (!text.empty()) {
    const std::string_view code = style_at(text);
    result += code;
    text.remove_prefix(code.size());
    const std::size_t next = std::min(text.find('\x1b', code.empty() ? 1 : 0), text.size());
    result += chainrule::visible_lines(text.substr(0, next));
    text.remove_prefix(next);
  }
  return result;
}

}  // namespace

// mpirun gives its processes a terminal of its own, whatever reads what they print.
bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) == 1 && !is_rank(); }

std::string styled(std::string_view text, Style style, std::FILE* stream) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* kind = std::getenv("TERM");
  const bool has_no_styles = (no_color != nullptr && *no_color != '\0') ||
                             (kind != nullptr && std::string_view(kind) == "dumb") ||
                             !is_terminal(stream);
  if (has_no_styles) return std::string(text);
  const std::string_view code = style == Style::bold ? bold : style == Style::red ? red : grey;
  return std::string(code) + std::string(text) + std::string(plain);
}

void print(std::string_view text) { write_out(harmless(text, stdout)); }

void print_data(std::string_view text) {
  if (is_terminal(stdout))
    print(text);
  else
    write_out(text);
}

void message(std::string_view text) {
  output_error();  // so that the two streams come in order where they meet
  const std::string shown = harmless(text, stderr);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

void rewrite_line(std::string_view text) {
  output_error();
  const std::string shown = "\r" + chainrule::visible(text);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

int output_error() {
  errno = 0;
  note(std::fflush(stdout) == 0 && std::ferror(stdout) == 0);
  return first_error;
}
