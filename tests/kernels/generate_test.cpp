// Generated code gives the bits of the tile kernels that it stands for, called one by one.
#include "kernels/generate.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

using Floats = std::vector<float>;

struct GeneratedOp {
  KernelGetter op;
  int arity;
};
const std::vector<GeneratedOp> generated_ops{
    {add, 2},       {subtract, 2},      {multiply, 2},   {divide, 2},  {negate, 1},
    {abs, 1},       {square, 1},        {sqrt, 1},       {minimum, 2}, {maximum, 2},
    {greater, 2},   {greater_equal, 2}, {less, 2},       {equal, 2},   {select, 3},
    {not_equal, 2}, {reciprocal, 1},    {less_equal, 2}, {exp, 1},     {multiply_add, 3},
    {expm1, 1},     {log, 1},           {tanh, 1},       {sigmoid, 1}, {erf, 1}};

// All bits alike, or both NaN: which of two NaNs an addition passes on is the compiler's choice.
MATCHER_P(HasBitsOf, expected, "") {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(arg[i]) && std::isnan(expected[i])) continue;
    if (std::bit_cast<std::uint32_t>(arg[i]) == std::bit_cast<std::uint32_t>(expected[i])) continue;
    *result_listener << "element " << i << " is " << arg[i] << ", not " << expected[i];
    return false;
  }
  return true;
}

class Numbers {
 public:
  explicit Numbers(unsigned seed) : bits_(seed) {}
  std::size_t below(std::size_t count) { return bits_() % count; }
  Floats draw(std::size_t count) {
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const Floats special{0.0F, -0.0F, 1.0F, infinity, -infinity, std::nanf(""), 1e-40F, -3e38F};
    Floats numbers(count);
    for (float& number : numbers)
      number = bits_() % 4 == 0 ? special[below(special.size())]
                                : static_cast<float>(bits_() % 4096) / 512.0F - 4.0F;
    return numbers;
  }

 private:
  std::mt19937 bits_;
};

// A chain and what it reads. Every third instruction's result is written to memory.
struct Example {
  Chain chain;
  std::vector<Floats> values;  // the inputs', then, after run_one_by_one, the results'
  std::size_t inputs;
};

Example draw_example(Numbers& numbers, std::size_t n) {
  Example example{.chain = {}, .values = {}, .inputs = 1 + numbers.below(5)};
  for (std::size_t i = 0; i < example.inputs; ++i) {
    example.chain.is_scalar.push_back(numbers.below(3) == 0);
    example.values.push_back(numbers.draw(example.chain.is_scalar[i] ? 1 : n));
  }
  const std::size_t length = 1 + numbers.below(12);
  for (std::size_t at = 0; at < length; ++at) {
    const GeneratedOp& operation = generated_ops[numbers.below(generated_ops.size())];
    ChainInstruction instruction{.op = operation.op};
    for (int k = 0; k < operation.arity; ++k)
      instruction.x.push_back(static_cast<int>(numbers.below(example.inputs + at)));
    if (at % 3 == 0 || at + 1 == length) instruction.output = example.chain.outputs++;
    example.chain.instructions.push_back(instruction);
  }
  return example;
}

std::vector<Floats> run_one_by_one(const Example& example, std::size_t n) {
  std::vector<Floats> values = example.values, outputs;
  for (std::size_t i = 0; i < example.inputs; ++i)
    if (example.chain.is_scalar[i]) values[i] = Floats(n, values[i][0]);
  for (const ChainInstruction& instruction : example.chain.instructions) {
    std::vector<const float*> x;
    for (const int operand : instruction.x)
      x.push_back(values[static_cast<std::size_t>(operand)].data());
    Floats y(n);
    instruction.op()(x.data(), y.data(), n);
    if (instruction.output >= 0) outputs.push_back(y);
    values.push_back(std::move(y));
  }
  return outputs;
}

std::vector<Floats> run_generated(Example& example, ChainKernel kernel, std::size_t n) {
  std::vector<Floats> outputs(static_cast<std::size_t>(example.chain.outputs), Floats(n + 1, 7.0F));
  std::vector<float*> streams;
  for (Floats& values : example.values) streams.push_back(values.data());
  for (Floats& output : outputs) streams.push_back(output.data());
  kernel(streams.data(), n);
  for (Floats& output : outputs) {
    EXPECT_EQ(output.back(), 7.0F) << "written past the end";
    output.pop_back();
  }
  return outputs;
}

using Generate = EverySimdLevel;

TEST_P(Generate, GivesTheBitsOfTheKernels) {
  Numbers numbers(1);
  for (int round = 0; round < 1000; ++round) {
    const std::size_t n = numbers.below(70);
    Example example = draw_example(numbers, n);
    const auto generated = generate(example.chain);
    ASSERT_NE(generated.get(), nullptr);
    const std::vector<Floats> expected = run_one_by_one(example, n);
    const std::vector<Floats> outputs = run_generated(example, generated.get(), n);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      ASSERT_THAT(outputs[k], HasBitsOf(expected[k])) << "chain " << round << ", output " << k;
  }
}

TEST_P(Generate, AnOutputMayReplaceAnInput) {
  const Chain chain{
      .is_scalar = {false, true},
      .instructions = {{.op = multiply, .x = {0, 1}}, {.op = add, .x = {2, 0}, .output = 0}},
      .outputs = 1};
  const auto generated = generate(chain);
  ASSERT_NE(generated.get(), nullptr);
  Floats x(37, 2.0F);
  float half = 0.5F;
  float* const streams[] = {x.data(), &half, x.data()};
  generated.get()(streams, x.size());
  EXPECT_THAT(x, testing::Each(3.0F));
}

TEST(GenerateOperations, AreAlmostAll) {
  EXPECT_TRUE(can_generate(kernels::add));
  EXPECT_FALSE(can_generate(kernels::power));
}

// There is no code for the baseline: whoever asks must go on without.
std::vector<SimdLevel> levels_with_code() {
  std::vector<SimdLevel> levels = available_simd();
  std::erase(levels, SimdLevel::baseline);
  return levels;
}
INSTANTIATE_TEST_SUITE_P(EveryLevel, Generate, testing::ValuesIn(levels_with_code()), level_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Generate);

}  // namespace
}  // namespace chainrule::kernels
