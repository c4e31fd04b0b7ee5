#include "train/network/toml_scan.h"

#include <algorithm>

#include <fmt/format.h>

namespace chainrule {
namespace {

bool begins_key(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '"' || c == '\'';
}

bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20 && c != '\t' && c != '\n' && c != '\r') || code == 0x7F;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<TomlFault> scan() {
    if (text_.starts_with("\xEF\xBB\xBF")) begin_ = at_ = 3;  // a byte order mark
    while (at_ < text_.size() && what_.empty()) step();
    if (what_.empty()) return std::nullopt;
    const std::string_view before = text_.substr(0, at_);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto is_first_byte = [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    };
    return TomlFault{std::ranges::count(before, '\n') + 1,
                     std::ranges::count_if(before.substr(line_start), is_first_byte) + 1, what_};
  }

 private:
  // One string, comment or other character.
  void step() {
    const char c = text_[at_];
    if (c == '"' || c == '\'') return can_begin_string() ? string(c) : refuse_quote();
    if (c == '#') return skip_to_line_end();
    if (c == '.') return dot();
    if (static_cast<unsigned char>(c) >= 0x80)
      what_ = "outside of quotes and comments stands a character that is not ASCII; quote the text";
    if (is_control(c)) what_ = "a control character stands where no text can hold one";
    if (c == '[' || c == '{') open(c);
    if (c == ']' || c == '}') close(c);
    if (c == '\n' || c == '=' || c == ',') dots_ = 0;
    if (c == '=') in_value_ = true;
    if ((c == '\n' && open_.empty()) || (c == ',' && open_.ends_with('{'))) in_value_ = false;
    starts_line_ = c == '\n' || (starts_line_ && (c == ' ' || c == '\t' || c == '\r'));
    if (what_.empty()) ++at_;
  }

  // After a value there is none: what follows would be text here and not for the parser.
  bool can_begin_string() const {
    std::size_t before = at_;
    while (before > begin_ && (text_[before - 1] == ' ' || text_[before - 1] == '\t')) --before;
    if (before == begin_) return true;
    const char previous = text_[before - 1];
    if (previous == '.') return !in_value_;  // a.'b' is a key, 1.'b' is nothing
    return std::string_view("=,[{\n\r").find(previous) != std::string_view::npos;
  }
  void refuse_quote() { what_ = "a quote stands where no text can begin"; }

  void dot() {
    if (++dots_ >= most_key_parts)
      what_ = fmt::format("a key has more than {} parts; shorten it", most_key_parts);
    else
      ++at_;
  }

  void open(char bracket) {
    dots_ = 0;
    if (open_.size() == most_open_brackets)
      what_ = fmt::format("more than {} brackets are open; nest less", most_open_brackets);
    if (starts_line_ && open_.empty() && bracket == '[') header();
    if (bracket == '{') in_value_ = false;
    open_ += bracket;
  }

  void close(char bracket) {
    dots_ = 0;
    in_value_ = true;
    if (open_.empty()) return;  // the parser says so
    if (open_.back() != (bracket == ']' ? '[' : '{'))
      what_ = fmt::format("{} closes a {}", bracket, open_.back());
    open_.pop_back();
  }

  // [name] or [[name]] begins here.
  void header() {
    std::size_t at = at_ + 1;
    const auto skip_blanks = [&] {
      while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t')) ++at;
    };
    skip_blanks();
    if (at == at_ + 1 && at < text_.size() && text_[at] == '[') ++at;
    skip_blanks();
    if (at < text_.size() && text_[at] != ']' && !begins_key(text_[at]))
      what_ = "a table's name begins with a letter, a digit, _, - or a quote, as in [loss]";
  }

  // Where a quote is missing, the parser stops: nothing behind it matters.
  void string(char quote) {
    const std::string triple(3, quote);
    const bool many_lines = text_.substr(at_).starts_with(triple);
    at_ += many_lines ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!many_lines && c == '\n') return;
      if (c == '\\' && quote == '"') {
        at_ += 2;
      } else if (!many_lines && c == quote) {
        ++at_;
        return;
      } else if (many_lines && text_.substr(at_).starts_with(triple)) {
        at_ += 3;  // and up to two quotes that belong to the text
        for (int i = 0; i < 2 && at_ < text_.size() && text_[at_] == quote; ++i) ++at_;
        return;
      } else {
        ++at_;
      }
    }
  }

  void skip_to_line_end() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  std::string_view text_;
  std::size_t begin_ = 0, at_ = 0;
  std::size_t dots_ = 0;  // in the key that is being read
  bool starts_line_ = true;
  bool in_value_ = false;  // behind a key's = or a closing bracket
  std::string open_;       // brackets
  std::string what_;       // the fault, which stands at at_
};

}  // namespace

std::optional<TomlFault> fault_in_toml(std::string_view text) { return Scanner(text).scan(); }

}  // namespace chainrule
