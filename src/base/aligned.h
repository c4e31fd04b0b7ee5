// Owning, zero-initialised, cache-line aligned memory for numbers.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace chainrule {

// 64 bytes: one cache line, and one AVX-512 vector.
inline constexpr std::size_t cache_line_bytes = 64;

// 2 MiB: what x86-64 and arm64 call a huge page. An array with room for one starts on one.
inline constexpr std::size_t huge_page_bytes = std::size_t{1} << 21;

// Asks the system for huge pages where whole ones lie in this memory, which nobody has touched yet.
// It finds numbers through a table of pages, of which the processor remembers some thousand: with
// the usual pages of 4 KiB less than a training step of a few layers goes through.
void ask_for_huge_pages(void* memory, std::size_t bytes) noexcept;

// An array of T that starts on a cache line. Moves cheaply, does not copy.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(std::size_t size)
      : data_(size == 0 ? nullptr : allocate(size), Release{size * sizeof(T)}), size_(size) {}
  AlignedBuffer(AlignedBuffer&& other) noexcept
      : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

 private:
  static std::align_val_t alignment(std::size_t bytes) {
    return std::align_val_t{bytes < huge_page_bytes ? cache_line_bytes : huge_page_bytes};
  }

  static T* allocate(std::size_t size) {
    if (size > std::numeric_limits<std::size_t>::max() / sizeof(T))
      throw std::bad_array_new_length();
    const std::size_t bytes = size * sizeof(T);
    auto* const memory = static_cast<T*>(::operator new[](bytes, alignment(bytes)));
    if (bytes >= huge_page_bytes) ask_for_huge_pages(memory, bytes);
    std::uninitialized_value_construct_n(memory, size);
    return memory;
  }

  struct Release {
    std::size_t bytes = 0;
    void operator()(T* memory) const { ::operator delete[](memory, alignment(bytes)); }
  };
  std::unique_ptr<T[], Release> data_;
  std::size_t size_ = 0;
};

}  // namespace chainrule
