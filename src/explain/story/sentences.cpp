// Sentences that stories share: of the step, its samples, and where in them numbers come from.
#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "explain/formula/formula.h"
#include "explain/story/run_story.h"
#include "ops/op_list.h"
#include "ops/random_uniform.h"

namespace chainrule::page {
namespace {

Sentence draw_sentence(RunStep& step, const Quantity& number) {
  const Node& node = step.graph().node(number.element.node);
  const std::vector<double>& counter = step.elements().values(node.inputs[0]).values;
  const kernels::RandomKey draw = draw_of(node.attributes, counter[0], counter[1]);
  return {Phrase::draw_about,
          {number, Given{std::to_string(draw.seed)}, Given{std::to_string(draw.stream)},
           Given{std::to_string(draw.step)}, number.element.index}};
}

// Of a number of [batch, channels, height, width] or [batch, time, features].
Sentence place_sentence(const Shape& shape, std::int64_t index, Phrase what) {
  const std::int64_t sample = index / shape.row().size();
  if (shape.rank() == 4)
    return {Phrase::place_in_picture,
            {sample, what, index / shape[3] % shape[2], index % shape[3]}};
  return {Phrase::place_in_sequence, {sample, what, index / shape[2] % shape[1]}};
}

// Of [batch, members, units].
Sentence member_sentence(const Shape& shape, std::int64_t index) {
  return {Phrase::place_of_member, {index / shape.row().size(), index / shape[2] % shape[1]}};
}

}  // namespace

Section step_section(const StepNotes& notes, std::int64_t batch) {
  Section section{{Phrase::the_step},
                  {Sentence{Phrase::step_about,
                            {notes.step, notes.steps, notes.epoch, batch, notes.learning_rate}}}};
  add_choice(section, notes);
  section.blocks.emplace_back(Sentence{Phrase::loss_about, {Name{notes.loss}}});
  return section;
}

void add_choice(Section& section, const StepNotes& notes) {
  if (!notes.is_chosen) return;
  section.blocks.emplace_back(
      Sentence{notes.step == notes.steps ? Phrase::step_last : Phrase::step_telling, {notes.step}});
}

void add_why_zero(Section& section, RunStep& step, Element parameter) {
  const nn::PlacedLayer* layer = step.layer_of(parameter.node);
  const auto find = [&](const char* what) {
    return layer == nullptr ? std::nullopt : step.find(layer->name + what);
  };
  const auto z = find(".z"), h = find(".h");
  const Shape& shape = step.graph().node(parameter.node).shape;
  const bool has_units = z && h && z->shape() == h->shape() && z->shape().rank() >= 2 &&
                         shape.rank() > 0 && shape[0] == z->dim(1);
  if (!has_units) return section.blocks.emplace_back(Sentence{Phrase::shares_zero}), void();
  const std::int64_t units = z->dim(1), places = z->shape().row().size() / units;
  const std::int64_t unit = parameter.index / (shape.size() / units);
  bool is_off = true;
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < z->shape().size(); ++i) {
    if (i / places % units != unit) continue;
    largest = std::max(largest, step.elements().value({z->id(), i}));
    is_off = is_off && step.elements().value({h->id(), i}) == 0;
  }
  if (is_off && largest < 0)
    section.blocks.emplace_back(
        Sentence{Phrase::unit_off, {unit, Name{layer->name}, step.batch(), Quantity{"", largest}}});
  else
    section.blocks.emplace_back(Sentence{Phrase::shares_zero});
}

void add_layer_words(Section& section, const RunStep& step, NodeId node) {
  const nn::PlacedLayer* layer = step.layer_of(node);
  if (layer == nullptr || layer->layer.record().words.empty()) return;
  section.blocks.emplace_back(
      Sentence{Phrase::layer_about, {Name{layer->name}, layer->layer.record().words}});
}

void add_sample_words(std::vector<Block>& blocks, const StepNotes& notes, std::int64_t sample) {
  const auto i = static_cast<std::size_t>(sample);
  const RunRow& at = notes.samples.at(i);
  const Phrase place = at.is_picture ? Phrase::sample_picture
                       : at.is_line  ? Phrase::sample_at_line
                                     : Phrase::sample_example;
  blocks.emplace_back(Sentence{place, {sample, at.number, Given{at.file}, Given{at.label}}});
  if (!notes.unseen_by.empty() && !notes.unseen_by.at(i).empty())
    blocks.emplace_back(Sentence{Phrase::sample_unseen, {Given{notes.unseen_by[i]}}});
  if (notes.draws.empty()) return;
  const data::Draw& draw = notes.draws.at(i);  // by the row, which counts from 0
  blocks.emplace_back(Sentence{
      draw.is_flipped ? Phrase::sample_flipped : Phrase::sample_shifted,
      {draw.down, draw.right, at.number - 1, static_cast<std::int64_t>(notes.seed), notes.step}});
}

void add_places(Section& section, RunStep& step, NodeId parameter,
                const std::vector<Element>& strongest) {
  const auto shape_of = [&](NodeId node) { return step.graph().node(node).shape; };
  const nn::PlacedLayer* layer = step.layer_of(parameter);
  const bool has_ids = layer != nullptr && layer->layer.record().ids;
  const int rank = strongest.empty() ? 0 : shape_of(strongest[0].node).rank();
  if (rank != 3 && rank != 4) {
    section.blocks.emplace_back(Sentence{has_ids ? Phrase::ids_unused : Phrase::samples_text});
    return;
  }
  // A convolution's weight has an extent for each of a window's.
  const Phrase what = shape_of(parameter).rank() == rank ? Phrase::window : Phrase::place;
  const bool has_members = layer != nullptr && layer->layer.record().has_members;
  section.blocks.emplace_back(has_ids       ? Sentence{Phrase::ids_text}
                              : has_members ? Sentence{Phrase::members_text}
                                            : Sentence{Phrase::places_text, {what}});
  for (const Element& delta : strongest)
    section.blocks.emplace_back(has_members
                                    ? member_sentence(shape_of(delta.node), delta.index)
                                    : place_sentence(shape_of(delta.node), delta.index, what));
}

void add_draws(Section& section, RunStep& step, const Group& group) {
  std::set<Element> draws;
  for (const Line& line : group)
    if (line.formula)
      for_each_quantity(*line.formula, [&](const Quantity& quantity) {
        const Element element = quantity.element;
        if (element.node >= 0 && step.graph().node(element.node).op == &random_uniform_op &&
            draws.insert(element).second)
          section.blocks.emplace_back(draw_sentence(step, quantity));
      });
}

}  // namespace chainrule::page
