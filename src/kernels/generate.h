// Machine code for chains of elementwise operations, written when a program is built: one loop over
// memory, in which every intermediate number stays in a register.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <vector>

#include "kernels/elementwise.h"

namespace chainrule::kernels {

// An operation is known by the getter of its tile kernel.
using KernelGetter = TileKernel (*)();

struct ChainInstruction {
  KernelGetter op = nullptr;
  std::vector<int> x{};  // operands: input i is i, the result of instruction k is inputs + k
  int output = -1;       // which output takes the result; -1: none
};

// What to compute: inputs are streams of n numbers, or one number each where `is_scalar`.
struct Chain {
  std::vector<bool> is_scalar{};  // by input
  std::vector<ChainInstruction> instructions{};
  int outputs = 0;
};

// `streams` has the inputs' addresses, then the outputs'. As with tile kernels any n and alignment
// will do, and an output may be exactly an input that no later instruction reads first.
using ChainKernel = void (*)(float* const* streams, std::size_t n);

// Generated code; freed with this.
class GeneratedChain {
 public:
  GeneratedChain() = default;  // holds nothing
  explicit GeneratedChain(const Chain& chain);

  // Null where code cannot be generated: on other processors, below AVX2, or where the system
  // forbids it.
  ChainKernel kernel() const { return kernel_.get(); }

 private:
  struct Release {
    void operator()(ChainKernel kernel) const;
  };
  std::unique_ptr<std::remove_pointer_t<ChainKernel>, Release> kernel_;
};

// Can chains contain this operation? It has the bits that its tile kernel gives.
bool can_generate(KernelGetter op);

}  // namespace chainrule::kernels
