// A random order.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "base/random.h"

namespace chainrule::data {

// Fisher-Yates, Durstenfeld's order: from the end down.
template <class T>
void shuffle(std::span<T> values, RandomStream random) {
  for (std::size_t i = values.size(); i > 1; --i)
    std::swap(values[i - 1], values[static_cast<std::size_t>(random.below(i))]);
}

}  // namespace chainrule::data
