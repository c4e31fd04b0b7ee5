// NPY: "\x93NUMPY", version, header length, a Python dictionary as text, the values. The format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
#include "data/array_numbers.h"
#include "data/arrays.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

struct NpyHeader {
  std::string type;  // "<f4"
  bool fortran_order = false;
  std::vector<std::int64_t> extents;
};

// Reads the dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  NpyHeader parse() {
    NpyHeader header;
    int seen = 0;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted_word();
      expect(':');
      if (key == "descr")
        header.type = type(), seen |= 1;
      else if (key == "fortran_order")
        header.fortran_order = boolean(), seen |= 2;
      else if (key == "shape")
        header.extents = extents(), seen |= 4;
      else
        refuse();
      if (!accept(',') && !ahead('}')) refuse();
    }
    if (seen != 7) refuse();
    return header;
  }

 private:
  [[noreturn]] void refuse() const {
    throw DataError({name_}, "its NPY header is damaged; save the array again with numpy.save");
  }

  void skip_spaces() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }
  bool ahead(char c) {
    skip_spaces();
    return !text_.empty() && text_[0] == c;
  }
  bool accept(char c) {
    if (!ahead(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) refuse();
  }

  std::string_view quoted_word() {
    skip_spaces();
    if (text_.empty() || (text_[0] != '\'' && text_[0] != '"')) refuse();
    const std::size_t close = text_.find(text_[0], 1);
    if (close == std::string_view::npos) refuse();
    const std::string_view word = text_.substr(1, close - 1);
    text_.remove_prefix(close + 1);
    return word;
  }

  std::string type() {
    if (ahead('['))
      throw DataError({name_}, "holds records with named fields; save one plain array per file");
    return std::string(quoted_word());
  }

  bool boolean() {
    skip_spaces();
    const bool value = text_.starts_with("True");
    if (!value && !text_.starts_with("False")) refuse();
    text_.remove_prefix(value ? 4 : 5);
    return value;
  }

  std::vector<std::int64_t> extents() {
    std::vector<std::int64_t> all;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t extent = 0;
      const auto [stop, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc{} || extent < 0) refuse();
      text_.remove_prefix(static_cast<std::size_t>(stop - text_.data()));
      all.push_back(extent);
      if (!accept(',') && !ahead(')')) refuse();
    }
    return all;
  }

  std::string_view text_;
  const std::string& name_;
};

// The bytes of one string; 0 for what is none. "<U5" holds five characters of four bytes, "|S5"
// five bytes; shorter ones end in zeros.
std::int64_t bytes_per_string(std::string_view type) {
  const bool is_wide = type.starts_with("<U") || type.starts_with(">U");
  if (!is_wide && !type.starts_with("|S")) return 0;
  std::int32_t length = 0;
  const char* end = type.data() + type.size();
  const auto [stop, error] = std::from_chars(type.data() + 2, end, length);
  if (error != std::errc{} || stop != end || length < 1) return 0;
  return std::int64_t{length} * (is_wide ? 4 : 1);
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto add_six_bits = [&](int shift) { add(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) return add(0xC0 | code >> 6), add_six_bits(0);
  if (code < 0x10000) return add(0xE0 | code >> 12), add_six_bits(6), add_six_bits(0);
  if (code > 0x10FFFF) return add(0xFF);  // no character, and no UTF-8
  add(0xF0 | code >> 18), add_six_bits(12), add_six_bits(6), add_six_bits(0);
}

std::string text_of(std::string_view bytes, std::string_view type) {
  std::string text;
  if (type[1] == 'S')
    text = bytes;
  else
    for (const std::uint32_t code : type[0] == '>'
                                        ? unpack_values<std::uint32_t, std::uint32_t, true>(bytes)
                                        : unpack_values<std::uint32_t, std::uint32_t, false>(bytes))
      append_utf8(text, code);
  return text.substr(0, text.find_last_not_of('\0') + 1);
}

void unpack_strings(Array& array, std::string_view body, std::string_view type) {
  std::vector<double> codes;
  std::unordered_map<std::string, std::size_t> seen;
  std::vector<std::string> words;
  const auto size = static_cast<std::size_t>(bytes_per_string(type));
  for (std::size_t at = 0; at < body.size(); at += size) {
    std::string text = text_of(body.substr(at, size), type);
    if (valid_text_length(text) != text.size())
      throw DataError({array.file},
                      fmt::format("value {} is not UTF-8 text; decode the strings of another "
                                  "encoding, as with numpy.char.decode(y, \"latin-1\")",
                                  at / size + 1));
    if (text.empty()) {
      codes.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto [found, is_new] = seen.emplace(std::move(text), words.size());
    if (is_new) words.push_back(found->first);
    codes.push_back(static_cast<double>(found->second));
  }
  const std::vector<std::size_t> places = sorted_places(words);
  std::vector<double> code_of(words.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    code_of[places[i]] = static_cast<double>(i);
    array.words.push_back(words[places[i]]);
  }
  for (double& code : codes)
    if (!std::isnan(code)) code = code_of[static_cast<std::size_t>(code)];
  array.values = std::move(codes);
}

// From Fortran order (first axis varies fastest) to C order; no more extents than a shape has.
template <class T>
std::vector<T> to_row_major(const std::vector<T>& from, std::span<const std::int64_t> extents) {
  std::vector<T> to(from.size());
  std::array<std::int64_t, Shape::max_rank> index{}, stride{1};
  for (std::size_t a = 1; a < extents.size(); ++a) stride[a] = stride[a - 1] * extents[a - 1];
  for (T& value : to) {
    std::int64_t at = 0;
    for (std::size_t a = 0; a < extents.size(); ++a) at += index[a] * stride[a];
    value = from[static_cast<std::size_t>(at)];
    for (std::size_t a = extents.size(); a-- > 0 && ++index[a] == extents[a];) index[a] = 0;
  }
  return to;
}

}  // namespace

bool looks_like_npy(std::string_view beginning) { return beginning.starts_with("\x93NUMPY"); }

ArrayForm npy_form(std::string_view beginning, std::int64_t size, const std::string& name) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(beginning[i]); };
  if (!looks_like_npy(beginning))
    throw DataError({name}, "is not an NPY file; save the array with numpy.save");
  if (beginning.size() < 12)
    throw DataError({name}, "ends inside its NPY header; fetch the file again");
  if (byte(6) < 1 || byte(6) > 3)
    throw DataError({name}, fmt::format("is NPY version {}; 1 to 3 are supported", byte(6)));
  const std::size_t start = byte(6) == 1 ? 10 : 12;
  std::size_t length = 0;
  for (std::size_t i = start; i-- > 8;) length = length << 8 | byte(i);
  if (length > beginning.size() - start)
    throw DataError({name}, "ends inside its NPY header; fetch the file again");
  const NpyHeader header = HeaderParser(beginning.substr(start, length), name).parse();

  const std::int64_t string_size = bytes_per_string(header.type);
  const std::int64_t value_size = string_size > 0 ? string_size : bytes_per_number(header.type);
  if (value_size == 0)
    throw DataError({name},
                    fmt::format("holds values of type {}; f2 f4 f8, i1 to i8, u1 to u8 and b1 are "
                                "read, and U and S as classes: convert with astype(\"float32\"), "
                                "or classes with astype(\"str\")",
                                quote(header.type)));
  if (header.extents.size() > Shape::max_rank)
    throw DataError({name}, fmt::format("has {} axes; at most {} are supported",
                                        header.extents.size(), Shape::max_rank));
  const std::int64_t body = size - static_cast<std::int64_t>(start + length);
  const std::int64_t present = body / value_size;
  const auto count = bounded_product(header.extents, present);
  if (!count)
    throw DataError({name},
                    fmt::format("ends too early: its header promises {} values, {} are there; "
                                "fetch the file again",
                                fmt::join(header.extents, " x "), present));
  if (*count * value_size != body)
    throw DataError({name}, fmt::format("has {} bytes after its last value; save the array again",
                                        body - *count * value_size));
  return {header.type, header.fortran_order && header.extents.size() > 1, Shape(header.extents),
          start + length};
}

Array parse_npy(std::string_view bytes, const std::string& name) try {
  const ArrayForm form = npy_form(bytes, static_cast<std::int64_t>(bytes.size()), name);
  const std::string_view body = bytes.substr(form.start);
  Array array{name, form.shape, {}};
  if (bytes_per_string(form.type) > 0)
    unpack_strings(array, body, form.type);
  else
    unpack_numbers(form.type, body, name, 0, array.values);
  const std::vector<std::int64_t> extents(form.shape.begin(), form.shape.end());
  if (form.is_fortran_order)
    std::visit([&](auto& values) { values = to_row_major(values, extents); }, array.values);
  return array;
} catch (...) {
  throw_ours();
}

Array read_npy(const std::string& path) try {
  return parse_npy(read_file(path), path);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
