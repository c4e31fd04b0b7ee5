#include "ops/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "base/random.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"

namespace chainrule {
namespace {

using Tensors = std::vector<DoubleTensor>;

constexpr double largest_step = 1e-3;    // balances the stencil's h^4 against rounding's 1e-16 / h
constexpr double smallest_scale = 1e-2;  // below this slope the error counts as absolute

// Operands to try an operation on.
struct Trial {
  std::vector<Shape> operands;
  Attributes attributes{};
  Tensors fixed{};                // the last operands' values
  std::optional<Shape> common{};  // the operands are broadcast to this before
};

std::vector<Trial> trials_of(const Op& op) {
  std::vector<Trial> trials;
  if (op.check.cases != nullptr) {
    for (const CheckCase& c : op.check.cases())
      trials.push_back({.operands = c.operands, .attributes = c.attributes, .fixed = c.fixed});
    return trials;
  }
  const auto arity = static_cast<std::size_t>(op.arity);
  for (const Shape& shape : {Shape{3, 4}, Shape{1}, Shape{}})
    trials.push_back({.operands = std::vector<Shape>(arity, shape)});
  if (arity > 1) {
    std::vector<Shape> mixed{{3, 1}, {4}, {}};
    mixed.resize(arity);
    trials.push_back({.operands = mixed, .common = Shape{3, 4}});
    std::ranges::reverse(mixed);
    trials.push_back({.operands = mixed, .common = Shape{3, 4}});
  }
  return trials;
}

double distance_to_kinks(const Check& check, double x) {
  double distance = std::numeric_limits<double>::infinity();
  for (const double kink : check.kinks) distance = std::min(distance, std::abs(x - kink));
  return distance;
}

// Operands drawn from the record's interval: one draw from each of as many equal parts as there are
// numbers, shuffled, and from the middle half of the part, so that no two numbers tie.
Tensors draw_operands(const Trial& trial, const Check& check, RandomStream& random) {
  const std::size_t drawn = trial.operands.size() - trial.fixed.size();
  std::int64_t count = 0;
  for (std::size_t k = 0; k < drawn; ++k) count += trial.operands[k].size();
  std::vector<std::int64_t> part(static_cast<std::size_t>(count));
  std::iota(part.begin(), part.end(), 0);
  for (std::size_t i = part.size(); i > 1; --i) std::swap(part[i - 1], part[random.below(i)]);

  Tensors x;
  std::size_t next = 0;
  for (std::size_t k = 0; k < drawn; ++k) {
    x.emplace_back(trial.operands[k]);
    for (double& value : x.back().values) {
      const auto start = static_cast<double>(part[next++]) + 0.25;
      do {
        value = check.low + (check.high - check.low) * (start + 0.5 * random.uniform()) /
                                static_cast<double>(count);
      } while (distance_to_kinks(check, value) < 0.01);
    }
  }
  x.insert(x.end(), trial.fixed.begin(), trial.fixed.end());
  return x;
}

DoubleTensor draw_direction(const Shape& shape, RandomStream& random) {
  DoubleTensor direction(shape);
  for (double& value : direction.values) value = 2 * random.uniform() - 1;
  return direction;
}

double dot(const DoubleTensor& a, const DoubleTensor& b) {
  return std::inner_product(a.values.begin(), a.values.end(), b.values.begin(), 0.0);
}

// phi(x) = <w, op(x)>, its gradient, and the gradient of the slope <u, grad phi>, as one graph.
class Probe {
 public:
  Probe(const Op& op, const Trial& trial, RandomStream& random) {
    std::vector<Value> operands;
    for (const Shape& shape : trial.operands) {
      x_.push_back(graph_.input(fmt::format("x{}", x_.size()), shape));
      operands.push_back(trial.common ? broadcast(x_.back(), *trial.common) : x_.back());
    }
    y_ = graph_.apply(op, operands, trial.attributes);
    w_ = draw_direction(y_.shape(), random);
    first_ = gradient(y_, x_, graph_.constant(w_));
  }

  void add_second_order(const Tensors& u) {
    for (std::size_t k = 0; k < x_.size(); ++k)
      second_.push_back(gradient(first_[k], x_, graph_.constant(u[k])));
    verify(graph_);
  }

  void evaluate_at(const Tensors& x, const Tensors& direction = {}, double step = 0) {
    Feeds feeds;
    for (std::size_t k = 0; k < x.size(); ++k) {
      DoubleTensor& moved = feeds[fmt::format("x{}", k)] = x[k];
      for (std::size_t i = 0; step != 0 && i < moved.values.size(); ++i)
        moved.values[i] += step * direction[k].values[i];
    }
    values_ = evaluate(graph_, feeds);
  }

  double phi() const { return dot(w_, at(y_)); }
  const DoubleTensor& gradient_of(std::size_t operand) const { return at(first_[operand]); }
  double slope(const Tensors& u) const {  // d phi / d u
    double total = 0;
    for (std::size_t k = 0; k < x_.size(); ++k) total += dot(u[k], at(first_[k]));
    return total;
  }
  double curvature(const Tensors& v) const {  // d^2 phi / du dv, u given to add_second_order
    double total = 0;
    for (const std::vector<Value>& row : second_)
      for (std::size_t k = 0; k < x_.size(); ++k) total += dot(v[k], at(row[k]));
    return total;
  }

 private:
  const DoubleTensor& at(Value value) const {
    return values_[static_cast<std::size_t>(value.id())];
  }

  Graph graph_;
  std::vector<Value> x_, first_;
  Value y_;
  DoubleTensor w_;
  std::vector<std::vector<Value>> second_;
  std::vector<DoubleTensor> values_;
};

// f'(0) by the stencil of five points, whose error is h^4 / 30 times the fifth derivative.
template <class F>
double central_difference(F f, double h) {
  return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

double relative_error(double given, double expected) {
  const double error =
      std::abs(given - expected) / std::max({std::abs(given), std::abs(expected), smallest_scale});
  return std::isfinite(error) ? error : std::numeric_limits<double>::infinity();
}

class Checker {
 public:
  explicit Checker(const Op& op) : op_(op) {}

  GradientReport run() {
    for (const Trial& trial : trials_of(op_)) {
      const std::size_t drawn = trial.operands.size() - trial.fixed.size();
      check_at(trial, draw_operands(trial, op_.check, random_), "random");
      for (std::size_t operand = 0; operand < drawn; ++operand)
        for (const double point : op_.check.points) check_near(trial, operand, point);
    }
    return report_;
  }

 private:
  // The whole operand at the special point, then every second number of it only.
  void check_near(const Trial& trial, std::size_t operand, double point) {
    for (const std::size_t stride : {1U, 2U}) {
      Tensors x = draw_operands(trial, op_.check, random_);
      for (std::size_t i = 0; i < x[operand].values.size(); i += stride)
        x[operand].values[i] = point;
      check_at(trial, x, fmt::format("operand {} at {}", operand, point), operand);
    }
  }

  void check_at(const Trial& trial, const Tensors& x, const std::string& place,
                std::size_t special = SIZE_MAX) {
    std::string what;
    for (const Shape& shape : trial.operands) what += shape.to_string() + " ";
    what += place;
    const Tensors u = directions(trial, special), v = directions(trial, special);
    Probe probe(op_, trial, random_);
    probe.add_second_order(u);
    probe.evaluate_at(x);
    check_zeros(probe, x, what);
    const double slope = probe.slope(u), curvature = probe.curvature(v), h = step_at(x);
    const double expected_slope = central_difference(
        [&](double t) {
          probe.evaluate_at(x, u, t);
          return probe.phi();
        },
        h);
    note(relative_error(slope, expected_slope),
         fmt::format("{}: first order {}, expected {}", what, slope, expected_slope));
    const double expected_curvature = central_difference(
        [&](double t) {
          probe.evaluate_at(x, v, t);
          return probe.slope(u);
        },
        h);
    note(relative_error(curvature, expected_curvature),
         fmt::format("{}: second order {}, expected {}", what, curvature, expected_curvature));
    report_.curvature = std::max(report_.curvature, std::abs(expected_curvature));
  }

  bool is_differentiable(std::size_t operand) const {
    return (op_.check.differentiable >> operand & 1) != 0;
  }

  // A fixed operand stays where it is, and so does one that jumps at the special point.
  Tensors directions(const Trial& trial, std::size_t special) {
    const std::size_t drawn = trial.operands.size() - trial.fixed.size();
    Tensors list;
    for (std::size_t k = 0; k < trial.operands.size(); ++k) {
      const bool stays = k >= drawn || (k == special && !is_differentiable(k));
      list.push_back(stays ? DoubleTensor(trial.operands[k])
                           : draw_direction(trial.operands[k], random_));
    }
    return list;
  }

  void check_zeros(const Probe& probe, const Tensors& x, const std::string& what) {
    for (std::size_t k = 0; k < x.size(); ++k)
      if (!is_differentiable(k) && probe.gradient_of(k) != DoubleTensor(x[k].shape))
        note(std::numeric_limits<double>::infinity(),
             fmt::format("{}: operand {} has no derivative but gets a gradient", what, k));
  }

  // The stencil reaches two steps, and must not reach across a kink.
  double step_at(const Tensors& x) const {
    double step = largest_step;
    for (const DoubleTensor& operand : x)
      for (const double value : operand.values)
        step = std::min(step, distance_to_kinks(op_.check, value) / 4);
    return step;
  }

  void note(double error, const std::string& where) {
    if (error <= report_.error) return;
    report_.error = error;
    report_.where = where;
  }

  const Op& op_;
  RandomStream random_{2024, 1};
  GradientReport report_;
};

}  // namespace

GradientReport check_gradient(const Op& op) { return Checker(op).run(); }

}  // namespace chainrule
