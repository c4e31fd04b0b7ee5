// Networks as TOML: [network] with its layers, [loss], [optimizer], [example] or [[example]]. What
// `chainrule explain` reads, `chainrule train --model` reads, and a run folder keeps.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/nn.h"

namespace chainrule {

struct NetworkExample {
  std::vector<double> input, target;
};

struct NetworkFile {
  Shape input{};           // of a row: [features], or a picture's; rank 0: whatever the data has
  std::uint64_t seed = 0;  // of the weights that are not given
  nn::Sequential model;
  std::optional<Loss> loss;
  std::optional<Optimizer> optimizer;
  std::vector<NetworkExample> examples{};         // one batch
  std::int64_t steps = 1;                         // that an explanation takes with it
  std::map<std::string, std::string> notation{};  // what it calls its numbers
};

// Everything in the file is checked, so far as the file alone can tell: keys, types, names, ranges,
// and that shapes fit together. Throws DataError with file, line and column. Top-level tables named
// in `others` are passed over: they are somebody else's.
NetworkFile read_network_file(const std::string& path,
                              std::span<const std::string_view> others = {});
NetworkFile parse_network(std::string_view text, const std::string& name,
                          std::span<const std::string_view> others = {});

// The file that reads back as the same network.
std::string to_toml(const NetworkFile& file);

}  // namespace chainrule
