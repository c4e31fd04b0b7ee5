// Texts of a column, each with a code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "chainrule/data.h"

namespace chainrule::data {

class CategoryCodes {
 public:
  std::int32_t of(std::string_view text);  // from 0 on, in the order in which they come first

  // Gives the column its categories, sorted, and exchanges its codes for their places.
  void sort_into(Column& column);

 private:
  struct Hash {
    using is_transparent = void;  // NOLINT: the name is the standard's
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> code_of_;
};

}  // namespace chainrule::data
