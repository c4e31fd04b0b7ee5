// Writes machine code for operations on vectors of floats, by way of AsmJit's compiler. For x86-64.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>

#include <asmjit/x86.h>

#include "kernels/generate.h"

namespace chainrule::kernels {

namespace x86 = asmjit::x86;
using Inst = x86::Inst::Id;

enum class Comparison { equal = 0, less = 1, less_equal = 2, unordered = 3, not_equal = 4 };

// One function for vectors of 16, 8 or 1 numbers; a single number lies in lane 0 of four. Registers
// are AsmJit's virtual ones; each is written where it is made, and then only by what adds to it.
class CodeWriter {
 public:
  // Begins the function.
  CodeWriter(asmjit::CodeHolder& code, int lanes, const asmjit::FuncSignature& signature);
  bool end();  // false if AsmJit could not make code of it

  // What the operation gives for its operands, to the bit of its tile kernel.
  x86::Vec apply(KernelGetter op, const x86::Vec* x);
  // multiply_add where nobody asks for the sum, x[2], any more: its register takes the result.
  x86::Vec add_product(const x86::Vec* x) {
    compiler_.emit(Inst::kIdVfmadd231ps, x[2], x[0], x[1]);
    return x[2];
  }
  // Instructions that this takes, about; 0 if the operation is not known here.
  static int length(KernelGetter op);

 protected:
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
  // In every lane; one register however often it is asked for, filled where the function begins.
  x86::Vec constant(std::uint32_t bits);
  x86::Vec constant(float number) { return constant(std::bit_cast<std::uint32_t>(number)); }

  x86::Compiler compiler_;
  const int lanes_;
  asmjit::FuncNode* function_;

 private:
  struct Operation;
  static const Operation* operation_of(KernelGetter op);

  // Operations, each as its tile kernel computes it, to the bit: see vector_math.inc for the
  // elementary functions. A product is fused with a sum only where it is there.
  template <Inst id>
  x86::Vec plain(const x86::Vec* x) {
    return emit(id, x[0], x[1]);
  }
  x86::Vec fused(const x86::Vec* x) { return multiply_add(x[0], x[1], x[2]); }
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

  x86::Vec constant_int(std::int32_t number) {
    return constant(static_cast<std::uint32_t>(number));
  }

  // Helpers of the elementary functions, as in vector_math.inc.
  template <std::size_t terms>
  x86::Vec polynomial(const x86::Vec& x, const float (&c)[terms]) {
    const x86::Vec y = multiply_add(constant(c[terms - 1]), x, constant(c[terms - 2]));
    for (std::size_t i = terms - 2; i-- > 0;)
      compiler_.emit(Inst::kIdVfmadd213ps, y, x, constant(c[i]));  // in its place
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

  asmjit::BaseNode* last_constant_;
  std::map<std::uint32_t, x86::Vec> constants_{};
};

}  // namespace chainrule::kernels
