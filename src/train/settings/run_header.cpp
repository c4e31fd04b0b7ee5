#include "train/settings/run_header.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "kernels/dispatch.h"
#include "train/settings/config.h"
#include "words/messages.h"

namespace chainrule {

RunHeader header_of(std::string run) {
  return {.format = newest_format,
          .version = CHAINRULE_VERSION,
          .run = std::move(run),
          .instruction_set = std::string(kernels::simd_name()),
          .layout = newest_layout};
}

std::string run_id(const RunConfig& config) {
  RunConfig decisive = config;
  decisive.data.clear();
  decisive.data_absolute.clear();
  decisive.validation_file.clear();
  decisive.test_file.clear();
  decisive.threads = 1;
  decisive.checkpoint_every.reset();
  return hash_text(hash(settings_toml(decisive)));
}

void refuse_damaged(const FilePlace& where, const std::string& what) {
  throw DataError(where, what +
                             "; bring the file back from a copy, or let chainrule train --resume "
                             "make it again");
}

void require_known(const RunHeader& header, const std::string& path) {
  if (header.format >= 0 && header.format <= newest_format) return;
  throw DataError(
      {path},
      fmt::format("was written in format {}{}; chainrule {} reads the formats 0 to {}: use "
                  "the version that wrote it, or a newer one",
                  header.format, header.version.empty() ? "" : " by chainrule " + header.version,
                  CHAINRULE_VERSION, newest_format));
}

Text layout_note(const RunHeader& header, const std::string& folder) {
  if (header.layout == newest_layout) return {};
  const Text by = header.version.empty() ? Text() : in_words(Phrase::made_by, header.version);
  return in_words(Phrase::other_layout, folder, header.layout, by, CHAINRULE_VERSION,
                  newest_layout);
}

std::string to_text(const RunHeader& header) {
  return fmt::format("format {}, layout {}, chainrule {}, run {}, {}", header.format, header.layout,
                     header.version, header.run, header.instruction_set);
}

}  // namespace chainrule
