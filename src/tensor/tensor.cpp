#include "chainrule/tensor.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "chainrule/error.h"
#include "tensor/whole.h"

namespace chainrule {

Shape::Shape(std::initializer_list<std::int64_t> extents)
    : Shape(std::span(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) : rank_(static_cast<int>(extents.size())) {
  if (rank_ > max_rank)
    throw UsageError(fmt::format("shape [{}] has {} axes; at most {} are supported",
                                 fmt::join(extents, ", "), rank_, max_rank));
  // Also the product of some of the extents fits, whatever the others are.
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent < 0)
      throw UsageError(
          fmt::format("shape [{}]: an extent must be 0 or more", fmt::join(extents, ", ")));
    if (extent > std::numeric_limits<std::int64_t>::max() / product)
      throw UsageError(fmt::format("shape [{}]: there are more elements than can be counted",
                                   fmt::join(extents, ", ")));
    product *= std::max<std::int64_t>(extent, 1);
  }
  std::copy(extents.begin(), extents.end(), extents_.begin());
}

std::int64_t Shape::size() const {
  std::int64_t count = 1;
  for (const std::int64_t extent : *this) count *= extent;
  return count;
}

Shape Shape::with(int axis, std::int64_t extent) const {
  Shape changed = *this;
  changed.extents_[static_cast<std::size_t>(axis)] = extent;
  return Shape(std::span(changed.begin(), changed.end()));
}

Shape Shape::batch(std::int64_t rows) const {
  std::vector<std::int64_t> extents{rows};
  extents.insert(extents.end(), begin(), end());
  return Shape(extents);
}

Shape Shape::row() const { return rank_ == 0 ? Shape{} : Shape(std::span(begin() + 1, end())); }

std::string Shape::to_string() const {
  return fmt::format("[{}]", fmt::join(begin(), end(), ", "));
}

template <class T>
void require_whole(const BasicTensor<T>& tensor) {
  if (static_cast<std::int64_t>(tensor.values.size()) != tensor.shape.size())
    throw UsageError(fmt::format("a tensor of shape {} needs {} values, got {}",
                                 tensor.shape.to_string(), tensor.shape.size(),
                                 tensor.values.size()));
}

template <class T>
BasicTensor<T>::BasicTensor(Shape s, std::vector<T> v) : shape(s), values(std::move(v)) {
  require_whole(*this);
}

template void require_whole(const BasicTensor<float>&);
template void require_whole(const BasicTensor<double>&);
template struct BasicTensor<float>;
template struct BasicTensor<double>;

}  // namespace chainrule
