#include "explain/story/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/elementary.h"
#include "explain/formula/formula.h"
#include "ops/op_list.h"
#include "train/settings/config.h"

namespace chainrule::page {
namespace {

// No network has it; formulas of schedules do.
constinit const Op cosine_op{
    .name = "cos",
    .summary = {"The cosine."},
    .kind = OpKind::elementwise,
    .scalar = [](double x) { return elementary::cos_of_turns(x / (2 * std::numbers::pi)); },
    .notation = {.text = "cos({0})", .latex = "\\cos({0})"},
};

Expression sum(const Expression& a, const Expression& b) { return readable(add_op, {a, b}); }
Expression difference_of(const Expression& a, const Expression& b) {
  return readable(subtract_op, {a, b});
}
Expression scaled(const Expression& a, const Expression& b) {
  return readable(multiply_op, {a, b});
}
Expression ratio(const Expression& a, const Expression& b) { return readable(divide_op, {a, b}); }
Expression cosine(const Expression& angle) { return {cosine_op, {angle}}; }
Expression count(const char* symbol, std::int64_t number) {
  return Expression(Quantity{symbol, static_cast<double>(number), true});
}
const Expression pi(Quantity{"pi", std::numbers::pi});

// (1 + cos(pi a)) / 2: from 1 at a = 0 to 0 at a = 1.
Expression half_cosine(const Expression& along) {
  return ratio(sum(1.0, cosine(scaled(pi, along))), 2.0);
}

Expression between(double low, double high, const Expression& share) {
  return sum(low, scaled(high - low, share));
}

// The share of the base at u, which is how far the steps behind the warm-up have come.
Expression share_at(const Schedule& schedule, const Expression& u) {
  using enum Schedule::Shape;
  constexpr double flat_until = 0.75, top_at = 1.0 / 3, first = 1.0 / 25;
  const double along = evaluate(u), floor = schedule.floor, lowest = floor > 0 ? floor : 0.01;
  switch (schedule.shape) {
    case constant:
      return 1.0;
    case cosine:
      return between(floor, 1, half_cosine(u));
    case flat_cosine:
      if (along <= flat_until) return 1.0;
      return between(floor, 1, half_cosine(ratio(difference_of(u, flat_until), 1 - flat_until)));
    case exponential:
      return readable(power_op, {lowest, u});
    case step:
      if (along < 0.5) return 1.0;
      return along < 0.75 ? Expression(sqrt_op, {lowest}) : Expression(lowest);
    case one_cycle:
      if (along < top_at) return between(1, first, half_cosine(scaled(3.0, u)));
      return between(floor, 1, half_cosine(ratio(difference_of(u, top_at), 1 - top_at)));
    case coslog4: {
      const Expression cycles =
          ratio(Expression(log_op, {sum(1.0, scaled(15.0, u))}), Expression(log_op, {2.0}));
      const Expression wave = page::cosine(scaled(scaled(2.0, pi), cycles));
      return between(floor, 1, ratio(difference_of(1.0, wave), 2.0));
    }
  }
  return 1.0;
}

}  // namespace

Group schedule_lines(const Scheduled& scheduled, std::int64_t step, std::int64_t steps) {
  const Schedule& schedule = scheduled.schedule;
  const Expression done = ratio(count("t", step), count("T", steps));
  const Quantity result{scheduled.symbol, scheduled.at_step, is_short(scheduled.at_step)};
  if (evaluate(done) < schedule.warmup)
    return {{result, scaled(scheduled.base, ratio(done, schedule.warmup))}};
  const Expression come = schedule.warmup == 0
                              ? done
                              : ratio(difference_of(done, schedule.warmup),
                                      Expression(subtract_op, {1.0, schedule.warmup}));
  const Quantity u{"u", evaluate(come)};
  const Expression formula = scaled(scheduled.base, share_at(schedule, Expression(u)));
  Group group;
  bool uses_u = false;
  for_each_quantity(formula, [&](const Quantity& quantity) { uses_u |= quantity.symbol == "u"; });
  if (uses_u) group.push_back({u, come});
  group.push_back({result, formula});
  return group;
}

void add_schedules(Section& section, const std::vector<Scheduled>& schedules, std::int64_t step,
                   std::int64_t steps, Verdict& verdict) {
  for (const Scheduled& scheduled : schedules) {
    const bool warms =
        static_cast<double>(step) / static_cast<double>(steps) < scheduled.schedule.warmup;
    section.blocks.emplace_back(Sentence{warms ? Phrase::schedule_warmup : Phrase::schedule_text,
                                         {Name{std::string(name_of(scheduled.schedule.shape))},
                                          Quantity{scheduled.symbol}, step, steps}});
    Group lines = schedule_lines(scheduled, step, steps);
    const double told = evaluate(*lines.back().formula);
    const double size = std::max(std::abs(scheduled.base), std::abs(told));
    verdict.note_product(size == 0 ? 0 : std::abs(told - scheduled.at_step) / size,
                         product_tolerance);
    section.blocks.emplace_back(std::move(lines));
  }
}

}  // namespace chainrule::page
