#include "kernels/generate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <type_traits>

#include "kernels/dispatch.h"

#if defined(__x86_64__)
#include <asmjit/x86.h>
#endif

namespace chainrule::kernels {

#if defined(__x86_64__)
namespace {

namespace x86 = asmjit::x86;
using Inst = x86::Inst::Id;

asmjit::JitRuntime& runtime() {
  static asmjit::JitRuntime runtime;
  return runtime;
}

// A window of eight numbers into it is a mask for the first 0 to 8 lanes.
constexpr std::int32_t first_lanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};

enum class Comparison { equal = 0, less = 1, less_equal = 2, unordered = 3, not_equal = 4 };

// Numbers that operations need, kept in registers by the chains that have such an operation.
enum Constant : unsigned { zero, one, sign_bit, magnitude_bits };
constexpr std::array<std::uint32_t, 4> constant_bits{0, 0x3f800000, 0x80000000, 0x7fffffff};

// Writes one chain; every vector is 16 or 8 lanes wide.
class Writer {
 public:
  Writer(asmjit::CodeHolder& code, const Chain& chain, bool is_wide)
      : compiler_(&code), chain_(chain), is_wide_(is_wide) {}

  void write() {
    asmjit::FuncNode* const function =
        compiler_.addFunc(asmjit::FuncSignatureT<void, float* const*, std::size_t>());
    function->frame().setAvxEnabled();
    if (is_wide_) function->frame().setAvx512Enabled();
    function->frame().setAvxCleanup();
    const x86::Gp streams = compiler_.newIntPtr(), n = compiler_.newIntPtr();
    function->setArg(0, streams);
    function->setArg(1, n);
    load_addresses(streams);
    write_loop(n);
    compiler_.endFunc();
  }

  bool finalize() { return compiler_.finalize() == asmjit::kErrorOk; }

  // Operations, each as its tile kernel computes it: no product is fused into a sum.
  template <Inst id>
  x86::Vec plain(const x86::Vec* x) {
    return emit(id, x[0], x[1]);
  }
  x86::Vec negate(const x86::Vec* x) {
    return bits(Inst::kIdVpxord, Inst::kIdVxorps, x[0], constants_[sign_bit]);
  }
  x86::Vec absolute(const x86::Vec* x) {
    return bits(Inst::kIdVpandd, Inst::kIdVandps, x[0], constants_[magnitude_bits]);
  }
  x86::Vec square(const x86::Vec* x) { return emit(Inst::kIdVmulps, x[0], x[0]); }
  x86::Vec reciprocal(const x86::Vec* x) { return emit(Inst::kIdVdivps, constants_[one], x[0]); }
  x86::Vec sqrt(const x86::Vec* x) {
    const x86::Vec y = vector();
    compiler_.emit(Inst::kIdVsqrtps, y, x[0]);
    return y;
  }
  // The instruction gives its second operand when either is NaN, so a NaN in the first is put back.
  template <Inst id>
  x86::Vec extreme(const x86::Vec* x) {
    return choose(Comparison::unordered, x[0], x[0], x[0], emit(id, x[0], x[1]));
  }
  template <Comparison comparison, bool swapped>
  x86::Vec truth(const x86::Vec* x) {
    return choose(comparison, x[swapped], x[!swapped], constants_[one], constants_[zero]);
  }
  x86::Vec select(const x86::Vec* x) {
    return choose(Comparison::equal, x[0], constants_[zero], x[2], x[1]);
  }

 private:
  std::int64_t lanes() const { return is_wide_ ? 16 : 8; }
  x86::Vec vector() {
    return is_wide_ ? x86::Vec(compiler_.newZmm()) : x86::Vec(compiler_.newYmm());
  }

  x86::Vec emit(std::uint32_t id, const x86::Vec& a, const x86::Vec& b) {
    const x86::Vec y = vector();
    compiler_.emit(id, y, a, b);
    return y;
  }
  x86::Vec bits(std::uint32_t wide, std::uint32_t narrow, const x86::Vec& a, const x86::Vec& b) {
    return emit(is_wide_ ? wide : narrow, a, b);
  }

  // Where the comparison holds `yes`, else `no`.
  x86::Vec choose(Comparison comparison, const x86::Vec& a, const x86::Vec& b, const x86::Vec& yes,
                  const x86::Vec& no) {
    const x86::Vec y = vector();
    const auto how = asmjit::imm(static_cast<int>(comparison));
    if (is_wide_) {
      const x86::KReg holds = compiler_.newKw();
      compiler_.emit(Inst::kIdVcmpps, holds, a, b, how);
      compiler_.k(holds).emit(Inst::kIdVblendmps, y, no, yes);
    } else {
      const x86::Vec holds = vector();
      compiler_.emit(Inst::kIdVcmpps, holds, a, b, how);
      compiler_.emit(Inst::kIdVblendvps, y, no, yes, holds);
    }
    return y;
  }

  x86::Vec repeated(std::uint32_t bits) {
    const x86::Vec y = vector();
    compiler_.emit(Inst::kIdVbroadcastss, y,
                   compiler_.newUInt32Const(asmjit::ConstPoolScope::kLocal, bits));
    return y;
  }

  void load_addresses(const x86::Gp& streams) {
    const std::size_t inputs = chain_.is_scalar.size();
    for (std::size_t i = 0; i < inputs + static_cast<std::size_t>(chain_.outputs); ++i) {
      addresses_.push_back(compiler_.newIntPtr());
      compiler_.mov(addresses_[i], x86::ptr(streams, static_cast<std::int32_t>(8 * i)));
    }
    scalars_.resize(inputs);
    for (std::size_t i = 0; i < inputs; ++i) {
      if (!chain_.is_scalar[i]) continue;
      scalars_[i] = vector();
      compiler_.emit(Inst::kIdVbroadcastss, scalars_[i], x86::dword_ptr(addresses_[i]));
    }
    for (std::size_t i = 0; i < constant_bits.size(); ++i)
      if (needs(i)) constants_[i] = repeated(constant_bits[i]);
  }

  void write_loop(const x86::Gp& n) {
    const asmjit::Label loop = compiler_.newLabel(), rest = compiler_.newLabel(),
                        end = compiler_.newLabel();
    index_ = compiler_.newIntPtr();
    const x86::Gp left = compiler_.newIntPtr();
    compiler_.xor_(index_, index_);
    compiler_.mov(left, n);
    compiler_.sub(left, lanes());
    compiler_.jl(rest);
    compiler_.bind(loop);
    write_body(false);
    compiler_.add(index_, lanes());
    compiler_.sub(left, lanes());
    compiler_.jge(loop);
    compiler_.bind(rest);
    compiler_.add(left, lanes());
    compiler_.jz(end);
    write_mask(left);
    write_body(true);
    compiler_.bind(end);
  }

  void write_mask(const x86::Gp& left) {
    if (is_wide_) {
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

  x86::Mem memory(std::size_t stream) const {
    return x86::ptr(addresses_[stream], index_, 2, 0, static_cast<std::uint32_t>(4 * lanes()));
  }

  x86::Vec load(std::size_t stream, bool is_part) {
    const x86::Vec y = vector();
    if (!is_part)
      compiler_.emit(Inst::kIdVmovups, y, memory(stream));
    else if (is_wide_)
      compiler_.k(mask_).z().emit(Inst::kIdVmovups, y, memory(stream));
    else
      compiler_.emit(Inst::kIdVmaskmovps, y, vector_mask_, memory(stream));
    return y;
  }

  void store(std::size_t stream, const x86::Vec& value, bool is_part) {
    if (!is_part)
      compiler_.emit(Inst::kIdVmovups, memory(stream), value);
    else if (is_wide_)
      compiler_.k(mask_).emit(Inst::kIdVmovups, memory(stream), value);
    else
      compiler_.emit(Inst::kIdVmaskmovps, memory(stream), vector_mask_, value);
  }

  bool needs(std::size_t constant) const;
  void write_body(bool is_part);

  x86::Compiler compiler_;
  const Chain& chain_;
  const bool is_wide_;
  std::vector<x86::Gp> addresses_{};
  std::vector<x86::Vec> scalars_{};
  std::array<x86::Vec, constant_bits.size()> constants_{};
  x86::Gp index_{};
  x86::KReg mask_{};
  x86::Ymm vector_mask_{};
};

struct Emitter {
  KernelGetter op;
  x86::Vec (Writer::*write)(const x86::Vec* x);
  unsigned constants = 0;  // bit i: needs constant i
};
constexpr unsigned zero_and_one = 1U << zero | 1U << one;

constexpr std::array emitters{
    Emitter{kernels::add, &Writer::plain<Inst::kIdVaddps>},
    Emitter{kernels::subtract, &Writer::plain<Inst::kIdVsubps>},
    Emitter{kernels::multiply, &Writer::plain<Inst::kIdVmulps>},
    Emitter{kernels::divide, &Writer::plain<Inst::kIdVdivps>},
    Emitter{kernels::negate, &Writer::negate, 1U << sign_bit},
    Emitter{kernels::abs, &Writer::absolute, 1U << magnitude_bits},
    Emitter{kernels::square, &Writer::square},
    Emitter{kernels::reciprocal, &Writer::reciprocal, 1U << one},
    Emitter{kernels::sqrt, &Writer::sqrt},
    Emitter{kernels::minimum, &Writer::extreme<Inst::kIdVminps>},
    Emitter{kernels::maximum, &Writer::extreme<Inst::kIdVmaxps>},
    Emitter{kernels::greater, &Writer::truth<Comparison::less, true>, zero_and_one},
    Emitter{kernels::greater_equal, &Writer::truth<Comparison::less_equal, true>, zero_and_one},
    Emitter{kernels::less, &Writer::truth<Comparison::less, false>, zero_and_one},
    Emitter{kernels::less_equal, &Writer::truth<Comparison::less_equal, false>, zero_and_one},
    Emitter{kernels::equal, &Writer::truth<Comparison::equal, false>, zero_and_one},
    Emitter{kernels::not_equal, &Writer::truth<Comparison::not_equal, false>, zero_and_one},
    Emitter{kernels::select, &Writer::select, 1U << zero},
};

const Emitter* emitter_of(KernelGetter op) {
  const auto* const found = std::ranges::find(emitters, op, &Emitter::op);
  return found == emitters.end() ? nullptr : found;
}

bool Writer::needs(std::size_t constant) const {
  return std::ranges::any_of(chain_.instructions, [&](const ChainInstruction& instruction) {
    return (emitter_of(instruction.op)->constants >> constant & 1U) != 0;
  });
}

void Writer::write_body(bool is_part) {
  std::vector<x86::Vec> values = scalars_;
  const std::size_t inputs = values.size();
  for (const ChainInstruction& instruction : chain_.instructions) {
    x86::Vec x[3];
    for (std::size_t k = 0; k < instruction.x.size(); ++k) {
      const auto operand = static_cast<std::size_t>(instruction.x[k]);
      if (!values[operand].isValid()) values[operand] = load(operand, is_part);
      x[k] = values[operand];
    }
    values.push_back((this->*emitter_of(instruction.op)->write)(x));
    if (instruction.output >= 0)
      store(inputs + static_cast<std::size_t>(instruction.output), values.back(), is_part);
  }
}

}  // namespace

bool can_generate(KernelGetter op) { return emitter_of(op) != nullptr; }

GeneratedChain::GeneratedChain(const Chain& chain) {
  if (simd_level() == SimdLevel::baseline) return;
  asmjit::CodeHolder code;
  if (code.init(runtime().environment()) != asmjit::kErrorOk) return;
  Writer writer(code, chain, simd_level() == SimdLevel::avx512);
  writer.write();
  ChainKernel made = nullptr;
  if (writer.finalize() && runtime().add(&made, &code) == asmjit::kErrorOk) kernel_.reset(made);
}

void GeneratedChain::Release::operator()(ChainKernel kernel) const { runtime().release(kernel); }

#else

bool can_generate(KernelGetter) { return false; }
GeneratedChain::GeneratedChain(const Chain&) {}
void GeneratedChain::Release::operator()(ChainKernel) const {}

#endif

}  // namespace chainrule::kernels
