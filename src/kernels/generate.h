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
// will do, and an output may be exactly an input that no later instruction is the first to read.
using ChainKernel = void (*)(float* const* streams, std::size_t n);

// A computation of single numbers at fixed places. All inputs are read before outputs are written.
struct NumberCode {
  struct Input {
    const float* address = nullptr;  // null: the constant
    float constant = 0;
  };
  struct Output {
    int value = 0;  // input i is i, the result of instruction k is inputs + k
    float* address = nullptr;
  };
  std::vector<Input> inputs{};
  std::vector<ChainInstruction> instructions{};
  std::vector<Output> outputs{};
};
using NumberKernel = void (*)();

void release_code(void* code);

// Owns generated code.
template <class Kernel>
class Generated {
 public:
  Generated(Kernel kernel = nullptr) : kernel_(kernel) {}  // NOLINT: wraps it, no more
  Kernel get() const { return kernel_.get(); }

 private:
  struct Release {
    void operator()(Kernel kernel) const { release_code(reinterpret_cast<void*>(kernel)); }
  };
  std::unique_ptr<std::remove_pointer_t<Kernel>, Release> kernel_;
};

// Null where code cannot be generated: on other processors, below AVX2, or where the system forbids
// it. The operations must be such that can_generate() holds.
Generated<ChainKernel> generate(const Chain& chain);
Generated<NumberKernel> generate(const NumberCode& code);

// Machine instructions per vector, about; 0 if there is no code for the operation at the SIMD level
// in use. The code gives the bits that the operation's tile kernel gives.
int code_length(KernelGetter op);
inline bool can_generate(KernelGetter op) { return code_length(op) > 0; }

}  // namespace chainrule::kernels
