// Short ways to evaluate small graphs in tests.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"

namespace chainrule {

using Numbers = std::vector<double>;
using Floats = std::vector<float>;
using Traced = std::function<Value(std::span<const Value> x)>;

// A graph over given operands and what it computes.
class Calculation {
 public:
  explicit Calculation(const std::vector<DoubleTensor>& operands) {
    for (const DoubleTensor& operand : operands) {
      const std::string name = fmt::format("x{}", x.size());
      x.push_back(graph.input(name, operand.shape));
      feeds_.emplace(name, operand);
    }
  }
  DoubleTensor operator()(Value value) const {
    return evaluate(graph, feeds_)[static_cast<std::size_t>(value.id())];
  }

  Graph graph;
  std::vector<Value> x;

 private:
  Feeds feeds_;
};

inline DoubleTensor value_of(const Traced& f, const std::vector<DoubleTensor>& operands) {
  Calculation calculation(operands);
  return calculation(f(calculation.x));
}

// The gradient of the sum of f's elements by one operand.
inline DoubleTensor gradient_of(const Traced& f, const std::vector<DoubleTensor>& operands,
                                std::size_t operand = 0) {
  Calculation calculation(operands);
  return calculation(gradient(sum(f(calculation.x)), {{calculation.x[operand]}})[0]);
}

// f, f', f'', ... at one number.
inline double derivative_of(const std::function<Value(Value)>& f, double at, int order = 1) {
  Calculation calculation({DoubleTensor{{}, {at}}});
  Value y = f(calculation.x[0]);
  for (int i = 0; i < order; ++i) y = gradient(y, {{calculation.x[0]}})[0];
  return calculation(y).values[0];
}

inline std::vector<std::uint32_t> all_bits(const Floats& numbers) {
  std::vector<std::uint32_t> list;
  for (const float number : numbers) list.push_back(std::bit_cast<std::uint32_t>(number));
  return list;
}

inline Floats drawn_floats(std::int64_t count, RandomStream& random) {
  Floats numbers(static_cast<std::size_t>(count));
  for (float& number : numbers) number = static_cast<float>(random.normal());
  return numbers;
}

// The output y of a compiled graph, for inputs x0, x1, ...
inline Floats outputs_of(const Graph& graph, const std::vector<Floats>& x, int threads) {
  Session session(threads);
  Program program(graph, session);
  for (std::size_t i = 0; i < x.size(); ++i)
    std::ranges::copy(x[i], program.input(fmt::format("x{}", i)).begin());
  program.run();
  const auto y = program.output("y");
  return {y.begin(), y.end()};
}

inline DoubleTensor row(Numbers values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return {Shape{count}, std::move(values)};
}

}  // namespace chainrule
