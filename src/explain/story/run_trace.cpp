#include "explain/story/run_trace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "base/boundary.h"
#include "explain/formula/formula.h"
#include "explain/formula/shorten.h"
#include "explain/story/replayed.h"
#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

constexpr int terms_shown = 3, lines_back = 6;
constexpr double fine = 1e3;         // what networks usually work with is no larger than this
constexpr double huge_input = 1e4;   // weights are drawn for inputs of about 1
constexpr double overshooting = 10;  // times: a largest weight that grew so much too fast
constexpr double usual_weight = 10;
constexpr std::int64_t longest_look = 256;  // steps
constexpr double largest_float = std::numeric_limits<float>::max();

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
// What was added in another order is as finite, and no more than nearly the same.
bool is_as_finite(double a, double b) { return std::isfinite(a) == std::isfinite(b); }

// NaN is as far from fine as can be.
double size_of(double value) {
  return std::isnan(value) ? std::numeric_limits<double>::infinity() : std::abs(value);
}

double largest_weight(Run& run) {
  double largest = 0;
  for (const Model::ParameterInfo& parameter : run.model().parameters())
    for (const float value : run.model().session().values(parameter.name))
      largest = std::max(largest, std::abs(static_cast<double>(value)));
  return largest;
}

// What was before a step that the page looks back at.
struct Look {
  std::int64_t step;
  double loss, weight;
};

// The step, the one before it, and on with doubled strides to one whose weights were still as they
// should be. The earliest comes first.
std::vector<Look> look_back(Run& run, std::int64_t failing) {
  std::vector<Look> looks;
  for (std::int64_t back = 0; back <= longest_look; back = std::max<std::int64_t>(1, 2 * back)) {
    const std::int64_t step = std::max<std::int64_t>(1, failing - back);
    run.go_to(step - 1);
    const double weight = largest_weight(run);
    looks.insert(looks.begin(), {step, run.advance(), weight});
    if (step == 1 || (back > 0 && weight <= usual_weight)) break;
  }
  return looks;
}

// A batch in parts adds up in another order than the whole step does, which is worked here.
Origin origin_of(const Run& run, std::int64_t step, RunStep& worked) {
  if (const auto origin = find_origin(worked)) return *origin;
  throw DataError(
      {run.folder()},
      fmt::format("step {} has a number that is not finite, but none where its batch is "
                  "computed at once, in place of {} parts; nothing can be traced back",
                  step, run.config().fit.shards));
}

class TraceBuilder {
 public:
  TraceBuilder(Run& run, std::int64_t step)
      : run_(run),
        batch_(run.batch(step)),
        notes_(notes_of(run, step, batch_)),
        step_(state_before(run, step, batch_), {}, Precision::single),
        elements_(step_.elements()),
        origin_(origin_of(run, step, step_)) {}

  Page build() {
    const Quantity symbol = elements_.quantity(origin_.element);
    page_.title = {Phrase::trace_title, {symbol, notes_.step}};
    page_.sections.push_back(about());
    operation_section();
    looks_ = look_back(run_, notes_.step);
    if (looks_.size() > 1) page_.sections.push_back(growth_section());
    page_.sections.push_back(advice_section());
    page_.sections.push_back(check_section());
    return std::move(page_);
  }

 private:
  const Node& node_of(Element element) { return step_.graph().node(element.node); }
  static Quantity plain(double value) { return {"", value}; }
  static Quantity as_given(double value) { return {"", value, true}; }

  Section about() {
    Section section = step_section(notes_, step_.batch());
    const Quantity symbol = elements_.quantity(origin_.element);
    const Quantity whole = elements_.whole(origin_.element.node);
    const std::int64_t size = node_of(origin_.element).shape.size();
    const Quantity value = plain(elements_.value(origin_.element));
    if (size > 1)
      section.blocks.emplace_back(
          Sentence{Phrase::trace_count, {symbol, value, origin_.count, size, whole}});
    else
      section.blocks.emplace_back(Sentence{Phrase::trace_is, {symbol, value}});
    return section;
  }

  // ---- The operation, and what came before it ---------------------------------------------------

  void operation_section() {
    Section section{{Phrase::trace_operation}, {}};
    if (is_leaf(node_of(origin_.element))) {
      section.blocks.emplace_back(Group{{elements_.quantity(origin_.element), {}}});
      section.blocks.emplace_back(Sentence{Phrase::trace_given});
      page_.sections.push_back(std::move(section));
      return;
    }
    const Expression formula = elements_.formula(origin_.element);
    if (const auto sample = sample_of(formula); sample && !notes_.samples.empty())
      add_sample_words(section.blocks, notes_, *sample);
    if (elements_.quantity(origin_.element).role == Role::next)
      section.blocks.emplace_back(Sentence{Phrase::optimizer_text, {Name{notes_.optimizer}}});
    section.blocks.emplace_back(Group{line(origin_.element)});
    section.blocks.emplace_back(reason(formula));
    page_.sections.push_back(std::move(section));
    back_section(formula);
  }

  Line line(Element element) {
    shown_.insert(element);
    return {elements_.quantity(element), shortened(tidy(elements_.formula(element)), terms_shown)};
  }

  // The sample that a number belongs to, or else the one that its largest term comes from.
  std::optional<std::int64_t> sample_of(const Expression& formula) {
    std::vector<Element> candidates{origin_.element};
    for (const Element& element : elements_in(formula)) candidates.push_back(element);
    for (const Element& element : candidates)
      if (step_.is_per_sample(element.node))
        return element.index / node_of(element).shape.row().size();
    return std::nullopt;
  }

  // The elements that the largest term is made of, the largest first.
  std::vector<Element> elements_in(const Expression& formula) {
    std::vector<Element> found;
    const auto add = [&](const Quantity& quantity) {
      if (quantity.element.node >= 0) found.push_back(quantity.element);
    };
    for_each_quantity(strongest_terms(formula).front(), add);
    std::ranges::stable_sort(found, {},
                             [&](const Element& e) { return -size_of(elements_.value(e)); });
    return found;
  }

  Sentence reason(const Expression& formula) {
    const Quantity limit = plain(largest_float);
    auto part = first_overflow(strongest_terms(formula).front());  // which the page shows
    if (!part) part = first_overflow(formula);
    if (!part) return {Phrase::beyond_other, {limit}};
    const Op* op = part->op();
    const Quantity first = plain(evaluate(part->operands()[0]));
    const Quantity last = plain(evaluate(part->operands().back()));
    if (op == &multiply_op) return {Phrase::beyond_product, {limit, first, last}};
    if (op == &power_op) return {Phrase::beyond_power, {limit, first, as_given(last.value)}};
    if (op == &add_op || op == &subtract_op)
      return {Phrase::beyond_sum, {limit, plain(evaluate(strongest_terms(*part).front()))}};
    // Books write e^x / (e^x + ...) where the engine takes care that no e^x overflows.
    if (node_of(origin_.element).op->textbook != nullptr) return {Phrase::beyond_textbook, {limit}};
    if (op == &exp_op) return {Phrase::beyond_exp, {limit, first}};
    if (op == &log_op) return {Phrase::beyond_log, {limit, first}};
    if (op == &divide_op) return {Phrase::beyond_divide, {limit, first, last}};
    return {Phrase::beyond_other, {limit}};
  }

  // From the operation along its largest operands, until they are of a usual size.
  void back_section(const Expression& formula) {
    Section section{{Phrase::trace_back}, {}};
    Group group;
    std::vector<Element> operands = elements_in(formula);
    while (static_cast<int>(group.size()) < lines_back) {
      for (const Element& operand : operands) note_weight(operand);
      const auto next = std::ranges::find_if(operands, [&](const Element& operand) {
        return !is_leaf(node_of(operand)) && !shown_.contains(operand);
      });
      const bool is_fine = next == operands.end() || std::abs(elements_.value(*next)) <= fine;
      if (next == operands.end() || (is_fine && !group.empty())) break;
      const Element element = *next;
      group.push_back(line(element));
      operands = elements_in(elements_.formula(element));
    }
    if (!group.empty()) {
      section.blocks.emplace_back(Sentence{Phrase::trace_back_text});
      section.blocks.emplace_back(std::move(group));
    }
    add_weight_update(section);
    if (!section.blocks.empty()) page_.sections.push_back(std::move(section));
  }

  void note_weight(Element element) {
    const bool is_weight = node_of(element).op == &variable_op;
    if (is_weight &&
        (!weight_ || std::abs(elements_.value(element)) > std::abs(elements_.value(*weight_))))
      weight_ = element;
  }

  // How a weight that is no longer fine got its value, one step earlier.
  void add_weight_update(Section& section) {
    if (!weight_ || notes_.step == 1 || std::abs(elements_.value(*weight_)) <= fine) return;
    const std::int64_t before = notes_.step - 1;
    RunStep earlier(state_before(run_, before, run_.batch(before)), {}, Precision::single);
    // The step's graph is the same but for the number of samples.
    const Value variable = earlier.find(node_of(*weight_).name).value();
    section.blocks.emplace_back(
        Sentence{Phrase::trace_update, {elements_.quantity(*weight_), before}});
    std::vector<Element> parts{{earlier.next_value(variable).id(), weight_->index}};
    if (const Value gradient = earlier.gradient_of(variable))
      parts.push_back({gradient.id(), weight_->index});
    // The update's scalars, which it shares with all others.
    for_each_quantity(earlier.elements().formula(parts[0]), [&](const Quantity& quantity) {
      const Element element = quantity.element;
      const auto is_it = [&](Value shared) { return shared.id() == element.node; };
      if (std::ranges::any_of(earlier.shared(), is_it) &&
          std::ranges::find(parts, element) == parts.end())
        parts.insert(parts.begin(), element);
    });
    Group group;
    for (const Element& part : parts)
      group.push_back({earlier.elements().quantity(part),
                       shortened(tidy(earlier.elements().formula(part)), terms_shown)});
    section.blocks.emplace_back(std::move(group));
  }

  // ---- What led there, and what to do -----------------------------------------------------------

  Section growth_section() const {
    Section section{{Phrase::trace_growth}, {}};
    Table table{{Phrase::step_count, Phrase::loss, Phrase::trace_weight}, {}};
    for (const Look& look : looks_)
      table.rows.push_back({{std::to_string(look.step), look.loss}, {"weight", look.weight}});
    section.blocks.emplace_back(std::move(table));
    return section;
  }

  Section advice_section() {
    Section section{{Phrase::advice_title}, {}};
    const Element input = largest_input();
    const double size = elements_.value(input);
    if (!(std::abs(size) <= huge_input)) {
      const std::int64_t feature = input.index % step_.traced().x.shape().row().size();
      section.blocks.emplace_back(
          Sentence{Phrase::advice_scale, {Given{notes_.feature(feature)}, plain(size)}});
    }
    const Quantity rate = as_given(smaller_rate());
    const Look &first = looks_.front(), &last = looks_.back();
    if (last.weight > overshooting * first.weight)
      section.blocks.emplace_back(
          Sentence{Phrase::advice_rate,
                   {first.step, plain(first.weight), last.step, plain(last.weight), rate}});
    if (section.blocks.empty()) section.blocks.emplace_back(Sentence{Phrase::advice_other, {rate}});
    return section;
  }

  Element largest_input() {
    Element largest{step_.traced().x.id(), 0};
    for (std::int64_t i = 0; i < step_.traced().x.shape().size(); ++i)
      if (!(std::abs(elements_.value({largest.node, i})) <= std::abs(elements_.value(largest))))
        largest.index = i;
    return largest;
  }

  // A power of ten, at most a tenth of the rate.
  double smaller_rate() const {
    Optimizer optimizer = run_.config().optimizer;
    const double rate = std::min(chainrule::learning_rate(optimizer) / 10, 0.01);
    return std::pow(10, std::floor(std::log10(rate) + 1e-9));
  }

  // The step in single precision, every number of it kept, against the run's own. It is worked as a
  // whole; a run that works it in parts adds in another order.
  Section check_section() {
    run_.go_to(notes_.step - 1);
    const double loss = run_.advance();
    const bool in_parts = run_.config().fit.shards > 1;
    const auto agrees = in_parts ? is_as_finite : is_same;
    std::int64_t all = 0, different = agrees(loss, elements_.value({step_.loss().id(), 0})) ? 0 : 1;
    for (const Update& update : step_.graph().updates()) {
      const std::string& name = step_.graph().node(update.variable).name;
      std::int64_t index = 0;
      for (const float value : run_.model().session().values(name)) {
        ++all;
        if (!agrees(static_cast<double>(value), elements_.value({update.value, index++})))
          ++different;
      }
    }
    page_.verdict.passed = different == 0;
    Section section{{Phrase::check_title}, {}};
    if (different == 0)
      section.blocks.emplace_back(
          Sentence{in_parts ? Phrase::trace_agrees_in_parts : Phrase::trace_agrees, {all}});
    else
      section.blocks.emplace_back(Sentence{Phrase::trace_differs, {different, all + 1}});
    section.blocks.emplace_back(Sentence{page_.verdict.passed ? Phrase::passed : Phrase::failed});
    return section;
  }

  Run& run_;
  Run::Batch batch_;
  StepNotes notes_;
  RunStep step_;
  Elements& elements_;
  Origin origin_;
  Page page_;
  std::set<Element> shown_;
  std::optional<Element> weight_;  // the largest one that the chain met
  std::vector<Look> looks_;
};

}  // namespace

Page build_trace(Run& run, std::int64_t step) { return TraceBuilder(run, step).build(); }

Page build_clean_trace(const Run& run) {
  Page page;
  page.title = {Phrase::trace_clean_title};
  page.sections.push_back({{Phrase::check_title}, {Sentence{Phrase::trace_clean, {run.steps()}}}});
  return page;
}

}  // namespace chainrule::page

namespace chainrule {

Explanation trace_nan(Run& run, const ExplainOptions& options, const OnShare& on_share) try {
  page::require_digits(options);
  const auto step = page::first_failing_step(run, on_share);
  page::Page page = step ? page::build_trace(run, *step) : page::build_clean_trace(run);
  page.is_of_run = true;
  return page::explained(page, options);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
