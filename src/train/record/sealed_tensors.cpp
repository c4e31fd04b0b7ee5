#include "train/record/sealed_tensors.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "chainrule/error.h"
#include "train/record/run_table.h"

namespace chainrule {
namespace {

constexpr const char *hash_key = "chainrule.hash", *format_key = "chainrule.format",
                     *layout_key = "chainrule.layout", *version_key = "chainrule.version",
                     *run_key = "chainrule.run", *instruction_set_key = "chainrule.instruction_set";

std::string hash_of(const data::TensorFile& file) {
  std::uint64_t all = 0;
  for (const auto& [key, text] : file.metadata)
    if (key != hash_key) all = hash(text, hash(key, all));
  for (const auto& [name, tensor] : file.tensors)
    all = hash(tensor.values, hash(tensor.shape.to_string(), hash(name, all)));
  return hash_text(all);
}

std::string text_in(const data::TensorFile& file, const char* key) {
  const auto found = file.metadata.find(key);
  return found == file.metadata.end() ? "" : found->second;
}

}  // namespace

void add_header(data::TensorFile& file, const RunHeader& header) {
  const auto add = [&](const char* key, const std::string& text) {
    if (!text.empty()) file.metadata[key] = text;
  };
  add(format_key, fmt::format("{}", header.format));
  add(layout_key, fmt::format("{}", header.layout));
  add(version_key, header.version);
  add(run_key, header.run);
  add(instruction_set_key, header.instruction_set);
}

RunHeader header_in(const data::TensorFile& file, const std::string& path) {
  RunHeader header{.version = text_in(file, version_key),
                   .run = text_in(file, run_key),
                   .instruction_set = text_in(file, instruction_set_key)};
  const auto read = [&](const char* key, int& number) {
    const std::string text = text_in(file, key);
    if (text.empty()) return;
    const auto read_number = number_in<int>(text);
    if (!read_number)
      throw DataError(
          {path}, fmt::format("says \"{}\" for {} in its metadata, so it is damaged", text, key));
    number = *read_number;
  };
  read(format_key, header.format);
  read(layout_key, header.layout);
  return header;
}

void seal(data::TensorFile& file) { file.metadata[hash_key] = hash_of(file); }

std::string seal_in(const data::TensorFile& file) { return text_in(file, hash_key); }

bool is_whole(const data::TensorFile& file) { return seal_in(file) == hash_of(file); }

}  // namespace chainrule
