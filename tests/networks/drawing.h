// Random choices, the same from one standard library to the next.
#pragma once

#include <cmath>
#include <initializer_list>

#include "base/random.h"
#include "chainrule/tensor.h"

namespace chainrule::drawn {

class Drawing {
 public:
  explicit Drawing(std::uint64_t seed) : stream_(seed, 0) {}

  std::int64_t from(std::int64_t least, std::int64_t most) {
    return least +
           static_cast<std::int64_t>(stream_.below(static_cast<std::uint64_t>(most - least + 1)));
  }
  bool chance(double probability) { return stream_.uniform() < probability; }
  double between(double low, double high) { return low + (high - low) * stream_.uniform(); }
  // Evenly over the orders of magnitude.
  double magnitude(double low, double high) {
    return std::exp(between(std::log(low), std::log(high)));
  }
  double normal() { return stream_.normal(); }

  template <class T>
  T one_of(std::initializer_list<T> list) {
    return list.begin()[from(0, static_cast<std::int64_t>(list.size()) - 1)];
  }
  template <class List>
  const auto& one_in(const List& list) {
    return list[static_cast<std::size_t>(from(0, static_cast<std::int64_t>(list.size()) - 1))];
  }

 private:
  RandomStream stream_;
};

// Single precision holds it exactly, so that both precisions start from the same number.
inline double single(double number) { return static_cast<float>(number); }

}  // namespace chainrule::drawn
