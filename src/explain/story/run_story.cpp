#include "explain/story/run_story.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "explain/formula/formula.h"
#include "explain/formula/shorten.h"
#include "explain/step/line_check.h"
#include "explain/step/network_diagram.h"
#include "explain/step/proof.h"
#include "explain/step/update_rule.h"
#include "explain/story/paths.h"
#include "graph/op.h"

namespace chainrule::page {
namespace {

class StoryBuilder {
 public:
  StoryBuilder(RunStep& step, Asked asked, const StepNotes& notes, const StoryOptions& options,
               const Tamper& tamper)
      : step_(step),
        elements_(step.elements()),
        asked_(std::move(asked)),
        notes_(notes),
        options_(options),
        tamper_(tamper),
        subject_(owner_of(asked_.element)) {}

  Page build() {
    const bool changes = asked_.kind == Asked::Kind::update;
    page_.title = {changes ? Phrase::why_changed : Phrase::where_from,
                   {Given{asked_.symbol}, notes_.step}};
    page_.sections.push_back(about());
    if (changes) page_.sections.push_back(update_section());
    if (changes || asked_.kind == Asked::Kind::gradient) {
      gradient_sections();
    } else {
      value_section();
    }
    page_.diagram = story_diagram(step_, page_);
    page_.sections.push_back(check_section());
    return std::move(page_);
  }

 private:
  const nn::Parameter* parameter_of(NodeId node) const {
    for (const nn::Parameter& parameter : step_.model().parameters)
      if (parameter.variable.id() == node) return &parameter;
    return nullptr;
  }
  // The parameter that a memory of the optimizer belongs to, dense1.weight of dense1.weight.m; any
  // other element itself.
  Element owner_of(Element element) const {
    for (const Memory& memory : step_.memories())
      if (memory.variable.id() == element.node) return {memory.owner.id(), element.index};
    return element;
  }
  Element gradient_of(Element element) const {
    return {step_.gradient_of(step_.graph().value(element.node)).id(), element.index};
  }
  static bool is_gradient(const Quantity& quantity) { return quantity.role == Role::gradient; }
  std::int64_t sample_of(Element element) const {
    return element.index / step_.graph().node(element.node).shape.row().size();
  }

  // A line with its formula, shortened; the whole formula's value is compared with the engine's.
  Line line(Element element) {
    const Quantity quantity = elements_.quantity(element);
    const Expression whole = told(element);
    compare(step_, element, whole, page_.verdict);
    shown_.insert(element);
    return {quantity, shortened(polished(whole, element), options_.top)};
  }

  Expression told(Element element) { return told_as(formula_of(element)); }
  // How an element is made; as books write it where the engine has a form of its own.
  Expression formula_of(Element element) {
    const auto scale = step_.find("gradient.scale");
    return scale && scale->id() == element.node ? clipping(step_) : elements_.formula(element);
  }
  Expression told_as(const Expression& formula) const {
    return tamper_ ? replaced_values(formula) : formula;
  }

  Expression replaced_values(const Expression& formula) const {
    if (const Quantity* quantity = formula.quantity()) {
      Quantity changed = *quantity;
      tamper_(changed.symbol, changed.value);
      return Expression(changed);
    }
    if (formula.op() == nullptr) return formula;
    std::vector<Expression> operands;
    for (const Expression& operand : formula.operands())
      operands.push_back(replaced_values(operand));
    return {*formula.op(), std::move(operands), formula.attributes()};
  }

  // As people write it.
  Expression polished(const Expression& formula, Element element) {
    std::vector<Quantity> targets;  // of the element's sample
    const Value target = step_.traced().target;
    if (step_.is_per_sample(element.node))
      for (std::int64_t k = 0; k < target.dim(1); ++k)
        targets.push_back(
            elements_.quantity({target.id(), sample_of(element) * target.dim(1) + k}));
    return tidy(formula, targets);
  }

  Section about() {
    Section section = step_section(notes_, step_.batch());
    section.blocks.emplace_back(
        Sentence{Phrase::loss_is, {Quantity{"", elements_.value({step_.loss().id(), 0})}}});
    add_layer_words(section, step_, subject_.node);
    return section;
  }

  // ---- The update -------------------------------------------------------------------------------

  Section update_section() {
    Section section{{Phrase::update_title}, {}};
    const nn::Parameter& parameter = *parameter_of(subject_.node);
    add_rule(section, step_, parameter, notes_, page_.verdict);
    const Value variable = step_.graph().value(asked_.element.node);
    const Element next{step_.next_value(variable).id(), asked_.element.index};
    if (step_.find("gradient.scale")) section.blocks.emplace_back(Sentence{Phrase::rule_clipping});
    section.blocks.emplace_back(update_lines(parameter, next));
    section.blocks.emplace_back(
        Sentence{Phrase::changed_by,
                 {Quantity{"", elements_.value(next) - elements_.value(asked_.element)}}});
    page_.updated.push_back(elements_.quantity(next));
    return section;
  }

  // By the optimizer's rule, up to the number that is asked for.
  Group update_lines(const nn::Parameter& parameter, Element next) {
    Group group;
    if (const auto scale = step_.find("gradient.scale")) group.push_back(line({scale->id(), 0}));
    const Element gradient = gradient_of(subject_);
    const std::vector<RuleLine> lines = rule_lines(
        step_, parameter, subject_.index,
        {.weight = elements_.quantity(subject_),
         .next = elements_.quantity({step_.next_value(parameter.variable).id(), subject_.index}),
         .gradient = elements_.quantity(gradient),
         .engine_gradient = elements_.value(gradient),
         .names_gradient = true});
    const auto last = std::ranges::find(lines, next, &RuleLine::element);
    for (auto at = lines.begin(); at != lines.end(); ++at) {
      // What follows is of other numbers, and so are the other memories.
      if (at > last || (at->letter != last->letter && !leads_to(at->letter, last->letter)))
        continue;
      if (at->element == next) told_next_ = {next, evaluate(told_as(at->whole))};
      if (at->element.node >= 0) {
        compare(step_, at->element, told_as(at->whole), page_.verdict);
        shown_.insert(at->element);
      }
      group.push_back(at->line);
    }
    return group;
  }

  // Whether a rule's letter is a part of another one's formula.
  static bool leads_to(std::string_view letter, std::string_view last) {
    if (letter == "average") return false;
    const bool is_memory = last == "m" || last == "v" || last == "sum";
    return !is_memory || letter == "g" || letter == "lambda";
  }

  // ---- The gradient -----------------------------------------------------------------------------

  void gradient_sections() {
    const Element gradient = gradient_of(subject_);
    page_.gradients.push_back({asked_.symbol, elements_.value(gradient)});
    if (parameter_of(subject_.node) == nullptr) {
      path_section(gradient);
      forward_section();
      return;
    }
    Section section{{Phrase::gradient_title}, {}};
    const Line sum = line(gradient);
    std::vector<Element> strongest = gradients_in(*sum.formula);
    strongest.resize(std::min(strongest.size(), static_cast<std::size_t>(options_.top)));
    add_places(section, step_, subject_.node, strongest);
    // A convolution's terms may be several of one sample.
    std::vector<std::int64_t> samples;
    for (const Element& delta : strongest)
      if (std::ranges::find(samples, sample_of(delta)) == samples.end())
        samples.push_back(sample_of(delta));
    for (const std::int64_t sample : samples) add_sample(section, sample);
    add_input_names(section, *sum.formula);
    if (sum.quantity.value == 0) add_why_zero(section, step_, subject_);
    add_group(section, {sum});
    page_.sections.push_back(std::move(section));
    if (!strongest.empty()) path_section(strongest.front());
    forward_section();
  }

  void add_group(Section& section, const Group& group) {
    if (group.empty()) return;
    section.blocks.emplace_back(group);
    add_draws(section, step_, group);
  }

  // The gradients in a formula, those of its strongest terms first.
  std::vector<Element> gradients_in(const Expression& formula) {
    std::vector<Element> found;
    for (const Expression& term : strongest_terms(formula))
      for_each_quantity(term, [&](const Quantity& quantity) {
        if (is_gradient(quantity)) found.push_back(quantity.element);
      });
    for_each_quantity(formula, [&](const Quantity& quantity) {
      if (is_gradient(quantity) && std::ranges::find(found, quantity.element) == found.end())
        found.push_back(quantity.element);
    });
    return found;
  }

  void add_sample(Section& section, std::int64_t sample) {
    if (static_cast<std::size_t>(sample) < notes_.samples.size())
      add_sample_words(section.blocks, notes_, sample);
  }

  void add_input_names(Section& section, const Expression& formula) {
    std::set<std::int64_t> features;
    for_each_quantity(formula, [&](const Quantity& quantity) {
      const Element element = quantity.element;
      if (element.node == step_.traced().x.id())
        features.insert(element.index % step_.traced().x.shape().row().size());
    });
    if (!notes_.feature || features.size() > 8) return;
    for (const std::int64_t feature : features)
      section.blocks.emplace_back(
          Sentence{Phrase::input_about, {feature, Given{notes_.feature(feature)}}});
  }

  // From a delta along the strongest path up to the loss.
  void path_section(Element delta) {
    Section section{{Phrase::path_title}, {}};
    section.blocks.emplace_back(
        Sentence{Phrase::path_text, {sample_of(delta), static_cast<std::int64_t>(options_.top)}});
    if (asked_.kind == Asked::Kind::gradient && parameter_of(subject_.node) == nullptr)
      add_sample(section, sample_of(delta));
    Group group;
    int opened = 0;
    bool ended = false;
    while (opened <= options_.depth && !ended) {
      Expression formula;
      if (const auto paths = paths_of(step_, delta, options_.top)) {
        add_group(section, std::exchange(group, {}));
        section.blocks.emplace_back(Sentence{Phrase::paths_text, {Name{paths->layer}}});
        compare(step_, delta, told_as(paths->whole), page_.verdict);
        shown_.insert(delta);
        add_group(section, paths->lines);
        formula = paths->whole;
      } else {
        group.push_back(line(delta));
        formula = *group.back().formula;
      }
      opened += terms_of(formula).size() > 1 ? 1 : 0;
      note_forward(formula);
      const std::vector<Element> next = gradients_in(formula);
      ended = next.empty();
      if (!ended) delta = next.front();
    }
    add_group(section, group);
    if (!ended) section.blocks.emplace_back(Sentence{Phrase::path_goes_on});
    page_.sections.push_back(std::move(section));
  }

  // ---- Forward ----------------------------------------------------------------------------------

  // Remembers the numbers of the forward pass that a formula used.
  void note_forward(const Expression& formula) {
    for_each_quantity(formula, [&](const Quantity& quantity) {
      const Element element = quantity.element;
      const bool made = element.node >= 0 && !is_leaf(step_.graph().node(element.node));
      if (made && !is_gradient(quantity) && !shown_.contains(element) &&
          std::ranges::find(forward_, element) == forward_.end())
        forward_.push_back(element);
    });
  }

  void forward_section() {
    if (forward_.empty()) return;
    Section section{{Phrase::forward_title}, {}};
    section.blocks.emplace_back(Sentence{Phrase::forward_used});
    Group group;
    for (const Element& element : std::vector(std::move(forward_))) group.push_back(line(element));
    add_group(section, group);
    page_.sections.push_back(std::move(section));
  }

  // A number of the forward pass: its formula, then those of its strongest terms.
  void value_section() {
    Section section{{Phrase::forward_title}, {}};
    if (step_.is_per_sample(asked_.element.node)) add_sample(section, sample_of(asked_.element));
    Group group;
    std::vector<Element> next{asked_.element};
    for (int depth = 0; depth <= 2 * options_.depth && !next.empty(); ++depth) {
      const Element element = next.front();
      if (is_leaf(step_.graph().node(element.node))) {
        group.push_back({elements_.quantity(element), {}});
        break;
      }
      group.push_back(line(element));
      next = made_in(*group.back().formula);
      if (depth > 0 || asked_.kind != Asked::Kind::loss) continue;
      // Each part of a loss has its line; the strongest one's way is told.
      for (std::size_t i = 1; i < next.size(); ++i)
        if (step_.graph().node(next[i].node).name.starts_with("loss."))
          group.push_back(line(next[i]));
    }
    for (const Line& line : group)
      if (line.formula) add_input_names(section, *line.formula);
    add_group(section, group);
    page_.before.forward.push_back(elements_.quantity(asked_.element));
    page_.sections.push_back(std::move(section));
  }

  // What the formula's terms are made of, the strongest first: numbers with a formula of their own.
  std::vector<Element> made_in(const Expression& formula) {
    std::vector<Element> found;
    for (const Expression& term : strongest_terms(formula))
      for_each_quantity(term, [&](const Quantity& quantity) {
        const Element element = quantity.element;
        if (element.node >= 0 && !is_leaf(step_.graph().node(element.node)) &&
            !shown_.contains(element))
          found.push_back(element);
      });
    return found;
  }

  // ---- Check ------------------------------------------------------------------------------------

  Section check_section() {
    Section section{{Phrase::check_title}, {}};
    Verdict& verdict = page_.verdict;
    verdict.passed = verdict.products_agree();
    section.blocks.emplace_back(
        Sentence{verdict.passed ? Phrase::lines_agree : Phrase::lines_differ,
                 {Figure{verdict.max_relative_error}, Figure{verdict.allowed_error}}});
    const bool slopes = asked_.kind == Asked::Kind::update || asked_.kind == Asked::Kind::gradient;
    const Element proved = slopes ? gradient_of(subject_) : asked_.element;
    if (!is_leaf(step_.graph().node(proved.node))) {
      add_proof(step_, proved, evaluate(told(proved)),
                slopes ? std::optional(subject_) : std::nullopt, section, verdict);
    }
    if (told_next_)
      add_engines_update(step_, told_next_->first, told_next_->second, section, verdict);
    section.blocks.emplace_back(Sentence{verdict.passed ? Phrase::passed : Phrase::failed});
    return section;
  }

  RunStep& step_;
  Elements& elements_;
  Asked asked_;
  const StepNotes& notes_;
  StoryOptions options_;
  Tamper tamper_;
  Element subject_;  // whose gradient is told
  Page page_;
  std::optional<std::pair<Element, double>> told_next_;  // what the update's lines come to
  std::set<Element> shown_;
  std::vector<Element> forward_;
};

}  // namespace

Page build_story(RunStep& step, const Asked& asked, const StepNotes& notes,
                 const StoryOptions& options, const Tamper& tamper) {
  return StoryBuilder(step, asked, notes, options, tamper).build();
}

}  // namespace chainrule::page
