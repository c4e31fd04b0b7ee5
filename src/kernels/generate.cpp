#include "kernels/generate.h"

#include <cstdint>

#include "kernels/dispatch.h"

#if defined(__x86_64__)
#include "kernels/code_writer.h"
#endif

namespace chainrule::kernels {

#if defined(__x86_64__)
namespace {

// Never destroyed: code may outlive every other static object.
asmjit::JitRuntime& runtime() {
  static asmjit::JitRuntime* const runtime = new asmjit::JitRuntime;
  return *runtime;
}

// A window of eight numbers into it is a mask for the first 0 to 8 lanes.
constexpr std::int32_t first_lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

std::size_t index(int value) { return static_cast<std::size_t>(value); }

class ChainWriter : public CodeWriter {
 public:
  ChainWriter(asmjit::CodeHolder& code, const Chain& chain)
      : CodeWriter(code, simd_level() == SimdLevel::avx512 ? 16 : 8,
                   asmjit::FuncSignatureT<void, float* const*, std::size_t>()),
        chain_(chain) {}

  void write() {
    const x86::Gp streams = compiler_.newIntPtr(), n = compiler_.newIntPtr();
    function_->setArg(0, streams);
    function_->setArg(1, n);
    const std::size_t inputs = chain_.is_scalar.size();
    for (std::size_t i = 0; i < inputs + index(chain_.outputs); ++i) {
      addresses_.push_back(compiler_.newIntPtr());
      compiler_.mov(addresses_[i], x86::ptr(streams, static_cast<std::int32_t>(8 * i)));
    }
    scalars_.resize(inputs);
    for (std::size_t i = 0; i < inputs; ++i)
      if (chain_.is_scalar[i])
        scalars_[i] = emit(Inst::kIdVbroadcastss, x86::dword_ptr(addresses_[i]));
    write_loop(n);
  }

 private:
  void write_loop(const x86::Gp& n) {
    const asmjit::Label loop = compiler_.newLabel(), rest = compiler_.newLabel(),
                        end = compiler_.newLabel();
    index_ = compiler_.newIntPtr();
    const x86::Gp left = compiler_.newIntPtr();
    compiler_.xor_(index_, index_);
    compiler_.mov(left, n);
    compiler_.sub(left, lanes_);
    compiler_.jl(rest);
    compiler_.bind(loop);
    write_body(false);
    compiler_.add(index_, lanes_);
    compiler_.sub(left, lanes_);
    compiler_.jge(loop);
    compiler_.bind(rest);
    compiler_.add(left, lanes_);
    compiler_.jz(end);
    write_mask(left);
    write_body(true);
    compiler_.bind(end);
  }

  void write_mask(const x86::Gp& left) {
    if (is_wide()) {
      const x86::Gp ones = compiler_.newInt32();
      compiler_.mov(ones, -1);
      compiler_.bzhi(ones, ones, left.r32());
      mask_ = compiler_.newKw();
      compiler_.kmovw(mask_, ones);
    } else {
      const x86::Gp table = compiler_.newIntPtr();
      compiler_.mov(table, asmjit::imm(reinterpret_cast<std::uintptr_t>(first_lanes + 8)));
      compiler_.neg(left);
      vector_mask_ = compiler_.newYmm();
      compiler_.vmovups(vector_mask_, x86::ymmword_ptr(table, left, 2));
    }
  }

  void write_body(bool is_part) {
    std::vector<x86::Vec> values = scalars_;
    for (const ChainInstruction& instruction : chain_.instructions) {
      x86::Vec x[3];
      for (std::size_t k = 0; k < instruction.x.size(); ++k) {
        const std::size_t operand = index(instruction.x[k]);
        if (!values[operand].isValid()) values[operand] = load(operand, is_part);
        x[k] = values[operand];
      }
      values.push_back(apply(instruction.op, x));
      if (instruction.output >= 0)
        store(scalars_.size() + index(instruction.output), values.back(), is_part);
    }
  }

  x86::Mem memory(std::size_t stream) const {
    return x86::ptr(addresses_[stream], index_, 2, 0, static_cast<std::uint32_t>(4 * lanes_));
  }
  x86::Vec load(std::size_t stream, bool is_part) {
    if (!is_part) return emit(Inst::kIdVmovups, memory(stream));
    if (!is_wide()) return emit(Inst::kIdVmaskmovps, vector_mask_, memory(stream));
    const x86::Vec y = vector();
    compiler_.k(mask_).z().emit(Inst::kIdVmovups, y, memory(stream));
    return y;
  }
  void store(std::size_t stream, const x86::Vec& value, bool is_part) {
    if (!is_part)
      compiler_.emit(Inst::kIdVmovups, memory(stream), value);
    else if (is_wide())
      compiler_.k(mask_).emit(Inst::kIdVmovups, memory(stream), value);
    else
      compiler_.emit(Inst::kIdVmaskmovps, memory(stream), vector_mask_, value);
  }

  const Chain& chain_;
  std::vector<x86::Gp> addresses_{};
  std::vector<x86::Vec> scalars_{};
  x86::Gp index_{};
  x86::KReg mask_{};
  x86::Ymm vector_mask_{};
};

class NumberWriter : public CodeWriter {
 public:
  NumberWriter(asmjit::CodeHolder& code, const NumberCode& numbers)
      : CodeWriter(code, 1, asmjit::FuncSignatureT<void>()), numbers_(numbers) {}

  void write() {
    std::vector<x86::Vec> values;
    for (const NumberCode::Input& input : numbers_.inputs)
      values.push_back(input.address == nullptr ? constant(input.constant)
                                                : emit(Inst::kIdVmovss, place_of(input.address)));
    const std::vector<int> uses = count_uses();
    for (const ChainInstruction& instruction : numbers_.instructions) {
      x86::Vec x[3];
      for (std::size_t k = 0; k < instruction.x.size(); ++k) x[k] = values[index(instruction.x[k])];
      const bool adds = instruction.op == kernels::multiply_add &&
                        index(instruction.x[2]) >= numbers_.inputs.size() &&
                        uses[index(instruction.x[2])] == 1;
      values.push_back(adds ? add_product(x) : apply(instruction.op, x));
    }
    for (const NumberCode::Output& output : numbers_.outputs)
      compiler_.emit(Inst::kIdVmovss, place_of(output.address), values[index(output.value)]);
  }

 private:
  // A number at a fixed place, by its distance from one whose address is in a register.
  struct Base {
    std::intptr_t address;
    x86::Gp pointer;
  };

  // How often each value is read.
  std::vector<int> count_uses() const {
    std::vector<int> uses(numbers_.inputs.size() + numbers_.instructions.size());
    for (const ChainInstruction& instruction : numbers_.instructions)
      for (const int x : instruction.x) ++uses[index(x)];
    for (const NumberCode::Output& output : numbers_.outputs) ++uses[index(output.value)];
    return uses;
  }

  x86::Mem place_of(const float* address) {
    const auto number = reinterpret_cast<std::intptr_t>(address);
    for (const Base& base : bases_)
      if (const std::intptr_t offset = number - base.address; offset >= 0 && offset < 1 << 30)
        return x86::dword_ptr(base.pointer, static_cast<std::int32_t>(offset));
    bases_.push_back({number, compiler_.newIntPtr()});
    compiler_.mov(bases_.back().pointer, asmjit::imm(number));
    return x86::dword_ptr(bases_.back().pointer);
  }

  const NumberCode& numbers_;
  std::vector<Base> bases_{};
};

// The function that a writer writes for `what`, or null.
template <class Kernel, class Writer, class What>
Kernel written(const What& what) {
  if (simd_level() == SimdLevel::baseline) return nullptr;
  asmjit::CodeHolder code;
  if (code.init(runtime().environment()) != asmjit::kErrorOk) return nullptr;
  Writer writer(code, what);
  writer.write();
  Kernel kernel = nullptr;
  if (!writer.end() || runtime().add(&kernel, &code) != asmjit::kErrorOk) return nullptr;
  return kernel;
}

}  // namespace

void release_code(void* code) { runtime().release(code); }

int code_length(KernelGetter op) {
  return simd_level() == SimdLevel::baseline ? 0 : CodeWriter::length(op);
}

Generated<ChainKernel> generate(const Chain& chain) {
  return written<ChainKernel, ChainWriter>(chain);
}
Generated<NumberKernel> generate(const NumberCode& code) {
  return written<NumberKernel, NumberWriter>(code);
}

#else

int code_length(KernelGetter) { return 0; }
Generated<ChainKernel> generate(const Chain&) { return nullptr; }
Generated<NumberKernel> generate(const NumberCode&) { return nullptr; }
void release_code(void*) {}

#endif

}  // namespace chainrule::kernels
