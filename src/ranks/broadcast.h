// What rank 0 has, on all ranks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "chainrule/communicator.h"

namespace chainrule {

// Each call gives all ranks what rank 0 has in that place, along a binary tree of ranks. All of
// them make the same calls in the same order, so one function that names the members of a struct
// both sends and receives it. The ranks run one program on one kind of machine, as their bits do.
class Broadcast {
 public:
  explicit Broadcast(Communicator& ranks) : ranks_(ranks) {}

  bool is_source() const { return ranks_.rank() == 0; }

  template <class T>
  requires std::is_trivially_copyable_v<T>
  void operator()(T& value) const { bytes(std::as_writable_bytes(std::span(&value, 1))); }
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void operator()(std::vector<T>& values) const {
    resize(values);
    bytes(std::as_writable_bytes(std::span(values)));
  }
  void operator()(std::string& text) const {
    resize(text);
    bytes(std::as_writable_bytes(std::span(text)));
  }
  void operator()(std::vector<std::string>& texts) const;

 private:
  void bytes(std::span<std::byte> bytes) const;
  template <class Container>
  void resize(Container& values) const {
    auto size = static_cast<std::uint64_t>(values.size());
    (*this)(size);
    values.resize(size);
  }

  Communicator& ranks_;
};

}  // namespace chainrule
