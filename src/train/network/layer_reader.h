// Reading a layer's table, [[network.layer]].
#pragma once

#include <string>

#include "nn/place.h"
#include "train/network/toml_reader.h"

namespace chainrule {

// Reads one layer after the other, each where it is placed: the shapes before it decide which of
// its values fit.
class LayerReader {
 public:
  LayerReader(const TomlReader& toml, nn::Placer& placer) : toml_(toml), placer_(placer) {}

  // Throws DataError at the place of what is wrong.
  nn::Layer read(const toml::table& table);

 private:
  nn::Layer at_its_place(const toml::table& table, nn::Layer layer) const;
  void read_field(const toml::table& table, const nn::Field& field, const std::string& where,
                  nn::Layer& layer) const;
  nn::FieldValue scalar(const toml::node& node, const nn::Field& field) const;
  nn::Extents extents(const toml::node& node, const nn::Field& field) const;
  void read_values(const toml::table& table, const nn::Field& field, const std::string& where,
                   const nn::PlacedLayer& at, nn::Layer& layer) const;
  void require_count(const toml::node& node, const nn::LayerParameter& parameter, std::size_t count,
                     std::string_view of_what, const std::string& where) const;
  DoubleTensor vector_of(const toml::node& node, const nn::LayerParameter& parameter,
                         const std::string& where) const;
  DoubleTensor matrix_of(const toml::node& node, const nn::LayerParameter& parameter,
                         const std::string& where) const;

  const TomlReader& toml_;
  nn::Placer& placer_;
  int count_ = 0;
  std::string width_from_{};  // "units of layer 1"; empty: the network's input
};

}  // namespace chainrule
