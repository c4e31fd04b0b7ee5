#if defined(__x86_64__)

#include "kernels/code_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/coefficients.h"

namespace chainrule::kernels {

CodeWriter::CodeWriter(asmjit::CodeHolder& code, int lanes, const asmjit::FuncSignature& signature)
    : compiler_(&code), lanes_(lanes), function_(compiler_.addFunc(signature)) {
  function_->frame().setAvxEnabled();
  if (is_wide()) function_->frame().setAvx512Enabled();
  function_->frame().setAvxCleanup();
  last_constant_ = compiler_.cursor();
}

bool CodeWriter::end() {
  compiler_.endFunc();
  return compiler_.finalize() == asmjit::kErrorOk;
}

x86::Vec CodeWriter::constant(std::uint32_t bits) {
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

CodeWriter::ReducedExp CodeWriter::reduce_exp(const x86::Vec& x) {
  const x86::Vec n = emit(Inst::kIdVcvtps2dq, multiply(x, constant(coefficients::inverse_ln2)));
  const x86::Vec whole = emit(Inst::kIdVcvtdq2ps, n);
  x86::Vec r = negated_multiply_add(whole, constant(coefficients::ln2_high), x);
  r = negated_multiply_add(whole, constant(coefficients::ln2_low), r);
  return {n, multiply_add(multiply(r, r), polynomial(r, coefficients::exp), r)};
}

x86::Vec CodeWriter::exp_normal(const x86::Vec& x) {
  const ReducedExp e = reduce_exp(x);
  return multiply(add(e.expm1_r, constant(1.0F)), power_of_two(e.n));
}

x86::Vec CodeWriter::exp(const x86::Vec& x) {
  const x86::Vec bounded =
      emit(Inst::kIdVminps, emit(Inst::kIdVmaxps, x, constant(-104.0F)), constant(89.0F));
  const ReducedExp e = reduce_exp(bounded);
  const x86::Vec half = shift<Inst::kIdVpsrad>(e.n, 1);
  const x86::Vec y = multiply(multiply(add(e.expm1_r, constant(1.0F)), power_of_two(half)),
                              power_of_two(subtract_int(e.n, half)));
  return keep_nan(x, y);
}

x86::Vec CodeWriter::expm1(const x86::Vec* x) {
  const ReducedExp e = reduce_exp(
      emit(Inst::kIdVminps, emit(Inst::kIdVmaxps, x[0], constant(-25.0F)), constant(89.0F)));
  const x86::Vec scale = power_of_two(subtract_int(e.n, constant_int(1)));
  const x86::Vec half = multiply_add(scale, e.expm1_r, subtract(scale, constant(0.5F)));
  return choose(Comparison::less, absolute(x), constant(0x1p-25F), x[0],
                keep_nan(x[0], add(half, half)));
}

x86::Vec CodeWriter::log(const x86::Vec* x) {
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

x86::Vec CodeWriter::tanh(const x86::Vec* x) {
  const x86::Vec magnitude = absolute(x), one = constant(1.0F), squared = multiply(x[0], x[0]);
  const x86::Vec small =
      multiply_add(multiply(squared, x[0]), polynomial(squared, coefficients::tanh), x[0]);
  const x86::Vec bounded = emit(Inst::kIdVminps, magnitude, constant(10.0F));
  const x86::Vec power = exp_normal(add(bounded, bounded));
  const x86::Vec large = subtract(one, divide(constant(2.0F), add(power, one)));
  const x86::Vec y = choose(Comparison::less_equal, constant(0.625F), magnitude, large, small);
  return with_sign(y, x[0]);
}

x86::Vec CodeWriter::with_sign(const x86::Vec& y, const x86::Vec& x) {
  return emit(is_wide() ? Inst::kIdVpord : Inst::kIdVorps, absolute(&y),
              conjunction(x, constant(0x80000000U)));
}

x86::Vec CodeWriter::erf(const x86::Vec* x) {
  const x86::Vec magnitude = absolute(x), one = constant(1.0F);
  const x86::Vec small =
      multiply_add(x[0], polynomial(multiply(x[0], x[0]), coefficients::erf_small), x[0]);
  const x86::Vec bounded = emit(Inst::kIdVminps, magnitude, constant(4.0F));
  const x86::Vec large = subtract(one, exp_normal(polynomial(bounded, coefficients::erf_large)));
  return choose(Comparison::less_equal, one, magnitude, with_sign(large, x[0]), small);
}

x86::Vec CodeWriter::sigmoid(const x86::Vec* x) {
  const x86::Vec one = constant(1.0F), magnitude = absolute(x), z = exp(negate(&magnitude));
  return divide(choose(Comparison::less, x[0], constant(0.0F), z, one), add(one, z));
}

struct CodeWriter::Operation {
  KernelGetter op;
  x86::Vec (CodeWriter::*write)(const x86::Vec* x);
  int length = 1;
};

const CodeWriter::Operation* CodeWriter::operation_of(KernelGetter op) {
  static constexpr Operation operations[] = {
      {kernels::add, &CodeWriter::plain<Inst::kIdVaddps>},
      {kernels::subtract, &CodeWriter::plain<Inst::kIdVsubps>},
      {kernels::multiply, &CodeWriter::plain<Inst::kIdVmulps>},
      {kernels::divide, &CodeWriter::plain<Inst::kIdVdivps>},
      {kernels::multiply_add, &CodeWriter::fused, 2},
      {kernels::negate, &CodeWriter::negate},
      {kernels::abs, &CodeWriter::absolute},
      {kernels::square, &CodeWriter::square},
      {kernels::reciprocal, &CodeWriter::reciprocal},
      {kernels::sqrt, &CodeWriter::sqrt},
      {kernels::minimum, &CodeWriter::extreme<Inst::kIdVminps>},
      {kernels::maximum, &CodeWriter::extreme<Inst::kIdVmaxps>},
      {kernels::greater, &CodeWriter::truth<Comparison::less, true>},
      {kernels::greater_equal, &CodeWriter::truth<Comparison::less_equal, true>},
      {kernels::less, &CodeWriter::truth<Comparison::less, false>},
      {kernels::less_equal, &CodeWriter::truth<Comparison::less_equal, false>},
      {kernels::equal, &CodeWriter::truth<Comparison::equal, false>},
      {kernels::not_equal, &CodeWriter::truth<Comparison::not_equal, false>},
      {kernels::select, &CodeWriter::select},
      {kernels::exp, &CodeWriter::exp, 30},
      {kernels::expm1, &CodeWriter::expm1, 30},
      {kernels::log, &CodeWriter::log, 30},
      {kernels::tanh, &CodeWriter::tanh, 30},
      {kernels::sigmoid, &CodeWriter::sigmoid, 30},
      {kernels::erf, &CodeWriter::erf, 30},
  };
  const auto* const found = std::ranges::find(operations, op, &Operation::op);
  return found == std::end(operations) ? nullptr : found;
}

x86::Vec CodeWriter::apply(KernelGetter op, const x86::Vec* x) {
  return (this->*operation_of(op)->write)(x);
}

int CodeWriter::length(KernelGetter op) {
  const Operation* const operation = operation_of(op);
  return operation == nullptr ? 0 : operation->length;
}

}  // namespace chainrule::kernels

#endif
