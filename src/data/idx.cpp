// IDX: two zero bytes, a type, a rank, rank extents of four bytes, the values; all big-endian.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
#include "data/array_numbers.h"
#include "data/arrays.h"
#include "data/stored_rows.h"

namespace chainrule::data {
namespace {

// By the names that NPY has for them; "" for a type that there is not.
std::string_view type_named(unsigned char type) {
  switch (type) {
    case 0x08:
      return "|u1";
    case 0x09:
      return "|i1";
    case 0x0B:
      return ">i2";
    case 0x0C:
      return ">i4";
    case 0x0D:
      return ">f4";
    case 0x0E:
      return ">f8";
    default:
      return "";
  }
}

}  // namespace

bool looks_like_idx(std::string_view beginning) {
  return beginning.starts_with(std::string_view("\0\0", 2));
}

ArrayForm idx_form(std::string_view beginning, std::int64_t size, const std::string& name) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(beginning[i]); };
  if (beginning.size() < 4) throw DataError({name}, "is too short for an IDX file; fetch it again");
  const std::string_view type = type_named(byte(2));
  if (byte(0) != 0 || byte(1) != 0 || type.empty())
    throw DataError({name},
                    fmt::format("is not an IDX file: it starts with {:02x} {:02x} {:02x} {:02x}, "
                                "not with 00 00 and a type from 08 to 0e; check the file",
                                byte(0), byte(1), byte(2), byte(3)));
  const std::size_t rank = byte(3);
  if (rank < 1 || rank > Shape::max_rank)
    throw DataError({name},
                    fmt::format("has {} axes; 1 to {} are supported", rank, Shape::max_rank));
  const std::size_t header = 4 + 4 * rank;
  if (beginning.size() < header)
    throw DataError({name}, "ends inside its IDX header; fetch the file again");
  std::vector<std::int64_t> extents;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::int64_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | byte(4 + 4 * axis + i);
    extents.push_back(extent);
  }
  const std::int64_t body = size - static_cast<std::int64_t>(header);
  const std::int64_t value_size = bytes_per_number(type), present = body / value_size;
  const auto count = bounded_product(extents, present);
  if (!count)
    throw DataError({name},
                    fmt::format("ends too early: its header promises {} values, {} are there; "
                                "fetch the file again",
                                fmt::join(extents, " x "), present));
  if (*count * value_size != body)
    throw DataError({name}, fmt::format("has {} bytes after its last value; fetch the file again",
                                        body - *count * value_size));
  return {.type = std::string(type), .shape = Shape(extents), .start = header};
}

Array parse_idx(std::string_view bytes, const std::string& name) try {
  const ArrayForm form = idx_form(bytes, static_cast<std::int64_t>(bytes.size()), name);
  Array array{name, form.shape, {}};
  unpack_numbers(form.type, bytes.substr(form.start), name, 0, array.values);
  return array;
} catch (...) {
  throw_ours();
}

Array read_idx(const std::string& path) try {
  return parse_idx(read_file(path), path);
} catch (...) {
  throw_ours();
}

std::int64_t Array::width() const {
  std::int64_t count = 1;
  for (int axis = 1; axis < shape.rank(); ++axis) count *= shape[axis];
  return count;
}

double Array::at(std::int64_t index) const {
  if (stored) return stored->at(index);
  return std::visit(
      [&](const auto& v) { return static_cast<double>(v[static_cast<std::size_t>(index)]); },
      values);
}

}  // namespace chainrule::data
