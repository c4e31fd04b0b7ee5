// safetensors: a header length (8 bytes, little-endian), a JSON header, the values.
// https://github.com/huggingface/safetensors#format
#include <algorithm>
#include <bit>
#include <limits>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "data/array_numbers.h"
#include "data/arrays.h"
#include "data/safetensors.h"
#include "data/strict_json.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t largest_header = 100'000'000;  // bytes; the format's own limit

// A tensor has some ten, so this is a hundred thousand tensors.
constexpr std::int64_t most_header_values = 1'000'000;

[[noreturn]] void refuse(const std::string& name, const std::string& what) {
  throw DataError({name}, what + "; take another copy of the file, or save it again");
}

// Where one tensor's values lie, in bytes after the header.
struct Extent {
  std::uint64_t begin, end;
  std::string tensor;
};

Json parse_header(std::string_view text, const std::string& name) {
  // The format allows no depth beyond {name: {shape: [..]}}.
  try {
    Json header = parse_strict_json(text, 4, most_header_values);
    if (header.is_object()) return header;
  } catch (const Json::exception&) {
  } catch (const std::runtime_error& error) {
    refuse(name, fmt::format("has a damaged safetensors header ({})", error.what()));
  }
  refuse(name, "has a damaged safetensors header");
}

std::vector<std::int64_t> whole_numbers(const Json& list, const std::string& name,
                                        const std::string& tensor) {
  std::vector<std::int64_t> numbers;
  if (!list.is_array())
    refuse(name, fmt::format("tensor {} has no list where one belongs", tensor));
  for (const Json& item : list) {
    if (!item.is_number_unsigned() ||
        item.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
      refuse(name,
             fmt::format("tensor {} has an extent or offset that is no whole number", tensor));
    numbers.push_back(item.get<std::int64_t>());
  }
  return numbers;
}

Tensor read_one(const Json& entry, std::string_view body, const std::string& name,
                const std::string& tensor, std::vector<Extent>& extents) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets") || !entry["dtype"].is_string())
    refuse(name, fmt::format("tensor {} lacks dtype, shape or data_offsets", tensor));
  const std::string type = entry["dtype"];
  if (type != "F32" && type != "F64")
    throw DataError({name},
                    fmt::format("tensor {} is of type {}; F32 and F64 are supported: convert it",
                                tensor, quote(type)));
  const std::int64_t value_size = type == "F32" ? 4 : 8;
  const auto shape = whole_numbers(entry["shape"], name, tensor);
  const auto offsets = whole_numbers(entry["data_offsets"], name, tensor);
  if (shape.size() > Shape::max_rank)
    throw DataError({name}, fmt::format("tensor {} has {} axes; at most {} are supported", tensor,
                                        shape.size(), Shape::max_rank));
  const auto size = static_cast<std::int64_t>(body.size());
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > size)
    refuse(name, fmt::format("tensor {} lies outside the file's {} bytes of values", tensor, size));
  const auto count = bounded_product(shape, size / value_size);
  if (!count || *count * value_size != offsets[1] - offsets[0])
    refuse(name, fmt::format("tensor {}: its shape and its {} bytes do not agree", tensor,
                             offsets[1] - offsets[0]));
  const auto begin = static_cast<std::uint64_t>(offsets[0]),
             end = static_cast<std::uint64_t>(offsets[1]);
  extents.push_back({begin, end, tensor});
  const std::string_view bytes = body.substr(begin, end - begin);
  return Tensor(Shape(shape), type == "F32" ? unpack_values<float, float, false>(bytes)
                                            : unpack_values<double, float, false>(bytes));
}

// The values of all tensors together fill the file, each byte once.
void refuse_overlaps(std::vector<Extent> extents, std::uint64_t size, const std::string& name) {
  std::sort(extents.begin(), extents.end(), [](const Extent& a, const Extent& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t at = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != at)
      refuse(name, fmt::format("tensor {} starts at byte {} of the values, not at {}",
                               extent.tensor, extent.begin, at));
    at = extent.end;
  }
  if (at != size) refuse(name, fmt::format("has {} bytes after its last tensor", size - at));
}

}  // namespace

std::string format_tensors(const TensorFile& contents) {
  Json header = Json::object();  // an ordered map: the same contents give the same text
  if (!contents.metadata.empty()) header["__metadata__"] = contents.metadata;
  std::size_t at = 0;
  for (const auto& [name, tensor] : contents.tensors) {
    if (name.empty() || name == "__metadata__")
      throw UsageError(fmt::format("a tensor cannot be named {}", quote(name)));
    if (static_cast<std::int64_t>(tensor.values.size()) != tensor.shape.size())
      throw UsageError(fmt::format("tensor {}: shape {} needs {} values, got {}", quote(name),
                                   tensor.shape.to_string(), tensor.shape.size(),
                                   tensor.values.size()));
    const std::size_t bytes = 4 * tensor.values.size();
    header[name] = {{"dtype", "F32"},
                    {"shape", std::vector<std::int64_t>(tensor.shape.begin(), tensor.shape.end())},
                    {"data_offsets", {at, at + bytes}}};
    at += bytes;
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const Json::exception&) {
    throw UsageError("a tensor's name or the metadata is not UTF-8; safetensors needs that");
  }
  text.resize((text.size() + 7) / 8 * 8, ' ');  // values start at a multiple of 8, as others expect
  std::string file;
  file.reserve(8 + text.size() + at);
  for (int i = 0; i < 8; ++i) file += static_cast<char>(text.size() >> (8 * i) & 0xFF);
  file += text;
  static_assert(std::endian::native == std::endian::little, "values are written as they lie");
  for (const auto& [name, tensor] : contents.tensors)
    file.append(reinterpret_cast<const char*>(tensor.values.data()), 4 * tensor.values.size());
  return file;
}

TensorFile parse_tensors(std::string_view bytes, const std::string& name) try {
  if (bytes.size() < 8) refuse(name, "is too short for a safetensors file");
  std::uint64_t length = 0;
  for (std::size_t i = 8; i-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  if (length > largest_header || length > bytes.size() - 8)
    refuse(name,
           fmt::format("is not a safetensors file, or is cut off: its header would be {} bytes and "
                       "{} are there",
                       length, bytes.size() - 8));
  const Json header = parse_header(bytes.substr(8, length), name);
  const std::string_view body = bytes.substr(8 + length);
  TensorFile contents;
  std::vector<Extent> extents;
  for (const auto& [key, entry] : header.items()) {
    if (key != "__metadata__") {
      contents.tensors.emplace(key, read_one(entry, body, name, quote(key), extents));
      continue;
    }
    if (!entry.is_object()) refuse(name, "has damaged metadata");
    for (const auto& [word, value] : entry.items()) {
      if (!value.is_string()) refuse(name, "has damaged metadata");
      contents.metadata.emplace(word, value.get<std::string>());
    }
  }
  refuse_overlaps(std::move(extents), body.size(), name);
  return contents;
} catch (...) {
  throw_ours();
}

void write_tensors(const std::string& path, const TensorFile& contents) try {
  write_file(path, format_tensors(contents));
} catch (...) {
  throw_ours();
}

TensorFile read_tensors(const std::string& path) try {
  return parse_tensors(read_file(path), path);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
