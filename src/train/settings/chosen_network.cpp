#include "train/settings/chosen_network.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "nn/layer.h"

namespace chainrule {
namespace {

// Convolutions of so many channels, each with a pooling; then dense layers of these widths, each
// with its activation and dropout, and one without for the outputs.
nn::Network layers_of(const std::vector<std::int64_t>& channels, bool has_channels_last,
                      const std::vector<std::int64_t>& hidden, const nn::Activation& activation,
                      double dropout, std::int64_t outputs) {
  nn::Network network;
  if (has_channels_last && !channels.empty()) network.layers.emplace_back(nn::ChannelsFirst{});
  for (const std::int64_t count : channels) {
    network.layers.emplace_back(
        nn::Conv2d{.channels = count, .activation = activation, .padding = 1});
    network.layers.emplace_back(nn::MaxPool{});
  }
  for (const std::int64_t units : hidden) {
    network.layers.emplace_back(nn::Dense{.units = units, .activation = activation});
    if (dropout > 0) network.layers.emplace_back(nn::Dropout{dropout});
  }
  network.layers.emplace_back(nn::Dense{.units = outputs});
  return network;
}

// What a table's features become before the layers that learn from them: numbers through piecewise
// linear functions, if there are any, each text one row of an embedding_bag, beside all others as
// they are.
void add_columns(nn::Network& network, const Defaults& defaults, const DataFacts& facts) {
  std::vector<std::int64_t> others;
  std::size_t texts = 0;
  for (std::int64_t feature = 0; feature < facts.width; ++feature) {
    if (texts < facts.texts.size() && feature == facts.texts[texts].first)
      feature += facts.texts[texts++].slots - 1;
    else if (defaults.bins == 0 || !std::ranges::binary_search(facts.numbers, feature))
      others.push_back(feature);
  }
  const bool has_functions = !facts.numbers.empty() && defaults.bins > 0;
  if (!has_functions && texts == 0) return;
  const bool is_one = (has_functions ? 1 : 0) + texts + (others.empty() ? 0 : 1) == 1;
  std::vector<std::string> parts;
  const auto add = [&](std::vector<std::int64_t> features, const std::string& of,
                       const nn::Layer& layer, const std::string& name) {
    if (is_one) return network.layers.push_back(layer);
    network.layers.push_back(nn::Layer(nn::Pick{std::move(features)}).named(of).from({"input"}));
    network.layers.push_back(layer.named(name));
    parts.push_back(name);
  };
  if (has_functions)
    add(facts.numbers, "numbers",
        nn::PiecewiseLinear{.bins = defaults.bins, .size = defaults.functions}, "functions");
  for (std::size_t i = 0; i < texts; ++i) {
    const data::TextFeatures& text = facts.texts[i];
    // Adam moves what is seldom there as far in a step as what is there always: by smaller steps
    // rare words are learnt less by heart.
    constexpr double slower = 0.2;
    const nn::Layer bag = nn::EmbeddingBag{.entries = text.buckets + 1, .size = defaults.text_size};
    add(text.features(), fmt::format("words{}", i + 1), bag.learning(slower),
        fmt::format("text{}", i + 1));
  }
  if (is_one) return;
  if (!others.empty()) {
    network.layers.push_back(nn::Layer(nn::Pick{others}).named("others").from({"input"}));
    parts.emplace_back("others");
  }
  network.layers.push_back(nn::Layer(nn::Concatenate{}).from(parts));
}

// Of a table: members.
nn::Network table_network(const Defaults& defaults, const DataFacts& facts) {
  nn::Network network;
  add_columns(network, defaults, facts);
  for (const std::int64_t units : defaults.hidden)
    network.layers.emplace_back(nn::MemberDense{.units = units,
                                                .members = defaults.members,
                                                .activation = defaults.activation,
                                                .apart = defaults.apart});
  network.layers.emplace_back(
      nn::MemberDense{.units = facts.outputs, .members = defaults.members, .apart = true});
  return network;
}

}  // namespace

std::int64_t members_of(const nn::Network& network) {
  if (network.layers.empty()) return 0;
  const auto* last = network.layers.back().get_if<nn::MemberDense>();
  return last == nullptr ? 0 : last->members;
}

// Before members are apart nothing may learn, and from there on nothing may put them together.
bool members_share(const nn::Network& network) {
  bool are_apart = false;
  for (const nn::Layer& layer : network.layers) {
    if (const auto* members = layer.get_if<nn::MemberDense>()) {
      if (!members->apart || !layer.owner().empty()) return true;
      are_apart = true;
    } else if (are_apart ? layer.get_if<nn::Dropout>() == nullptr
                         : layer.record().parameters && !layer.is_frozen()) {
      return true;
    }
  }
  return !are_apart;
}

nn::Sequential network_of(const TrainRequest& request, const std::optional<NetworkFile>& file,
                          const Defaults& defaults, const DataFacts& facts) {
  if (file) return file->model;
  if (defaults.members > 0) return table_network(defaults, facts);
  nn::Network network;
  add_columns(network, defaults, facts);
  // Who asks for widths asks for a network of dense layers.
  const nn::Network dense = layers_of(
      request.hidden ? std::vector<std::int64_t>{} : defaults.channels, defaults.has_channels_last,
      request.hidden.value_or(defaults.hidden),
      request.activation.empty() ? defaults.activation : nn::activation_named(request.activation),
      request.dropout.value_or(defaults.dropout), facts.outputs);
  network.layers.insert(network.layers.end(), dense.layers.begin(), dense.layers.end());
  return network;
}

}  // namespace chainrule
