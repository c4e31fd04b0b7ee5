#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "nn/place.h"
#include "train/network/network_file.h"
#include "train/settings/config.h"

namespace chainrule {

std::vector<LayerSummary> layer_table(const nn::Sequential& network, const RowShape& row) try {
  std::vector<LayerSummary> table;
  for (const nn::PlacedLayer& at : nn::placed(network, row.batch(1))) {
    std::int64_t parameters = 0;
    for (const nn::LayerParameter& parameter : at.parameters)
      if (at.owns_parameters() && !parameter.is_buffer) parameters += parameter.shape.size();
    table.push_back({.name = at.name,
                     .what = nn::title_of(at.layer),
                     .brief = nn::brief_of(at.layer),
                     .x = at.x[0].row(),
                     .y = at.y.row(),
                     .parameters = parameters});
  }
  return table;
} catch (...) {
  throw_ours();
}

std::string row_words(const Shape& row) try {
  return fmt::format("{}", fmt::join(row, " x "));
} catch (...) {
  throw_ours();
}

NetworkFile read_network_with_input(const std::string& path) {
  NetworkFile file = read_network_file(path, config_tables);
  if (file.input.rank() == 0)
    throw DataError({path},
                    "does not say how many inputs the network has; add input = 4, say, or [1, 28, "
                    "28] for pictures, under [network]");
  return file;
}

std::vector<LayerSummary> layer_table_of_file(const std::string& path) try {
  const NetworkFile file = read_network_with_input(path);
  try {
    return layer_table(file.model, file.input);
  } catch (const UsageError& error) {
    throw DataError({path}, error.what());
  }
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
