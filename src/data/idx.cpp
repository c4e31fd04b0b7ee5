// IDX: two zero bytes, a type, a rank, rank extents of four bytes, the values; all big-endian.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/file.h"
#include "data/arrays.h"

namespace chainrule::data {
namespace {

std::int64_t bytes_per_value(unsigned char type) {
  switch (type) {
    case 0x08:  // uint8
    case 0x09:  // int8
      return 1;
    case 0x0B:  // int16
      return 2;
    case 0x0C:  // int32
    case 0x0D:  // float
      return 4;
    case 0x0E:  // double
      return 8;
    default:
      return 0;
  }
}

}  // namespace

Array parse_idx(std::string_view bytes, const std::string& name) try {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.size() < 4) throw DataError({name}, "is too short for an IDX file; fetch it again");
  const std::int64_t value_size = bytes_per_value(byte(2));
  if (byte(0) != 0 || byte(1) != 0 || value_size == 0)
    throw DataError({name},
                    fmt::format("is not an IDX file: it starts with {:02x} {:02x} {:02x} {:02x}, "
                                "not with 00 00 and a type from 08 to 0e; check the file",
                                byte(0), byte(1), byte(2), byte(3)));
  const std::size_t rank = byte(3);
  if (rank < 1 || rank > Shape::max_rank)
    throw DataError({name},
                    fmt::format("has {} axes; 1 to {} are supported", rank, Shape::max_rank));
  const std::size_t header = 4 + 4 * rank;
  if (bytes.size() < header)
    throw DataError({name}, "ends inside its IDX header; fetch the file again");
  std::vector<std::int64_t> extents;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::int64_t extent = 0;
    for (std::size_t i = 0; i < 4; ++i) extent = extent << 8 | byte(4 + 4 * axis + i);
    extents.push_back(extent);
  }
  const std::string_view body = bytes.substr(header);
  const auto present = static_cast<std::int64_t>(body.size()) / value_size;
  const auto count = bounded_product(extents, present);
  if (!count)
    throw DataError({name},
                    fmt::format("ends too early: its header promises {} values, {} are there; "
                                "fetch the file again",
                                fmt::join(extents, " x "), present));
  if (*count * value_size != static_cast<std::int64_t>(body.size()))
    throw DataError({name},
                    fmt::format("has {} bytes after its last value; fetch the file again",
                                static_cast<std::int64_t>(body.size()) - *count * value_size));
  Array array{name, Shape(extents), {}};
  switch (byte(2)) {
    case 0x08:
      array.values = std::vector<std::uint8_t>(body.begin(), body.end());
      break;
    case 0x09:
      array.values = unpack_values<std::int8_t, float, true>(body);
      break;
    case 0x0B:
      array.values = unpack_values<std::int16_t, float, true>(body);
      break;
    case 0x0C:
      array.values = unpack_values<std::int32_t, double, true>(body);
      break;
    case 0x0D:
      array.values = unpack_values<float, float, true>(body);
      break;
    default:
      array.values = unpack_values<double, double, true>(body);
  }
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
  return std::visit(
      [&](const auto& v) { return static_cast<double>(v[static_cast<std::size_t>(index)]); },
      values);
}

}  // namespace chainrule::data
