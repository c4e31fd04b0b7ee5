#include "ops/random_uniform.h"

#include <algorithm>

#include "ops/op_list.h"
#include "ops/record.h"

namespace chainrule {

// attributes.ints = {seed, stream, extents of the result...}
namespace {

// A part of a batch draws what the whole batch would draw in its rows.
template <class Number>
void fill(const Call<Number>& call, float* numbers) {
  const bool is_part = call.x_shapes[0] == Shape{3};
  const std::int64_t first =
      is_part ? static_cast<std::int64_t>(call.x[0][2]) * call.y_shape.row().size() : 0;
  kernels::fill_uniform(draw_of(*call.attributes, call.x[0][0], call.x[0][1]), first,
                        first + call.y_shape.size(), numbers);
}

void draw(const Call<float>& call, ThreadPool&) { fill(call, call.y); }

// The numbers have 24 bits: single precision holds them exactly, and both evaluators agree.
void reference_draw(const Call<double>& call) {
  std::vector<float> numbers(static_cast<std::size_t>(call.y_shape.size()));
  fill(call, numbers.data());
  std::copy(numbers.begin(), numbers.end(), call.y);
}

Shape drawn_shape(std::span<const Shape> x, const Attributes& attributes) {
  require_counter("random_uniform", x[0]);
  return Shape(std::span(attributes.ints).subspan(2));
}

}  // namespace

constinit const Op random_uniform_op{
    .name = "random_uniform",
    .summary = {"Numbers in [0, 1) that depend on the seed, the stream and the counter alone.",
                "시드, 스트림, 카운터만으로 정해지는 [0, 1)의 난수입니다."},
    .attribute_names = "seed, stream, shape",
    .shape = drawn_shape,
    .reference = reference_draw,
    .chain_rule = [](const Local&, Value) { return Values{Value{}}; },
    .fast = draw,
    .check = {.differentiable = 0,
              .cases =
                  [] {
                    return std::vector<CheckCase>{{.operands = {{2}},
                                                   .attributes = {.ints = {7, 1, 3, 5}},
                                                   .fixed = {DoubleTensor({2}, {41, 0})}}};
                  }},
};

// The counter is the step: its low 24 bits, which single precision holds, and the rest.
kernels::RandomKey draw_of(const Attributes& attributes, double counter, double rest) {
  return {.seed = static_cast<std::uint64_t>(attributes.ints[0]),
          .stream = static_cast<std::uint64_t>(attributes.ints[1]),
          .step = static_cast<std::uint64_t>(counter) + (static_cast<std::uint64_t>(rest) << 24)};
}

Value random_uniform(Value counter, Shape shape, std::uint64_t seed, std::uint64_t stream) {
  Attributes attributes{
      .ints = {static_cast<std::int64_t>(seed), static_cast<std::int64_t>(stream)}};
  attributes.ints.insert(attributes.ints.end(), shape.begin(), shape.end());
  return counter.graph().apply(random_uniform_op, {{counter}}, std::move(attributes));
}

}  // namespace chainrule
