// Texts of a column, each with a code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

class CategoryCodes {
 public:
  // From 0 on, in the order in which the texts come first. Of no empty one.
  std::int32_t of(std::string_view text);

  // Gives the column its categories, sorted, and exchanges its codes for their places.
  void sort_into(Column& column);

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT: the name is the standard's
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using CodeOf = std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>>;

  // The last text of each length and ends: of few texts nearly all are found here.
  static constexpr std::size_t slots = 64;
  static std::size_t slot_of(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    const auto last = static_cast<unsigned char>(text.back());
    return (first * 5u + last * 3u + text.size()) % slots;
  }
  CodeOf code_of_;
  std::vector<const CodeOf::value_type*> recent_;
};

}  // namespace chainrule::data
