// Shapes and host tensors: dense, row-major, at most six axes. Threads: plain values; many may read
// one, as long as none writes it.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace chainrule {

// The extents of a tensor, outermost first. A scalar has rank 0 and one element.
class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;
  Shape(std::initializer_list<std::int64_t> extents);  // throws UsageError: rank > 6 or extent < 0
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }
  std::int64_t operator[](int axis) const { return extents_[static_cast<std::size_t>(axis)]; }
  std::int64_t size() const;  // number of elements: the product of the extents

  const std::int64_t* begin() const { return extents_.data(); }
  const std::int64_t* end() const { return extents_.data() + rank_; }

  Shape with(int axis, std::int64_t extent) const;  // the same shape but for one axis
  Shape batch(std::int64_t rows) const;  // so many rows of this shape: [28, 28] -> [rows, 28, 28]
  Shape row() const;                     // and back: without the first axis
  std::string to_string() const;         // "[64, 128]"; "[]" for a scalar

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
};

// A tensor that owns its values; values.size() == shape.size().
template <class T>
struct BasicTensor {
  Shape shape;
  std::vector<T> values;

  BasicTensor() = default;
  explicit BasicTensor(Shape s) : shape(s), values(static_cast<std::size_t>(s.size())) {}
  BasicTensor(Shape s, std::vector<T> v);  // throws UsageError: as many values as elements

  static BasicTensor filled(Shape s, T value) {
    BasicTensor tensor(s);
    tensor.values.assign(tensor.values.size(), value);
    return tensor;
  }

  friend bool operator==(const BasicTensor&, const BasicTensor&) = default;
};

using Tensor = BasicTensor<float>;         // what training computes in
using DoubleTensor = BasicTensor<double>;  // what explanations and the reference compute in

extern template struct BasicTensor<float>;
extern template struct BasicTensor<double>;

}  // namespace chainrule
