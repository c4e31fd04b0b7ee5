#include "golden/golden.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/random.h"
#include "base/standard_arithmetic.h"
#include "chainrule/gradient.h"
#include "golden/example.h"
#include "ops/op_list.h"

namespace chainrule::golden {
namespace {

// ---- Operations ---------------------------------------------------------------------------------

// Descends along the gradient of a weighted sum of op(w0, w1, ...).
Example example_of(const Op& op, const CheckCase& c, std::uint64_t seed) {
  Example example;
  RandomStream random(seed, 1);
  std::vector<Value> operands, variables;
  const std::size_t count = c.operands.size() - c.fixed.size();
  for (std::size_t i = 0; i < c.operands.size(); ++i) {
    const std::string name = fmt::format("w{}", i);
    operands.push_back(example.graph.variable(name, c.operands[i]));
    if (i < count) {
      variables.push_back(operands.back());
      example.variables.emplace_back(name,
                                     drawn(c.operands[i], op.check.low, op.check.high, random));
    } else {
      example.variables.emplace_back(name, c.fixed[i - count]);
    }
  }
  const Value y = example.graph.apply(op, operands, c.attributes);
  example.graph.output("y", y);
  if (variables.empty()) return example;
  const Value loss = sum(y * example.graph.constant(drawn(y.shape(), -1, 1, random)));
  const std::vector<Value> gradients = gradient(loss, variables);
  for (std::size_t i = 0; i < count; ++i)
    example.graph.update(variables[i], variables[i] - 0.01 * gradients[i]);
  return example;
}

// Small ones become straight-line code, and large ones do not.
std::vector<CheckCase> cases_of(const Op& op) {
  if (op.check.cases != nullptr) return op.check.cases();
  std::vector<CheckCase> cases;
  for (const Shape& shape : {Shape{3, 5}, Shape{23, 37}})
    cases.push_back({.operands = std::vector<Shape>(static_cast<std::size_t>(op.arity), shape)});
  return cases;
}

std::string descend(const Op& op, const Way& way) {
  std::uint64_t all = 0, seed = 0;
  for (const CheckCase& c : cases_of(op)) all = hash(run(example_of(op, c, ++seed), 3, way), all);
  return hash_text(all);
}

// ---- Products, sums, special numbers
// -------------------------------------------------------------

// Numbers of very different sizes: the order of a sum shows.
DoubleTensor wild(const Shape& shape, RandomStream& random) {
  const StandardArithmetic arithmetic;
  DoubleTensor tensor(shape);
  for (double& number : tensor.values) {
    const auto exponent = static_cast<int>(random.below(24)) - 12;
    number = random.normal() * (exponent < 0 ? 1.0 / (1 << -exponent) : 1 << exponent);
  }
  return tensor;
}

std::string calculate(const std::vector<Shape>& shapes, std::uint64_t seed, const Way& way,
                      const std::function<Value(std::span<const Value>)>& f) {
  Example example;
  RandomStream random(seed, 2);
  std::vector<Value> x;
  for (const Shape& shape : shapes) {
    const std::string name = fmt::format("x{}", x.size());
    x.push_back(example.graph.variable(name, shape));
    example.variables.emplace_back(name, wild(shape, random));
  }
  example.graph.output("y", f(x));
  return run(example, 1, way);
}

struct Product {
  std::int64_t m, n, k;
  bool transpose_a = false, transpose_b = false;
};
constexpr Product products[] = {
    {2, 3, 2},
    {1, 9, 11},
    {3, 4, 5, true, true},
    {4, 33, 300},
    {4, 33, 301},
    {1, 10, 777},
    {3, 9, 41, false, true},
    {2, 17, 333, false, true},
    {1, 5, 1000},
    {16, 21, 130},
    {13, 6, 131, false, true},
    {16, 40, 200, false, true},
    {5, 7, 500, true},
    {1, 70, 90, true},
    {40, 30, 20},
    {57, 48, 65},
    {33, 100, 800, true},
    {130, 70, 400},
    {150, 33, 1000, true, true},
    {64, 1, 100},
    {300, 1, 17},
    {1, 1, 5000},
    {20, 12, 0},
    {90, 200, 385, false, true},
};

std::string multiply_all(const Way& way) {
  std::uint64_t all = 0, seed = 0;
  for (const Product& p : products) {
    const Shape a = p.transpose_a ? Shape{p.k, p.m} : Shape{p.m, p.k};
    const Shape b = p.transpose_b ? Shape{p.n, p.k} : Shape{p.k, p.n};
    all = hash(calculate({a, b}, ++seed, way,
                         [&](std::span<const Value> x) {
                           return matmul(p.transpose_a ? transpose(x[0]) : x[0],
                                         p.transpose_b ? transpose(x[1]) : x[1]);
                         }),
               all);
  }
  return hash_text(all);
}

// Alone, few and many to be shared out, and one operand for all.
std::string multiply_stacks(const Way& way) {
  std::uint64_t all = 0, seed = 200;
  const std::vector<std::pair<Shape, Shape>> stacks{{{2, 2, 3}, {2, 3, 2}},
                                                    {{3, 2, 13, 140}, {3, 2, 140, 9}},
                                                    {{40, 33, 70}, {40, 70, 50}},
                                                    {{31, 400}, {3, 400, 45}},
                                                    {{3, 60, 31}, {31, 20}}};
  for (const auto& [a, b] : stacks)
    all = hash(
        calculate({a, b}, ++seed, way, [](std::span<const Value> x) { return matmul(x[0], x[1]); }),
        all);
  return hash_text(all);
}

// Shapes with whole and broken vectors, sums of one block and of several, padding, strides.
std::string convolve_all(const Way& way) {
  struct Images {
    Shape x;
    std::int64_t filters;
    Windows where;
  };
  const std::vector<Images> list{
      {{2, 5, 6, 1}, 4, {.size = {3, 3}, .before = {1, 1}, .after = {1, 1}}},
      {{3, 9, 8, 16}, 33, {.size = {3, 2}, .before = {2, 0}, .after = {0, 1}}},
      {{2, 7, 12, 40}, 19, {.size = {4, 3}, .dilation = {1, 2}, .after = {1, 3}}},
      {{40, 6, 5, 3}, 24, {.size = {2, 2}, .stride = {2, 1}, .before = {1, 1}}}};
  std::uint64_t all = 0, seed = 300;
  for (const Images& images : list) {
    const Shape& x = images.x;
    const std::int64_t filters = images.filters;
    const Windows& where = images.where;
    const std::int64_t numbers = where.size[0] * where.size[1] * x[3];
    all = hash(calculate({x, {numbers, filters}}, ++seed, way,
                         [&](std::span<const Value> v) { return convolve(v[0], v[1], where); }),
               all);
    const auto gradients = [&](std::span<const Value> v) {
      const Value y = max_pool(convolve(v[0], v[1], where), {.size = {2, 2}, .fill = -1e30});
      const std::vector<Value> g = gradient(sum(y * y), v);
      return sum(g[0]) + sum(g[1] * g[1]);
    };
    all = hash(calculate({x, {numbers, filters}}, seed, way, gradients), all);
  }
  return hash_text(all);
}

struct Reduction {
  Shape shape;
  std::vector<std::int64_t> axes;
};
const std::vector<Reduction>& reductions() {
  static const std::vector<Reduction> list{{{5}, {0}},
                                           {{2, 3}, {1}},
                                           {{4, 17}, {1}},
                                           {{4, 17}, {0}},
                                           {{256}, {0}},
                                           {{100}, {0}},
                                           {{3, 70}, {1}},
                                           {{3, 4, 5}, {0, 2}},
                                           {{33, 10}, {1}},
                                           {{7, 1000}, {1}},
                                           {{1, 100000}, {1}},
                                           {{9, 129, 3}, {1}},
                                           {{5, 40, 33}, {0, 2}},
                                           {{1000, 37}, {0}},
                                           {{700, 3}, {0}},
                                           {{2, 3, 4, 65}, {1, 2, 3}},
                                           {{300, 16}, {0, 1}},
                                           {{0, 3}, {0}},
                                           {{70001}, {0}},
                                           {{19, 31}, {1}}};
  return list;
}

std::string reduce_all(const Way& way) {
  std::uint64_t all = 0, seed = 100;
  for (const Reduction& r : reductions())
    for (const auto& reduce : {sum, max})
      all = hash(calculate({r.shape}, ++seed, way,
                           [&](std::span<const Value> x) { return reduce(x[0], r.axes); }),
                 all);
  return hash_text(all);
}

// Zeros of either sign, subnormal numbers, infinities and NaN, each with each.
std::string with_special_numbers(const Way& way) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<double> special{
      0.0,  -0.0, 1e-45, -1e-40, 1e-38,    -3e38,     1.0,
      -1.0, 0.5,  88.0,  -104.0, infinity, -infinity, std::numeric_limits<double>::quiet_NaN()};
  const auto count = static_cast<std::int64_t>(special.size());
  std::uint64_t all = 0;
  for (const std::int64_t repeats : {std::int64_t{1}, std::int64_t{3}}) {
    Example example;
    const Shape shape{count * count * repeats};
    DoubleTensor first(shape), second(shape);
    for (std::size_t i = 0; i < first.values.size(); ++i) {
      first.values[i] = special[i % special.size()];
      second.values[i] = special[i / special.size() % special.size()];
    }
    const Value a = example.graph.variable("a", shape), b = example.graph.variable("b", shape);
    example.variables = {{"a", first}, {"b", second}};
    for (const Op* op : all_ops()) {
      if (op->kind != OpKind::elementwise) continue;
      const std::vector<Value> operands{a, b, a};
      example.graph.output(
          std::string(op->name),
          example.graph.apply(*op, std::span(operands).first(static_cast<std::size_t>(op->arity))));
    }
    const Value rows = reshape(b, {count * repeats, count}), columns = transpose(rows);
    for (const Value table : {rows, columns})
      for (const std::int64_t axis : {0, 1}) {
        example.graph.output(fmt::format("sum{}", example.graph.size()), sum(table, {axis}));
        example.graph.output(fmt::format("max{}", example.graph.size()), max(table, {axis}));
      }
    example.graph.output("product", matmul(reshape(a, {count * repeats, count}), columns));
    all = hash(run(example, 1, way), all);
  }
  return hash_text(all);
}

}  // namespace

std::vector<Training> trainings() {
  std::vector<Training> list;
  for (const Op* op : all_ops())
    list.push_back({fmt::format("operation {}", op->name),
                    [op](const Way& way) { return descend(*op, way); }});
  list.push_back({"products", multiply_all});
  list.push_back({"stacked products", multiply_stacks});
  list.push_back({"convolutions", convolve_all});
  list.push_back({"sums and maxima", reduce_all});
  list.push_back({"special numbers", with_special_numbers});
  add_networks(list);
  add_tables(list);
  return list;
}

std::string_view expected(std::string_view name) {
  static const std::map<std::string_view, std::string_view> hashes{
#include "golden/hashes.inc"
  };
  const auto found = hashes.find(name);
  return found == hashes.end() ? "" : found->second;
}

}  // namespace chainrule::golden
