#include "kernels/generate.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

#include "kernels/coefficients.h"
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

// Writes code for vectors of 16, 8 or 1 numbers; a single number lies in lane 0 of four.
class Writer {
 public:
  Writer(asmjit::CodeHolder& code, int lanes) : compiler_(&code), lanes_(lanes) {}

  // Begins a function; what `constant` makes stands at its beginning.
  void begin(const asmjit::FuncSignature& signature) {
    function_ = compiler_.addFunc(signature);
    function_->frame().setAvxEnabled();
    if (is_wide()) function_->frame().setAvx512Enabled();
    function_->frame().setAvxCleanup();
  }
  bool end() {
    compiler_.endFunc();
    return compiler_.finalize() == asmjit::kErrorOk;
  }

  void write_chain(const Chain& chain);
  void write_numbers(const NumberCode& code);

  // Operations, each as its tile kernel computes it, to the bit: see vector_math.inc for the
  // elementary functions. A product is fused with a sum only where it is there.
  template <Inst id>
  x86::Vec plain(const x86::Vec* x) {
    return emit(id, x[0], x[1]);
  }
  x86::Vec negate(const x86::Vec* x) { return exclusive_or(x[0], constant(0x80000000U)); }
  x86::Vec absolute(const x86::Vec* x) { return conjunction(x[0], constant(0x7fffffffU)); }
  x86::Vec square(const x86::Vec* x) { return multiply(x[0], x[0]); }
  x86::Vec reciprocal(const x86::Vec* x) { return divide(constant(1.0F), x[0]); }
  x86::Vec sqrt(const x86::Vec* x) { return emit(Inst::kIdVsqrtps, x[0]); }
  // The instruction gives its second operand when either is NaN, so a NaN in the first is put back.
  template <Inst id>
  x86::Vec extreme(const x86::Vec* x) {
    return keep_nan(x[0], emit(id, x[0], x[1]));
  }
  template <Comparison comparison, bool swapped>
  x86::Vec truth(const x86::Vec* x) {
    return choose(comparison, x[swapped], x[!swapped], constant(1.0F), constant(0.0F));
  }
  x86::Vec select(const x86::Vec* x) {
    return choose(Comparison::equal, x[0], constant(0.0F), x[2], x[1]);
  }
  x86::Vec exp(const x86::Vec* x) { return exp(x[0]); }
  x86::Vec expm1(const x86::Vec* x);
  x86::Vec log(const x86::Vec* x);
  x86::Vec tanh(const x86::Vec* x);
  x86::Vec sigmoid(const x86::Vec* x);
  x86::Vec erf(const x86::Vec* x);

 private:
  bool is_wide() const { return lanes_ == 16; }
  x86::Vec vector() {
    if (is_wide()) return x86::Vec(compiler_.newZmm());
    return lanes_ == 8 ? x86::Vec(compiler_.newYmm()) : x86::Vec(compiler_.newXmm());
  }

  template <class... Operands>
  x86::Vec emit(Inst id, const Operands&... operands) {
    const x86::Vec y = vector();
    compiler_.emit(id, y, operands...);
    return y;
  }
  x86::Vec add(const x86::Vec& a, const x86::Vec& b) { return emit(Inst::kIdVaddps, a, b); }
  x86::Vec subtract(const x86::Vec& a, const x86::Vec& b) { return emit(Inst::kIdVsubps, a, b); }
  x86::Vec multiply(const x86::Vec& a, const x86::Vec& b) { return emit(Inst::kIdVmulps, a, b); }
  x86::Vec divide(const x86::Vec& a, const x86::Vec& b) { return emit(Inst::kIdVdivps, a, b); }
  x86::Vec exclusive_or(const x86::Vec& a, const x86::Vec& b) {
    return emit(is_wide() ? Inst::kIdVpxord : Inst::kIdVxorps, a, b);
  }
  x86::Vec conjunction(const x86::Vec& a, const x86::Vec& b) {
    return emit(is_wide() ? Inst::kIdVpandd : Inst::kIdVandps, a, b);
  }
  // Of whole numbers.
  x86::Vec add_int(const x86::Vec& a, const x86::Vec& b) { return emit(Inst::kIdVpaddd, a, b); }
  x86::Vec subtract_int(const x86::Vec& a, const x86::Vec& b) {
    return emit(Inst::kIdVpsubd, a, b);
  }
  template <Inst id>
  x86::Vec shift(const x86::Vec& a, int places) {
    return emit(id, a, asmjit::imm(places));
  }

  // a b + c and c - a b, rounded once.
  template <Inst id = Inst::kIdVfmadd213ps>
  x86::Vec multiply_add(const x86::Vec& a, const x86::Vec& b, const x86::Vec& c) {
    const x86::Vec y = vector();
    compiler_.emit(Inst::kIdVmovaps, y, a);
    compiler_.emit(id, y, b, c);
    return y;
  }
  x86::Vec negated_multiply_add(const x86::Vec& a, const x86::Vec& b, const x86::Vec& c) {
    return multiply_add<Inst::kIdVfnmadd213ps>(a, b, c);
  }

  // Where the comparison holds `yes`, else `no`.
  x86::Vec choose(Comparison comparison, const x86::Vec& a, const x86::Vec& b, const x86::Vec& yes,
                  const x86::Vec& no) {
    const auto how = asmjit::imm(static_cast<int>(comparison));
    if (!is_wide()) return emit(Inst::kIdVblendvps, no, yes, emit(Inst::kIdVcmpps, a, b, how));
    const x86::KReg holds = compiler_.newKw();
    compiler_.emit(Inst::kIdVcmpps, holds, a, b, how);
    const x86::Vec y = vector();
    compiler_.k(holds).emit(Inst::kIdVblendmps, y, no, yes);
    return y;
  }
  x86::Vec keep_nan(const x86::Vec& x, const x86::Vec& y) {
    return choose(Comparison::unordered, x, x, x, y);
  }

  // In every lane; one register however often it is asked for, filled where the function begins.
  x86::Vec constant(std::uint32_t bits) {
    const auto [place, is_new] = constants_.try_emplace(bits);
    if (!is_new) return place->second;
    asmjit::BaseNode* const here = compiler_.setCursor(last_constant_);
    place->second =
        emit(Inst::kIdVbroadcastss, compiler_.newUInt32Const(asmjit::ConstPoolScope::kLocal, bits));
    const bool was_last = here == last_constant_;
    last_constant_ = compiler_.cursor();
    compiler_.setCursor(was_last ? last_constant_ : here);
    return place->second;
  }
  x86::Vec constant(float number) { return constant(std::bit_cast<std::uint32_t>(number)); }
  x86::Vec constant_int(std::int32_t number) {
    return constant(static_cast<std::uint32_t>(number));
  }

  // Helpers of the elementary functions, as in vector_math.inc.
  template <std::size_t terms>
  x86::Vec polynomial(const x86::Vec& x, const float (&c)[terms]) {
    x86::Vec y = constant(c[terms - 1]);
    for (std::size_t i = terms - 1; i-- > 0;) y = multiply_add(y, x, constant(c[i]));
    return y;
  }
  x86::Vec power_of_two(const x86::Vec& n) {
    return shift<Inst::kIdVpslld>(add_int(n, constant_int(127)), 23);
  }
  struct ReducedExp {
    x86::Vec n, expm1_r;
  };
  ReducedExp reduce_exp(const x86::Vec& x);
  x86::Vec exp_normal(const x86::Vec& x);
  x86::Vec exp(const x86::Vec& x);
  x86::Vec with_sign(const x86::Vec& y, const x86::Vec& x);  // the magnitude of y

  void write_loop(const Chain& chain, const x86::Gp& n);
  void write_mask(const x86::Gp& left);
  void write_body(const Chain& chain, bool is_part);
  x86::Vec write(const ChainInstruction& instruction, const std::vector<x86::Vec>& values);

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

  // A number at a fixed place, by its distance from one whose address is in a register.
  struct Base {
    std::intptr_t address;
    x86::Gp pointer;
  };
  x86::Mem place_of(const float* address);

  x86::Compiler compiler_;
  const int lanes_;
  asmjit::FuncNode* function_ = nullptr;
  asmjit::BaseNode* last_constant_ = nullptr;
  std::map<std::uint32_t, x86::Vec> constants_{};
  std::vector<x86::Gp> addresses_{};
  std::vector<x86::Vec> scalars_{};
  std::vector<Base> bases_{};
  x86::Gp index_{};
  x86::KReg mask_{};
  x86::Ymm vector_mask_{};
};

Writer::ReducedExp Writer::reduce_exp(const x86::Vec& x) {
  const x86::Vec n = emit(Inst::kIdVcvtps2dq, multiply(x, constant(coefficients::inverse_ln2)));
  const x86::Vec whole = emit(Inst::kIdVcvtdq2ps, n);
  x86::Vec r = negated_multiply_add(whole, constant(coefficients::ln2_high), x);
  r = negated_multiply_add(whole, constant(coefficients::ln2_low), r);
  return {n, multiply_add(multiply(r, r), polynomial(r, coefficients::exp), r)};
}

x86::Vec Writer::exp_normal(const x86::Vec& x) {
  const ReducedExp e = reduce_exp(x);
  return multiply(add(e.expm1_r, constant(1.0F)), power_of_two(e.n));
}

x86::Vec Writer::exp(const x86::Vec& x) {
  const x86::Vec bounded =
      emit(Inst::kIdVminps, emit(Inst::kIdVmaxps, x, constant(-104.0F)), constant(89.0F));
  const ReducedExp e = reduce_exp(bounded);
  const x86::Vec half = shift<Inst::kIdVpsrad>(e.n, 1);
  const x86::Vec y = multiply(multiply(add(e.expm1_r, constant(1.0F)), power_of_two(half)),
                              power_of_two(subtract_int(e.n, half)));
  return keep_nan(x, y);
}

x86::Vec Writer::expm1(const x86::Vec* x) {
  const ReducedExp e = reduce_exp(
      emit(Inst::kIdVminps, emit(Inst::kIdVmaxps, x[0], constant(-25.0F)), constant(89.0F)));
  const x86::Vec scale = power_of_two(subtract_int(e.n, constant_int(1)));
  const x86::Vec half = multiply_add(scale, e.expm1_r, subtract(scale, constant(0.5F)));
  return choose(Comparison::less, absolute(x), constant(0x1p-25F), x[0],
                keep_nan(x[0], add(half, half)));
}

x86::Vec Writer::log(const x86::Vec* x) {
  const x86::Vec zero = constant(0.0F), infinity = constant(HUGE_VALF), u = x[0];
  const x86::Vec least = constant(0x1p-126F);
  const x86::Vec normal = choose(Comparison::less, u, least, multiply(u, constant(0x1p23F)), u);
  const x86::Vec exponent =
      shift<Inst::kIdVpsrad>(subtract_int(normal, constant_int(coefficients::sqrt_half_bits)), 23);
  const x86::Vec e = subtract(emit(Inst::kIdVcvtdq2ps, exponent),
                              choose(Comparison::less, u, least, constant(23.0F), zero));
  const x86::Vec m = subtract_int(normal, shift<Inst::kIdVpslld>(exponent, 23));
  const x86::Vec f = subtract(m, constant(1.0F)), squared = multiply(f, f);
  x86::Vec y = multiply(multiply(squared, f), polynomial(f, coefficients::log));
  y = multiply_add(e, constant(coefficients::ln2_low), y);
  y = negated_multiply_add(constant(0.5F), squared, y);
  y = multiply_add(e, constant(coefficients::ln2_high), add(f, y));
  const x86::Vec below =
      choose(Comparison::less, u, zero, constant(std::numeric_limits<float>::quiet_NaN()), u);
  const x86::Vec special = choose(Comparison::equal, u, zero, constant(-HUGE_VALF), below);
  return choose(Comparison::less, zero, u, choose(Comparison::less, u, infinity, y, special),
                special);
}

x86::Vec Writer::tanh(const x86::Vec* x) {
  const x86::Vec magnitude = absolute(x), one = constant(1.0F), squared = multiply(x[0], x[0]);
  const x86::Vec small =
      multiply_add(multiply(squared, x[0]), polynomial(squared, coefficients::tanh), x[0]);
  const x86::Vec bounded = emit(Inst::kIdVminps, magnitude, constant(10.0F));
  const x86::Vec power = exp_normal(add(bounded, bounded));
  const x86::Vec large = subtract(one, divide(constant(2.0F), add(power, one)));
  const x86::Vec y = choose(Comparison::less_equal, constant(0.625F), magnitude, large, small);
  return with_sign(y, x[0]);
}

x86::Vec Writer::with_sign(const x86::Vec& y, const x86::Vec& x) {
  return emit(is_wide() ? Inst::kIdVpord : Inst::kIdVorps, absolute(&y),
              conjunction(x, constant(0x80000000U)));
}

x86::Vec Writer::erf(const x86::Vec* x) {
  const x86::Vec magnitude = absolute(x), one = constant(1.0F);
  const x86::Vec small =
      multiply_add(x[0], polynomial(multiply(x[0], x[0]), coefficients::erf_small), x[0]);
  const x86::Vec bounded = emit(Inst::kIdVminps, magnitude, constant(4.0F));
  const x86::Vec large = subtract(one, exp_normal(polynomial(bounded, coefficients::erf_large)));
  return choose(Comparison::less_equal, one, magnitude, with_sign(large, x[0]), small);
}

x86::Vec Writer::sigmoid(const x86::Vec* x) {
  const x86::Vec one = constant(1.0F), magnitude = absolute(x), z = exp(negate(&magnitude));
  return divide(choose(Comparison::less, x[0], constant(0.0F), z, one), add(one, z));
}

struct Emitter {
  KernelGetter op;
  x86::Vec (Writer::*write)(const x86::Vec* x);
  int length = 1;  // instructions, about
};

constexpr std::array emitters{
    Emitter{kernels::add, &Writer::plain<Inst::kIdVaddps>},
    Emitter{kernels::subtract, &Writer::plain<Inst::kIdVsubps>},
    Emitter{kernels::multiply, &Writer::plain<Inst::kIdVmulps>},
    Emitter{kernels::divide, &Writer::plain<Inst::kIdVdivps>},
    Emitter{kernels::negate, &Writer::negate},
    Emitter{kernels::abs, &Writer::absolute},
    Emitter{kernels::square, &Writer::square},
    Emitter{kernels::reciprocal, &Writer::reciprocal},
    Emitter{kernels::sqrt, &Writer::sqrt},
    Emitter{kernels::minimum, &Writer::extreme<Inst::kIdVminps>},
    Emitter{kernels::maximum, &Writer::extreme<Inst::kIdVmaxps>},
    Emitter{kernels::greater, &Writer::truth<Comparison::less, true>},
    Emitter{kernels::greater_equal, &Writer::truth<Comparison::less_equal, true>},
    Emitter{kernels::less, &Writer::truth<Comparison::less, false>},
    Emitter{kernels::less_equal, &Writer::truth<Comparison::less_equal, false>},
    Emitter{kernels::equal, &Writer::truth<Comparison::equal, false>},
    Emitter{kernels::not_equal, &Writer::truth<Comparison::not_equal, false>},
    Emitter{kernels::select, &Writer::select},
    Emitter{kernels::exp, &Writer::exp, 30},
    Emitter{kernels::expm1, &Writer::expm1, 30},
    Emitter{kernels::log, &Writer::log, 30},
    Emitter{kernels::tanh, &Writer::tanh, 30},
    Emitter{kernels::sigmoid, &Writer::sigmoid, 30},
    Emitter{kernels::erf, &Writer::erf, 30},
};

const Emitter* emitter_of(KernelGetter op) {
  const auto* const found = std::ranges::find(emitters, op, &Emitter::op);
  return found == emitters.end() ? nullptr : found;
}

x86::Vec Writer::write(const ChainInstruction& instruction, const std::vector<x86::Vec>& values) {
  x86::Vec x[3];
  for (std::size_t k = 0; k < instruction.x.size(); ++k)
    x[k] = values[static_cast<std::size_t>(instruction.x[k])];
  return (this->*emitter_of(instruction.op)->write)(x);
}

void Writer::write_chain(const Chain& chain) {
  begin(asmjit::FuncSignatureT<void, float* const*, std::size_t>());
  const x86::Gp streams = compiler_.newIntPtr(), n = compiler_.newIntPtr();
  function_->setArg(0, streams);
  function_->setArg(1, n);
  last_constant_ = compiler_.cursor();
  const std::size_t inputs = chain.is_scalar.size();
  for (std::size_t i = 0; i < inputs + static_cast<std::size_t>(chain.outputs); ++i) {
    addresses_.push_back(compiler_.newIntPtr());
    compiler_.mov(addresses_[i], x86::ptr(streams, static_cast<std::int32_t>(8 * i)));
  }
  scalars_.resize(inputs);
  for (std::size_t i = 0; i < inputs; ++i)
    if (chain.is_scalar[i])
      scalars_[i] = emit(Inst::kIdVbroadcastss, x86::dword_ptr(addresses_[i]));
  write_loop(chain, n);
}

void Writer::write_loop(const Chain& chain, const x86::Gp& n) {
  const asmjit::Label loop = compiler_.newLabel(), rest = compiler_.newLabel(),
                      end = compiler_.newLabel();
  index_ = compiler_.newIntPtr();
  const x86::Gp left = compiler_.newIntPtr();
  compiler_.xor_(index_, index_);
  compiler_.mov(left, n);
  compiler_.sub(left, lanes_);
  compiler_.jl(rest);
  compiler_.bind(loop);
  write_body(chain, false);
  compiler_.add(index_, lanes_);
  compiler_.sub(left, lanes_);
  compiler_.jge(loop);
  compiler_.bind(rest);
  compiler_.add(left, lanes_);
  compiler_.jz(end);
  write_mask(left);
  write_body(chain, true);
  compiler_.bind(end);
}

void Writer::write_mask(const x86::Gp& left) {
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

void Writer::write_body(const Chain& chain, bool is_part) {
  std::vector<x86::Vec> values = scalars_;
  for (const ChainInstruction& instruction : chain.instructions) {
    for (const int operand : instruction.x)
      if (const auto at = static_cast<std::size_t>(operand); !values[at].isValid())
        values[at] = load(at, is_part);
    values.push_back(write(instruction, values));
    if (instruction.output >= 0)
      store(scalars_.size() + static_cast<std::size_t>(instruction.output), values.back(), is_part);
  }
}

x86::Mem Writer::place_of(const float* address) {
  const auto number = reinterpret_cast<std::intptr_t>(address);
  for (const Base& base : bases_)
    if (const std::intptr_t offset = number - base.address; offset >= 0 && offset < 1 << 30)
      return x86::dword_ptr(base.pointer, static_cast<std::int32_t>(offset));
  bases_.push_back({number, compiler_.newIntPtr()});
  compiler_.mov(bases_.back().pointer, asmjit::imm(number));
  return x86::dword_ptr(bases_.back().pointer);
}

void Writer::write_numbers(const NumberCode& code) {
  begin(asmjit::FuncSignatureT<void>());
  last_constant_ = compiler_.cursor();
  std::vector<x86::Vec> values;
  for (const NumberCode::Input& input : code.inputs)
    values.push_back(input.address == nullptr ? constant(input.constant)
                                              : emit(Inst::kIdVmovss, place_of(input.address)));
  for (const ChainInstruction& instruction : code.instructions)
    values.push_back(write(instruction, values));
  for (const NumberCode::Output& output : code.outputs)
    compiler_.emit(Inst::kIdVmovss, place_of(output.address),
                   values[static_cast<std::size_t>(output.value)]);
}

// The function that `write` writes, or null.
template <class Function, class Write>
Function written(int lanes, Write write) {
  asmjit::CodeHolder code;
  if (code.init(runtime().environment()) != asmjit::kErrorOk) return nullptr;
  Writer writer(code, lanes);
  write(writer);
  Function function = nullptr;
  if (!writer.end() || runtime().add(&function, &code) != asmjit::kErrorOk) return nullptr;
  return function;
}

}  // namespace

void release_code(void* code) { runtime().release(code); }

int code_length(KernelGetter op) {
  const Emitter* const emitter = emitter_of(op);
  return emitter == nullptr || simd_level() == SimdLevel::baseline ? 0 : emitter->length;
}

Generated<ChainKernel> generate(const Chain& chain) {
  const int lanes = simd_level() == SimdLevel::avx512 ? 16 : 8;
  return written<ChainKernel>(lanes, [&](Writer& writer) { writer.write_chain(chain); });
}

Generated<NumberKernel> generate(const NumberCode& code) {
  return written<NumberKernel>(1, [&](Writer& writer) { writer.write_numbers(code); });
}

#else

int code_length(KernelGetter) { return 0; }
Generated<ChainKernel> generate(const Chain&) { return nullptr; }
Generated<NumberKernel> generate(const NumberCode&) { return nullptr; }
void release_code(void*) {}

#endif

}  // namespace chainrule::kernels
