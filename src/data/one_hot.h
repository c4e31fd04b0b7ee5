// A class that several columns write down: exactly one of them is 1 (or true) in every row.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// Which of the columns says so in this row; -1 where one of them is missing, nothing where they say
// so in no such way.
std::optional<std::int32_t> class_in_row(std::span<const Column* const> columns, std::int64_t row);

// Whether they do in every row, as far as none is missing.
bool are_one_hot(std::span<const Column* const> columns, std::int64_t rows);

// The neighbours in the table that say one class together with this one; nothing if it stands
// alone.
std::vector<const Column*> one_hot_around(const Table& table, const Column& column);

// What the class is called, and its values: of species_a, species_b it is "species", with a and b.
struct OneHotNames {
  std::string name;
  std::vector<std::string> classes;
};
OneHotNames one_hot_names(std::span<const std::string> columns);

}  // namespace chainrule::data
