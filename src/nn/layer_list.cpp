#include "nn/layer_list.h"

#include <algorithm>
#include <array>
#include <mutex>

#include <fmt/format.h>

#include "chainrule/error.h"

namespace chainrule::nn {
namespace {

struct Registered {
  std::mutex mutex{};
  std::vector<const LayerRecord*> records{};
};

Registered& registered() {
  static Registered own;
  return own;
}

// The list and what was added to it, as it is now.
std::vector<const LayerRecord*> known_layers() {
  std::vector<const LayerRecord*> known(all_layers().begin(), all_layers().end());
  const std::lock_guard lock(registered().mutex);
  known.insert(known.end(), registered().records.begin(), registered().records.end());
  return known;
}

}  // namespace

std::span<const LayerRecord* const> all_layers() {
  static constexpr std::array list{
#define CHAINRULE_LAYER(name) &name##_layer,
#include "nn/layers.inc"
#undef CHAINRULE_LAYER
  };
  return list;
}

void register_layer(const LayerRecord& record) {
  if (find_layer(record.name) != nullptr)
    throw UsageError(
        fmt::format("there is a layer \"{}\" already; give it another name", record.name));
  const std::lock_guard lock(registered().mutex);
  registered().records.push_back(&record);
}

const LayerRecord* find_layer(std::string_view name) {
  const auto known = known_layers();
  const auto found = std::ranges::find(known, name, &LayerRecord::name);
  return found == known.end() ? nullptr : *found;
}

std::vector<std::string> layer_names() {
  std::vector<std::string> names;
  for (const LayerRecord* record : known_layers()) names.emplace_back(record->name);
  return names;
}

}  // namespace chainrule::nn
