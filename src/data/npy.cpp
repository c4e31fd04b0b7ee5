// NPY: "\x93NUMPY", version, header length, a Python dictionary as text, the values. The format:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include <algorithm>
#include <bit>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
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

std::int64_t bytes_per_value(const std::string& type) {
  for (const char* known : {"<f4", "<i4"})
    if (type == known) return 4;
  for (const char* known : {"<f8", "<i8"})
    if (type == known) return 8;
  for (const char* known : {"|u1", "|i1", "|b1", "<u1", "<i1", "<b1"})
    if (type == known) return 1;
  return type == "<i2" ? 2 : 0;
}

// Whole numbers beyond 2^53 may be names, of which rounding would make two one.
void require_exact(std::string_view body, const std::string& name) {
  for (std::size_t i = 0; i < body.size() / sizeof(std::int64_t); ++i) {
    std::int64_t value;
    std::memcpy(&value, body.data() + i * sizeof(value), sizeof(value));
    const std::uint64_t size =
        value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
    if (size >> 53 != 0 && size >> std::countr_zero(size) >> 53 != 0)
      throw DataError({name}, fmt::format("value {} is {}, a whole number beyond 2^53 that float64 "
                                          "does not hold; number the values anew, or convert with "
                                          "astype(\"float64\") if they may be rounded",
                                          i + 1, value));
  }
}

auto unpack(const std::string& type, std::string_view body) -> decltype(Array::values) {
  const std::string_view kind = std::string_view(type).substr(1);
  if (kind == "u1") return std::vector<std::uint8_t>(body.begin(), body.end());
  if (kind == "b1") return unpack_values<std::uint8_t, float, false>(body);  // 0 and 1
  if (kind == "i1") return unpack_values<std::int8_t, float, false>(body);
  if (kind == "i2") return unpack_values<std::int16_t, float, false>(body);
  if (kind == "i4") return unpack_values<std::int32_t, double, false>(body);
  if (kind == "i8") return unpack_values<std::int64_t, double, false>(body);
  if (kind == "f4") return unpack_values<float, float, false>(body);
  return unpack_values<double, double, false>(body);
}

// From Fortran order (first axis varies fastest) to C order.
template <class T>
std::vector<T> to_row_major(const std::vector<T>& from, std::span<const std::int64_t> extents) {
  std::vector<T> to(from.size());
  std::vector<std::int64_t> index(extents.size(), 0), stride(extents.size(), 1);
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

Array parse_npy(std::string_view bytes, const std::string& name) try {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (!bytes.starts_with("\x93NUMPY"))
    throw DataError({name}, "is not an NPY file; save the array with numpy.save");
  if (bytes.size() < 12)
    throw DataError({name}, "ends inside its NPY header; fetch the file again");
  if (byte(6) < 1 || byte(6) > 3)
    throw DataError({name}, fmt::format("is NPY version {}; 1 to 3 are supported", byte(6)));
  const std::size_t start = byte(6) == 1 ? 10 : 12;
  std::size_t length = 0;
  for (std::size_t i = start; i-- > 8;) length = length << 8 | byte(i);
  if (length > bytes.size() - start)
    throw DataError({name}, "ends inside its NPY header; fetch the file again");
  const NpyHeader header = HeaderParser(bytes.substr(start, length), name).parse();

  const std::int64_t value_size = bytes_per_value(header.type);
  if (value_size == 0)
    throw DataError({name},
                    fmt::format("holds values of type {}; supported are <f4 <f8 <i2 <i4 <i8 |i1 "
                                "|u1 |b1: convert with astype(\"float32\")",
                                quote(header.type)));
  if (header.extents.size() > Shape::max_rank)
    throw DataError({name}, fmt::format("has {} axes; at most {} are supported",
                                        header.extents.size(), Shape::max_rank));
  const std::string_view body = bytes.substr(start + length);
  if (header.type == "<i8") require_exact(body, name);
  const auto present = static_cast<std::int64_t>(body.size()) / value_size;
  const auto count = bounded_product(header.extents, present);
  if (!count)
    throw DataError({name},
                    fmt::format("ends too early: its header promises {} values, {} are there; "
                                "fetch the file again",
                                fmt::join(header.extents, " x "), present));
  if (*count * value_size != static_cast<std::int64_t>(body.size()))
    throw DataError({name},
                    fmt::format("has {} bytes after its last value; save the array again",
                                static_cast<std::int64_t>(body.size()) - *count * value_size));
  Array array{name, Shape(header.extents), unpack(header.type, body)};
  if (header.fortran_order && header.extents.size() > 1)
    std::visit([&](auto& values) { values = to_row_major(values, header.extents); }, array.values);
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
